#ifndef SLEEVE_UI_TERMINAL_SIXEL_H
#define SLEEVE_UI_TERMINAL_SIXEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "draw/image.h"

/* tmux drops a longer control string. */
enum { SIXEL_BYTES_MAX = 900 * 1000 };

/* Appends the picture as one sixel control string of less than SIXEL_BYTES_MAX bytes with at most `registers` colours
 * (fewer when it would be too long), every pixel opaque, its size announced, no line feed behind it. At least six
 * pixels high: libsixel moves what is lower down by six rows. For any thread:
 * libsixel's objects live only within the call. */
enum status sixel_encode_image(const struct image *image, int registers, struct buffer *out, struct error *error);

/* Whether the bytes are what sixel_encode_image makes of a picture of this size, and nothing else. */
bool sixel_is_image(const char *bytes, size_t size, int width, int height);

/* Appends the same picture, its colours moved half way to the background: only the palette is written anew. */
void sixel_dim(const char *bytes, size_t size, uint32_t background, struct buffer *out);
/* A colour moved half way to the background. */
uint32_t colour_dim(uint32_t colour, uint32_t background);

#endif
