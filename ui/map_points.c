#include "ui/map_points.h"

#include <math.h>

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
    struct scatter scatter = map_scatter(&state->map);
    float x, y;
    scatter_position(&scatter, columns * state->cell_width, rows * state->cell_height, point, &x, &y);
    *row = within(y / (float)state->cell_height, rows);
    *column = within(x / (float)state->cell_width, columns);
}

int64_t map_nearest(const struct state *state, int rows, int columns, int row, int column)
{
    struct scatter scatter = map_scatter(&state->map);
    if (scatter.n == 0)
        return -1;
    return scatter_nearest(&scatter, columns * state->cell_width, rows * state->cell_height,
                           ((float)column + 0.5f) * (float)state->cell_width,
                           ((float)row + 0.5f) * (float)state->cell_height);
}

int64_t map_towards(const struct state *state, int64_t from, int dx, int dy)
{
    struct scatter scatter = map_scatter(&state->map);
    int64_t best = -1;
    float best_distance = INFINITY, x0, y0;
    if (from < 0 || from >= scatter.n)
        return scatter.n > 0 ? 0 : -1;
    scatter_position(&scatter, 1000, 1000, from, &x0, &y0);
    for (int64_t i = 0; i < scatter.n; i++) {
        float x, y;
        scatter_position(&scatter, 1000, 1000, i, &x, &y);
        float along = (x - x0) * (float)dx + (y - y0) * (float)dy;
        float across = fabsf((x - x0) * (float)dy) + fabsf((y - y0) * (float)dx);
        float distance = along * along + across * across;
        if (i != from && along > 0 && across <= along && distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}
