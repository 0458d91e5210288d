#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_INTERNAL_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_INTERNAL_H

#include "features/audio/spectrogram.h"

const struct spectrogram_settings *spectrogram_settings_of(const struct spectrogram *spectrogram);
/* False: out of memory. rows->width is set. */
bool spectrogram_rows_append(struct spectrogram_rows *rows, const float *values, int64_t frames);

#endif
