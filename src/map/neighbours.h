#ifndef SLEEVE_MAP_NEIGHBOURS_H
#define SLEEVE_MAP_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/progress.h"
#include "gpu/compute.h"

/* The nearest rows of many, for maps of more points than all pairs can be compared of (n^2 d multiplications). Rows are
 * put into cells of about a thousand by k-means over a sample, and each row is compared with those of the cells whose
 * centres are nearest to its own cell's: as many cells, 8 to 64, as hold 98 % of the nearest rows of 256 sampled rows,
 * which are found among all. */

enum { NEIGHBOURS_MIN = 20000 }; /* fewer rows: compare all pairs instead */

/* Whether the device can: otherwise it compares all pairs. */
bool neighbours_can(const struct compute *compute);
/* For each row of x [n x d] k of the nearest other rows, nearest first: ids and squared distances [n x k]; n is at
 * least NEIGHBOURS_MIN and k at most 1024. *recall: the share of the k nearest that the cells hold, by the sample.
 * STATUS_INTERRUPTED if `progress` asks to stop. The same input and seed give the same rows. */
enum status neighbours_find(struct compute *compute, int64_t n, int64_t d, int64_t k, const float *x, uint64_t seed,
                            struct progress *progress, int32_t *ids, float *distances, double *recall,
                            struct error *error);

#endif
