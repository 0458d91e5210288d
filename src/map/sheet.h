#ifndef SLEEVE_MAP_SHEET_H
#define SLEEVE_MAP_SHEET_H

#include "core/buffer.h"
#include "map/plot.h"

/* Something to draw a figure on once for both formats: pixels, or an SVG document. Pixels from the top left; colours
 * 0xRRGGBB; heights of text are those of capital letters. Text must be sanitised. */

struct sheet {
    struct image image; /* when svg is NULL */
    struct buffer *svg;
};

/* A white sheet; `title` is the document's. With `svg` the document is appended to it. */
enum status sheet_open(int width, int height, const char *title, struct buffer *svg, struct sheet *sheet,
                       struct error *error);
/* Ends the document, or appends the pixels as PNG to `png`; frees what it holds either way. */
enum status sheet_close(struct sheet *sheet, struct buffer *png, struct error *error);

enum sheet_anchor { SHEET_LEFT, SHEET_CENTRE, SHEET_RIGHT };
void sheet_text(struct sheet *sheet, const char *text, float x, float y, float height, enum sheet_anchor anchor,
                uint32_t colour);
void sheet_line(struct sheet *sheet, float x0, float y0, float x1, float y1, float thickness, uint32_t colour);
/* With a white rim, so that marks stand out from the lines below. */
void sheet_mark(struct sheet *sheet, enum mark mark, float x, float y, float radius, uint32_t colour);
/* As plot_band, over n >= 2 points. */
void sheet_band(struct sheet *sheet, int n, const float *x, const float *low, const float *high, float opacity,
                uint32_t colour);

#endif
