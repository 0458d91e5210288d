#ifndef SLEEVE_NN_EXCHANGE_H
#define SLEEVE_NN_EXCHANGE_H

#include "gpu/compute.h"
#include "ranks/ranks.h"

/* Arrays on the devices of several ranks (ranks/ranks.h). They are exchanged in blocks of a few megabytes through host
 * memory. With one rank (NULL), nothing happens. */

/* Each rank r has computed the rows bounds[r]..bounds[r + 1) of `rows` [bounds[size] x d]; all receive the others'. The
 * bounds [size + 1] ascend and are the same on all ranks. */
enum status exchange_rows(struct ranks *ranks, const struct compute *compute, struct compute_buffer *rows,
                          const int64_t *bounds, int64_t d, struct error *error);
/* The sums over all ranks of `count` floats. */
enum status exchange_sum(struct ranks *ranks, const struct compute *compute, struct compute_slice values, int64_t count,
                         struct error *error);
/* The bytes of rank 0. */
enum status exchange_broadcast(struct ranks *ranks, const struct compute *compute, struct compute_buffer *buffer,
                               size_t bytes, struct error *error);

#endif
