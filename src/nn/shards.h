#ifndef SLEEVE_NN_SHARDS_H
#define SLEEVE_NN_SHARDS_H

#include "gpu/compute.h"
#include "ranks/ranks.h"

/* How the rows of a table are divided among ranks: each has consecutive rows, in the order of the ranks. Functions with
 * an `error` are collectives: all ranks call them. */
struct shards {
    struct ranks *ranks;
    int64_t n_rows;  /* of the whole table */
    int64_t *bounds; /* [ranks + 1] rank r has the rows bounds[r]..bounds[r + 1) */
};

/* Not a collective. */
enum status shards_create(struct ranks *ranks, int64_t n_rows, struct shards **shards, struct error *error);
/* NULL is ignored. */
void shards_destroy(struct shards *shards);
/* This rank's rows. */
struct ranks_part shards_own(const struct shards *shards);

/* ---- lists of rows ---- */

/* Groups n rows by the rank that has them, in their order within a group: grouped [n] receives the rows of rank 0, then
 * those of rank 1, ...; those of rank r are bounds[r]..bounds[r + 1), bounds [ranks + 1]. order [n] receives their
 * indices: grouped[i] is rows[order[i]]. */
void shards_group(const struct shards *shards, int64_t n, const int32_t *rows, int64_t *bounds, int32_t *grouped,
                  int32_t *order);
/* Sends each rank the numbers of the rows of its shard: rows[bounds[r]..bounds[r + 1)] to rank r. *received, to be
 * freed, gets those that all ranks sent here, counted from the first row of the shard; those of rank r are
 * received_bounds[r]..received_bounds[r + 1). */
enum status shards_send(const struct shards *shards, const int64_t *bounds, const int32_t *rows,
                        int64_t *received_bounds, int32_t **received, struct error *error);

/* ---- a whole table at rank 0, in blocks ---- */

/* How many rows of so many bytes a block has: a few megabytes. */
int64_t shards_block(size_t row_bytes);
/* Rank 0 receives the rows first..first + count of a table, of which `buffer` has this rank's, in `rows` (only used
 * there). */
enum status shards_gather(const struct shards *shards, const struct compute *compute,
                          const struct compute_buffer *buffer, size_t row_bytes, int64_t first, int64_t count,
                          void *rows, struct error *error);
/* The other way: the rows of rank 0 are written to the buffers of the ranks that have them. */
enum status shards_scatter(const struct shards *shards, const struct compute *compute, struct compute_buffer *buffer,
                           size_t row_bytes, int64_t first, int64_t count, const void *rows, struct error *error);

#endif
