#ifndef SLEEVE_UI_VIEWS_MAP_POINTS_H
#define SLEEVE_UI_VIEWS_MAP_POINTS_H

#include "figure/scatter.h"
#include "ui/views/map/map_state.h"

/* The map's points on the screen, in pixels of the picture that fills `rows` x `columns` cells. */
struct scatter map_scatter(const struct map_state *map);
void map_point_cell(const struct state *state, int64_t point, int rows, int columns, int *row, int *column);
int64_t map_nearest(const struct state *state, int rows, int columns, int row, int column);
/* The nearest point in a direction, y downwards, as scatter_towards defines it; the first without a start; -1: none. */
int64_t map_towards(const struct state *state, int64_t from, int dx, int dy);

#endif
