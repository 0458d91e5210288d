#include "ui/views/map/map_points.h"

#include "ui/screen.h"

struct scatter map_scatter(const struct state *state)
{
    const struct map_state *map = map_of(state);
    return (struct scatter){
        .n = (int64_t)map->albums.count,
        .points = map->points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .selected = map->selected,
        .view = map->part,
        .background = state->page == SCREEN_NO_COLOUR ? 0x000000 : state->page,
        .foreground = 0xffffff,
    };
}

static int width_of(const struct state *state, struct map_size size)
{
    return size.columns * state->cell_width;
}

static int height_of(const struct state *state, struct map_size size)
{
    return size.rows * state->cell_height;
}

bool map_point_cell(const struct state *state, int64_t point, struct map_size size, int *row, int *column)
{
    struct scatter scatter = map_scatter(state);
    float x, y;
    scatter_position(&scatter, width_of(state, size), height_of(state, size), point, &x, &y);
    bool inside = x >= 0 && y >= 0 && x < (float)width_of(state, size) && y < (float)height_of(state, size);
    *row = inside ? (int)y / state->cell_height : 0;
    *column = inside ? (int)x / state->cell_width : 0;
    return inside;
}

static float middle(int cell, int size)
{
    return ((float)cell + 0.5f) * (float)size;
}

int64_t map_nearest(const struct state *state, struct map_size size, int row, int column)
{
    struct scatter scatter = map_scatter(state);
    if (scatter.n == 0)
        return -1;
    return scatter_nearest(&scatter, width_of(state, size), height_of(state, size), middle(column, state->cell_width),
                           middle(row, state->cell_height));
}

int64_t map_towards(const struct state *state, int64_t from, int dx, int dy)
{
    struct scatter scatter = map_scatter(state);
    if (from < 0 || from >= scatter.n)
        return scatter.n > 0 ? 0 : -1;
    return scatter_towards(&scatter, from, dx, dy);
}

static void show(struct state *state, struct scatter_view part)
{
    struct map_state *map = map_of(state);
    map->part = part;
    map->version++;
}

void map_zoom_at(struct state *state, struct map_size size, float factor, int row, int column)
{
    struct scatter scatter = map_scatter(state);
    show(state, scatter_zoom(&scatter, width_of(state, size), height_of(state, size), factor,
                             middle(column, state->cell_width), middle(row, state->cell_height)));
}

void map_pan(struct state *state, struct map_size size, float rows, float columns)
{
    struct scatter scatter = map_scatter(state);
    show(state, scatter_pan(&scatter, width_of(state, size), height_of(state, size), columns * (float)state->cell_width,
                            rows * (float)state->cell_height));
}

void map_show_all(struct state *state)
{
    show(state, (struct scatter_view){0});
}

void map_reveal(struct state *state, struct map_size size, int64_t point)
{
    struct scatter scatter = map_scatter(state);
    if (scatter.view.zoom > 1)
        show(state, scatter_reveal(&scatter, width_of(state, size), height_of(state, size), point,
                                   2 * (float)state->cell_height));
}
