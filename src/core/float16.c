#include "core/float16.h"

#include <math.h>
#include <string.h>

enum { SIGN = 0x8000, INFINITE = 0x7c00, NAN_BIT = 0x0200 };

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t float16_of(float value)
{
    const uint32_t bits = bits_of(value);
    const uint16_t sign = (uint16_t)(bits >> 16 & SIGN);
    const uint32_t size = bits & 0x7fffffff;
    if (size > 0x7f800000)
        return sign | INFINITE | NAN_BIT;
    if (size >= 0x477ff000) /* 65,520 and more round to infinity */
        return sign | INFINITE;
    if (size < 0x38800000) /* below 2^-14: multiples of 2^-24; the sum is rounded to them */
        return sign | (uint16_t)(bits_of(float_of(size) + 0.5F) - bits_of(0.5F));
    const uint32_t rounded = size + 0xfff + (size >> 13 & 1);
    return sign | (uint16_t)((rounded - 0x38000000) >> 13);
}

float float16_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & SIGN) << 16;
    const uint32_t size = half & 0x7fff;
    if (size >= INFINITE)
        return float_of(sign | 0x7f800000 | (size & 0x3ff) << 13);
    if (size < 0x400)
        return float_of(sign | bits_of((float)size * 0x1p-24F));
    return float_of(sign | ((size << 13) + 0x38000000));
}
