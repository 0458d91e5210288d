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
/* The frame of a drawing of this size, in the scatter's view. */
struct scatter_frame scatter_frame_of(const struct scatter *scatter, int width, int height);
void scatter_project(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float *x, float *y);
float scatter_mark_radius(const struct scatter *scatter, float width, float height);
void scatter_draw_points(const struct scatter *scatter, const struct scatter_frame *frame, float radius,
                         struct image *image);
void scatter_draw_mark(const struct scatter *scatter, const struct scatter_frame *frame, int64_t i, float radius,
                       struct image *image);

struct scatter_box {
    float left, top, width, height;
};
/* A cover's middle; `edge` is the length of its sides. */
struct placed_cover {
    int64_t point;
    float x, y, edge;
};
/* Places covers on a tiling of the box, so that no two overlap. The selection has no influence. `placed` has space for
 * n; hidden[i]: the mark of point i is not drawn, because a cover is there. Returns how many were placed; -1 when
 * memory ran out. */
int64_t scatter_place_covers(const struct scatter *scatter, const struct scatter_frame *frame,
                             const struct scatter_box *box, float edge, struct placed_cover *placed, bool *hidden);
float scatter_cover_edge(const struct scatter *scatter, const struct scatter_box *box,
                         const struct scatter_covers *covers);
/* The selected cover: larger, at its point, inside the box. False: none is selected, or it is outside. */
bool scatter_selected_cover(const struct scatter *scatter, const struct scatter_frame *frame,
                            const struct scatter_box *box, float edge, struct placed_cover *place);
float scatter_cover_border(float edge);
enum status scatter_draw_cover_points(const struct scatter *scatter, const struct scatter_frame *frame,
                                      const struct scatter_box *box, const struct scatter_covers *covers, float radius,
                                      struct image *image, struct error *error);

#endif
