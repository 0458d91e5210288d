#ifndef SLEEVE_GPU_CPU_PATCHES_H
#define SLEEVE_GPU_CPU_PATCHES_H

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

/* Packs numbers k..k+depth-1 of the patches of `rows` rows from `row` on into rows of TO, `stride` apart. */
void cpu_patches_pack(enum cpu_simd simd, const struct cpu_patches *p, int64_t row, int64_t rows, int64_t k,
                      int64_t depth, float *to, int64_t stride);

#endif
