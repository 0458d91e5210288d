#ifndef SLEEVE_GPU_CUDA_WINDOW_H
#define SLEEVE_GPU_CUDA_WINDOW_H

#include "gpu/cuda/cuda_internal.h"
#include "gpu/window.h"

/* Windows of images, for threads that compute one number each. */

static __device__ inline struct window_span cuda_time_span(const struct compute_window &w, int64_t t)
{
    return window_span_at(t, w.time, w.kernel_time, w.stride_time, w.pad_time);
}

static __device__ inline struct window_span cuda_frequency_span(const struct compute_window &w, int64_t f)
{
    return window_span_at(f, w.frequency, w.kernel_frequency, w.stride_frequency, w.pad_frequency);
}

/* A number of an image: i = ((image · time + t) · frequency + f) · channels + channel. */
struct cuda_place {
    int64_t image, time, frequency, channel;
};

static __device__ inline struct cuda_place cuda_place_of(int64_t i, int64_t time, int64_t frequency, int64_t channels)
{
    int64_t position = i / channels, line = position / frequency;
    return {line / time, line % time, position % frequency, i % channels};
}

static __device__ inline int64_t cuda_input_at(const struct compute_window &w, struct cuda_place place, int64_t t,
                                               int64_t f)
{
    return ((place.image * w.time + t) * w.frequency + f) * w.in + place.channel;
}

#endif
