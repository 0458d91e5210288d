#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fitness.h"
#include "core/file.h"
#include "core/json_reader.h"
#include "figure/share_figure.h"
#include "figure/training_curve.h"

static enum status write(const char *path, struct buffer *out, enum status status, struct error *error)
{
    if (status == STATUS_OK)
        status = atomic_file_write(path, out, error);
    buffer_free(out);
    return status;
}

static enum status draw_curve(const struct json_value *report, const char *path, struct error *error)
{
    const struct json_value *epochs = json_member(report, "curve");
    const int64_t n = (int64_t)json_array_count(epochs);
    char subtitle[160];
    struct buffer out = {0};
    if (n == 0)
        return error_set(error, STATUS_BAD_DATA, "the model's report has no training curve");
    double *shares = malloc((size_t)(2 * n) * sizeof *shares);
    if (!shares)
        return error_no_memory(error);
    for (int64_t e = 0; e < n; e++) {
        shares[e] = 100 * json_get_number(json_member(&epochs->items[e], "training"), (double)NAN);
        shares[n + e] = 100 * json_get_number(json_member(&epochs->items[e], "validation"), (double)NAN);
    }
    snprintf(subtitle, sizeof subtitle, "%.20s over %.60s: songs whose own playlist is ranked first",
             json_get_text(json_member(report, "model"), ""), json_get_text(json_member(report, "features"), ""));
    const struct training_curve curve = {.title = "Fitness for playlists: training",
                                         .subtitle = subtitle,
                                         .measure = "Top-1 accuracy, %",
                                         .epochs = n,
                                         .training = shares,
                                         .validation = shares + n};
    const enum status status = training_curve_figure(&curve, file_has_extension(path, ".svg"), &out, error);
    free(shares);
    return write(path, &out, status, error);
}

/* ------------------------------------------------------------------ accuracy against sizes */

static const char *const shown[] = {"top1", "top5"};
enum { SHOWN = sizeof shown / sizeof *shown };

static void take_shares(const struct json_value *classes, int64_t n, double *x, struct share_interval *shares)
{
    for (int64_t i = 0; i < n; i++) {
        const struct json_value *class = &classes->items[i];
        x[i] = json_get_number(json_member(class, "songs"), (double)NAN);
        for (int s = 0; s < SHOWN; s++) {
            const struct json_value *share = json_member(class, shown[s]);
            shares[s * n + i] = (struct share_interval){json_get_number(json_member(share, "value"), (double)NAN),
                                                        json_get_number(json_member(share, "low"), (double)NAN),
                                                        json_get_number(json_member(share, "high"), (double)NAN)};
        }
    }
}

static enum status draw_sizes(const struct json_value *report, const char *path, struct error *error)
{
    static const char *const names[SHOWN] = {"top-1", "top-5"};
    const struct json_value *classes = json_member(report, "per_class");
    const int64_t n = (int64_t)json_array_count(classes);
    char subtitle[200];
    struct buffer out = {0};
    if (n == 0)
        return error_set(error, STATUS_BAD_DATA, "the report has no accuracy of playlists");
    double *x = malloc((size_t)n * sizeof *x);
    struct share_interval *shares = malloc((size_t)(n * SHOWN) * sizeof *shares);
    enum status status = x && shares ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        take_shares(classes, n, x, shares);
        snprintf(subtitle, sizeof subtitle,
                 "%.20s over %.60s, %% of each playlist's songs, with 95 %% intervals; Spearman's correlation %.2f",
                 json_get_text(json_member(report, "model"), ""), json_get_text(json_member(report, "features"), ""),
                 json_get_number(json_member(report, "size_correlation"), (double)NAN));
        const struct share_figure figure = {.title = "Fitness for playlists: accuracy against size",
                                            .subtitle = subtitle,
                                            .x_label = "Songs of the playlist",
                                            .n_series = SHOWN,
                                            .names = names,
                                            .n = n,
                                            .x = x,
                                            .shares = shares};
        status = file_has_extension(path, ".svg") ? share_figure_svg(&figure, &out, error)
                                                  : share_figure_png(&figure, &out, error);
    }
    free(x);
    free(shares);
    return write(path, &out, status, error);
}

enum status app_fitness_plot_check(enum fitness_picture picture, const char *path, struct error *error)
{
    return file_has_extension(path, ".png") || file_has_extension(path, ".svg")
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "--%s needs a file that ends in .png or .svg, not \"%s\"",
                           picture == FITNESS_CURVE ? "plot" : "sizes", path);
}

enum status app_fitness_plot(const char *report, enum fitness_picture picture, const char *path, struct error *error)
{
    struct json_document document;
    enum status status = app_fitness_plot_check(picture, path, error);
    if (status == STATUS_OK)
        status = json_read(report, strlen(report), &document, error);
    if (status != STATUS_OK)
        return status;
    status =
        picture == FITNESS_CURVE ? draw_curve(&document.root, path, error) : draw_sizes(&document.root, path, error);
    json_document_free(&document);
    return status;
}
