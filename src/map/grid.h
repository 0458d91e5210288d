#ifndef SLEEVE_MAP_GRID_H
#define SLEEVE_MAP_GRID_H

#include <stdint.h>

#include "core/progress.h"
#include "core/status.h"

/* Arranging items in the cells of a grid, row by row from the top left. */

enum { GRID_MAP_MAX = 2500 };

/* Moves points [n x 2] (x to the right, y up) to cells so that the sum of squared distances is least, with the box of
 * the points laid over the grid: a linear assignment problem, solved by shortest augmenting paths (Jonker and Volgenant
 * 1987, Computing 38) in O(n^2 cells). n is at most the number of cells and GRID_MAP_MAX; cells [n] receives row *
 * columns + column. Points that are not finite are taken as being in the middle. STATUS_INTERRUPTED when `progress`
 * stops it. */
enum status grid_arrange(int64_t n, const float *points, int rows, int columns, int *cells, struct progress *progress,
                         struct error *error);

/* An order in which neighbours are near: a path through all items x [n x dim] that goes to the nearest one that is
 * left, then shortened by reversing parts (2-opt). O(n^2 dim) time, 4 n^2 bytes. order [n] receives item numbers from
 * 0. */
enum { GRID_PATH_MAX = 4096 };
enum status grid_path(int64_t n, int64_t dim, const float *x, int *order, struct progress *progress,
                      struct error *error);

#endif
