#ifndef SLEEVE_GPU_CPU_LAYER_MATH_H
#define SLEEVE_GPU_CPU_LAYER_MATH_H

#include <stdint.h>
#include <string.h>

#include "gpu/compute_network.h"

/* Branch-free functions of one element, which the compiler vectorises inside the loops of a CPU_KERNEL. The polynomials
 * are least-squares fits, reweighted towards equal error. */

#define LAYER_INLINE static inline __attribute__((always_inline))

/* e^x = scale (1 + part) for x <= 0, clamped below -87. */
struct layer_power {
    float scale, part;
};

LAYER_INLINE struct layer_power layer_power(float x)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    x = x < -87.0f ? -87.0f : x;
    float shifted = x * 1.44269504f + magic;
    int32_t bits, zero;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&zero, &magic, sizeof zero);
    float whole = shifted - magic;
    float r = x - whole * 0.693359375f; /* ln 2 in two parts, the first of few bits */
    r = r + whole * 2.12194440e-4f;
    float p = 0.00138144335f;
    p = p * r + 0.0083687976f;
    p = p * r + 0.0416683964f;
    p = p * r + 0.166665196f;
    p = p * r + 0.49999994f;
    struct layer_power power = {.part = r + r * r * p};
    int32_t exponent = (int32_t)((uint32_t)(bits - zero + 127) << 23);
    memcpy(&power.scale, &exponent, sizeof exponent);
    return power;
}

/* e^x for x <= 0 to 2 units in the last place. A product keeps NaN, which adding to the exponent would not. */
LAYER_INLINE float layer_exp(float x)
{
    struct layer_power power = layer_power(x);
    return (1.0f + power.part) * power.scale;
}

/* e^x - 1 for x <= 0, without cancellation near 0. */
LAYER_INLINE float layer_exp_minus_one(float x)
{
    struct layer_power power = layer_power(x);
    return (power.scale - 1.0f) + power.part * power.scale;
}

LAYER_INLINE float layer_elu(float x)
{
    float below = layer_exp_minus_one(x < 0 ? x : 0);
    return x < 0 ? below : x; /* NaN is kept */
}

LAYER_INLINE float layer_sigmoid(float x)
{
    float e = layer_exp(x < 0 ? x : -x);
    return (x < 0 ? e : 1.0f) / (1.0f + e);
}

/* The normal distribution: Φ(x) and e^(-x²/2), whose tail is that exponential times a smooth function of |x|, here a
 * polynomial in 1 / (1 + 0.27 |x|). The error of x Φ(x) is below 1.5e-7 max(1, |x|). */
struct layer_normal {
    float below, bell;
};

LAYER_INLINE struct layer_normal layer_normal(float x)
{
    float a = x < 0 ? -x : x;
    float bell = layer_exp(-0.5f * a * a);
    float t = 1.0f / (1.0f + 0.27f * a);
    float p = -0.135926709f;
    p = p * t + 0.579905152f;
    p = p * t - 0.564073384f;
    p = p * t + 0.549990296f;
    p = p * t - 0.0739371777f;
    p = p * t + 0.147794515f;
    p = p * t - 0.00375266746f;
    float tail = bell * p;
    return (struct layer_normal){x < 0 ? tail : 1.0f - tail, bell};
}

LAYER_INLINE float layer_gelu(float x)
{
    return x * layer_normal(x).below;
}

LAYER_INLINE float layer_gelu_slope_of(float x, struct layer_normal normal)
{
    return normal.below + x * (0.398942280f * normal.bell);
}

/* x σ(1.702 x). */
LAYER_INLINE float layer_quick_gelu(float x)
{
    return x * layer_sigmoid(1.702f * x);
}

LAYER_INLINE float layer_quick_gelu_slope(float x)
{
    return layer_sigmoid(1.702f * x) * (1.0f + 1.702f * x * layer_sigmoid(-1.702f * x));
}

/* y = f(v). */
LAYER_INLINE void layer_activate_run(enum activation f, int64_t count, const float *restrict v, float *restrict y)
{
    if (f == ACTIVATION_RELU)
        for (int64_t j = 0; j < count; j++)
            y[j] = v[j] < 0 ? 0 : v[j]; /* NaN is kept */
    else if (f == ACTIVATION_GELU)
        for (int64_t j = 0; j < count; j++)
            y[j] = layer_gelu(v[j]);
    else if (f == ACTIVATION_QUICK_GELU)
        for (int64_t j = 0; j < count; j++)
            y[j] = layer_quick_gelu(v[j]);
    else if (f == ACTIVATION_ELU)
        for (int64_t j = 0; j < count; j++)
            y[j] = layer_elu(v[j]);
    else
        for (int64_t j = 0; j < count; j++)
            y[j] = v[j];
}

/* y = f(v) and slopes = f'(v). */
LAYER_INLINE void layer_activate_both(enum activation f, int64_t count, const float *restrict v, float *restrict y,
                                      float *restrict slopes)
{
    if (f == ACTIVATION_RELU)
        for (int64_t j = 0; j < count; j++)
            slopes[j] = v[j] > 0 ? 1 : 0;
    else if (f == ACTIVATION_GELU)
        for (int64_t j = 0; j < count; j++) {
            struct layer_normal normal = layer_normal(v[j]);
            y[j] = v[j] * normal.below;
            slopes[j] = layer_gelu_slope_of(v[j], normal);
        }
    else if (f == ACTIVATION_QUICK_GELU)
        for (int64_t j = 0; j < count; j++)
            slopes[j] = layer_quick_gelu_slope(v[j]);
    else if (f == ACTIVATION_ELU)
        for (int64_t j = 0; j < count; j++)
            slopes[j] = v[j] < 0 ? layer_exp(v[j]) : v[j] >= 0 ? 1 : v[j];
    else
        for (int64_t j = 0; j < count; j++)
            slopes[j] = 1;
    if (f != ACTIVATION_GELU)
        layer_activate_run(f, count, v, y);
}

/* dropout_factor with everything that is the same for all elements precomputed. */
struct layer_drop {
    uint32_t seed;
    int32_t threshold;
    float scale;
    int32_t drops; /* 0: every factor is 1 */
};

static inline struct layer_drop layer_drop_of(struct dropout dropout)
{
    return (struct layer_drop){dropout.seed, (int32_t)dropout_threshold(dropout.rate), 1.0f / (1.0f - dropout.rate),
                               dropout.rate > 0};
}

LAYER_INLINE float layer_drop(struct layer_drop drop, uint32_t index, float value)
{
    float kept = value * drop.scale;
    return (int32_t)(dropout_mix(drop.seed, index) >> 8) < drop.threshold ? 0.0f : kept;
}

/* Multiplies values[0..count), elements first, first + 1, ... of a mask, by their factors. */
LAYER_INLINE void layer_drop_run(struct layer_drop drop, int64_t first, int64_t count, float *values)
{
    if (!drop.drops)
        return;
    uint32_t index = (uint32_t)first;
    for (uint32_t j = 0; j < (uint32_t)count; j++)
        values[j] = layer_drop(drop, index + j, values[j]);
}

/* to = from + beta to. */
LAYER_INLINE void layer_blend_run(int64_t count, const float *restrict from, float beta, float *restrict to)
{
    if (beta == 0)
        for (int64_t j = 0; j < count; j++)
            to[j] = from[j];
    else
        for (int64_t j = 0; j < count; j++)
            to[j] = from[j] + beta * to[j];
}

/* A dot product whose order of additions is explicit, because gcc may not reorder them to vectorise. */
LAYER_INLINE float layer_dot(int64_t count, const float *a, const float *b)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++)
        sum += a[j] * b[j];
    return sum;
}

LAYER_INLINE float layer_sum(int64_t count, const float *a)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++)
        sum += a[j];
    return sum;
}

/* to += alpha from. */
LAYER_INLINE void layer_add(int64_t count, float alpha, const float *restrict from, float *restrict to)
{
    for (int64_t j = 0; j < count; j++)
        to[j] += alpha * from[j];
}

#endif
