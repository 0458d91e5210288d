#ifndef SLEEVE_TESTS_VISION_EXTRACT_IMAGE_H
#define SLEEVE_TESTS_VISION_EXTRACT_IMAGE_H

#include <stdlib.h>

#include "features/extractor.h"

/* The row of one picture; zeros where there is none. */
static inline float *extract_image(const char *name, const struct image *image)
{
    const struct extractor *extractor = extractor_find(name);
    assert_non_null(extractor);
    float *values = calloc((size_t)extractor->width, sizeof *values);
    const struct extractor_options options = {0};
    const struct extractor_batch batch = {.count = 1, .images = image};
    struct open_extractor open;
    struct error error;
    bool present = false;
    assert_int_equal(extractor_open(extractor, &options, &open, &error), STATUS_OK);
    assert_int_equal(extractor_extract(&open, &batch, values, &present, &error), STATUS_OK);
    extractor_close(&open);
    return values;
}

#endif
