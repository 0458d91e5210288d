#ifndef SLEEVE_FIGURE_SCATTER_PAIR_H
#define SLEEVE_FIGURE_SCATTER_PAIR_H

#include <stdbool.h>

#include "figure/scatter.h"

/* A figure of two maps of the same items side by side, with one legend below both. */

enum { SCATTER_PAIR_LINES = 3 };

struct scatter_pair_panel {
    struct scatter scatter;                /* labels and colours are those of the first panel */
    const char *name;                      /* above the frame; NULL: none */
    const char *lines[SCATTER_PAIR_LINES]; /* below the frame; NULL: none */
};

struct scatter_pair {
    const char *title;
    struct scatter_pair_panel panels[2];
    const struct scatter_covers *covers; /* NULL: marks */
};

/* As scatter_figure_svg or scatter_figure_png. */
enum status scatter_pair_figure(const struct scatter_pair *pair, bool svg, struct buffer *out, struct error *error);

#endif
