#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_INTERNAL_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_INTERNAL_H

#include "features/audio/spectrogram.h"

const struct spectrogram_settings *spectrogram_settings_of(const struct spectrogram *spectrogram);
/* The window of a frame, window[n_fft], which is all 0, receives what is not. */
void spectrogram_fill_window(const struct spectrogram_settings *settings, float *window);
/* The mel filters; settings->mels is not 0. */
enum status spectrogram_filters(const struct spectrogram_settings *settings, struct mel_filters **filters,
                                struct error *error);
/* False: out of memory. rows->width is set. */
bool spectrogram_rows_append(struct spectrogram_rows *rows, const float *values, int64_t frames);

/* Values of power or magnitudes that are not negative. */
void spectrogram_to_values(const struct spectrogram_settings *settings, float *values, size_t count);
/* Rounds numbers that are not negative to float16 and back. */
void spectrogram_round_halves(float *values, size_t count);

#endif
