#ifndef SLEEVE_VISION_IMAGE_EDGES_H
#define SLEEVE_VISION_IMAGE_EDGES_H

#include <stdbool.h>
#include <stddef.h>

/* The width and height that a PNG, JPEG or WebP file gives in its header, without an image library: to choose between
 * pictures before one is decoded. False if there is none. Any bytes are safe; the numbers may be wrong. */
bool image_edges(const void *bytes, size_t size, int *width, int *height);

#endif
