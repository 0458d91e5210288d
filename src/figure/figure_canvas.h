#ifndef SLEEVE_FIGURE_FIGURE_CANVAS_H
#define SLEEVE_FIGURE_FIGURE_CANVAS_H

#include "core/buffer.h"
#include "draw/plot.h"

/* One drawing interface for both formats, pixels and SVG. Pixels from the top left; colours 0xRRGGBB; text heights are
 * those of capital letters. Text must be sanitised. */

struct figure_canvas {
    struct image image; /* used if svg is NULL */
    struct buffer *svg;
};

/* A white canvas; `title` is the document's title. If `svg` is not NULL, the document is appended to it. */
enum status figure_canvas_open(int width, int height, const char *title, struct buffer *svg,
                               struct figure_canvas *figure_canvas, struct error *error);
/* Ends the document, or appends the pixels as PNG to `png`; releases the canvas in either case. */
enum status figure_canvas_close(struct figure_canvas *figure_canvas, struct buffer *png, struct error *error);

enum figure_canvas_anchor { CANVAS_LEFT, CANVAS_CENTRE, CANVAS_RIGHT };
void figure_canvas_text(struct figure_canvas *figure_canvas, const char *text, float x, float y, float height,
                        enum figure_canvas_anchor anchor, uint32_t colour);
/* At most `columns` columns of the text, sanitised, with an ellipsis where it is cut. */
void figure_canvas_text_fit(struct figure_canvas *figure_canvas, const char *text, int columns, float x, float y,
                            float height, enum figure_canvas_anchor anchor, uint32_t colour);
void figure_canvas_line(struct figure_canvas *figure_canvas, float x0, float y0, float x1, float y1, float thickness,
                        uint32_t colour);
/* With a white rim, so that marks stand out from lines. */
void figure_canvas_mark(struct figure_canvas *figure_canvas, enum mark mark, float x, float y, float radius,
                        uint32_t colour);
void figure_canvas_rectangle(struct figure_canvas *figure_canvas, float x, float y, float width, float height,
                             uint32_t colour);
/* A square picture of edge x figure_canvas_sharpness pixels. */
enum status figure_canvas_image(struct figure_canvas *figure_canvas, const struct image *image, float x, float y,
                                float edge, struct error *error);
/* The same of any proportions. */
enum status figure_canvas_picture(struct figure_canvas *figure_canvas, const struct image *image, float x, float y,
                                  float width, float height, struct error *error);
/* Pixels of a picture to one of the figure. */
int figure_canvas_sharpness(const struct figure_canvas *figure_canvas);
/* As plot_band, over n >= 2 points. */
void figure_canvas_band(struct figure_canvas *figure_canvas, int n, const float *x, const float *low, const float *high,
                        float opacity, uint32_t colour);

#endif
