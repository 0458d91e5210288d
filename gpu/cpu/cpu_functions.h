#ifndef SLEEVE_GPU_CPU_FUNCTIONS_H
#define SLEEVE_GPU_CPU_FUNCTIONS_H

#include <stdint.h>
#include <string.h>

/* Branch-free versions of C library functions, so that loops over them vectorise. For the bodies of CPU_KERNEL, which
 * inline these. NaN stays NaN. */

/* exp(x) for x <= 0 to two units in the last place; 0 where the result would be subnormal. x = n ln 2 + r, |r| <= ln 2
 * / 2, with ln 2 in two parts so that n times the first is exact. */
static inline __attribute__((always_inline)) float cpu_exp(float x)
{
    const float magic = 12582912.0F; /* 1.5 · 2^23: adding it rounds to an integer in the low bits */
    float held = x < -87.3F ? -87.3F : x, shifted = held * 1.44269504F + magic, whole = shifted - magic;
    uint32_t bits, magic_bits;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&magic_bits, &magic, sizeof magic_bits);
    bits = (bits - magic_bits + 127U) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    float r = (held - whole * 0.693359375F) + whole * 2.12194440e-4F;
    float series = 1.9875691500e-4F;
    series = series * r + 1.3981999507e-3F;
    series = series * r + 8.3334519073e-3F;
    series = series * r + 4.1665795894e-2F;
    series = series * r + 1.6666665459e-1F;
    series = series * r + 5.0000001201e-1F;
    float result = (1 + (r + r * r * series)) * power;
    return x < -87.3F ? 0 : result;
}

/* 1 / (1 + exp(-x)). */
static inline __attribute__((always_inline)) float cpu_sigmoid(float x)
{
    float e = cpu_exp(-__builtin_fabsf(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* tanh(x): a series where the quotient would lose digits. */
static inline __attribute__((always_inline)) float cpu_tanh(float x)
{
    float size = __builtin_fabsf(x), e = cpu_exp(-2 * size), square = x * x;
    float series = -5.70498872745e-3F;
    series = series * square + 2.06390887954e-2F;
    series = series * square - 5.37397155531e-2F;
    series = series * square + 1.33314422036e-1F;
    series = series * square - 3.33332819422e-1F;
    float near = x + x * (square * series), far = __builtin_copysignf((1 - e) / (1 + e), x);
    return size < 0.625F ? near : far;
}

#endif
