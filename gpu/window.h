#ifndef SLEEVE_GPU_WINDOW_H
#define SLEEVE_GPU_WINDOW_H

#include "gpu/compute_network.h"

/* Checks of struct compute_window that both modules make. */

/* Whether along one axis every output position's window overlaps the image. */
static inline bool window_axis_fits(int64_t size, int64_t out, int64_t kernel, int64_t stride, int64_t pad)
{
    const int64_t most = (int64_t)1 << 30;
    if (size < 1 || out < 0 || kernel < 1 || stride < 1 || pad < 0 || size > most || out > most || kernel > most ||
        stride > most || pad >= kernel)
        return false;
    return out == 0 || (out - 1) * stride - pad < size;
}

/* The number of elements in images of this shape; -1 when there are more than any memory holds. */
static inline int64_t window_count(int64_t batch, int64_t time, int64_t frequency, int64_t channels)
{
    int64_t count;
    if (batch < 0 || time < 0 || frequency < 0 || channels < 0 || __builtin_mul_overflow(batch, time, &count) ||
        __builtin_mul_overflow(count, frequency, &count) || __builtin_mul_overflow(count, channels, &count) ||
        count > (int64_t)1 << 48)
        return -1;
    return count;
}

static inline int64_t window_in_count(const struct compute_window *w)
{
    return window_count(w->batch, w->time, w->frequency, w->in);
}

static inline int64_t window_out_count(const struct compute_window *w)
{
    return window_count(w->batch, w->out_time, w->out_frequency, w->out);
}

static inline int64_t window_kernel_count(const struct compute_window *w)
{
    return window_count(w->kernel_time, w->kernel_frequency, w->in, w->out);
}

/* nvcc compiles these for the device, too. */
#ifdef __CUDACC__
#define WINDOW_INLINE static __host__ __device__ inline
#else
#define WINDOW_INLINE static inline
#endif

/* The part of a window inside of the image, along one axis. */
struct window_span {
    int64_t first; /* position in the image of the window's first element */
    int64_t begin, end;
};

WINDOW_INLINE struct window_span window_span_at(int64_t out, int64_t size, int64_t kernel, int64_t stride, int64_t pad)
{
    int64_t first = out * stride - pad;
    struct window_span span = {first, first < 0 ? -first : 0, kernel < size - first ? kernel : size - first};
    return span;
}

/* The outputs whose windows cover a position: first..last. */
WINDOW_INLINE int64_t window_first_covering(int64_t at, int64_t kernel, int64_t stride, int64_t pad)
{
    int64_t before = at + pad - kernel + 1;
    return before > 0 ? (before + stride - 1) / stride : 0;
}

WINDOW_INLINE int64_t window_last_covering(int64_t at, int64_t out, int64_t stride, int64_t pad)
{
    int64_t last = (at + pad) / stride;
    return last < out - 1 ? last : out - 1;
}

/* STATUS_OK for a window that an operation can use. With `per_channel`, in and out are the same. */
static inline enum status window_check(const char *operation, const struct compute_window *w, bool per_channel,
                                       struct error *error)
{
    int64_t taps = window_count(1, w->kernel_time, w->kernel_frequency, 1);
    bool fits =
        window_axis_fits(w->time, w->out_time, w->kernel_time, w->stride_time, w->pad_time) &&
        window_axis_fits(w->frequency, w->out_frequency, w->kernel_frequency, w->stride_frequency, w->pad_frequency) &&
        w->in >= 1 && w->out >= 1 && window_in_count(w) >= 0 && window_out_count(w) >= 0 && taps <= (int64_t)INT32_MAX;
    if (fits)
        fits = per_channel ? w->in == w->out : window_kernel_count(w) >= 0;
    if (fits)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "operation %s cannot move a window of %lld x %lld over images of %lld x %lld x %lld "
                     "(internal error)",
                     operation, (long long)w->kernel_time, (long long)w->kernel_frequency, (long long)w->time,
                     (long long)w->frequency, (long long)w->in);
}

#endif
