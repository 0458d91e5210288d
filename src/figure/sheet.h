#ifndef SLEEVE_FIGURE_SHEET_H
#define SLEEVE_FIGURE_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "draw/image.h"

/* A figure of square pictures in the cells of a grid, with a title above and two lines below. */
struct sheet_figure {
    int rows, columns, edge; /* edge: pixels of a picture */
    int64_t n;
    const int *cells; /* [n] row * columns + column */
    const char *title, *lines[2];
    /* Makes picture i, edge x edge pixels. False: there is none, the cell stays grey. */
    bool (*image)(void *context, int64_t i, int edge, struct image *image);
    void *context;
};
enum status sheet_figure(const struct sheet_figure *sheet, bool svg, struct buffer *out, struct error *error);

#endif
