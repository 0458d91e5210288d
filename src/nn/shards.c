#include "nn/shards.h"

#include <stdlib.h>

#include "nn/exchange.h"

enum { BLOCK_BYTES = 1 << 22 };

enum status shards_create(struct ranks *ranks, int64_t n_rows, struct shards **out, struct error *error)
{
    const int size = ranks_size(ranks);
    struct shards *shards = *out = calloc(1, sizeof *shards);
    if (!shards)
        return error_no_memory(error);
    *shards = (struct shards){.ranks = ranks, .n_rows = n_rows};
    shards->bounds = malloc(((size_t)size + 1) * sizeof *shards->bounds);
    if (!shards->bounds)
        return error_no_memory(error);
    for (int r = 0; r < size; r++)
        shards->bounds[r] = ranks_part_of(r, size, n_rows).first;
    shards->bounds[size] = n_rows;
    return STATUS_OK;
}

void shards_destroy(struct shards *shards)
{
    if (shards)
        free(shards->bounds);
    free(shards);
}

struct ranks_part shards_own(const struct shards *shards)
{
    return ranks_part(shards->ranks, shards->n_rows);
}

/* ---- lists of rows ---- */

/* By ranks_part_of: the first n % size ranks have a row more than the others. */
static int rank_of(const struct shards *shards, int32_t row)
{
    const int64_t size = ranks_size(shards->ranks), least = shards->n_rows / size, more = shards->n_rows % size,
                  larger = more * (least + 1);
    return (int)(row < larger ? row / (least + 1) : more + (row - larger) / least);
}

void shards_group(const struct shards *shards, int64_t n, const int32_t *rows, int64_t *bounds, int32_t *grouped,
                  int32_t *order)
{
    const int size = ranks_size(shards->ranks);
    for (int r = 0; r <= size; r++)
        bounds[r] = 0;
    for (int64_t i = 0; i < n; i++)
        bounds[rank_of(shards, rows[i]) + 1]++;
    for (int r = 0; r < size; r++)
        bounds[r + 1] += bounds[r];
    for (int64_t i = 0; i < n; i++) /* moves each bound to the end of its group */
        order[bounds[rank_of(shards, rows[i])]++] = (int32_t)i;
    for (int r = size; r > 0; r--)
        bounds[r] = bounds[r - 1];
    bounds[0] = 0;
    for (int64_t i = 0; i < n; i++)
        grouped[i] = rows[order[i]];
}

/* Tells each rank how many numbers it gets; bounds [ranks + 1] receives how many come from each. */
static enum status send_counts(const struct shards *shards, const int64_t *counts, size_t *sizes, int64_t *bounds,
                               struct error *error)
{
    const int size = ranks_size(shards->ranks);
    for (int r = 0; r < size; r++)
        sizes[r] = sizeof *counts;
    const enum status status = ranks_exchange(shards->ranks, counts, sizes, bounds + 1, sizes, error);
    bounds[0] = 0;
    for (int r = 0; r < size && status == STATUS_OK; r++)
        bounds[r + 1] += bounds[r];
    return status;
}

static void count_of(const int64_t *bounds, int size, int64_t *counts)
{
    for (int r = 0; r < size; r++)
        counts[r] = bounds[r + 1] - bounds[r];
}

enum status shards_send(const struct shards *shards, const int64_t *bounds, const int32_t *rows,
                        int64_t *received_bounds, int32_t **received, struct error *error)
{
    const int size = ranks_size(shards->ranks);
    const int32_t first = (int32_t)shards_own(shards).first;
    int64_t *counts = malloc((size_t)size * sizeof *counts);
    size_t *sizes = malloc(2 * (size_t)size * sizeof *sizes);
    *received = NULL;
    enum status status = counts && sizes ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        count_of(bounds, size, counts);
        status = send_counts(shards, counts, sizes, received_bounds, error);
    }
    if (status == STATUS_OK) {
        *received = malloc(((size_t)received_bounds[size] + 1) * sizeof **received);
        status = *received ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK) {
        exchange_sizes(bounds, size, sizeof **received, sizes);
        exchange_sizes(received_bounds, size, sizeof **received, sizes + size);
        status = ranks_exchange(shards->ranks, rows, sizes, *received, sizes + size, error);
    }
    for (int64_t i = 0; status == STATUS_OK && i < received_bounds[size]; i++)
        (*received)[i] -= first;
    free(counts);
    free(sizes);
    return status;
}

/* ---- a whole table at rank 0, in blocks ---- */

int64_t shards_block(size_t row_bytes)
{
    return (int64_t)(BLOCK_BYTES / row_bytes) + 1;
}

/* The rows that rank r has of first..first + count. */
static struct ranks_part overlap(const struct shards *shards, int r, int64_t first, int64_t count)
{
    const int64_t begin = shards->bounds[r] > first ? shards->bounds[r] : first,
                  end = shards->bounds[r + 1] < first + count ? shards->bounds[r + 1] : first + count;
    return (struct ranks_part){begin, end > begin ? end - begin : 0};
}

/* One block, from rank 0 or to it. The ranks exchange with it alone. */
struct block {
    struct ranks_part own;        /* rows of this rank */
    char *bytes;                  /* of these */
    size_t size, *all, *own_only; /* [ranks] the bytes of each rank at rank 0, otherwise 0; this rank's, exchanged with
                                   * rank 0 alone */
};

static enum status block_make(const struct shards *shards, size_t row_bytes, int64_t first, int64_t count,
                              struct block *block, struct error *error)
{
    const int size = ranks_size(shards->ranks), rank = ranks_rank(shards->ranks);
    *block = (struct block){.own = overlap(shards, rank, first, count)};
    block->size = (size_t)block->own.count * row_bytes;
    block->bytes = malloc(block->size + 1);
    block->all = calloc(2 * (size_t)size, sizeof *block->all);
    if (!block->bytes || !block->all)
        return error_no_memory(error);
    block->own_only = block->all + size;
    for (int r = 0; r < size && rank == 0; r++)
        block->all[r] = (size_t)overlap(shards, r, first, count).count * row_bytes;
    return STATUS_OK;
}

static void block_free(struct block *block)
{
    free(block->bytes);
    free(block->all);
}

static size_t offset_of(const struct shards *shards, const struct block *block, size_t row_bytes)
{
    return (size_t)(block->own.first - shards_own(shards).first) * row_bytes;
}

enum status shards_gather(const struct shards *shards, const struct compute *compute,
                          const struct compute_buffer *buffer, size_t row_bytes, int64_t first, int64_t count,
                          void *rows, struct error *error)
{
    struct block block;
    enum status status = block_make(shards, row_bytes, first, count, &block, error);
    if (status == STATUS_OK && block.size > 0)
        status = compute->ops->buffer_read(compute->stream, buffer, offset_of(shards, &block, row_bytes), block.bytes,
                                           block.size, error);
    if (status == STATUS_OK) {
        block.own_only[0] = block.size;
        status = ranks_exchange(shards->ranks, block.bytes, block.own_only, rows, block.all, error);
    }
    block_free(&block);
    return status;
}

enum status shards_scatter(const struct shards *shards, const struct compute *compute, struct compute_buffer *buffer,
                           size_t row_bytes, int64_t first, int64_t count, const void *rows, struct error *error)
{
    struct block block;
    enum status status = block_make(shards, row_bytes, first, count, &block, error);
    if (status == STATUS_OK) {
        block.own_only[0] = block.size;
        status = ranks_exchange(shards->ranks, rows, block.all, block.bytes, block.own_only, error);
    }
    if (status == STATUS_OK && block.size > 0)
        status = compute->ops->buffer_write(compute->stream, buffer, offset_of(shards, &block, row_bytes), block.bytes,
                                            block.size, error);
    block_free(&block);
    return status;
}
