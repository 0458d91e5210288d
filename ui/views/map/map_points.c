#include "ui/views/map/map_points.h"

#include <stdlib.h>

#include "ui/screen.h"
#include "ui/views/map/map.h"

struct scatter map_scatter(const struct state *state, int panel)
{
    const struct map_state *map = map_of(state);
    return (struct scatter){
        .n = (int64_t)map->albums.count,
        .points = map->panels[panel].points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .selected = map->selected,
        .view = map->panels[panel].part,
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

static int cell_at(const struct state *state, struct map_size size, float x, float y)
{
    if (!(x >= 0 && y >= 0 && x < (float)width_of(state, size) && y < (float)height_of(state, size)))
        return -1;
    return (int)y / state->cell_height * size.columns + (int)x / state->cell_width;
}

int *map_point_cells(const struct state *state, struct map_size size)
{
    struct scatter scatter = map_scatter(state, size.panel);
    float *positions = malloc(((size_t)scatter.n + 1) * 2 * sizeof *positions);
    int *cells = malloc(((size_t)scatter.n + 1) * sizeof *cells);
    if (!positions || !cells) {
        free(positions);
        free(cells);
        return NULL;
    }
    scatter_positions(&scatter, width_of(state, size), height_of(state, size), positions);
    for (int64_t i = 0; i < scatter.n; i++)
        cells[i] = cell_at(state, size, positions[2 * i], positions[2 * i + 1]);
    free(positions);
    return cells;
}

bool map_point_cell(const struct state *state, int64_t point, struct map_size size, int *row, int *column)
{
    struct scatter scatter = map_scatter(state, size.panel);
    float x, y;
    scatter_position(&scatter, width_of(state, size), height_of(state, size), point, &x, &y);
    int cell = cell_at(state, size, x, y);
    *row = cell >= 0 ? cell / size.columns : 0;
    *column = cell >= 0 ? cell % size.columns : 0;
    return cell >= 0;
}

static float middle(int cell, int size)
{
    return ((float)cell + 0.5f) * (float)size;
}

int map_cover_edge_min(const struct state *state)
{
    return state->pixel_images ? 0 : 4 * state->cell_height;
}

int64_t map_nearest(const struct state *state, struct map_size size, int row, int column)
{
    struct scatter scatter = map_scatter(state, size.panel);
    if (scatter.n == 0)
        return -1;
    const int width = width_of(state, size), height = height_of(state, size);
    const float x = middle(column, state->cell_width), y = middle(row, state->cell_height);
    const struct scatter_covers covers = {.edge_min = map_cover_edge_min(state)};
    int64_t point = map_look(state) == MAP_COVERS ? scatter_cover_at(&scatter, &covers, width, height, x, y) : -1;
    return point >= 0 ? point : scatter_nearest(&scatter, width, height, x, y);
}

int64_t map_towards(const struct state *state, int64_t from, int dx, int dy)
{
    struct scatter scatter = map_scatter(state, map_of(state)->active);
    if (from < 0 || from >= scatter.n)
        return scatter.n > 0 ? 0 : -1;
    return scatter_towards(&scatter, from, dx, dy);
}

static void show(struct state *state, int panel, struct scatter_view part)
{
    struct map_state *map = map_of(state);
    map->panels[panel].part = part;
    map->version++;
}

void map_zoom_at(struct state *state, struct map_size size, float factor, int row, int column)
{
    struct scatter scatter = map_scatter(state, size.panel);
    show(state, size.panel,
         scatter_zoom(&scatter, width_of(state, size), height_of(state, size), factor,
                      middle(column, state->cell_width), middle(row, state->cell_height)));
}

void map_zoom_by(struct state *state, struct map_size size, float factor)
{
    int row, column;
    if (map_of(state)->selected < 0 || !map_point_cell(state, map_of(state)->selected, size, &row, &column)) {
        row = size.rows / 2;
        column = size.columns / 2;
    }
    map_zoom_at(state, size, factor, row, column);
}

void map_pan(struct state *state, struct map_size size, float rows, float columns)
{
    struct scatter scatter = map_scatter(state, size.panel);
    show(state, size.panel,
         scatter_pan(&scatter, width_of(state, size), height_of(state, size), columns * (float)state->cell_width,
                     rows * (float)state->cell_height));
}

void map_show_all(struct state *state)
{
    for (int panel = 0; panel < MAP_PANELS_MAX; panel++)
        show(state, panel, (struct scatter_view){0});
}

void map_reveal(struct state *state, struct map_size size, int64_t point)
{
    struct scatter scatter = map_scatter(state, size.panel);
    if (scatter.view.zoom > 1)
        show(state, size.panel,
             scatter_reveal(&scatter, width_of(state, size), height_of(state, size), point,
                            2 * (float)state->cell_height));
}
