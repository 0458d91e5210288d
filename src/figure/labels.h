#ifndef SLEEVE_FIGURE_LABELS_H
#define SLEEVE_FIGURE_LABELS_H

#include <stdint.h>

#include "core/arena.h"
#include "core/status.h"
#include "figure/scatter.h"

/* The labels of points, from a text file with one per line. */
struct point_labels {
    int *items; /* [n] label numbers, from 0 in the order of first occurrence */
    const char *names[SCATTER_LABELS_MAX];
    int n_names;
    struct arena memory;
};

/* Expects one line per point; empty ones may follow the last. More, fewer, or more than SCATTER_LABELS_MAX different
 * labels are STATUS_BAD_DATA. "-" is standard input. */
enum status point_labels_read(const char *path, int64_t n, struct point_labels *labels, struct error *error);
/* Also releases what a failed read allocated. */
void point_labels_free(struct point_labels *labels);

#endif
