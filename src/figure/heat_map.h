#ifndef SLEEVE_FIGURE_HEAT_MAP_H
#define SLEEVE_FIGURE_HEAT_MAP_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* A heat map of a matrix with a name for each row and column: light where values are small, dark where they are large.
 * One colour from light to dark, so that it is read without colours, too. */
enum { HEAT_MAP_MAX = 100 };

struct heat_map {
    const char *title, *subtitle;
    int n;                    /* 1..HEAT_MAP_MAX rows and columns */
    const double *values;     /* [n x n] finite */
    const char *const *names; /* [n] */
};

/* The colour 0xRRGGBB of a value between the smallest and the largest of a matrix. */
uint32_t heat_map_colour(double value, double low, double high);
/* Appends the figure. See scatter_figure_png for the letters in PNG. */
enum status heat_map_figure(const struct heat_map *map, bool svg, struct buffer *out, struct error *error);

#endif
