#ifndef SLEEVE_GPU_BFLOAT16_H
#define SLEEVE_GPU_BFLOAT16_H

#include <stdint.h>
#include <string.h>

/* Host and device code share these functions. */
#ifdef __CUDACC__
#define BFLOAT16_INLINE static inline __host__ __device__
#else
#define BFLOAT16_INLINE static inline
#endif

/* bfloat16 is the upper half of a float32: 8 bits of exponent, 7 bits of fraction. Rounds to nearest, ties to even. */
BFLOAT16_INLINE uint16_t bfloat16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16, nan = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? nan : rounded);
}

BFLOAT16_INLINE float bfloat16_float(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
