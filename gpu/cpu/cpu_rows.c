#include "gpu/cpu/cpu_sequences.h"

/* Gather and scatter of rows by id. */

enum {
    AHEAD = 12,   /* rows that are prefetched while one is processed */
    COLUMNS = 32, /* columns of a target per task: two cache lines, which the processor fetches as a pair */
};

enum status cpu_check_rows(const char *operation, const char *argument, struct compute_slice slice, int64_t n,
                           int64_t d, int64_t stride, struct error *error)
{
    int64_t count = n > 0 ? cpu_count(n - 1, stride, 1) : n;
    if (n > 0 && (d < 0 || stride < d || count < 0 || __builtin_add_overflow(count, d, &count)))
        count = -1;
    return cpu_check(operation, argument, slice, count, sizeof(float), error);
}

static inline __attribute__((always_inline)) void find_largest(const int32_t *ids, int64_t n, int32_t *largest)
{
    int32_t most = -1;
    for (int64_t i = 0; i < n; i++)
        most = ids[i] > most ? ids[i] : most;
    *largest = most;
}

CPU_KERNEL(largest_kernel, find_largest, (const int32_t *ids, int64_t n, int32_t *largest), (ids, n, largest))

enum status cpu_check_ids(const char *operation, const char *argument, struct compute_slice slice, int64_t n,
                          int64_t rows, struct error *error)
{
    enum status status = cpu_check(operation, argument, slice, n, sizeof(int32_t), error);
    if (status != STATUS_OK || n == 0)
        return status;
    int32_t largest;
    CPU_KERNEL_CALL(slice.buffer->device->simd, largest_kernel, (cpu_ints(slice), n, &largest));
    if (largest < rows)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "operation %s: row %ld in %s is out of range, there are %lld rows (internal error)", operation,
                     (long)largest, argument, (long long)rows);
}

enum status cpu_check_lengths(const char *operation, struct compute_slice slice, int64_t batch, int64_t length,
                              struct error *error)
{
    enum status status = cpu_check(operation, "lengths", slice, batch, sizeof(int32_t), error);
    if (status != STATUS_OK)
        return status;
    const int32_t *lengths = cpu_ints(slice);
    for (int64_t i = 0; i < batch; i++)
        if (lengths[i] < 1 || lengths[i] > length)
            return error_set(
                error, STATUS_FAILED,
                "operation %s: a sequence of length %ld does not fit a batch of length %lld (internal error)",
                operation, (long)lengths[i], (long long)length);
    return STATUS_OK;
}

struct rows_job {
    enum cpu_simd simd;
    int64_t n, d, x_stride, y_stride;
    float alpha, beta;
    const int32_t *ids;
    const float *x;
    float *y;
};

static inline __attribute__((always_inline)) void blend_row(float *restrict y, const float *restrict x, float alpha,
                                                            float beta, int64_t d)
{
    for (int64_t j = 0; j < d; j++)
        y[j] = cpu_blend(beta, y[j], alpha * x[j]);
}

static inline __attribute__((always_inline)) void gather_rows(const struct rows_job *job, int64_t begin, int64_t end)
{
    int64_t d = job->d;
    for (int64_t i = begin; i < end; i++) {
        if (i + AHEAD < end && job->ids[i + AHEAD] >= 0)
            cpu_prefetch(job->x + job->ids[i + AHEAD] * d, d);
        float *y = job->y + i * job->y_stride;
        if (job->ids[i] >= 0)
            blend_row(y, job->x + job->ids[i] * d, job->alpha, job->beta, d);
        else
            for (int64_t j = 0; j < d; j++)
                y[j] = cpu_blend(job->beta, y[j], 0);
    }
}

CPU_KERNEL(gather_kernel, gather_rows, (const struct rows_job *job, int64_t begin, int64_t end), (job, begin, end))

static void gather_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct rows_job *job = context;
    int64_t rows = cpu_task_rows(job->d), begin = (int64_t)index * rows;
    CPU_KERNEL_CALL(job->simd, gather_kernel, (job, begin, cpu_min(begin + rows, job->n)));
}

enum status cpu_gather(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                       int64_t x_rows, struct compute_slice x, float beta, struct compute_slice y, int64_t y_stride,
                       struct error *error)
{
    enum status status = cpu_check("gather", "X", x, cpu_count(x_rows, d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_rows("gather", "Y", y, n, d, y_stride, error);
    if (status == STATUS_OK)
        status = cpu_check_ids("gather", "ids", ids, n, x_rows, error);
    if (status != STATUS_OK || n == 0 || d == 0)
        return status;
    struct rows_job job = {.simd = stream->device->simd,
                           .n = n,
                           .d = d,
                           .y_stride = y_stride,
                           .alpha = alpha,
                           .beta = beta,
                           .ids = cpu_ints(ids),
                           .x = cpu_floats(x),
                           .y = cpu_floats(y)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, cpu_task_rows(d)), gather_block, &job);
    return STATUS_OK;
}

/* Tasks divide the columns and each processes all entries in order, so that a repeated row is summed in the same order
 * for any number of threads. */
static inline __attribute__((always_inline)) void scatter_columns(const struct rows_job *job, int64_t begin,
                                                                  int64_t end)
{
    for (int64_t i = 0; i < job->n; i++) {
        if (i + AHEAD < job->n && job->ids[i + AHEAD] >= 0) {
            cpu_prefetch(job->y + job->ids[i + AHEAD] * job->y_stride + begin, end - begin);
            cpu_prefetch(job->x + (i + AHEAD) * job->x_stride + begin, end - begin);
        }
        if (job->ids[i] >= 0)
            blend_row(job->y + job->ids[i] * job->y_stride + begin, job->x + i * job->x_stride + begin, job->alpha, 1,
                      end - begin);
    }
}

CPU_KERNEL(scatter_kernel, scatter_columns, (const struct rows_job *job, int64_t begin, int64_t end), (job, begin, end))

static void scatter_strip(void *context, size_t index, int worker)
{
    (void)worker;
    const struct rows_job *job = context;
    int64_t begin = (int64_t)index * COLUMNS;
    CPU_KERNEL_CALL(job->simd, scatter_kernel, (job, begin, cpu_min(begin + COLUMNS, job->d)));
}

enum status cpu_scatter_add(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                            struct compute_slice x, int64_t x_stride, int64_t y_rows, struct compute_slice y,
                            struct error *error)
{
    enum status status = cpu_check_rows("scatter_add", "X", x, n, d, x_stride, error);
    if (status == STATUS_OK)
        status = cpu_check("scatter_add", "Y", y, cpu_count(y_rows, d, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_ids("scatter_add", "ids", ids, n, y_rows, error);
    if (status != STATUS_OK || n == 0 || d == 0)
        return status;
    struct rows_job job = {.simd = stream->device->simd,
                           .n = n,
                           .d = d,
                           .x_stride = x_stride,
                           .y_stride = d,
                           .alpha = alpha,
                           .ids = cpu_ints(ids),
                           .x = cpu_floats(x),
                           .y = cpu_floats(y)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(d, COLUMNS), scatter_strip, &job);
    return STATUS_OK;
}
