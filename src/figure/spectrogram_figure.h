#ifndef SLEEVE_FIGURE_SPECTROGRAM_FIGURE_H
#define SLEEVE_FIGURE_SPECTROGRAM_FIGURE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "draw/image.h"

/* A spectrogram: time from left to right, frequency from the bottom to the top, in the colours of heat maps: light
 * where it is quiet, dark where it is loud. */

struct spectrogram_tick {
    double at; /* 0: bottom, 1: top */
    char text[16];
};

enum { SPECTROGRAM_TICKS_MAX = 16 };

struct spectrogram_figure {
    const char *title, *subtitle;
    const uint8_t *levels;                /* [columns x bands], 0: quiet, 255: loud; the first band is the lowest */
    int columns, bands;                   /* 1 or more */
    double start, seconds;                /* of the first column, and of all */
    double low, high;                     /* dB of the levels 0 and 255 */
    const struct spectrogram_tick *ticks; /* [n_ticks] in Hz, upwards */
    int n_ticks;
};

/* The picture alone, of any size: columns and bands are averaged or repeated. */
enum status spectrogram_picture(const uint8_t *levels, int columns, int bands, int width, int height,
                                struct image *image, struct error *error);
/* The step between numbers on an axis of so many seconds, so that there are at most `most`. */
double spectrogram_seconds_step(double seconds, int most);
/* Appends the figure, with axes in seconds and Hz. See scatter_figure_png for the letters in PNG. */
enum status spectrogram_figure(const struct spectrogram_figure *of, bool svg, struct buffer *out, struct error *error);

#endif
