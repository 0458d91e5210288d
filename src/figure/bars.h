#ifndef SLEEVE_FIGURE_BARS_H
#define SLEEVE_FIGURE_BARS_H

#include "core/buffer.h"
#include "core/status.h"

/* Horizontal bars of one measure, each with its interval, and a vertical line at a value to compare with. */

enum { BARS_MAX = 40 };

struct bar {
    const char *name, *note; /* the note is printed small below the name */
    double value;            /* NAN: unknown, which is printed */
    double low, high;        /* the interval; NAN: unknown */
};

struct bars {
    const char *title, *subtitle, *x_label, *line_label;
    int n; /* 1..BARS_MAX */
    const struct bar *bars;
    double first, last; /* values of x at the edges */
    double step;        /* between the numbers below */
    double line;        /* the value to compare with */
};

/* See scatter_figure_png for the letters in PNG. */
enum status bars_png(const struct bars *bars, struct buffer *out, struct error *error);
enum status bars_svg(const struct bars *bars, struct buffer *out, struct error *error);

#endif
