#include "models/factors.h"

#include <string.h>

enum status factors_open(struct factors *factors, struct compute *compute, const float *items, int64_t n, int64_t d,
                         struct error *error)
{
    *factors = (struct factors){.compute = compute, .n = n, .d = d};
    return compute->ops->buffer_wrap(compute->device, items, (size_t)(n * d) * sizeof *items, &factors->items, error);
}

static void drop(struct factors *factors, struct compute_buffer **buffer)
{
    if (*buffer)
        factors->compute->ops->buffer_destroy(*buffer);
    *buffer = NULL;
}

void factors_close(struct factors *factors)
{
    drop(factors, &factors->items);
    drop(factors, &factors->queries);
    drop(factors, &factors->starts);
    drop(factors, &factors->rows);
    drop(factors, &factors->sorted);
}

static enum status wrap(struct factors *factors, struct compute_buffer **buffer, const void *host, size_t bytes,
                        struct error *error)
{
    drop(factors, buffer);
    return factors->compute->ops->buffer_wrap(factors->compute->device, host, bytes, buffer, error);
}

enum status factors_begin(struct factors *factors, const struct seed_lists *lists, struct error *error)
{
    const struct compute *compute = factors->compute;
    size_t entries = (size_t)lists->starts[lists->count];
    enum status status =
        wrap(factors, &factors->starts, lists->starts, (lists->count + 1) * sizeof *lists->starts, error);
    if (status == STATUS_OK)
        status = wrap(factors, &factors->rows, lists->rows, entries * sizeof *lists->rows, error);
    if (status == STATUS_OK)
        status = wrap(factors, &factors->sorted, lists->sorted, entries * sizeof *lists->sorted, error);
    if (status != STATUS_OK || lists->count <= factors->room)
        return status;
    drop(factors, &factors->queries);
    factors->room = 0;
    status = compute->ops->buffer_create(compute->device, lists->count * (size_t)factors->d * sizeof(float),
                                         &factors->queries, error);
    if (status == STATUS_OK)
        factors->room = lists->count;
    return status;
}

enum status factors_finish(struct factors *factors, const struct seed_lists *lists, size_t k, int32_t *ids,
                           float *scores, struct error *error)
{
    const struct compute_ops *ops = factors->compute->ops;
    struct compute_device *device = factors->compute->device;
    struct compute_stream *stream = factors->compute->stream;
    struct compute_buffer *found = NULL, *found_scores = NULL, *scratch = NULL;
    int64_t n_queries = (int64_t)lists->count;
    size_t bytes = lists->count * k * sizeof *ids;
    enum status status = ops->buffer_create(device, bytes, &found, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, bytes, &found_scores, error);
    if (status == STATUS_OK)
        status =
            ops->buffer_create(device, ops->top_k_scratch(device, n_queries, factors->n, (int64_t)k), &scratch, error);
    if (status == STATUS_OK)
        status = ops->top_k(stream, n_queries, factors->n, factors->d, (int64_t)k,
                            (struct compute_slice){factors->queries, 0}, (struct compute_slice){factors->items, 0},
                            (struct compute_slice){factors->starts, 0}, (struct compute_slice){factors->sorted, 0},
                            (struct compute_slice){found, 0}, (struct compute_slice){found_scores, 0},
                            (struct compute_slice){scratch, 0}, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, found, 0, ids, bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, found_scores, 0, scores, bytes, error);
    drop(factors, &found);
    drop(factors, &found_scores);
    drop(factors, &scratch);
    return status;
}
