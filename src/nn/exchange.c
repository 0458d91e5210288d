#include "nn/exchange.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 1 << 22 };

/* ---- from device to device ---- */

/* Waits for this rank's work before an exchange is queued, so that the time for the exchange itself can be limited. */
static enum status finish_work(const struct compute *compute, struct error *error)
{
    return compute->ops->stream_synchronise(compute->stream, error);
}

/* After an exchange was queued, or could not be. No rank waits for one that has failed. */
static enum status complete(struct ranks *ranks, const struct compute *compute, enum status status, struct error *error)
{
    const struct compute_group_ops *ops = &compute->ops->group;
    status = ranks_agree(ranks, status, error);
    if (status == STATUS_OK)
        return ops->wait(compute->group, error);
    ops->abandon(compute->group);
    return status;
}

/* ---- rows through host memory ---- */

struct exchange {
    struct ranks *ranks;
    const struct compute *compute;
    struct compute_slice rows;
    const int64_t *bounds;
    size_t row_bytes;
    int64_t at_once; /* rows of each rank in a block */
    char *own, *all;
    size_t *sizes;
};

/* The rows of rank r in block number `block`. */
static struct ranks_part rows_of(const struct exchange *exchange, int r, int64_t block)
{
    const int64_t first = exchange->bounds[r] + block * exchange->at_once, left = exchange->bounds[r + 1] - first;
    return (struct ranks_part){first, left < 0 ? 0 : left < exchange->at_once ? left : exchange->at_once};
}

static size_t offset_of(const struct exchange *exchange, int64_t row)
{
    return exchange->rows.offset * sizeof(float) + (size_t)row * exchange->row_bytes;
}

static enum status take_block(const struct exchange *exchange, int64_t block, struct error *error)
{
    const struct compute *compute = exchange->compute;
    const struct compute_ops *ops = compute->ops;
    const int own_rank = ranks_rank(exchange->ranks), size = ranks_size(exchange->ranks);
    const struct ranks_part own = rows_of(exchange, own_rank, block);
    enum status status = STATUS_OK;
    for (int r = 0; r < size; r++)
        exchange->sizes[r] = (size_t)rows_of(exchange, r, block).count * exchange->row_bytes;
    if (own.count > 0)
        status = ops->buffer_read(compute->stream, exchange->rows.buffer, offset_of(exchange, own.first), exchange->own,
                                  exchange->sizes[own_rank], error);
    if (status == STATUS_OK)
        status = ranks_gather(exchange->ranks, exchange->own, exchange->sizes, exchange->all, error);
    const char *from = exchange->all;
    for (int r = 0; r < size && status == STATUS_OK; r++) {
        const struct ranks_part part = rows_of(exchange, r, block);
        if (r != own_rank && part.count > 0)
            status = ops->buffer_write(compute->stream, exchange->rows.buffer, offset_of(exchange, part.first), from,
                                       exchange->sizes[r], error);
        from += exchange->sizes[r];
    }
    return status;
}

static enum status rows_through_host(struct ranks *ranks, const struct compute *compute, struct compute_slice rows,
                                     const int64_t *bounds, int64_t d, struct error *error)
{
    const int size = ranks_size(ranks);
    struct exchange exchange = {
        .ranks = ranks, .compute = compute, .rows = rows, .bounds = bounds, .row_bytes = (size_t)d * sizeof(float)};
    int64_t most = 0;
    for (int r = 0; r < size; r++)
        most = bounds[r + 1] - bounds[r] > most ? bounds[r + 1] - bounds[r] : most;
    exchange.at_once = BLOCK_BYTES / (int64_t)exchange.row_bytes + 1;
    exchange.at_once = exchange.at_once < most ? exchange.at_once : most;
    const size_t part_bytes = (size_t)exchange.at_once * exchange.row_bytes;
    exchange.own = malloc(part_bytes + 1);
    exchange.all = malloc(part_bytes * (size_t)size + 1);
    exchange.sizes = malloc((size_t)size * sizeof *exchange.sizes);
    enum status status = exchange.own && exchange.all && exchange.sizes ? STATUS_OK : error_no_memory(error);
    for (int64_t block = 0; status == STATUS_OK && block * exchange.at_once < most; block++)
        status = take_block(&exchange, block, error);
    free(exchange.own);
    free(exchange.all);
    free(exchange.sizes);
    return status;
}

enum status exchange_rows(struct ranks *ranks, const struct compute *compute, struct compute_slice rows,
                          const int64_t *bounds, int64_t d, struct error *error)
{
    if (ranks_size(ranks) == 1)
        return STATUS_OK;
    if (!compute->group)
        return rows_through_host(ranks, compute, rows, bounds, d, error);
    enum status status = finish_work(compute, error);
    if (status == STATUS_OK)
        status = compute->ops->group.gather_rows(compute->group, bounds, d, rows, error);
    return complete(ranks, compute, status, error);
}

/* ---- all to all ---- */

void exchange_sizes(const int64_t *bounds, int size, size_t row_bytes, size_t *sizes)
{
    for (int r = 0; r < size; r++)
        sizes[r] = (size_t)(bounds[r + 1] - bounds[r]) * row_bytes;
}

/* The bytes of a slice: in place, or read into *copy, which the caller frees. */
static enum status read_slice(const struct compute *compute, struct compute_slice slice, size_t bytes, void **copy,
                              const char **read, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    const size_t offset = slice.offset * sizeof(float);
    const char *host = bytes > 0 ? ops->buffer_host(slice.buffer) : NULL;
    if (host) { /* an operation may still be running */
        *read = host + offset;
        return ops->stream_synchronise(compute->stream, error);
    }
    *read = *copy = malloc(bytes + 1);
    if (!*copy)
        return error_no_memory(error);
    return bytes > 0 ? ops->buffer_read(compute->stream, slice.buffer, offset, *copy, bytes, error) : STATUS_OK;
}

static enum status blocks_through_host(struct ranks *ranks, const struct compute *compute, int64_t d,
                                       const int64_t *to_bounds, struct compute_slice to, const int64_t *from_bounds,
                                       struct compute_slice from, struct error *error)
{
    const int size = ranks_size(ranks);
    const size_t row_bytes = (size_t)d * sizeof(float), to_bytes = (size_t)to_bounds[size] * row_bytes,
                 from_bytes = (size_t)from_bounds[size] * row_bytes;
    const char *sent = NULL;
    void *copy = NULL, *received = malloc(from_bytes + 1);
    size_t *sizes = malloc(2 * (size_t)size * sizeof *sizes);
    enum status status = received && sizes ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = read_slice(compute, to, to_bytes, &copy, &sent, error);
    if (status == STATUS_OK) {
        exchange_sizes(to_bounds, size, row_bytes, sizes);
        exchange_sizes(from_bounds, size, row_bytes, sizes + size);
        status = ranks_exchange(ranks, sent, sizes, received, sizes + size, error);
    }
    if (status == STATUS_OK && from_bytes > 0)
        status = compute->ops->buffer_write(compute->stream, from.buffer, from.offset * sizeof(float), received,
                                            from_bytes, error);
    free(sizes);
    free(received);
    free(copy);
    return status;
}

enum status exchange_blocks(struct ranks *ranks, const struct compute *compute, int64_t d, const int64_t *to_bounds,
                            struct compute_slice to, const int64_t *from_bounds, struct compute_slice from,
                            struct error *error)
{
    if (!compute->group)
        return blocks_through_host(ranks, compute, d, to_bounds, to, from_bounds, from, error);
    enum status status = finish_work(compute, error);
    if (status == STATUS_OK)
        status = compute->ops->group.exchange_blocks(compute->group, d, to_bounds, to, from_bounds, from, error);
    return complete(ranks, compute, status, error);
}

/* ---- whole arrays ---- */

/* Reads `size` bytes from `offset` on, exchanges them, and writes them back, a block at a time. */
static enum status visit(struct ranks *ranks, const struct compute *compute, struct compute_buffer *buffer,
                         size_t offset, size_t size, bool sum, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    const size_t at_once = size < BLOCK_BYTES ? size : BLOCK_BYTES;
    float *block = malloc(at_once);
    enum status status = block ? STATUS_OK : error_no_memory(error);
    for (size_t done = 0; done < size && status == STATUS_OK; done += at_once) {
        const size_t bytes = size - done < at_once ? size - done : at_once;
        if (sum || ranks_rank(ranks) == 0)
            status = ops->buffer_read(compute->stream, buffer, offset + done, block, bytes, error);
        if (status == STATUS_OK)
            status = sum ? ranks_sum_floats(ranks, block, bytes / sizeof *block, error)
                         : ranks_broadcast(ranks, block, bytes, error);
        if (status == STATUS_OK && (sum || ranks_rank(ranks) > 0))
            status = ops->buffer_write(compute->stream, buffer, offset + done, block, bytes, error);
    }
    free(block);
    return status;
}

enum status exchange_sum(struct ranks *ranks, const struct compute *compute, struct compute_slice values, int64_t count,
                         struct error *error)
{
    if (ranks_size(ranks) == 1 || count == 0)
        return STATUS_OK;
    if (!compute->group)
        return visit(ranks, compute, values.buffer, values.offset * sizeof(float), (size_t)count * sizeof(float), true,
                     error);
    enum status status = finish_work(compute, error);
    if (status == STATUS_OK)
        status = compute->ops->group.sum(compute->group, count, values, error);
    return complete(ranks, compute, status, error);
}

enum status exchange_broadcast(struct ranks *ranks, const struct compute *compute, struct compute_buffer *buffer,
                               size_t bytes, struct error *error)
{
    if (ranks_size(ranks) == 1 || bytes == 0)
        return STATUS_OK;
    if (!compute->group)
        return visit(ranks, compute, buffer, 0, bytes, false, error);
    enum status status = finish_work(compute, error);
    if (status == STATUS_OK)
        status = compute->ops->group.broadcast(compute->group, bytes, buffer, error);
    return complete(ranks, compute, status, error);
}
