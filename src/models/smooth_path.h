#ifndef SLEEVE_MODELS_SMOOTH_PATH_H
#define SLEEVE_MODELS_SMOOTH_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* An order of points in which neighbours are near each other: a short Hamiltonian path, for playlists without jumps. */

enum { SMOOTH_PATH_MAX = 2000 };

/* The sum of the distances of neighbours; order NULL: as they are. */
double smooth_path_length(const float *points, size_t count, size_t width, const int32_t *order);

/* Writes an order of the points [count x width] whose sum of Euclidean distances between neighbours is small and never
 * larger than that of the given order. A point that is locked (`locked` [count], NULL: none) keeps its position.
 *
 * Starts with the nearest neighbour rule and with the given order. Both are improved, until nothing changes, by
 * reversing (2-opt, Croes 1958) and moving up to three neighbours (or-opt, Or 1976) between two locked points, and by
 * exchanging any two points that are not locked. The shorter one is the result. The same input always gives the same
 * order. Takes memory for count² floats; more than SMOOTH_PATH_MAX points are STATUS_USAGE. */
enum status smooth_path(const float *points, size_t count, size_t width, const bool *locked, int32_t *order,
                        struct error *error);

#endif
