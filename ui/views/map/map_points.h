#ifndef SLEEVE_UI_VIEWS_MAP_POINTS_H
#define SLEEVE_UI_VIEWS_MAP_POINTS_H

#include "figure/scatter.h"
#include "ui/views/map/map_state.h"

/* The map's points on the screen, in pixels of the picture that fills `rows` x `columns` cells. */
struct map_size {
    int panel; /* 0 or 1: which map */
    int rows, columns;
};
/* The map of a panel. */
struct scatter map_scatter(const struct state *state, int panel);
/* The cell of every point: row * size.columns + column, -1 outside the part that is shown; malloc'ed [n], NULL when
 * memory ran out. */
int *map_point_cells(const struct state *state, struct map_size size);
/* The cell of a point. False: it is outside the part that is shown. */
bool map_point_cell(const struct state *state, int64_t point, struct map_size size, int *row, int *column);
/* The least edge of covers in the map's picture, in pixels; 0: no limit. */
int map_cover_edge_min(const struct state *state);
/* The point whose cover is in this cell; where none is, the nearest. */
int64_t map_nearest(const struct state *state, struct map_size size, int row, int column);
/* The nearest point in a direction of the active map, y downwards, as scatter_towards defines it; the first without a
 * start; -1: none. */
int64_t map_towards(const struct state *state, int64_t from, int dx, int dy);

/* Other parts of the map. map_zoom_at: what is in this cell stays there; map_pan: by a number of cells. */
void map_zoom_at(struct state *state, struct map_size size, float factor, int row, int column);
/* Around the selected cover or, if that is not shown, around the middle. */
void map_zoom_by(struct state *state, struct map_size size, float factor);
void map_pan(struct state *state, struct map_size size, float rows, float columns);
/* Both maps. */
void map_show_all(struct state *state);
/* Moves the part that is shown so that it contains the point. */
void map_reveal(struct state *state, struct map_size size, int64_t point);

#endif
