#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/fitness.h"
#include "core/file.h"
#include "core/json_reader.h"
#include "figure/small_multiples.h"

enum { LINES = 2, POINTS = 12 /* whose numbers fit below the panel */ };

/* At most POINTS epochs at equal intervals, the last one included. */
static int choose_epochs(const struct json_value *curve, int *x, double *means)
{
    const int n = (int)json_array_count(curve), points = n < POINTS ? n : POINTS;
    for (int i = 0; i < points; i++) {
        const int epoch = (int)((int64_t)(i + 1) * n / points) - 1;
        const struct json_value *at = &curve->items[epoch];
        x[i] = epoch + 1;
        means[i] = 100 * json_get_number(json_member(at, "training"), (double)NAN);
        means[points + i] = 100 * json_get_number(json_member(at, "validation"), (double)NAN);
    }
    return points;
}

static enum status draw(const struct json_value *report, const char *path, struct error *error)
{
    static const char *const names[LINES] = {"training", "validation"};
    int x[POINTS];
    double means[LINES * POINTS], spreads[LINES * POINTS] = {0};
    const int points = choose_epochs(json_member(report, "curve"), x, means);
    char subtitle[160];
    struct buffer out = {0};
    if (points == 0)
        return error_set(error, STATUS_BAD_DATA, "the model's report has no training curve");
    snprintf(subtitle, sizeof subtitle, "%.20s over %.60s: songs whose own playlist is ranked first",
             json_get_text(json_member(report, "model"), ""), json_get_text(json_member(report, "features"), ""));
    const struct panel panel = {.title = "Top-1 accuracy, %", .note = "", .means = means, .spreads = spreads};
    const struct small_multiples figure = {.title = "Fitness for playlists: training",
                                           .subtitle = subtitle,
                                           .x_label = "Epoch",
                                           .n_lines = LINES,
                                           .n_points = points,
                                           .n_small_multiples = 1,
                                           .names = names,
                                           .x = x,
                                           .small_multiples = &panel};
    enum status status = file_has_extension(path, ".svg") ? small_multiples_svg(&figure, &out, error)
                                                          : small_multiples_png(&figure, &out, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &out, error);
    buffer_free(&out);
    return status;
}

enum status app_fitness_plot(const struct fitness_model *model, const char *path, struct error *error)
{
    struct json_document document;
    if (!file_has_extension(path, ".png") && !file_has_extension(path, ".svg"))
        return error_set(error, STATUS_USAGE, "--plot needs a file that ends in .png or .svg, not \"%s\"", path);
    enum status status = json_read(model->report, strlen(model->report), &document, error);
    if (status != STATUS_OK)
        return status;
    status = draw(&document.root, path, error);
    json_document_free(&document);
    return status;
}
