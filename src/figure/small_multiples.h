#ifndef SLEEVE_FIGURE_SMALL_MULTIPLES_H
#define SLEEVE_FIGURE_SMALL_MULTIPLES_H

#include "core/buffer.h"
#include "core/status.h"

/* A figure of small multiples in rows of three: each panel shows the same lines over the same points, with bands around
 * them, and there is one legend for all. Lines differ by colour (safe for colour-blind readers) and by mark. */

enum { PANELS_MAX = 9, PANELS_LINES_MAX = 10, PANELS_POINTS_MAX = 50 };

struct panel {
    const char *title, *note; /* the note is printed small at the right */
    const double *means;      /* [n_lines x n_points]; NAN: unknown */
    const double *spreads;    /* [n_lines x n_points] the band is mean - spread to mean + spread, at least 0 */
};

/* Round limits around all bands, and the distance between ticks; from 0 unless that would leave a third of the panel
 * empty. `count`: values of means and spreads. */
struct panel_axis {
    double low, high, step;
};
struct panel_axis panel_axis_of(const double *means, const double *spreads, int count);

struct small_multiples {
    const char *title, *subtitle, *x_label;
    int n_lines;              /* 1..PANELS_LINES_MAX */
    int n_points;             /* 1..PANELS_POINTS_MAX */
    int n_small_multiples;    /* 1..PANELS_MAX */
    const char *const *names; /* [n_lines] */
    const int *x;             /* [n_points] ascending */
    const struct panel *small_multiples;
};

/* See scatter_figure_png for the letters in PNG. */
enum status small_multiples_png(const struct small_multiples *small_multiples, struct buffer *out, struct error *error);
enum status small_multiples_svg(const struct small_multiples *small_multiples, struct buffer *out, struct error *error);

#endif
