#ifndef SLEEVE_VISION_IMAGE_H
#define SLEEVE_VISION_IMAGE_H

#include <stddef.h>

#include "draw/image.h"

/* Reading and resizing images. */

enum {
    IMAGE_FILE_MAX = 32 << 20,    /* bytes of a file */
    IMAGE_EDGE_MAX = 10000,       /* pixels */
    IMAGE_PIXELS_MAX = 64000000,  /* takes about a second to decode */
    IMAGE_MEMORY_MAX = 448 << 20, /* bytes that decoding may take; with decoders, all of them together */
};

/* Decodes PNG, JPEG and WebP to an upright, opaque image: rotated by the EXIF orientation, transparent pixels
 * composited on grey 128. JPEG and WebP give exactly the pixels of Pillow. The header is checked before memory is
 * allocated. A file that is truncated, damaged, an animation in WebP, or made to take long is STATUS_BAD_DATA. `name`
 * is used in messages, which begin with it. A signal (core/interrupt.h) ends it with STATUS_INTERRUPTED.
 *
 * In this process: only for decoders, tests and bytes that this program made itself. The memory of all threads together
 * is not limited. */
enum status image_decode(const void *bytes, size_t size, const char *name, struct image *image, struct error *error);
/* The same with a limit of `edge_max` pixels per edge. */
enum status image_decode_limited(const void *bytes, size_t size, const char *name, int edge_max, struct image *image,
                                 struct error *error);
/* The same, where `allow` must agree to the peak memory of decoding before it is allocated. */
struct image_limits {
    int edge_max;
    enum status (*allow)(void *context, size_t bytes, struct error *error);
    void *context;
    uint8_t *rgb; /* [rgb_size]: the image's pixels may be here, which is the caller's; NULL: they are allocated */
    size_t rgb_size;
};
enum status image_decode_allowed(const void *bytes, size_t size, const char *name, const struct image_limits *limits,
                                 struct image *image, struct error *error);

/* The same in a decoder process (sandbox/sandbox.h): for all bytes that somebody else made. Thread-safe; the memory of
 * all threads together is limited. STATUS_BAD_DATA is about the file, and the error says what is wrong with it, also if
 * its decoder crashed or took too long. STATUS_FAILED and STATUS_INTERRUPTED say nothing about it. */
enum status image_decode_safely(const void *bytes, size_t size, const char *name, int edge_max, struct image *image,
                                struct error *error);
/* Decodes the bytes of a file and resizes the image like image_fit, in the decoder, too. */
enum status image_decode_fitted(const struct buffer *file, const char *name, int edge, struct image *fitted,
                                struct error *error);
/* The same for a file, whose bytes are limited, too. */
enum status image_load_fitted(const char *path, int edge, struct image *fitted, struct error *error);

enum image_filter { FILTER_BOX, FILTER_BICUBIC, FILTER_LANCZOS };
/* Exactly the pixels of Pillow's resize. */
enum status image_resize(const struct image *image, int width, int height, enum image_filter filter,
                         struct image *resized, struct error *error);
/* The same for a part of the resized image: the rest is not computed. */
struct image_part {
    int left, top, width, height;
};
enum status image_resize_part(const struct image *image, int width, int height, enum image_filter filter,
                              struct image_part part, struct image *resized, struct error *error);
/* The mean of all pixels, 0xRRGGBB: the colour that is left when the image is scaled down to one pixel. It is a mean of
 * sRGB values, as image_resize and artwork_draw make them, so it is the same at every size at which a cover is shown.
 * The mean of the light, which is brighter, is not: scaling sRGB values down darkens fine patterns. */
uint32_t image_mean_colour(const struct image *image);
/* Fits into edge x edge keeping the aspect ratio (Lanczos), centred on grey 128. */
enum status image_fit(const struct image *image, int edge, struct image *fitted, struct error *error);

#endif
