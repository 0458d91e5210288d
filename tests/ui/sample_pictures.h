#ifndef SLEEVE_TESTS_UI_SAMPLE_PICTURES_H
#define SLEEVE_TESTS_UI_SAMPLE_PICTURES_H

#include "ui/image_service.h"

/* Pictures for tests: cover N has the colour sample_colour(N) in its middle, a gradient around it and a white frame. A
 * map is a grid of dots that moves with its version. Loading cover 13 fails. */
uint32_t sample_colour(int64_t id);
enum status sample_pixels(void *context, const struct image_reference *reference, int width, int height,
                          struct image *image, struct error *error);
/* The context counts the calls (atomic_int), or is NULL. */
struct image_source sample_source(void *context);

/* Group fixtures: the cache of pictures is in a new folder, which is removed at the end. */
int sample_cache_make(void **state);
int sample_cache_remove(void **state);

#endif
