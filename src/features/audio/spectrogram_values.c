/* From power or magnitudes to the values of a spectrogram. */
#include <math.h>
#include <string.h>

#include "core/vectorised.h"
#include "features/audio/spectrogram_internal.h"

static inline uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* log10 of a normal number: x = 2^e m with m in sqrt(0.5) .. sqrt(2), and ln m = 2 atanh(s) with s = (m - 1) / (m + 1),
 * whose series ends at s^9 (error below 1e-9). */
static inline float log10_of(float x)
{
    const uint32_t half_root = 0x3f3504f3;
    const int32_t e = (int32_t)(bits_of(x) - half_root) >> 23;
    const float m = float_of(bits_of(x) - ((uint32_t)e << 23)), s = (m - 1) / (m + 1), z = s * s;
    const float ln = 2 * s + s * z * (0.666666667F + z * (0.4F + z * (0.285714286F + z * 0.222222222F)));
    return (float)e * 0.301029996F + ln * 0.434294482F;
}

/* As float16_float(float16_of(x)) of a number that is not negative: eleven bits of precision from 2^-14 on, multiples
 * of 2^-24 below, and infinity from 65,520 on. */
static inline float half_of(float x)
{
    const uint32_t first_normal = 0x38800000, too_large = 0x477ff000, infinite = 0x7f800000;
    const uint32_t bits = bits_of(x), small = bits_of((x + 0.5F) - 0.5F);
    const uint32_t normal = (bits + 0xfff + (bits >> 13 & 1)) & ~UINT32_C(0x1fff);
    return float_of(bits >= too_large ? infinite : bits < first_normal ? small : normal);
}

VECTORISED void spectrogram_round_halves(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = half_of(values[i]);
}

VECTORISED static void to_db(float *values, size_t count, float amin, float factor)
{
    for (size_t i = 0; i < count; i++)
        values[i] = factor * log10_of(values[i] > amin ? values[i] : amin);
}

VECTORISED static void to_log1p(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = log10_of(10000 * values[i] + 1);
}

void spectrogram_to_values(const struct spectrogram_settings *settings, float *values, size_t count)
{
    if (settings->half)
        spectrogram_round_halves(values, count);
    switch (settings->values) {
    case SPECTROGRAM_LINEAR:
        break;
    case SPECTROGRAM_DB:
        to_db(values, count, (float)settings->amin, settings->power == 2 ? 10 : 20);
        break;
    case SPECTROGRAM_LOG1P:
        to_log1p(values, count);
        break;
    }
}
