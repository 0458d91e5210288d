#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_DEVICE_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_DEVICE_H

#include <stdbool.h>

#include "features/audio/spectrogram.h"
#include "gpu/compute.h"

/* Power spectra and mel bands on a device: a convolution of the samples with the window's sines and cosines, a step of
 * `hop` apart, is the transform of every frame; the sums of squares of its pairs are the power, and a matrix product
 * applies the mel filters. On a CPU the fast transform (features/audio/fourier.h) is quicker. Safe from any thread: one
 * works at a time. */
struct spectrogram_device;

/* Whether it can compute spectrograms of these settings: of power, with n_fft of at most 4,096. */
bool spectrogram_device_takes(const struct spectrogram_settings *settings);

/* `compute` must outlive it. Memory on the device: below 200 MB. */
enum status spectrogram_device_create(const struct spectrogram_settings *settings, const struct compute *compute,
                                      struct spectrogram_device **device, struct error *error);
void spectrogram_device_destroy(struct spectrogram_device *device); /* NULL is ignored */

/* Makes the rows of this spectrogram, which has the same settings, from now on; NULL: the fast transform does. The
 * device must outlive it. */
void spectrogram_device_use(struct spectrogram_device *device, struct spectrogram *spectrogram);

#endif
