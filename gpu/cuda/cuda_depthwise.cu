#include "gpu/cuda/cuda_layers.h"
#include "gpu/cuda/cuda_window.h"

/* Depthwise convolutions: a thread per number of the output or of the input; for the gradient of the kernel, sums over
 * lines of the output. */

static __global__ void depthwise_kernel(struct compute_window w, int64_t n, const float *x, const float *kernel,
                                        float *y)
{
    for (CUDA_EACH(i, n)) {
        struct cuda_place place = cuda_place_of(i, w.out_time, w.out_frequency, w.in);
        struct window_span time = cuda_time_span(w, place.time), frequency = cuda_frequency_span(w, place.frequency);
        float sum = 0;
        for (int64_t a = time.begin; a < time.end; a++)
            for (int64_t b = frequency.begin; b < frequency.end; b++)
                sum += x[cuda_input_at(w, place, time.first + a, frequency.first + b)] *
                       kernel[(a * w.kernel_frequency + b) * w.in + place.channel];
        y[i] = sum;
    }
}

static __global__ void depthwise_backward_kernel(struct compute_window w, int64_t n, const float *kernel,
                                                 const float *d_y, float beta, float *d_x)
{
    for (CUDA_EACH(i, n)) {
        struct cuda_place place = cuda_place_of(i, w.time, w.frequency, w.in);
        int64_t last_t = window_last_covering(place.time, w.out_time, w.stride_time, w.pad_time);
        int64_t last_f = window_last_covering(place.frequency, w.out_frequency, w.stride_frequency, w.pad_frequency);
        int64_t first_t = window_first_covering(place.time, w.kernel_time, w.stride_time, w.pad_time);
        int64_t first_f =
            window_first_covering(place.frequency, w.kernel_frequency, w.stride_frequency, w.pad_frequency);
        float sum = 0;
        for (int64_t t = first_t; t <= last_t; t++)
            for (int64_t f = first_f; f <= last_f; f++) {
                int64_t a = place.time - (t * w.stride_time - w.pad_time);
                int64_t b = place.frequency - (f * w.stride_frequency - w.pad_frequency);
                sum += d_y[((place.image * w.out_time + t) * w.out_frequency + f) * w.in + place.channel] *
                       kernel[(a * w.kernel_frequency + b) * w.in + place.channel];
            }
        d_x[i] = cuda_blend(beta, &d_x[i], sum);
    }
}

/* Columns are the numbers of the kernel [taps x channels], rows the lines of the output. */
struct depthwise_sums {
    struct compute_window w;
    const float *x, *d_y;
    float beta, *d_w;

    __device__ void add(int64_t line, int64_t column, double *sums) const
    {
        int64_t tap = column / w.in, channel = column % w.in, b = tap % w.kernel_frequency;
        int64_t t = line % w.out_time * w.stride_time - w.pad_time + tap / w.kernel_frequency;
        if (t < 0 || t >= w.time)
            return;
        const float *from = x + (line / w.out_time * w.time + t) * w.frequency * w.in + channel;
        float sum = 0;
        for (int64_t f = 0; f < w.out_frequency; f++) {
            int64_t at = f * w.stride_frequency - w.pad_frequency + b;
            if (at >= 0 && at < w.frequency)
                sum += from[at * w.in] * d_y[(line * w.out_frequency + f) * w.in + channel];
        }
        sums[0] += (double)sum;
    }

    __device__ void finish(int64_t column, const double *sums) const
    {
        cuda_store_sum(&d_w[column], sums[0], beta);
    }
};

static int64_t kernel_count(const struct compute_window *w)
{
    return window_kernel_count(w) / w->out;
}

enum status cuda_depthwise(struct compute_stream *stream, const struct compute_window *window, struct compute_slice x,
                           struct compute_slice w, struct compute_slice y, struct error *error)
{
    enum status status = window_check("depthwise", window, true, error);
    if (status == STATUS_OK)
        status = cuda_check_all(
            "depthwise",
            {{"X", x, window_in_count(window)}, {"W", w, kernel_count(window)}, {"Y", y, window_out_count(window)}},
            error);
    int64_t n = status == STATUS_OK ? window_out_count(window) : 0;
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(depthwise_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, *window, n, cuda_floats(x),
                cuda_floats(w), cuda_floats(y));
    return cuda_launched("depthwise", error);
}

enum status cuda_depthwise_backward_input(struct compute_stream *stream, const struct compute_window *window,
                                          struct compute_slice w, struct compute_slice d_y, float beta,
                                          struct compute_slice d_x, struct error *error)
{
    static const char *const operation = "depthwise_backward_input";
    enum status status = window_check(operation, window, true, error);
    if (status == STATUS_OK)
        status = cuda_check_all(operation,
                                {{"W", w, kernel_count(window)},
                                 {"dY", d_y, window_out_count(window)},
                                 {"dX", d_x, window_in_count(window), 4, true}},
                                error);
    int64_t n = status == STATUS_OK ? window_in_count(window) : 0;
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(depthwise_backward_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, *window, n, cuda_floats(w),
                cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched(operation, error);
}

enum status cuda_depthwise_backward_kernel(struct compute_stream *stream, const struct compute_window *window,
                                           struct compute_slice x, struct compute_slice d_y, float beta,
                                           struct compute_slice d_w, struct error *error)
{
    static const char *const operation = "depthwise_backward_kernel";
    enum status status = window_check(operation, window, true, error);
    if (status == STATUS_OK)
        status = cuda_check_all(operation,
                                {{"X", x, window_in_count(window)},
                                 {"dY", d_y, window_out_count(window)},
                                 {"dW", d_w, kernel_count(window), 4, true}},
                                error);
    if (status != STATUS_OK || !d_w.buffer)
        return status;
    struct depthwise_sums sums = {*window, cuda_floats(x), cuda_floats(d_y), beta, cuda_floats(d_w)};
    int64_t n = kernel_count(window);
    for (CUDA_EACH_STRETCH(first, n, status))
        status = cuda_sum_columns<1>(operation, stream, window->batch * window->out_time, first,
                                     cuda_segment_size(first, n), sums, error);
    return status;
}
