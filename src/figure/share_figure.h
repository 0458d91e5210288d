#ifndef SLEEVE_FIGURE_SHARE_FIGURE_H
#define SLEEVE_FIGURE_SHARE_FIGURE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* A figure of shares (0 to 1, drawn in per cent) of some items against a number of each, with intervals: one colour and
 * mark per series. */

enum { SHARE_SERIES_MAX = 3 };

struct share_interval {
    double value, low, high; /* NAN: unknown, not drawn */
};

struct share_figure {
    const char *title, *subtitle, *x_label;
    int n_series;             /* 1..SHARE_SERIES_MAX */
    const char *const *names; /* [n_series] */
    int64_t n;
    const double *x;                     /* [n] */
    const struct share_interval *shares; /* [n_series x n] */
};

/* See scatter_figure_png for the letters in PNG. */
enum status share_figure_png(const struct share_figure *of, struct buffer *out, struct error *error);
enum status share_figure_svg(const struct share_figure *of, struct buffer *out, struct error *error);

#endif
