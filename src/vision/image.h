#ifndef SLEEVE_VISION_IMAGE_H
#define SLEEVE_VISION_IMAGE_H

#include <stddef.h>

#include "draw/image.h"

/* Reading and resizing images. */

enum {
    IMAGE_FILE_MAX = 32 << 20,    /* bytes of a file */
    IMAGE_EDGE_MAX = 10000,       /* pixels; also 64 million in all */
    IMAGE_MEMORY_MAX = 448 << 20, /* bytes that all threads together use while they decode; more wait */
};

/* PNG, JPEG and WebP, upright and opaque: turned as their EXIF orientation says, transparent pixels composited on grey
 * 128. JPEG and WebP are Pillow's pixels to the bit. What a header claims is checked before memory is allocated. A file
 * that is cut off, damaged, an animation in WebP, or made to take long is STATUS_BAD_DATA. `name` stands in messages. A
 * signal (core/interrupt.h) ends it with STATUS_INTERRUPTED. */
enum status image_decode(const void *bytes, size_t size, const char *name, struct image *image, struct error *error);
/* The same, for pictures of at most `edge_max` pixels an edge. */
enum status image_decode_limited(const void *bytes, size_t size, const char *name, int edge_max, struct image *image,
                                 struct error *error);
/* The file decoded and fitted as image_fit does it. For many threads: what they hold at a time is limited in all. */
enum status image_load_fitted(const char *path, int edge, struct image *fitted, struct error *error);
/* The most bytes that decoding has used at a time in this process. */
size_t image_memory_peak(void);

enum image_filter { FILTER_BOX, FILTER_BICUBIC, FILTER_LANCZOS };
/* Pillow's resize to the bit (vision.md section 5). */
enum status image_resize(const struct image *image, int width, int height, enum image_filter filter,
                         struct image *resized, struct error *error);
/* Fits into edge x edge keeping the aspect ratio (Lanczos), centred on grey 128 (vision.md, first section). */
enum status image_fit(const struct image *image, int edge, struct image *fitted, struct error *error);

#endif
