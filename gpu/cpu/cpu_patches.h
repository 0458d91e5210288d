#ifndef SLEEVE_GPU_CPU_PATCHES_H
#define SLEEVE_GPU_CPU_PATCHES_H

#include <string.h>

#include "gpu/compute_network.h"
#include "gpu/cpu/cpu_internal.h"

/* The patches of an image that a window sees, as the rows of a matrix [batch · out_time · out_frequency x depth]. It is
 * never stored as a whole: a part of some rows is packed at a time. An image may be spread, with `spread` - 1 zeros
 * between its positions: so the gradient of a convolution with strides is one without. */

struct cpu_patches {
    const float *x; /* [batch x time x frequency x channels] */
    int64_t time, frequency, channels;
    int64_t out_time, out_frequency; /* positions of the window */
    int64_t kernel_time, kernel_frequency;
    int64_t stride_time, stride_frequency;
    int64_t pad_time, pad_frequency;
    int64_t spread_time, spread_frequency;
};

/* What a convolution sees of its input. */
static inline struct cpu_patches cpu_patches_of(const struct compute_window *w, const float *x)
{
    return (struct cpu_patches){.x = x,
                                .time = w->time,
                                .frequency = w->frequency,
                                .channels = w->in,
                                .out_time = w->out_time,
                                .out_frequency = w->out_frequency,
                                .kernel_time = w->kernel_time,
                                .kernel_frequency = w->kernel_frequency,
                                .stride_time = w->stride_time,
                                .stride_frequency = w->stride_frequency,
                                .pad_time = w->pad_time,
                                .pad_frequency = w->pad_frequency,
                                .spread_time = 1,
                                .spread_frequency = 1};
}

/* Numbers in a patch. */
static inline int64_t cpu_patches_depth(const struct cpu_patches *p)
{
    return p->kernel_time * p->kernel_frequency * p->channels;
}

/* A row of the matrix: the position of its window. */
struct cpu_patch {
    int64_t image, time, frequency;
};

static inline struct cpu_patch cpu_patch_at(const struct cpu_patches *p, int64_t row)
{
    int64_t line = row / p->out_frequency;
    return (struct cpu_patch){line / p->out_time, line % p->out_time, row % p->out_frequency};
}

static inline void cpu_patch_next(const struct cpu_patches *p, struct cpu_patch *at)
{
    if (++at->frequency < p->out_frequency)
        return;
    at->frequency = 0;
    if (++at->time < p->out_time)
        return;
    at->time = 0;
    at->image++;
}

/* to[0..past-begin) = numbers begin..past-1 of one line of a patch, [kernel_frequency x channels], which begins at
 * frequency `first` of the image's line, or zeros outside of it. */
static inline void cpu_patch_line(const struct cpu_patches *p, const float *line, int64_t first, int64_t begin,
                                  int64_t past, float *to)
{
    int64_t shift = first * p->channels;
    int64_t low = cpu_min(cpu_max(begin, -shift), past);
    int64_t high = cpu_max(cpu_min(past, p->frequency * p->channels - shift), low);
    for (int64_t i = begin; i < low; i++)
        *to++ = 0;
    memcpy(to, line + shift + low, (size_t)(high - low) * sizeof *to);
    to += high - low;
    for (int64_t i = high; i < past; i++)
        *to++ = 0;
}

/* The same for a spread image. */
static inline void cpu_patch_spread_line(const struct cpu_patches *p, const float *line, int64_t first, int64_t begin,
                                         int64_t past, float *to)
{
    for (int64_t i = begin; i < past;) {
        int64_t at = first + i / p->channels, from = i % p->channels, count = cpu_min(p->channels - from, past - i);
        bool inside = at >= 0 && at % p->spread_frequency == 0 && at / p->spread_frequency < p->frequency;
        if (inside)
            memcpy(to, line + at / p->spread_frequency * p->channels + from, (size_t)count * sizeof *to);
        else
            memset(to, 0, (size_t)count * sizeof *to);
        to += count;
        i += count;
    }
}

/* to[0..count) = numbers k..k+count-1 of a patch. */
static inline void cpu_patch_copy(const struct cpu_patches *p, struct cpu_patch at, int64_t k, int64_t count, float *to)
{
    int64_t width = p->kernel_frequency * p->channels, first = at.frequency * p->stride_frequency - p->pad_frequency;
    for (int64_t a = k / width; count > 0; a++) {
        int64_t begin = k - a * width, past = cpu_min(width, begin + count);
        int64_t t = at.time * p->stride_time - p->pad_time + a;
        const float *image = p->x + at.image * p->time * p->frequency * p->channels;
        if (t < 0 || t % p->spread_time != 0 || t / p->spread_time >= p->time)
            memset(to, 0, (size_t)(past - begin) * sizeof *to);
        else if (p->spread_frequency == 1)
            cpu_patch_line(p, image + t / p->spread_time * p->frequency * p->channels, first, begin, past, to);
        else
            cpu_patch_spread_line(p, image + t / p->spread_time * p->frequency * p->channels, first, begin, past, to);
        to += past - begin;
        count -= past - begin;
        k += past - begin;
    }
}

#endif
