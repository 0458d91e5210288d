#ifndef SLEEVE_FEATURES_AUDIO_FOURIER_H
#define SLEEVE_FEATURES_AUDIO_FOURIER_H

#include "core/status.h"

/* Discrete Fourier transforms of real signals by FFTW 3 in single precision (Frigo and Johnson 2005, "The design and
 * implementation of FFTW3"). The library is loaded when it is needed first. Plans are made once per size, by estimate,
 * so that a size always has the same plan, and with it the same rounding. */
struct fourier;

enum { FOURIER_MAX = 1 << 16 };

/* A transform of n points, 2..FOURIER_MAX. One per thread; destroying NULL does nothing. STATUS_FAILED when the library
 * is not installed. */
enum status fourier_create(int n, struct fourier **fourier, struct error *error);
void fourier_destroy(struct fourier *fourier);

/* [n] the input of the next transform, which the transform may overwrite. */
float *fourier_input(struct fourier *fourier);
/* [n / 2 + 1] of (real, imaginary): y_k = sum over j of x_j exp(-2 pi i j k / n). Valid until the next transform. */
const float (*fourier_transform(struct fourier *fourier))[2];

#endif
