#include "ui/views/map/map_points.h"

struct scatter map_scatter(const struct map_state *map)
{
    return (struct scatter){
        .n = (int64_t)map->albums.count,
        .points = map->points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .selected = map->selected,
        .background = 0x000000,
        .foreground = 0xffffff,
    };
}

static int within(float value, int size)
{
    return value < 0 ? 0 : value >= (float)size ? size - 1 : (int)value;
}

void map_point_cell(const struct state *state, int64_t point, int rows, int columns, int *row, int *column)
{
    struct scatter scatter = map_scatter(map_of(state));
    float x, y;
    scatter_position(&scatter, columns * state->cell_width, rows * state->cell_height, point, &x, &y);
    *row = within(y / (float)state->cell_height, rows);
    *column = within(x / (float)state->cell_width, columns);
}

int64_t map_nearest(const struct state *state, int rows, int columns, int row, int column)
{
    struct scatter scatter = map_scatter(map_of(state));
    if (scatter.n == 0)
        return -1;
    return scatter_nearest(&scatter, columns * state->cell_width, rows * state->cell_height,
                           ((float)column + 0.5f) * (float)state->cell_width,
                           ((float)row + 0.5f) * (float)state->cell_height);
}

int64_t map_towards(const struct state *state, int64_t from, int dx, int dy)
{
    struct scatter scatter = map_scatter(map_of(state));
    if (from < 0 || from >= scatter.n)
        return scatter.n > 0 ? 0 : -1;
    return scatter_towards(&scatter, from, dx, dy);
}
