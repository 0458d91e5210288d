#include "gpu/cuda/cuda_layers.h"

/* Layer normalisation: a warp per row; the gradients of gain and bias are sums over rows. */

static __global__ void layer_norm_kernel(int64_t rows, int64_t d, float epsilon, const float *x, const float *gain,
                                         const float *bias, float *stats, float *y)
{
    for (CUDA_EACH_ROW(row, rows)) {
        const float *from = x + row * d;
        double sum = 0, squares = 0;
        for (CUDA_EACH_COLUMN(j, d))
            sum += (double)from[j];
        float mean = (float)(cuda_warp_sum(sum) / (double)d);
        for (CUDA_EACH_COLUMN(j, d))
            squares += (double)((from[j] - mean) * (from[j] - mean));
        float inverse = (float)(1.0 / sqrt(cuda_warp_sum(squares) / (double)d + (double)epsilon));
        for (CUDA_EACH_COLUMN(j, d))
            y[row * d + j] = (from[j] - mean) * inverse * gain[j] + bias[j];
        if (stats && threadIdx.x % 32 == 0) {
            stats[2 * row] = mean;
            stats[2 * row + 1] = inverse;
        }
    }
}

/* With g = dY gain and n = (x - mean) inverse: dX = inverse (g - mean(g) - n mean(g n)). */
static __global__ void layer_norm_backward_kernel(int64_t rows, int64_t d, const float *x, const float *gain,
                                                  const float *stats, const float *d_y, float beta, float *d_x)
{
    for (CUDA_EACH_ROW(row, rows)) {
        const float *from = x + row * d, *slopes = d_y + row * d;
        float *to = d_x + row * d, mean = stats[2 * row], inverse = stats[2 * row + 1];
        double sums = 0, products = 0;
        for (CUDA_EACH_COLUMN(j, d)) {
            float g = slopes[j] * gain[j];
            sums += (double)g;
            products += (double)(g * (from[j] - mean));
        }
        float sum = (float)(cuda_warp_sum(sums) / (double)d);
        float product = (float)(cuda_warp_sum(products) / (double)d) * inverse * inverse;
        for (CUDA_EACH_COLUMN(j, d))
            to[j] = cuda_blend(beta, &to[j], inverse * (slopes[j] * gain[j] - sum - (from[j] - mean) * product));
    }
}

/* The gradients of gain and bias. */
struct layer_norm_sums {
    int64_t d;
    const float *x, *stats, *d_y;
    float beta, *d_gain, *d_bias;

    __device__ void add(int64_t row, int64_t column, double *sums) const
    {
        int64_t at = row * d + column;
        sums[0] += (double)(d_y[at] * ((x[at] - stats[2 * row]) * stats[2 * row + 1]));
        sums[1] += (double)d_y[at];
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        cuda_store_sum(d_gain ? d_gain + column : NULL, sums[0], beta);
        cuda_store_sum(d_bias ? d_bias + column : NULL, sums[1], beta);
    }
};

enum status cuda_layer_norm(struct compute_stream *stream, int64_t rows, int64_t d, float epsilon,
                            struct compute_slice x, struct compute_slice gain, struct compute_slice bias,
                            struct compute_slice stats, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_all("layer_norm",
                                        {{"X", x, n},
                                         {"gain", gain, d},
                                         {"bias", bias, d},
                                         {"stats", stats, cuda_count(rows, 2), 4, true},
                                         {"Y", y, n}},
                                        error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(layer_norm_kernel, cuda_row_blocks(rows), CUDA_BLOCK, 0, stream->queue, rows, d, epsilon,
                cuda_floats(x), cuda_floats(gain), cuda_floats(bias), cuda_floats(stats), cuda_floats(y));
    return cuda_launched("layer_norm", error);
}

enum status cuda_layer_norm_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                                     struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
                                     float beta, struct compute_slice d_x, float beta_parameters,
                                     struct compute_slice d_gain, struct compute_slice d_bias, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_all("layer_norm_backward",
                                        {{"X", x, n},
                                         {"gain", gain, d},
                                         {"stats", stats, cuda_count(rows, 2)},
                                         {"dY", d_y, n},
                                         {"dX", d_x, n, 4, true},
                                         {"dgain", d_gain, d, 4, true},
                                         {"dbias", d_bias, d, 4, true}},
                                        error);
    if (status == STATUS_OK && d_x.buffer && n > 0) {
        CUDA_LAUNCH(layer_norm_backward_kernel, cuda_row_blocks(rows), CUDA_BLOCK, 0, stream->queue, rows, d,
                    cuda_floats(x), cuda_floats(gain), cuda_floats(stats), cuda_floats(d_y), beta, cuda_floats(d_x));
        status = cuda_launched("layer_norm_backward", error);
    }
    if (!d_gain.buffer && !d_bias.buffer)
        return status;
    struct layer_norm_sums sums = {.d = d,
                                   .x = cuda_floats(x),
                                   .stats = cuda_floats(stats),
                                   .d_y = cuda_floats(d_y),
                                   .beta = beta_parameters,
                                   .d_gain = cuda_floats(d_gain),
                                   .d_bias = cuda_floats(d_bias)};
    for (CUDA_EACH_STRETCH(first, d, status))
        status =
            cuda_sum_columns<2>("layer_norm_backward", stream, rows, first, cuda_segment_size(first, d), sums, error);
    return status;
}
