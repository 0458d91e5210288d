#ifndef SLEEVE_MODELS_ALS_RANKS_H
#define SLEEVE_MODELS_ALS_RANKS_H

#include "nn/exchange.h"

/* Alternating least squares on several ranks: each solves for consecutive rows of both sides. */

/* The rows bounds[r]..bounds[r + 1) of rank r, so that all take about equally long: a row costs its entries, and a
 * constant for the solve. `starts` [n + 1] are those of the rows' entries; NULL:
 * all rows cost the same. *bounds [ranks + 1] is the caller's. */
enum status als_bounds_make(struct ranks *ranks, const int64_t *starts, int64_t n, int64_t d, int64_t **bounds,
                            struct error *error);

/* The Gram matrix of all rows, plus ridge I, in `gram` [d x d]. Each rank computes that of its own rows, and they are
 * added: in float64, or in float32 from device to device (nn/exchange.h). */
enum status als_gram(struct ranks *ranks, const struct compute *compute, struct compute_buffer *rows,
                     const int64_t *bounds, int64_t d, float ridge, struct compute_buffer *gram, struct error *error);

#endif
