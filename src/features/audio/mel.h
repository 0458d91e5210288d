#ifndef SLEEVE_FEATURES_AUDIO_MEL_H
#define SLEEVE_FEATURES_AUDIO_MEL_H

#include "core/status.h"

/* Mel filters: triangles over the bins of a spectrum, whose corners are equally far apart on a scale of perceived
 * pitch. Equal to librosa.filters.mel. */

enum mel_scale {
    MEL_HTK,    /* 2595 log10(1 + f / 700) */
    MEL_SLANEY, /* linear below 1,000 Hz, logarithmic above (Slaney 1998, "Auditory Toolbox") */
};
enum mel_norm {
    MEL_PEAK, /* each triangle's height is 1 */
    MEL_AREA, /* each triangle's area is 1 Hz: librosa's norm "slaney" */
};

struct mel_filters;

/* `mels` filters from fmin to fmax Hz over the n_fft / 2 + 1 bins of a spectrum at `rate`. */
enum status mel_create(int rate, int n_fft, int mels, enum mel_scale scale, enum mel_norm norm, double fmin,
                       double fmax, struct mel_filters **filters, struct error *error);
void mel_destroy(struct mel_filters *filters);

/* out[mels] = the filters' sums over spectrum[n_fft / 2 + 1]. */
void mel_apply(const struct mel_filters *filters, const float *spectrum, float *out);

/* The same as a matrix: weights[(n_fft / 2 + 1) x mels], which is all 0, receives what is not. */
void mel_weights(const struct mel_filters *filters, float *weights);

double mel_of_hertz(double hertz, enum mel_scale scale);
double mel_to_hertz(double mel, enum mel_scale scale);

#endif
