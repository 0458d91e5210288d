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
 * (fewer if it would be too long), every pixel opaque, its size declared, without a trailing line feed. The picture
 * must be at least six pixels high, because libsixel shifts smaller ones by six rows. Thread-safe: libsixel's objects
 * exist only within the call. */
enum status sixel_encode_image(const struct image *image, int registers, struct buffer *out, struct error *error);

/* Whether the bytes are exactly one picture of this size from sixel_encode_image. */
bool sixel_is_image(const char *bytes, size_t size, int width, int height);

/* Appends the same picture with its colours blended half with the background: only the palette is rewritten. */
void sixel_dim(const char *bytes, size_t size, uint32_t background, struct buffer *out);
/* A colour blended half with the background. */
uint32_t colour_dim(uint32_t colour, uint32_t background);

#endif
