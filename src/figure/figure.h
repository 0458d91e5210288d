#ifndef SLEEVE_FIGURE_FIGURE_H
#define SLEEVE_FIGURE_FIGURE_H

#include "figure/scatter_internal.h"

/* The layout of a figure, the same for every format. Pixels from the top left. */

enum { FIGURE_WIDTH = 1200, FIGURE_HEIGHT = 800, FIGURE_TICKS_MAX = 40 };

struct figure_axis {
    int n;
    double values[FIGURE_TICKS_MAX];
    float at[FIGURE_TICKS_MAX];
};

struct figure {
    float left, top, width, height;                               /* the frame around the points */
    float title_height, label_height, tick_height, legend_height; /* heights of capital letters */
    float label_y, caption_y, note_y;                             /* baselines of "Component 1", caption and note */
    float legend_x, legend_y, legend_step;
    float radius, legend_radius;
    struct scatter_frame frame;
    struct figure_axis x, y;
    uint32_t quiet, faint; /* frame and numbers; grid */
};

void figure_layout(const struct scatter *scatter, const struct scatter_figure *of, struct figure *figure);
/* The area inside the frame, for covers. */
struct scatter_box figure_inside(const struct figure *figure);
/* The number of labels in the legend. */
int figure_legend_size(const struct scatter *scatter);
/* A label's name in the legend: sanitised, and truncated if it does not fit. */
void figure_name(const struct scatter *scatter, int label, struct buffer *name);
void figure_title(const char *title, struct buffer *shown);
void figure_caption(const char *caption, struct buffer *shown);
/* The distance between ticks, 1, 2 or 5 times a power of ten, so that about `wanted` of them make up `span`; 0 if there
 * is none. */
double figure_step(double span, int wanted);

#endif
