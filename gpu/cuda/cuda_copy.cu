#include "gpu/cuda/cuda_layers.h"

/* Fill, scaled copies and column sums. */

static __global__ void fill_kernel(int64_t n, float value, float *y)
{
    for (CUDA_EACH(i, n))
        y[i] = value;
}

enum status cuda_fill(struct compute_stream *stream, int64_t n, float value, struct compute_slice y,
                      struct error *error)
{
    enum status status = cuda_check_all("fill", {{"Y", y, cuda_count(n)}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(fill_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, value, cuda_floats(y));
    return cuda_launched("fill", error);
}

static __global__ void copy_kernel(int64_t rows, int64_t columns, float alpha, const float *x, int64_t x_stride,
                                   float beta, float *y, int64_t y_stride)
{
    for (CUDA_EACH(i, rows * columns)) {
        int64_t row = i / columns, column = i % columns;
        float *to = &y[row * y_stride + column];
        *to = cuda_blend(beta, to, alpha * x[row * x_stride + column]);
    }
}

static __global__ void copy_vectors_kernel(int64_t n, float alpha, const float4 *x, float beta, float4 *y)
{
    for (CUDA_EACH(i, n)) {
        float4 from = x[i], to = {0, 0, 0, 0};
        if (beta != 0)
            to = y[i];
        y[i] = {cuda_blend(beta, &to.x, alpha * from.x), cuda_blend(beta, &to.y, alpha * from.y),
                cuda_blend(beta, &to.z, alpha * from.z), cuda_blend(beta, &to.w, alpha * from.w)};
    }
}

static void copy(struct compute_stream *stream, int64_t rows, int64_t columns, float alpha, const float *x,
                 int64_t x_stride, float beta, float *y, int64_t y_stride)
{
    int64_t n = rows * columns;
    bool dense = rows == 1 || (x_stride == columns && y_stride == columns);
    if (dense && n % 4 == 0 && ((uintptr_t)x | (uintptr_t)y) % sizeof(float4) == 0)
        CUDA_LAUNCH(copy_vectors_kernel, cuda_blocks(n / 4), CUDA_BLOCK, 0, stream->queue, n / 4, alpha,
                    (const float4 *)(const void *)x, beta, (float4 *)(void *)y);
    else
        CUDA_LAUNCH(copy_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, rows, columns, alpha, x, x_stride, beta,
                    y, y_stride);
}

enum status cuda_add_scaled(struct compute_stream *stream, int64_t n, float alpha, struct compute_slice x, float beta,
                            struct compute_slice y, struct error *error)
{
    enum status status = cuda_check_all("add_scaled", {{"X", x, cuda_count(n)}, {"Y", y, cuda_count(n)}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    copy(stream, 1, n, alpha, cuda_floats(x), n, beta, cuda_floats(y), n);
    return cuda_launched("add_scaled", error);
}

enum status cuda_copy_columns(struct compute_stream *stream, int64_t rows, int64_t columns, float alpha,
                              struct compute_slice x, int64_t x_stride, float beta, struct compute_slice y,
                              int64_t y_stride, struct error *error)
{
    if (rows > 1 && y_stride < columns)
        return error_set(
            error, STATUS_FAILED,
            "operation copy_columns: rows of %lld columns do not fit Y's row stride of %lld (internal error)",
            (long long)columns, (long long)y_stride);
    bool any = rows != 0 && columns != 0;
    int64_t x_last = cuda_count(rows - any, x_stride), y_last = cuda_count(rows - any, y_stride);
    enum status status = cuda_check_all("copy_columns",
                                        {{"X", x,
                                          x_last < 0 || columns < 0 ? -1
                                          : any                     ? x_last + columns
                                                                    : 0},
                                         {"Y", y,
                                          y_last < 0 || columns < 0 ? -1
                                          : any                     ? y_last + columns
                                                                    : 0}},
                                        error);
    if (status != STATUS_OK || !any)
        return status;
    copy(stream, rows, columns, alpha, cuda_floats(x), x_stride, beta, cuda_floats(y), y_stride);
    return cuda_launched("copy_columns", error);
}

struct column_sums {
    int64_t d;
    const float *x;
    float beta, *y;

    __device__ void add(int64_t row, int64_t column, double *sums) const
    {
        sums[0] += (double)x[row * d + column];
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        cuda_store_sum(y + column, sums[0], beta);
    }
};

enum status cuda_column_sums(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x, float beta,
                             struct compute_slice y, struct error *error)
{
    enum status status = cuda_check_all("column_sums", {{"X", x, cuda_count(rows, d)}, {"Y", y, cuda_count(d)}}, error);
    struct column_sums sums = {d, cuda_floats(x), beta, cuda_floats(y)};
    for (CUDA_EACH_STRETCH(first, d, status))
        status = cuda_sum_columns<1>("column_sums", stream, rows, first, cuda_segment_size(first, d), sums, error);
    return status;
}
