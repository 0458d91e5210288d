#ifndef SLEEVE_FIGURE_LABELS_H
#define SLEEVE_FIGURE_LABELS_H

#include <stdint.h>

#include "core/arena.h"
#include "core/status.h"
#include "figure/scatter.h"

/* The labels of points, from a text file of one a line. */
struct point_labels {
    int *items; /* [n] numbers of labels, from 0 in the order in which they were met */
    const char *names[SCATTER_LABELS_MAX];
    int n_names;
    struct arena memory;
};

/* As many lines as there are points; empty ones may stand behind the last. More, fewer, or more than SCATTER_LABELS_MAX
 * different labels are STATUS_BAD_DATA. "-" is standard input. */
enum status point_labels_read(const char *path, int64_t n, struct point_labels *labels, struct error *error);
/* Also what a failed reading left. */
void point_labels_free(struct point_labels *labels);

#endif
