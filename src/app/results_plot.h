#ifndef SLEEVE_APP_RESULTS_PLOT_H
#define SLEEVE_APP_RESULTS_PLOT_H

#include "core/file.h"
#include "eval/results.h"
#include "figure/small_multiples.h"

/* Metrics against the number of seeds, one panel a metric and one line a model, as PNG or SVG. */

struct results_line {
    const char *name;
    const struct result_list *results;
};

/* Means and halves of their 95 % intervals, in the units in which metrics are printed (metric_infos[].scale), by
 * metric, line and point: means[metric][line * n_points + point]. NAN: no playlist of the line has this number of
 * seeds. */
struct results_curves {
    int n_points;
    int x[PANELS_POINTS_MAX]; /* numbers of seeds, ascending */
    double means[METRICS][PANELS_LINES_MAX * PANELS_POINTS_MAX], spreads[METRICS][PANELS_LINES_MAX * PANELS_POINTS_MAX];
    size_t n_playlists; /* the most of any line */
};
/* STATUS_FAILED where no line has a result, or there are more numbers of seeds than a plot can show. */
enum status results_curves_make(const struct results_line *lines, int n_lines, struct results_curves *curves,
                                struct error *error);
/* The metrics that have a panel, in the order of METRIC_TABLE; returns how many. */
int results_plotted(enum metric metrics[METRICS]);
/* "higher is better", or what else is to be said beside a panel. */
const char *results_note(enum metric metric);

/* STATUS_USAGE where a plot cannot have this file name or this number of lines. */
enum status results_plot_check(const char *path, int n_lines, struct error *error);
/* Draws the metrics that METRIC_TABLE marks as plotted, in the format that the file's name ends in, and commits the
 * file. `set` is "test ", "validation " or "". */
enum status results_plot(struct catalogue *catalogue, const char *set, const struct results_line *lines, int n_lines,
                         struct atomic_file *file, struct error *error);

#endif
