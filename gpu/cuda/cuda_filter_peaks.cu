#include "gpu/cuda/cuda_layers.h"

/* Filters over a spectrogram with the maximum over frequency: a block per time, a thread per filter, which computes its
 * responses at TOGETHER frequencies at once, so that it reads each weight once for them. The threads of a warp read the
 * same values of X. */

enum { TOGETHER = 8 };

struct filter_peaks {
    int64_t time, frequency, kernel_time, kernel_frequency, filters, before;
    const float *x, *w;
    float *y;
    int64_t y_stride;
};

/* Adds the products with row i of the filter; the last frequencies may be the same. */
static __device__ inline void add_row(const struct filter_peaks &p, const float *row, const float *w, int64_t first,
                                      float sums[TOGETHER])
{
    int64_t last = p.frequency - p.kernel_frequency;
    for (int64_t j = 0; j < p.kernel_frequency; j++, w += p.filters) {
        float weight = *w;
#pragma unroll
        for (int k = 0; k < TOGETHER; k++)
            sums[k] += weight * row[(first + k < last ? first + k : last) + j];
    }
}

static __device__ inline float peak_of(const struct filter_peaks &p, int64_t b, int64_t t, int64_t n)
{
    float peak = -INFINITY;
    int64_t start = t - p.before, begin = start < 0 ? -start : 0;
    int64_t end = p.time - start < p.kernel_time ? p.time - start : p.kernel_time;
    for (int64_t first = 0; first <= p.frequency - p.kernel_frequency; first += TOGETHER) {
        float sums[TOGETHER] = {0};
        for (int64_t i = begin; i < end; i++)
            add_row(p, p.x + (b * p.time + start + i) * p.frequency, p.w + i * p.kernel_frequency * p.filters + n,
                    first, sums);
        for (int k = 0; k < TOGETHER; k++)
            peak = sums[k] > peak || sums[k] != sums[k] ? sums[k] : peak;
    }
    return peak;
}

static __global__ void filter_peaks_kernel(struct filter_peaks p, int64_t rows)
{
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x)
        for (int64_t n = threadIdx.x; n < p.filters; n += blockDim.x)
            p.y[row * p.y_stride + n] = peak_of(p, row / p.time, row % p.time, n);
}

enum status cuda_filter_peaks(struct compute_stream *stream, int64_t batch, int64_t time, int64_t frequency,
                              int64_t kernel_time, int64_t kernel_frequency, int64_t filters, struct compute_slice x,
                              struct compute_slice w, struct compute_slice y, int64_t y_stride, struct error *error)
{
    enum status status = cuda_check_all("filter_peaks",
                                        {{"X", x, cuda_count(batch, time, frequency)},
                                         {"W", w, cuda_count(kernel_time, kernel_frequency, filters)},
                                         {"Y", y, cuda_rows_count(cuda_count(batch, time), filters, y_stride)}},
                                        error);
    if (status == STATUS_OK && (kernel_time < 1 || kernel_frequency < 1 || kernel_frequency > frequency))
        status = error_set(error, STATUS_FAILED,
                           "operation filter_peaks: filters of %lld x %lld do not fit (internal error)",
                           (long long)kernel_time, (long long)kernel_frequency);
    if (status != STATUS_OK || batch * time * filters == 0)
        return status;
    struct filter_peaks p = {
        time,           frequency,      kernel_time,    kernel_frequency, filters, (kernel_time - 1) / 2,
        cuda_floats(x), cuda_floats(w), cuda_floats(y), y_stride};
    CUDA_LAUNCH(filter_peaks_kernel, cuda_blocks(batch * time, 1), CUDA_BLOCK, 0, stream->queue, p, batch * time);
    return cuda_launched("filter_peaks", error);
}
