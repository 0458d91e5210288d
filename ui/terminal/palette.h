#ifndef SLEEVE_UI_TERMINAL_PALETTE_H
#define SLEEVE_UI_TERMINAL_PALETTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* An optimal palette for a picture: boxes of colours are split where the variance is largest, then refined by k-means
 * over all pixels. A picture with few enough colours keeps all of them. */
enum { PALETTE_MAX = 256 };

struct palette {
    int count;
    uint8_t rgb[PALETTE_MAX][3];
    double error; /* root mean square error per channel; 0 if nothing was lost */
};

/* rgb: [n_pixels x 3]; 1 <= colours <= PALETTE_MAX. */
enum status palette_make(const uint8_t *rgb, size_t n_pixels, int colours, struct palette *palette,
                         struct error *error);
/* The nearest colour for every pixel, with ordered dithering as strong as the palette's error: the same pixel at the
 * same position always gives the same colour. */
void palette_map(const struct palette *palette, const uint8_t *rgb, int width, int height, uint8_t *indices);

#endif
