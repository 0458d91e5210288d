#ifndef SLEEVE_VISION_IMAGE_FORMAT_H
#define SLEEVE_VISION_IMAGE_FORMAT_H

#include "vision/image.h"

/* A file format that image_decode supports. Only image_decode.c calls these functions. Reasons are clauses that follow
 * "FILE cannot be decoded: ". */
struct image_header {
    int width, height; /* as stored, before rotation */
    int orientation;   /* EXIF: 1 (upright) to 8 */
    uint64_t unpacked; /* PNG: size of the decompressed data, which determines the time; otherwise 0 */
    size_t working;    /* bytes that decoding allocates in addition to the 3 * width * height of the result */
};

struct image_format {
    const char *name;
    bool (*recognise)(const uint8_t *bytes, size_t size);
    enum status (*read_header)(const uint8_t *bytes, size_t size, struct image_header *header, struct error *reason);
    /* rgb: [height x width x 3]. Transparent pixels are composited on grey 128. */
    enum status (*decode)(const uint8_t *bytes, size_t size, const struct image_header *header, uint8_t *rgb,
                          struct error *reason);
};

extern const struct image_format image_format_jpeg, image_format_png, image_format_webp;

/* The orientation in a TIFF structure (the contents of an EXIF block): 1 to 8; 1 if there is none or it is invalid. Any
 * bytes are safe. */
int exif_orientation(const uint8_t *tiff, size_t size);
/* Composites `count` pixels of 8-bit RGBA on grey 128, rounded to nearest; rgb may be the same memory. */
void composite_row(const uint8_t *rgba, size_t count, uint8_t *rgb);

#endif
