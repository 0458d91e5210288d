#include "gpu/cuda/cuda_layers.h"

#include <limits.h>

/* Dense layers fused with an activation: a product by cuBLAS, which reads a row-major matrix as its transpose, and one
 * pass over its result. */

static __global__ void dense_kernel(enum activation f, int64_t n, int64_t d, const float *bias, struct cuda_drop drop,
                                    float *slopes, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float v = bias ? y[i] + bias[column] : y[i];
        if (slopes)
            slopes[i] = cuda_dropped(drop, i, cuda_activation_slope(f, v));
        y[i] = cuda_dropped(drop, i, cuda_activated(f, v));
    });
}

/* Multiplies dU, which holds dY W, by its slopes while the bias's gradient is summed. */
struct dense_backward {
    int64_t d;
    const float *slopes;
    float beta, *d_u, *d_bias;

    __device__ void add(int64_t row, int64_t column, double *sums) const
    {
        int64_t at = row * d + column;
        float slope = d_u[at] * slopes[at];
        d_u[at] = slope;
        sums[0] += (double)slope;
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        cuda_store_sum(d_bias ? d_bias + column : NULL, sums[0], beta);
    }
};

static enum status check_sizes(const char *operation, int64_t rows, int64_t in, int64_t out, struct error *error)
{
    if (rows >= 0 && in >= 0 && out >= 0 && rows <= INT_MAX && in <= INT_MAX && out <= INT_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot work on sizes %lld, %lld and %lld", operation,
                     (long long)rows, (long long)in, (long long)out);
}

/* Y[rows x n] = X[rows x k] W, or Wᵀ when it is stored [n x k]. */
static enum status multiply(const char *operation, struct compute_stream *stream, bool transpose, int64_t rows,
                            int64_t n, int64_t k, const float *x, const float *w, float *y, struct error *error)
{
    const float one = 1, zero = 0;
    if (rows == 0 || n == 0)
        return STATUS_OK;
    if (k == 0)
        return cuda_check_call(operation, cudaMemsetAsync(y, 0, (size_t)(rows * n) * sizeof(float), stream->queue),
                               error);
    return cuda_check_blas(operation,
                           cublasSgemm(stream->blas, transpose ? CUBLAS_OP_T : CUBLAS_OP_N, CUBLAS_OP_N, (int)n,
                                       (int)rows, (int)k, &one, w, (int)(transpose ? k : n), x, (int)k, &zero, y,
                                       (int)n),
                           error);
}

enum status cuda_dense(struct compute_stream *stream, enum activation f, int64_t rows, int64_t in, int64_t out,
                       struct compute_slice x, struct compute_slice w, struct compute_slice bias,
                       struct dropout dropout, struct compute_slice slopes, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, out);
    enum status status = check_sizes("dense", rows, in, out, error);
    if (status == STATUS_OK)
        status = cuda_check_activation("dense", f, error);
    if (status == STATUS_OK)
        status = cuda_check_dropout("dense", dropout, error);
    if (status == STATUS_OK)
        status = cuda_check_all("dense",
                                {{"X", x, cuda_count(rows, in)},
                                 {"W", w, cuda_count(out, in)},
                                 {"bias", bias, out, 4, true},
                                 {"slopes", slopes, n, 4, true},
                                 {"Y", y, n}},
                                error);
    if (status == STATUS_OK)
        status = multiply("dense", stream, true, rows, out, in, cuda_floats(x), cuda_floats(w), cuda_floats(y), error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(dense_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, f, n, out, cuda_floats(bias),
                cuda_drop_of(dropout), cuda_floats(slopes), cuda_floats(y));
    return cuda_launched("dense", error);
}

enum status cuda_dense_backward(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out,
                                struct compute_slice w, struct compute_slice slopes, struct compute_slice d_y,
                                struct compute_slice d_u, float beta, struct compute_slice d_bias, struct error *error)
{
    int64_t n = cuda_count(rows, in);
    enum status status = check_sizes("dense_backward", rows, in, out, error);
    if (status == STATUS_OK)
        status = cuda_check_all("dense_backward",
                                {{"W", w, cuda_count(out, in)},
                                 {"slopes", slopes, n},
                                 {"dY", d_y, cuda_count(rows, out)},
                                 {"dU", d_u, n},
                                 {"dbias", d_bias, in, 4, true}},
                                error);
    if (status == STATUS_OK)
        status = multiply("dense_backward", stream, false, rows, in, out, cuda_floats(d_y), cuda_floats(w),
                          cuda_floats(d_u), error);
    struct dense_backward back = {in, cuda_floats(slopes), beta, cuda_floats(d_u), cuda_floats(d_bias)};
    for (CUDA_EACH_STRETCH(first, in, status))
        status = cuda_sum_columns<1>("dense_backward", stream, rows, first, cuda_segment_size(first, in), back, error);
    return status;
}
