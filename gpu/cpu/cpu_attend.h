#ifndef SLEEVE_GPU_CPU_ATTEND_H
#define SLEEVE_GPU_CPU_ATTEND_H

#include "gpu/cpu/cpu_internal.h"

/* Attention for inference, over sequences of any length: without dropout, and without storing its weights. */

struct cpu_attend {
    int64_t batch, length, heads, d;
    bool causal;
    const int32_t *lengths; /* or NULL */
    const float *qkv;
    float *y;
};

/* Whether cpu_attend_run supports the shape and is faster than cpu_attention.c's own loops. */
bool cpu_attend_fits(const struct cpu_attend *attend);
void cpu_attend_run(const struct compute_device *device, const struct cpu_attend *attend);

#endif
