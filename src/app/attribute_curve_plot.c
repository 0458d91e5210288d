/* An attribute over the time of a track as a picture. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/attribute_curve.h"
#include "attributes/temporal.h"
#include "core/file.h"
#include "figure/small_multiples.h"

enum { LINES = 2 };

/* The means of the segments that share a point; x is when the first of them begins. */
static int take_points(const struct attribute_curve *curve, int *x, double *means)
{
    const int points = curve->n < PANELS_POINTS_MAX ? (int)curve->n : PANELS_POINTS_MAX;
    for (int i = 0; i < points; i++) {
        const int64_t first = i * curve->n / points, end = (i + 1) * curve->n / points;
        double sum = 0, smooth = 0;
        for (int64_t s = first; s < end; s++) {
            sum += (double)curve->values[s];
            smooth += curve->smooth[s];
        }
        x[i] = (int)lrint((double)first * TEMPORAL_SEGMENT_SECONDS);
        means[i] = sum / (double)(end - first);
        means[points + i] = smooth / (double)(end - first);
    }
    return points;
}

enum status attribute_curve_plot_check(const char *path, struct error *error)
{
    return file_has_extension(path, ".png") || file_has_extension(path, ".svg")
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "--plot needs a file that ends in .png or .svg, not \"%s\"", path);
}

enum status attribute_curve_plot(const struct attribute_curve *curve, const char *attribute, const char *track,
                                 const char *path, struct error *error)
{
    static const char *const names[LINES] = {"ten seconds", "moving average"};
    int x[PANELS_POINTS_MAX];
    double means[LINES * PANELS_POINTS_MAX], spreads[LINES * PANELS_POINTS_MAX] = {0};
    char title[200], subtitle[160], consistency[32] = "undefined";
    struct buffer out = {0};
    enum status status = attribute_curve_plot_check(path, error);
    if (status != STATUS_OK)
        return status;
    const int points = take_points(curve, x, means);
    snprintf(title, sizeof title, "%.60s of %.100s", attribute, track);
    if (curve->consistent)
        snprintf(consistency, sizeof consistency, "%.2f", curve->consistency);
    snprintf(subtitle, sizeof subtitle, "of the track %.2f: the largest mean of %lld segments in a row; consistency %s",
             curve->peak, (long long)temporal_window(curve->n), consistency);
    const struct panel panel = {.title = "", .note = "", .means = means, .spreads = spreads};
    const struct small_multiples figure = {.title = title,
                                           .subtitle = subtitle,
                                           .x_label = "Seconds",
                                           .n_lines = LINES,
                                           .n_points = points,
                                           .n_small_multiples = 1,
                                           .names = names,
                                           .x = x,
                                           .small_multiples = &panel};
    status = file_has_extension(path, ".svg") ? small_multiples_svg(&figure, &out, error)
                                              : small_multiples_png(&figure, &out, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &out, error);
    buffer_free(&out);
    return status;
}
