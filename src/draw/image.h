#ifndef SLEEVE_DRAW_IMAGE_H
#define SLEEVE_DRAW_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* 8-bit RGB pixels, row by row without gaps; `rgb` is allocated with malloc and owned by the holder of the struct. */
struct image {
    int width, height;
    uint8_t *rgb;
};

void image_free(struct image *image);
/* Black. */
enum status image_create(int width, int height, struct image *image, struct error *error);

/* Both append the encoded file to `out`. */
enum status image_encode_png(const struct image *image, struct buffer *out, struct error *error);
/* quality 1..100; above 90, chroma is kept at full resolution. */
enum status image_encode_jpeg(const struct image *image, int quality, struct buffer *out, struct error *error);

#endif
