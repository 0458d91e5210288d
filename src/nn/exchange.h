#ifndef SLEEVE_NN_EXCHANGE_H
#define SLEEVE_NN_EXCHANGE_H

#include "gpu/compute.h"
#include "ranks/ranks.h"

/* Arrays on the devices of several ranks (ranks/ranks.h). After exchange_open they go from device to device where all
 * devices can do that (gpu/compute_group.h); otherwise in blocks of a few megabytes through host memory. All ranks
 * receive the same bits. With one rank (NULL), nothing happens. */

enum { EXCHANGE_MEANS = 400 };

/* Lets all later exchanges with `compute` go from device to device if every rank can. `means` receives what is used:
 * "NCCL 2.27.3 between GPUs", "MPI and host memory", the latter with the reason if some rank has a GPU; "" for one
 * rank. Only a failure of the ranks is an error. Call exchange_close before the device is closed, after a failure, too.
 */
enum status exchange_open(struct ranks *ranks, struct compute *compute, char means[EXCHANGE_MEANS],
                          struct error *error);
void exchange_close(struct compute *compute);

/* Each rank r has computed the rows bounds[r]..bounds[r + 1) of `rows` [bounds[size] x d]; all receive the others'. The
 * bounds [size + 1] ascend and are the same on all ranks. */
enum status exchange_rows(struct ranks *ranks, const struct compute *compute, struct compute_slice rows,
                          const int64_t *bounds, int64_t d, struct error *error);
/* The bytes of the rows bounds[r]..bounds[r + 1) of each rank r < size; sizes [size]. */
void exchange_sizes(const int64_t *bounds, int size, size_t row_bytes, size_t *sizes);
/* An all-to-all of unequal blocks: sends the rows to_bounds[r]..to_bounds[r + 1) of `to` [to_bounds[size] x d] to each
 * rank r; `from` receives the rows from_bounds[r]..from_bounds[r + 1) of it. The bounds [size + 1] ascend from 0; what
 * one rank sends is what the other expects. `to` and `from` do not overlap. With one rank `to` is copied. */
enum status exchange_blocks(struct ranks *ranks, const struct compute *compute, int64_t d, const int64_t *to_bounds,
                            struct compute_slice to, const int64_t *from_bounds, struct compute_slice from,
                            struct error *error);
/* The sums over all ranks of `count` floats. */
enum status exchange_sum(struct ranks *ranks, const struct compute *compute, struct compute_slice values, int64_t count,
                         struct error *error);
/* The bytes of rank 0. */
enum status exchange_broadcast(struct ranks *ranks, const struct compute *compute, struct compute_buffer *buffer,
                               size_t bytes, struct error *error);

#endif
