#include "gpu/cuda/cuda_layers.h"
#include "gpu/cuda/cuda_window.h"

/* Maximum and mean over windows of images: forward, a thread per number of the output; backward, one per number of the
 * input, which adds up the windows that cover it. */

static __device__ inline float mean_factor(const struct compute_window &w, bool counts_padding, struct window_span time,
                                           struct window_span frequency)
{
    return 1.0f / (float)(counts_padding ? w.kernel_time * w.kernel_frequency
                                         : (time.end - time.begin) * (frequency.end - frequency.begin));
}

static __global__ void max_pool_kernel(struct compute_window w, int64_t n, const float *x, int32_t *indices, float *y)
{
    for (CUDA_EACH(i, n)) {
        struct cuda_place place = cuda_place_of(i, w.out_time, w.out_frequency, w.in);
        struct window_span time = cuda_time_span(w, place.time), frequency = cuda_frequency_span(w, place.frequency);
        float most = 0;
        int32_t at = -1;
        for (int64_t a = time.begin; a < time.end; a++)
            for (int64_t b = frequency.begin; b < frequency.end; b++) {
                float v = x[cuda_input_at(w, place, time.first + a, frequency.first + b)];
                if (at < 0 || v > most || (v != v && most == most)) { /* NaN counts as the highest number */
                    most = v;
                    at = (int32_t)(a * w.kernel_frequency + b);
                }
            }
        y[i] = most;
        if (indices)
            indices[i] = at;
    }
}

static __global__ void mean_pool_kernel(struct compute_window w, int64_t n, bool counts_padding, const float *x,
                                        float *y)
{
    for (CUDA_EACH(i, n)) {
        struct cuda_place place = cuda_place_of(i, w.out_time, w.out_frequency, w.in);
        struct window_span time = cuda_time_span(w, place.time), frequency = cuda_frequency_span(w, place.frequency);
        float sum = 0;
        for (int64_t a = time.begin; a < time.end; a++)
            for (int64_t b = frequency.begin; b < frequency.end; b++)
                sum += x[cuda_input_at(w, place, time.first + a, frequency.first + b)];
        y[i] = sum * mean_factor(w, counts_padding, time, frequency);
    }
}

/* indices: of the maximum; NULL for the mean. */
static __global__ void pool_backward_kernel(struct compute_window w, int64_t n, bool counts_padding,
                                            const int32_t *indices, const float *d_y, float beta, float *d_x)
{
    for (CUDA_EACH(i, n)) {
        struct cuda_place place = cuda_place_of(i, w.time, w.frequency, w.in);
        int64_t last_t = window_last_covering(place.time, w.out_time, w.stride_time, w.pad_time);
        int64_t last_f = window_last_covering(place.frequency, w.out_frequency, w.stride_frequency, w.pad_frequency);
        int64_t first_f =
            window_first_covering(place.frequency, w.kernel_frequency, w.stride_frequency, w.pad_frequency);
        float sum = 0;
        for (int64_t t = window_first_covering(place.time, w.kernel_time, w.stride_time, w.pad_time); t <= last_t; t++)
            for (int64_t f = first_f; f <= last_f; f++) {
                struct window_span time = cuda_time_span(w, t), frequency = cuda_frequency_span(w, f);
                int64_t from = ((place.image * w.out_time + t) * w.out_frequency + f) * w.in + place.channel;
                int64_t tap = (place.time - time.first) * w.kernel_frequency + place.frequency - frequency.first;
                if (!indices)
                    sum += mean_factor(w, counts_padding, time, frequency) * d_y[from];
                else if (indices[from] == tap)
                    sum += d_y[from];
            }
        d_x[i] = cuda_blend(beta, &d_x[i], sum);
    }
}

enum status cuda_max_pool(struct compute_stream *stream, const struct compute_window *window, struct compute_slice x,
                          struct compute_slice indices, struct compute_slice y, struct error *error)
{
    enum status status = window_check("max_pool", window, true, error);
    int64_t n = status == STATUS_OK ? window_out_count(window) : 0;
    if (status == STATUS_OK)
        status = cuda_check_all(
            "max_pool", {{"X", x, window_in_count(window)}, {"indices", indices, n, 4, true}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(max_pool_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, *window, n, cuda_floats(x),
                cuda_ints(indices), cuda_floats(y));
    return cuda_launched("max_pool", error);
}

enum status cuda_mean_pool(struct compute_stream *stream, const struct compute_window *window, bool counts_padding,
                           struct compute_slice x, struct compute_slice y, struct error *error)
{
    enum status status = window_check("mean_pool", window, true, error);
    int64_t n = status == STATUS_OK ? window_out_count(window) : 0;
    if (status == STATUS_OK)
        status = cuda_check_all("mean_pool", {{"X", x, window_in_count(window)}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(mean_pool_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, *window, n, counts_padding,
                cuda_floats(x), cuda_floats(y));
    return cuda_launched("mean_pool", error);
}

static enum status pool_backward(const char *operation, struct compute_stream *stream,
                                 const struct compute_window *window, bool counts_padding, const int32_t *indices,
                                 struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error)
{
    int64_t n = window_in_count(window);
    enum status status =
        cuda_check_all(operation, {{"dY", d_y, window_out_count(window)}, {"dX", d_x, n, 4, true}}, error);
    if (status != STATUS_OK || n == 0 || !d_x.buffer)
        return status;
    CUDA_LAUNCH(pool_backward_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, *window, n, counts_padding, indices,
                cuda_floats(d_y), beta, cuda_floats(d_x));
    return cuda_launched(operation, error);
}

enum status cuda_max_pool_backward(struct compute_stream *stream, const struct compute_window *window,
                                   struct compute_slice indices, struct compute_slice d_y, float beta,
                                   struct compute_slice d_x, struct error *error)
{
    enum status status = window_check("max_pool_backward", window, true, error);
    if (status == STATUS_OK)
        status = cuda_check_all("max_pool_backward", {{"indices", indices, window_out_count(window)}}, error);
    if (status != STATUS_OK)
        return status;
    return pool_backward("max_pool_backward", stream, window, false, cuda_ints(indices), d_y, beta, d_x, error);
}

enum status cuda_mean_pool_backward(struct compute_stream *stream, const struct compute_window *window,
                                    bool counts_padding, struct compute_slice d_y, float beta, struct compute_slice d_x,
                                    struct error *error)
{
    enum status status = window_check("mean_pool_backward", window, true, error);
    if (status != STATUS_OK)
        return status;
    return pool_backward("mean_pool_backward", stream, window, counts_padding, NULL, d_y, beta, d_x, error);
}
