#ifndef SLEEVE_GPU_CUDA_ACTIVATION_H
#define SLEEVE_GPU_CUDA_ACTIVATION_H

#include "gpu/cuda/cuda_layers.h"

/* The activations and their slopes. */

/* Φ(x), by the tail, which keeps its digits. */
static __device__ inline float cuda_normal_below(float x)
{
    float tail = 0.5f * erfcf(fabsf(x) * 0.70710678f);
    return x < 0 ? tail : 1.0f - tail;
}

static __device__ inline float cuda_activated(enum activation f, float v)
{
    if (f == ACTIVATION_RELU)
        return v < 0 ? 0 : v; /* what is not a number stays */
    return v * cuda_normal_below(v);
}

/* f'(v) · d_y. */
static __device__ inline float cuda_activated_back(enum activation f, float v, float d_y)
{
    if (f == ACTIVATION_RELU)
        return v > 0 ? d_y : 0;
    return d_y * (cuda_normal_below(v) + v * (0.398942280f * expf(-0.5f * v * v)));
}

static __device__ inline float cuda_biased(float x, const float *bias, int64_t column)
{
    return bias ? x + bias[column] : x;
}

#endif
