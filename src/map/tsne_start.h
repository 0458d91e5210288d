#ifndef SLEEVE_MAP_TSNE_START_H
#define SLEEVE_MAP_TSNE_START_H

#include "map/tsne.h"

/* A start for a map of many points (Kobak and Berens 2019, Nature Communications 10:5416, "Large data sets"): a sample
 * of the points is mapped first, and each of the others starts at the median of its neighbours that have a place. So
 * the large groups are in place, and the map needs no exaggeration. */

/* points [n x 2] for the rows of x [n x d], of which the settings sample so many, with their neighbours ids [n x k],
 * nearest first. */
enum status tsne_start_sampled(struct compute *compute, int64_t n, int64_t d, const float *x,
                               const struct tsne_settings *settings, int64_t k, const int32_t *ids, float *points,
                               struct error *error);

#endif
