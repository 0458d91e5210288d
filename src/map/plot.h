#ifndef SLEEVE_MAP_PLOT_H
#define SLEEVE_MAP_PLOT_H

#include <stdint.h>

#include "vision/image.h"

/* Anti-aliased drawing into an image: coverage from the signed distance to a shape. Everything is clipped. Coordinates
 * are pixels from the top left; the first pixel's centre is at (0.5, 0.5). Colours are 0xRRGGBB. */

void plot_fill(struct image *image, uint32_t colour);
void plot_rectangle(struct image *image, float x, float y, float width, float height, uint32_t colour);
void plot_line(struct image *image, float x0, float y0, float x1, float y1, float thickness, uint32_t colour);
void plot_ring(struct image *image, float x, float y, float radius, float thickness, uint32_t colour);

/* The ten marks, in the order of scatter_style. Radius of a circle of the same weight. */
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
/* The mark grown by `margin` on all sides. */
void plot_mark(struct image *image, enum mark mark, float x, float y, float radius, float margin, uint32_t colour);

#endif
