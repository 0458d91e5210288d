#ifndef SLEEVE_FEATURES_TWINS_H
#define SLEEVE_FEATURES_TWINS_H

#include "core/progress.h"
#include "features/feature_set.h"
#include "gpu/compute.h"

/* The nearest pairs of items in a feature set. */

struct twin {
    int64_t a, b;   /* item numbers, a < b */
    float distance; /* Euclidean, as feature_neighbours measures it; never 0 */
};

/* The k nearest pairs of items of different groups (groups [n_rows]), nearest first, ties by number. Items without a
 * row are left out, and pairs with the same row (feature_set_identical lists these). Exact: products of blocks on the
 * device select candidates with a bound on their rounding, whose distances are summed in float64. `pairs` holds k;
 * *count are found. STATUS_INTERRUPTED when `progress` stops it. */
enum status feature_twins(struct compute *compute, const struct feature_set *set, const int64_t *groups, size_t k,
                          struct twin *pairs, size_t *count, struct progress *progress, struct error *error);

/* Items whose rows are equal bit by bit: *items (malloc'ed) has them group by group, each in ascending order, the
 * groups by their first item; *groups (malloc'ed) numbers the group of each from 0. */
enum status feature_set_identical(const struct feature_set *set, int64_t **items, int64_t **groups, size_t *count,
                                  struct error *error);

#endif
