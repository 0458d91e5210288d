#ifndef SLEEVE_VISION_RESAMPLE_H
#define SLEEVE_VISION_RESAMPLE_H

#include "vision/image.h"

/* The passes of image_resize: sums of weighted bytes, vectorised over the bytes that have the same weight. All
 * instruction sets give the same result. */

enum {
    RESAMPLE_BLOCK = 64, /* strides are multiples of it */
    RESAMPLE_BITS = 22,  /* of the fraction of a weight */
};

/* Output i is the sum of `counts[i]` inputs from `starts[i]` on, times weights[i * longest]. */
struct windows {
    int length, longest;
    int *starts, *counts;
    int32_t *weights;
};

enum resample_simd { RESAMPLE_PORTABLE, RESAMPLE_AVX2, RESAMPLE_AVX512 };
/* The best that the processor has. */
enum resample_simd resample_best(void);

/* Rows of `stride` bytes to windows->length rows of as many bytes; row 0 of `from` is input 0 of the windows. */
void resample_rows(enum resample_simd simd, const struct windows *windows, const uint8_t *from, size_t stride,
                   uint8_t *to);
/* The pixels of `height` rows, each `from_stride` bytes after the last one, to rows of `stride` bytes, of which
 * 3 * windows->length are pixels. `to` has space for `height` rows rounded up to whole blocks. `scratch` has
 * resample_columns_scratch bytes, which are initialised. */
size_t resample_columns_scratch(const struct windows *windows);
void resample_columns(enum resample_simd simd, const struct windows *windows, const uint8_t *from, size_t from_stride,
                      int height, size_t stride, uint8_t *scratch, uint8_t *to);

/* image_resize_part by an instruction set that the processor must have. For tests. */
enum status image_resize_by(enum resample_simd simd, const struct image *image, int width, int height,
                            enum image_filter filter, struct image_part part, struct image *resized,
                            struct error *error);

#endif
