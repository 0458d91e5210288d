#ifndef SLEEVE_FIGURE_SVG_H
#define SLEEVE_FIGURE_SVG_H

#include "core/buffer.h"
#include "draw/plot.h"

/* Parts of SVG documents that figures share. */

/* Escapes well-formed text without control characters for XML; the two noncharacters that XML forbids become U+FFFD. */
void svg_add_escaped(const char *text, struct buffer *out);
/* A text element; `height` is that of a capital letter, `anchor` "start", "middle" or "end". */
void svg_add_text(const char *text, float x, float y, float height, const char *anchor, uint32_t colour,
                  struct buffer *out);
/* A square picture, as JPEG inside the document. */
enum status svg_add_image(const struct image *image, float x, float y, float edge, struct buffer *out,
                          struct error *error);
/* The same of any proportions. */
enum status svg_add_picture(const struct image *image, float x, float y, float width, float height, struct buffer *out,
                            struct error *error);
/* The shapes that plot_mark draws, around the origin, as path data (fill-rule evenodd). */
void svg_add_mark_path(enum mark mark, float radius, struct buffer *out);

#endif
