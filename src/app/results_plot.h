#ifndef SLEEVE_APP_RESULTS_PLOT_H
#define SLEEVE_APP_RESULTS_PLOT_H

#include "core/file.h"
#include "eval/results.h"

/* Metrics against the number of seeds, one panel a metric and one line a model, as PNG or SVG. */

struct results_line {
    const char *name;
    const struct result_list *results;
};

/* STATUS_USAGE where a plot cannot have this file name or this number of lines. */
enum status results_plot_check(const char *path, int n_lines, struct error *error);
/* Draws the metrics that METRIC_TABLE marks as plotted, in the format that the file's name ends in, and commits the
 * file. `set` is "test ", "validation " or "". */
enum status results_plot(struct catalogue *catalogue, const char *set, const struct results_line *lines, int n_lines,
                         struct atomic_file *file, struct error *error);

#endif
