#ifndef SLEEVE_GPU_DROPOUT_H
#define SLEEVE_GPU_DROPOUT_H

#include <stdint.h>

/* Host and device code share these functions. */
#ifdef __CUDACC__
#define DROPOUT_INLINE static inline __host__ __device__
#else
#define DROPOUT_INLINE static inline
#endif

/* Dropout without a stored mask: whether element i is kept is a function of (seed, i), so the backward operation,
 * another device and a resumed run all use the same mask. */
struct dropout {
    float rate; /* share of elements set to 0, in [0, 1); the others are divided by 1 - rate */
    uint32_t seed;
};

/* A 32-bit mixer of multiplications and shifts only, so that it vectorises. */
DROPOUT_INLINE uint32_t dropout_mix(uint32_t seed, uint32_t index)
{
    uint32_t x = index * 0x9E3779B1u + seed;
    x ^= x >> 16;
    x *= 0x21F0AAADu;
    x ^= x >> 15;
    x *= 0xD35A2D97u;
    x ^= x >> 15;
    return x;
}

/* An element is dropped when the upper 24 bits of its hash are below this. */
DROPOUT_INLINE uint32_t dropout_threshold(float rate)
{
    return (uint32_t)(rate * 16777216.0f);
}

/* The factor of element `index`: 0 or 1 / (1 - rate). */
DROPOUT_INLINE float dropout_factor(struct dropout dropout, uint32_t index)
{
    return (dropout_mix(dropout.seed, index) >> 8) < dropout_threshold(dropout.rate) ? 0.0f
                                                                                     : 1.0f / (1.0f - dropout.rate);
}

#endif
