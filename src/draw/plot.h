#ifndef SLEEVE_DRAW_PLOT_H
#define SLEEVE_DRAW_PLOT_H

#include <stdint.h>

#include "draw/image.h"

/* Anti-aliased drawing into an image: coverage from the signed distance to a shape. Everything is clipped. Coordinates
 * are pixels from the top left; the first pixel's centre is at (0.5, 0.5). Colours are 0xRRGGBB. */

void plot_fill(struct image *image, uint32_t colour);
void plot_rectangle(struct image *image, float x, float y, float width, float height, uint32_t colour);
/* Copies a picture, its top left pixel to (left, top). */
void plot_image(struct image *image, int left, int top, const struct image *picture);
void plot_line(struct image *image, float x0, float y0, float x1, float y1, float thickness, uint32_t colour);
/* Fills the area between two lines, from (x0, low0) to (x1, low1) and from (x0, high0) to (x1, high1), with x0 < x1 and
 * low below high on the screen; `opacity` 0 to 1. */
void plot_band(struct image *image, float x0, float low0, float high0, float x1, float low1, float high1, float opacity,
               uint32_t colour);
void plot_ring(struct image *image, float x, float y, float radius, float thickness, uint32_t colour);

/* The ten marks, in the order of scatter_mark. The radius is that of a circle of the same weight. */
enum mark {
    MARK_CIRCLE,
    MARK_SQUARE,
    MARK_UP,
    MARK_DIAMOND,
    MARK_PLUS,
    MARK_DOWN,
    MARK_STAR,
    MARK_CROSS,
    MARK_RING,
    MARK_FRAME,
    N_MARKS
};
/* Draws the mark enlarged by `margin` on all sides. */
void plot_mark(struct image *image, enum mark mark, float x, float y, float radius, float margin, uint32_t colour);

#endif
