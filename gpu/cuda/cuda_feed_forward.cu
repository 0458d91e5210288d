#include "gpu/cuda/cuda_activation.h"

/* Two dense layers with an activation between them: cuBLAS's products, and one pass over what is wide after each. */

static __global__ void dense_kernel(enum activation f, int64_t n, int64_t d, const float *bias, struct cuda_drop drop,
                                    float *slopes, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float v = cuda_biased(y[i], bias, column);
        y[i] = cuda_dropped(drop, i, cuda_activated(f, v));
        if (slopes)
            slopes[i] = cuda_dropped(drop, i, cuda_activated_back(f, v, 1));
    });
}

static enum status cuda_dense(struct compute_stream *stream, enum activation f, int64_t rows, int64_t in, int64_t out,
                              struct compute_slice x, struct compute_slice w, struct compute_slice bias,
                              struct dropout dropout, struct compute_slice slopes, struct compute_slice y,
                              struct error *error)
{
    int64_t n = cuda_count(rows, out);
    enum status status = cuda_check_activation("dense", f, error);
    if (status == STATUS_OK)
        status = cuda_check_dropout("dense", dropout, error);
    if (status == STATUS_OK)
        status = cuda_check_all("dense",
                                {{"X", x, cuda_count(rows, in)},
                                 {"W", w, cuda_count(out, in)},
                                 {"bias", bias, cuda_count(out), 4, true},
                                 {"slopes", slopes, n, 4, true},
                                 {"Y", y, n}},
                                error);
    if (status != STATUS_OK || n == 0)
        return status;
    status = cuda_gemm(stream, 0, 1, rows, out, in, 1, x, w, 0, y, error);
    if (status != STATUS_OK)
        return status;
    CUDA_LAUNCH(dense_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, f, n, out, cuda_floats(bias),
                cuda_drop_of(dropout), cuda_floats(slopes), cuda_floats(y));
    return cuda_launched("dense", error);
}

static __global__ void slopes_kernel(int64_t n, const float *slopes, float *d_u)
{
    for (CUDA_EACH(i, n))
        d_u[i] *= slopes[i];
}

static enum status cuda_dense_back(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out,
                                   struct compute_slice w, struct compute_slice slopes, struct compute_slice d_y,
                                   struct compute_slice d_u, float beta, struct compute_slice d_bias,
                                   struct error *error)
{
    int64_t n = cuda_count(rows, in);
    enum status status = cuda_check_all("dense_back",
                                        {{"W", w, cuda_count(out, in)},
                                         {"slopes", slopes, n},
                                         {"dY", d_y, cuda_count(rows, out)},
                                         {"dU", d_u, n},
                                         {"the bias's gradient", d_bias, cuda_count(in), 4, true}},
                                        error);
    if (status == STATUS_OK)
        status = cuda_gemm(stream, 0, 0, rows, in, out, 1, d_y, w, 0, d_u, error);
    if (status == STATUS_OK && n > 0) {
        CUDA_LAUNCH(slopes_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, cuda_floats(slopes),
                    cuda_floats(d_u));
        status = cuda_launched("dense_back", error);
    }
    if (status == STATUS_OK && d_bias.buffer)
        status = cuda_column_sums(stream, rows, in, d_u, beta, d_bias, error);
    return status;
}

void cuda_feed_forward_operations(struct compute_ops *ops)
{
    ops->network.dense = cuda_dense;
    ops->network.dense_back = cuda_dense_back;
}
