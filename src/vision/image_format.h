#ifndef SLEEVE_VISION_IMAGE_FORMAT_H
#define SLEEVE_VISION_IMAGE_FORMAT_H

#include "vision/image.h"

/* One file format that image_decode reads. The functions of image_decode.c alone call these. Reasons are clauses that
 * follow "FILE cannot be decoded: ". */
struct image_header {
    int width, height; /* as stored, before the picture is turned */
    int orientation;   /* EXIF: 1 (upright) to 8 */
    uint64_t unpacked; /* PNG: bytes that the compressed data become, for which the time grows; else 0 */
    size_t working;    /* bytes that decoding allocates beside the 3 * width * height of the result */
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

/* The orientation that a TIFF structure (the contents of an EXIF block) states: 1 to 8; 1 where it states none, or
 * nothing valid. Any bytes are safe. */
int exif_orientation(const uint8_t *tiff, size_t size);
/* Composites `count` pixels of 8-bit RGBA on grey 128, rounded to the nearest; rgb may be the same memory. */
void composite_row(const uint8_t *rgba, size_t count, uint8_t *rgb);

#endif
