#ifndef SLEEVE_DRAW_RASTER_H
#define SLEEVE_DRAW_RASTER_H

/* The loop over pixels that all anti-aliased drawing shares: float canvases of artwork (canvas.h) and 8-bit images of
 * figures (plot.h). */

struct pixel_box {
    int left, top, right, bottom; /* right and bottom are exclusive */
};

/* Evaluates coverage(shape, x, y) at the centre of every pixel of the box, in units of which a pixel has `pixel`, and
 * calls put(target, column, row, x, y, coverage) where it is positive. Inlined, so that constant functions are too. */
static inline __attribute__((always_inline)) void
raster_box(struct pixel_box box, float pixel, float (*coverage)(const void *shape, float x, float y), const void *shape,
           void (*put)(void *target, int column, int row, float x, float y, float coverage), void *target)
{
    for (int row = box.top; row < box.bottom; row++) {
        float y = ((float)row + 0.5F) * pixel;
        for (int column = box.left; column < box.right; column++) {
            float x = ((float)column + 0.5F) * pixel, covered = coverage(shape, x, y);
            if (covered > 0)
                put(target, column, row, x, y, covered);
        }
    }
}

#endif
