#ifndef SLEEVE_FIGURE_SCATTER_INTERNAL_H
#define SLEEVE_FIGURE_SCATTER_INTERNAL_H

#include <stdbool.h>

#include "figure/scatter.h"

/* Shared by the drawings of a scatter plot: the position of points and the size of marks. */

struct scatter_bounds {
    float left, bottom, right, top; /* of the points that are finite */
};

/* The transformation to pixels: x + scale * point x, y - scale * point y. */
struct scatter_frame {
    float scale, x, y;
};

bool scatter_shown(const struct scatter *scatter, int64_t i);
int scatter_label(const struct scatter *scatter, int64_t i);
struct scatter_bounds scatter_bounds(const struct scatter *scatter);
/* Fits the bounds into a rectangle of pixels, centred and with a margin. */
struct scatter_frame scatter_frame(const struct scatter_bounds *bounds, float left, float top, float width,
                                   float height, float margin);
void scatter_project(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float *x, float *y);
float scatter_mark_radius(const struct scatter *scatter, float width, float height);
void scatter_draw_points(const struct scatter *scatter, const struct scatter_frame *frame, float radius,
                         struct image *image);

#endif
