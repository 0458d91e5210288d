#ifndef SLEEVE_VISION_IMAGE_CODEC_H
#define SLEEVE_VISION_IMAGE_CODEC_H

#include "vision/image.h"

/* quality 1..100; above 90 colour is kept at full resolution. */
enum status image_encode_jpeg(const struct image *image, int quality, struct buffer *out, struct error *error);

#endif
