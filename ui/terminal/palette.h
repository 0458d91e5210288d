#ifndef SLEEVE_UI_TERMINAL_PALETTE_H
#define SLEEVE_UI_TERMINAL_PALETTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* A picture's own colours: boxes of colours are cut where the variance is largest, then refined by k-means, over all
 * pixels of the picture. A picture with few enough colours keeps each of them. */
enum { PALETTE_MAX = 256 };

struct palette {
    int count;
    uint8_t rgb[PALETTE_MAX][3];
    double error; /* root mean square distance of a channel; 0 when nothing was lost */
};

/* rgb: [n_pixels x 3]; 1 <= colours <= PALETTE_MAX. */
enum status palette_make(const uint8_t *rgb, size_t n_pixels, int colours, struct palette *palette,
                         struct error *error);
/* The nearest colour for every pixel. What the palette cannot show is spread over a fixed pattern of positions, as
 * strongly as the palette's error asks for: an equal pixel at an equal place always gives the same. */
void palette_map(const struct palette *palette, const uint8_t *rgb, int width, int height, uint8_t *indices);

#endif
