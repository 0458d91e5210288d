#ifndef SLEEVE_FIGURE_PANEL_PICTURE_H
#define SLEEVE_FIGURE_PANEL_PICTURE_H

#include "draw/image.h"
#include "figure/small_multiples.h"

/* The inside of one panel of small multiples as pixels, for a screen that writes titles and numbers as text: grid,
 * bands around the lines, lines and marks. */

struct panel_picture {
    int n_lines, n_points;
    const int *x;          /* [n_points] ascending */
    const double *means;   /* [n_lines x n_points]; NAN: unknown */
    const double *spreads; /* [n_lines x n_points] */
    struct panel_axis axis;
    uint32_t background, grid; /* 0xRRGGBB */
    const uint32_t *colours;   /* [n_lines] */
};

/* Where a number of seeds and a value are, from 0 (left, top) to 1. */
double panel_picture_x(const struct panel_picture *picture, double x);
double panel_picture_y(const struct panel_picture *picture, double y);
enum status panel_picture_draw(const struct panel_picture *picture, int width, int height, struct image *image,
                               struct error *error);

#endif
