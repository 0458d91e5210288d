#include "media/audio_mix.h"

#include <math.h>
#include <string.h>

enum { CHANNELS_MAX = 64 };

/* Adds channel c of the frame, from sample `first` on, to the sum: samples of a type, with zero and full scale. */
#define ADD(name, type, zero, scale)                                                                                   \
    static void name(const AVFrame *frame, bool planar, int c, int first, float *sum)                                  \
    {                                                                                                                  \
        const size_t stride = planar ? 1 : (size_t)frame->ch_layout.nb_channels;                                       \
        const type *samples = (const type *)(const void *)frame->extended_data[planar ? c : 0] + (planar ? 0 : c);     \
        for (int i = first; i < frame->nb_samples; i++)                                                                \
            sum[i - first] += (float)(((double)samples[(size_t)i * stride] - (zero)) / (scale));                       \
    }
ADD(add_u8, uint8_t, 128, 128)
ADD(add_s16, int16_t, 0, 32768)
ADD(add_s32, int32_t, 0, 2147483648.0)
ADD(add_s64, int64_t, 0, 9223372036854775808.0)
ADD(add_float, float, 0, 1)
ADD(add_double, double, 0, 1)
#undef ADD

static const struct {
    enum AVSampleFormat format;
    bool planar;
    void (*add)(const AVFrame *frame, bool planar, int c, int first, float *sum);
} formats[] = {
    {AV_SAMPLE_FMT_U8, false, add_u8},      {AV_SAMPLE_FMT_U8P, true, add_u8},
    {AV_SAMPLE_FMT_S16, false, add_s16},    {AV_SAMPLE_FMT_S16P, true, add_s16},
    {AV_SAMPLE_FMT_S32, false, add_s32},    {AV_SAMPLE_FMT_S32P, true, add_s32},
    {AV_SAMPLE_FMT_S64, false, add_s64},    {AV_SAMPLE_FMT_S64P, true, add_s64},
    {AV_SAMPLE_FMT_FLT, false, add_float},  {AV_SAMPLE_FMT_FLTP, true, add_float},
    {AV_SAMPLE_FMT_DBL, false, add_double}, {AV_SAMPLE_FMT_DBLP, true, add_double},
};

static float guarded(float x)
{
    return fabsf(x) <= 64 ? x : 0;
}

/* What Vorbis, MP3 and AAC give. */
static void mix_two(const float *restrict a, const float *restrict b, int n, float *restrict mono)
{
    for (int i = 0; i < n; i++)
        mono[i] = guarded((a[i] + b[i]) / 2);
}

bool audio_mix(const AVFrame *frame, int first, float *mono)
{
    const int channels = frame->ch_layout.nb_channels, n = frame->nb_samples - first;
    size_t f = 0;
    while (f < sizeof formats / sizeof *formats && (int)formats[f].format != frame->format)
        f++;
    if (f == sizeof formats / sizeof *formats || channels < 1 || channels > CHANNELS_MAX)
        return false;
    if (n <= 0)
        return true;
    if (formats[f].format == AV_SAMPLE_FMT_FLTP && channels == 2) {
        mix_two((const float *)(const void *)frame->extended_data[0] + first,
                (const float *)(const void *)frame->extended_data[1] + first, n, mono);
        return true;
    }
    memset(mono, 0, (size_t)n * sizeof *mono);
    for (int c = 0; c < channels; c++)
        formats[f].add(frame, formats[f].planar, c, first, mono);
    for (int i = 0; i < n; i++)
        mono[i] = guarded(mono[i] / (float)channels);
    return true;
}
