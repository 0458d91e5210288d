#ifndef SLEEVE_UI_VIEWS_PLOT_PICTURE_H
#define SLEEVE_UI_VIEWS_PLOT_PICTURE_H

#include "draw/image.h"
#include "figure/panel_picture.h"
#include "ui/views/compare/compare.h"

/* The panels of Compare's plot, drawn on a worker from a copy of what the state shows. */

struct plot_shown {
    int x[PANELS_POINTS_MAX];
    double means[COMPARE_SIDES * PANELS_POINTS_MAX], spreads[COMPARE_SIDES * PANELS_POINTS_MAX];
    int n_points;
    struct panel_axis axis;
    uint32_t background, grid, colours[COMPARE_SIDES];
    int width, height; /* pixels of the terminal that the picture fills */
    uint64_t version;  /* of the state that was copied; 0: nothing was */
};

/* Panels are those metrics that METRIC_TABLE marks as plotted; `panel` is less than their number. */
bool plot_shown_is(const struct plot_shown *shown, const struct state *state, const struct image_rect *rect);
/* False where the state has no curves. */
bool plot_shown_take(const struct state *state, int panel, const struct image_rect *rect, struct plot_shown *shown);
struct panel_picture plot_panel(const struct plot_shown *shown);
enum status plot_picture(const struct plot_shown *shown, struct image *image, struct error *error);

#endif
