#ifndef SLEEVE_TESTS_VISION_PATTERN_H
#define SLEEVE_TESTS_VISION_PATTERN_H

#include "vision/image.h"

/* The picture of the golden values. */
static inline struct image pattern(int width, int height)
{
    struct image image;
    struct error error;
    if (image_create(width, height, &image, &error) == STATUS_OK)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                    image.rgb[(y * width + x) * 3 + c] =
                        (uint8_t)(x * x * 7 + y * y * 13 + x * y * 5 + c * 91 + (x ^ y) * 29);
    return image;
}

#endif
