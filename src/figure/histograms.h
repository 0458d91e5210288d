#ifndef SLEEVE_FIGURE_HISTOGRAMS_H
#define SLEEVE_FIGURE_HISTOGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* Histograms side by side, each with its own axis below; heights are shares of the numbers that are counted. */

enum { HISTOGRAMS_MAX = 4, HISTOGRAM_BINS = 60 };

struct histogram {
    const char *title, *note; /* the note is printed small below the title */
    double low, high;         /* edges of the first and the last bin */
    int64_t counts[HISTOGRAM_BINS];
};
/* Counts a number; one outside the edges belongs to the bin at its side. */
void histogram_add(struct histogram *histogram, double value);

struct histograms {
    const char *title, *subtitle;
    int n; /* 1..HISTOGRAMS_MAX */
    const struct histogram *items;
};
/* Appends the figure. See scatter_figure_png for the letters in PNG. */
enum status histograms_figure(const struct histograms *histograms, bool svg, struct buffer *out, struct error *error);

#endif
