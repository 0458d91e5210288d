#include "models/als_ranks.h"

#include <stdlib.h>

enum status als_bounds_make(struct ranks *ranks, const int64_t *starts, int64_t n, int64_t d, int64_t **bounds,
                            struct error *error)
{
    const int size = ranks_size(ranks);
    int64_t *made = *bounds = malloc(((size_t)size + 1) * sizeof *made);
    if (!made)
        return error_no_memory(error);
    const double total = (double)((starts ? starts[n] : 0) + n * d);
    int64_t row = 0;
    for (int r = 0; r < size; r++) {
        while (row < n && (double)((starts ? starts[row] : 0) + row * d) < total * r / size)
            row++;
        made[r] = row;
    }
    made[size] = n;
    return STATUS_OK;
}

/* Adds the Gram matrices of all ranks [d x d] in float64. */
static enum status add_all(struct ranks *ranks, int64_t n, float *gram, struct error *error)
{
    double *sums = malloc((size_t)n * sizeof *sums);
    if (!sums)
        return error_no_memory(error);
    for (int64_t i = 0; i < n; i++)
        sums[i] = (double)gram[i];
    enum status status = ranks_sum(ranks, sums, (size_t)n, error);
    for (int64_t i = 0; i < n; i++)
        gram[i] = (float)sums[i];
    free(sums);
    return status;
}

static enum status add_through_host(struct ranks *ranks, const struct compute *compute, int64_t n,
                                    struct compute_buffer *gram, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    const size_t bytes = (size_t)n * sizeof(float);
    float *host = malloc(bytes);
    enum status status = host ? ops->buffer_read(compute->stream, gram, 0, host, bytes, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_all(ranks, n, host, error);
    if (status == STATUS_OK)
        status = ops->buffer_write(compute->stream, gram, 0, host, bytes, error);
    free(host);
    return status;
}

enum status als_gram(struct ranks *ranks, const struct compute *compute, struct compute_buffer *rows,
                     const int64_t *bounds, int64_t d, float ridge, struct compute_buffer *gram, struct error *error)
{
    const int rank = ranks_rank(ranks);
    const struct compute_slice all = {gram, 0};
    const enum status status =
        compute->ops->gram(compute->stream, bounds[rank + 1] - bounds[rank], d,
                           (struct compute_slice){rows, (size_t)(bounds[rank] * d)}, rank == 0 ? ridge : 0, all, error);
    if (ranks_size(ranks) == 1 || status != STATUS_OK)
        return status;
    return compute->group ? exchange_sum(ranks, compute, all, d * d, error)
                          : add_through_host(ranks, compute, d * d, gram, error);
}
