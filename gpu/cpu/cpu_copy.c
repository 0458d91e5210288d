#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_ops.h"

/* Fill, scaled copies and column sums. */

#define INLINE static inline __attribute__((always_inline))

enum {
    BLOCK = 16384,    /* elements per task */
    SUM_COLUMNS = 32, /* columns per task */
};

struct copy_job {
    int64_t rows, columns, x_stride, y_stride;
    float alpha, beta;
    const float *x; /* NULL: copies alpha itself */
    float *y;
    enum cpu_simd simd;
};

INLINE void copy_run(const struct copy_job *job, int64_t count, const float *restrict x, float *restrict y)
{
    float alpha = job->alpha, beta = job->beta;
    if (!job->x)
        for (int64_t j = 0; j < count; j++)
            y[j] = alpha;
    else if (beta == 0)
        for (int64_t j = 0; j < count; j++)
            y[j] = alpha * x[j];
    else
        for (int64_t j = 0; j < count; j++)
            y[j] = alpha * x[j] + beta * y[j];
}

INLINE void copy_range_body(const struct copy_job *job, int64_t begin, int64_t end)
{
    int64_t row = begin / job->columns, column = begin % job->columns;
    for (int64_t i = begin; i < end;) {
        int64_t count = cpu_min(job->columns - column, end - i);
        copy_run(job, count, job->x ? job->x + row * job->x_stride + column : NULL,
                 job->y + row * job->y_stride + column);
        i += count;
        column = 0;
        row++;
    }
}

CPU_KERNEL(copy_range, copy_range_body, (const struct copy_job *job, int64_t begin, int64_t end), (job, begin, end))

static void copy_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct copy_job *job = context;
    int64_t begin = (int64_t)index * BLOCK, end = cpu_min(begin + BLOCK, job->rows * job->columns);
    CPU_KERNEL_CALL(job->simd, copy_range, (job, begin, end));
}

static void run_copy(struct compute_stream *stream, struct copy_job job)
{
    job.simd = stream->device->simd;
    pool_run(stream->device->pool, (size_t)cpu_blocks(job.rows * job.columns, BLOCK), copy_task, &job);
}

enum status cpu_fill(struct compute_stream *stream, int64_t n, float value, struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("fill", n);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("fill", {"Y", y, n, false});
    if (status == STATUS_OK)
        run_copy(stream, (struct copy_job){.rows = 1, .columns = n, .alpha = value, .y = cpu_floats(y)});
    return status;
}

enum status cpu_add_scaled(struct compute_stream *stream, int64_t n, float alpha, struct compute_slice x, float beta,
                           struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("add_scaled", n);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("add_scaled", {"X", x, n, false}, {"Y", y, n, false});
    if (status == STATUS_OK && n > 0)
        run_copy(stream,
                 (struct copy_job){
                     .rows = 1, .columns = n, .alpha = alpha, .beta = beta, .x = cpu_floats(x), .y = cpu_floats(y)});
    return status;
}

/* Rows of X may overlap (x_stride < columns: windows), rows of Y may not. */
enum status cpu_copy_columns(struct compute_stream *stream, int64_t rows, int64_t columns, float alpha,
                             struct compute_slice x, int64_t x_stride, float beta, struct compute_slice y,
                             int64_t y_stride, struct error *error)
{
    enum status status = CPU_SIZES("copy_columns", rows, columns);
    if (status == STATUS_OK)
        status = CPU_SIZES("copy_columns", rows, x_stride);
    if (status == STATUS_OK)
        status = CPU_SIZES("copy_columns", rows, y_stride);
    if (status == STATUS_OK && rows > 1 && y_stride < columns)
        status =
            error_set(error, STATUS_FAILED,
                      "operation copy_columns: rows of %lld columns do not fit Y's row stride of %lld (internal error)",
                      (long long)columns, (long long)y_stride);
    bool any = rows > 0 && columns > 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("copy_columns", {"X", x, any ? (rows - 1) * x_stride + columns : 0, false},
                              {"Y", y, any ? (rows - 1) * y_stride + columns : 0, false});
    if (status == STATUS_OK && any)
        run_copy(stream, (struct copy_job){rows, columns, x_stride, y_stride, alpha, beta, cpu_floats(x), cpu_floats(y),
                                           CPU_PORTABLE});
    return status;
}

struct sums_job {
    int64_t rows, d;
    const float *x;
    float beta, *y;
    enum cpu_simd simd;
};

INLINE void sum_columns_of(const struct sums_job *job, int64_t first, int64_t count)
{
    double total[SUM_COLUMNS] = {0};
    for (int64_t r = 0; r < job->rows; r++) {
        const float *restrict x = job->x + r * job->d + first;
        for (int64_t j = 0; j < count; j++)
            total[j] += (double)x[j];
    }
    float *y = job->y + first;
    for (int64_t j = 0; j < count; j++)
        y[j] = (float)(job->beta == 0 ? total[j] : total[j] + (double)job->beta * (double)y[j]);
}

INLINE void sum_columns_body(const struct sums_job *job, int64_t first)
{
    /* A constant count keeps the sums in registers. */
    if (job->d - first >= SUM_COLUMNS)
        sum_columns_of(job, first, SUM_COLUMNS);
    else
        sum_columns_of(job, first, job->d - first);
}

CPU_KERNEL(sum_columns, sum_columns_body, (const struct sums_job *job, int64_t first), (job, first))

static void sums_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct sums_job *job = context;
    CPU_KERNEL_CALL(job->simd, sum_columns, (job, (int64_t)index * SUM_COLUMNS));
}

enum status cpu_column_sums(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x, float beta,
                            struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("column_sums", rows, d);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("column_sums", {"X", x, rows * d, false}, {"Y", y, d, false});
    if (status != STATUS_OK)
        return status;
    struct sums_job job = {rows, d, cpu_floats(x), beta, cpu_floats(y), stream->device->simd};
    pool_run(stream->device->pool, (size_t)cpu_blocks(d, SUM_COLUMNS), sums_task, &job);
    return STATUS_OK;
}
