#ifndef SLEEVE_VISION_IMAGE_H
#define SLEEVE_VISION_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* 8-bit RGB pixels, row by row without gaps; `rgb` is malloc'ed and owned by whoever holds the struct. */
struct image {
    int width, height;
    uint8_t *rgb;
};

void image_free(struct image *image);
enum status image_create(int width, int height, struct image *image, struct error *error);

/* PNG or JPEG only. Files over 32 MB and images over 10,000 pixels an edge or 64 million in all are refused before they
 * are decoded. Alpha is dropped as Pillow's convert("RGB") does. `name` stands in messages. */
enum status image_decode(const void *bytes, size_t size, const char *name, struct image *image, struct error *error);

enum image_filter { FILTER_BOX, FILTER_BICUBIC, FILTER_LANCZOS };
/* Pillow's resize to the bit (vision.md section 5). */
enum status image_resize(const struct image *image, int width, int height, enum image_filter filter,
                         struct image *resized, struct error *error);
/* Fits into edge x edge keeping the aspect ratio (Lanczos), centred on grey 128 (vision.md, first section). */
enum status image_fit(const struct image *image, int edge, struct image *fitted, struct error *error);

enum status image_encode_png(const struct image *image, struct buffer *out, struct error *error);

#endif
