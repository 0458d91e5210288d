#ifndef SLEEVE_FEATURES_AUDIO_MFCC_H
#define SLEEVE_FEATURES_AUDIO_MFCC_H

#include "features/audio/spectrogram.h"

/* Mel-frequency cepstral coefficients, "tones": the first numbers of a cosine transform of the dB of mel bands (Davis
 * and Mermelstein 1980), with how they change. Equal to librosa.feature.mfcc and librosa.feature.delta. */

enum {
    MFCC_COUNT = 13,             /* coefficients */
    MFCC_WIDTH = 3 * MFCC_COUNT, /* with their first and second derivatives */
    MFCC_DELTA_WIDTH = 9,        /* frames of the polynomials that the derivatives are taken from */
};

/* out[frames x coefficients] = the first coefficients of the orthonormal DCT-II of each row of `rows` [frames x bands],
 *     y_k = sqrt((k == 0 ? 1 : 2) / bands) sum over m of x_m cos(pi k (2 m + 1) / (2 bands)).
 * false: out of memory. coefficients <= bands. */
bool mfcc_transform(const float *rows, int64_t frames, int bands, int coefficients, float *out);

/* out[frames x width] = the derivative of each column by frames, of order 1 or 2: of the polynomial of this order that
 * fits the nine frames around each frame best; at both ends that of the first or last nine (Savitzky and Golay 1964).
 * frames >= MFCC_DELTA_WIDTH. `stride` numbers lie between the rows of `in` and of `out`. */
void mfcc_delta(const float *in, int64_t frames, int width, int64_t stride, int order, float *out);

/* The vectors of the bag of tones: the 13 coefficients of the rows of a mel spectrogram in dB, their deltas and
 * delta-deltas, as out[frames x MFCC_WIDTH]. STATUS_BAD_DATA: there are fewer than nine frames. */
enum status mfcc_vectors(const struct spectrogram_rows *rows, float *out, struct error *error);

#endif
