#include <string.h>

#include "features/audio/spectrogram.h"

/* "fitness": its source names torchaudio and 120 s, but neither transform nor bands. Its network is that of a tutorial
 * of torchaudio (Velardo, "PyTorch for Audio"), which has 1,024 points, a hop of 512 and 64 bands of power. */
static const struct spectrogram_settings presets[] = {
    {
        .name = "musicnn",
        .about = "16,000 Hz, 96 bands, log10(10000 x + 1), patches of 3 s (Pons and Serra 2019)",
        .rate = 16000,
        .n_fft = 512,
        .hop = 256,
        .padding = SPECTROGRAM_REFLECT,
        .power = 2,
        .mels = 96,
        .scale = MEL_SLANEY,
        .norm = MEL_AREA,
        .half = true,
        .values = SPECTROGRAM_LOG1P,
        .patch = 187,
    },
    {
        .name = "thesis",
        .about = "22,050 Hz, 128 bands in dB, patches of 6 s (Pohl)",
        .rate = 22050,
        .n_fft = 1024,
        .hop = 512,
        .padding = SPECTROGRAM_REFLECT,
        .power = 2,
        .mels = 128,
        .scale = MEL_HTK,
        .norm = MEL_PEAK,
        .values = SPECTROGRAM_DB,
        .amin = 1e-10,
        .top_db = 80,
        .patch = 256,
    },
    {
        .name = "fitness",
        .about = "44,100 Hz, 64 bands of power, the first 120 s (Stern 2022)",
        .rate = 44100,
        .n_fft = 1024,
        .hop = 512,
        .padding = SPECTROGRAM_REFLECT,
        .power = 2,
        .mels = 64,
        .scale = MEL_HTK,
        .norm = MEL_PEAK,
        .values = SPECTROGRAM_LINEAR,
        .duration = 120,
    },
};

const struct spectrogram_settings *spectrogram_preset_at(size_t i)
{
    return i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const struct spectrogram_settings *spectrogram_preset(const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
