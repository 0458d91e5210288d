#include "app/results_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "eval/groups.h"
#include "figure/small_multiples.h"

enum status results_plot_check(const char *path, int n_lines, struct error *error)
{
    if (!file_has_extension(path, ".png") && !file_has_extension(path, ".svg"))
        return error_set(error, STATUS_USAGE, "--plot needs a file that ends in .png or .svg, not \"%s\"", path);
    if (n_lines > PANELS_LINES_MAX)
        return error_set(error, STATUS_USAGE, "--plot shows at most %d models, not %d", PANELS_LINES_MAX, n_lines);
    return STATUS_OK;
}

/* Adds the numbers of seeds of one line to curves->x, which stays ascending. */
static enum status add_points(const struct result_list *results, struct results_curves *curves, struct error *error)
{
    int32_t *seeds;
    size_t count;
    enum status status = result_seeds(results, &seeds, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        int place = 0;
        while (place < curves->n_points && curves->x[place] < seeds[i])
            place++;
        if (place < curves->n_points && curves->x[place] == seeds[i])
            continue;
        if (curves->n_points == PANELS_POINTS_MAX) {
            status =
                error_set(error, STATUS_FAILED, "a plot shows at most %d numbers of seeds, and the results have more",
                          PANELS_POINTS_MAX);
            break;
        }
        memmove(curves->x + place + 1, curves->x + place, (size_t)(curves->n_points - place) * sizeof *curves->x);
        curves->x[place] = seeds[i];
        curves->n_points++;
    }
    free(seeds);
    return status;
}

static enum status find_points(const struct results_line *lines, int n_lines, struct results_curves *curves,
                               struct error *error)
{
    enum status status = STATUS_OK;
    for (int line = 0; status == STATUS_OK && line < n_lines; line++) {
        const struct result_list *results = lines[line].results;
        status = add_points(results, curves, error);
        if (results->count > curves->n_playlists)
            curves->n_playlists = results->count;
    }
    if (status == STATUS_OK && curves->n_points == 0)
        status = error_set(error, STATUS_FAILED, "there is nothing to plot: no playlist was evaluated");
    return status;
}

enum status results_curves_make(const struct results_line *lines, int n_lines, struct results_curves *curves,
                                struct error *error)
{
    *curves = (struct results_curves){0};
    enum status status = find_points(lines, n_lines, curves, error);
    if (status != STATUS_OK)
        return status;
    struct result_row *kept = malloc((curves->n_playlists + 1) * sizeof *kept);
    if (!kept)
        return error_no_memory(error);
    for (int line = 0; line < n_lines; line++)
        for (int point = 0; point < curves->n_points; point++) {
            const struct result_group group = {.seeds = curves->x[point], .slice = -1};
            struct result_summary summary;
            size_t count = result_group_take(&group, NULL, lines[line].results, kept);
            result_summarise(kept, count, &summary);
            for (int metric = 0; metric < METRICS; metric++) {
                double scale = metric_infos[metric].scale;
                int place = line * curves->n_points + point;
                curves->means[metric][place] = count ? scale * summary.metrics[metric].mean : NAN;
                curves->spreads[metric][place] = scale * summary.metrics[metric].ci95;
            }
        }
    free(kept);
    return STATUS_OK;
}

/* The catalogue's name, else its file's. */
static void add_name(struct catalogue *catalogue, struct buffer *out)
{
    char *name = NULL;
    if (catalogue_setting_read(catalogue, "name", &name, NULL) == STATUS_OK && name && *name) {
        buffer_add_text(out, name);
    } else {
        const char *path = catalogue_path(catalogue), *slash = strrchr(path, '/');
        const char *file = slash ? slash + 1 : path;
        size_t size = strlen(file);
        buffer_add(out, file, file_has_extension(file, ".db") ? size - 3 : size);
    }
    free(name);
}

int results_plotted(enum metric metrics[METRICS])
{
    int n = 0;
    for (int metric = 0; metric < METRICS; metric++)
        if (metric_infos[metric].plotted)
            metrics[n++] = (enum metric)metric;
    return n;
}

const char *results_note(enum metric metric)
{
    const struct metric_info *info = &metric_infos[metric];
    return info->note ? info->note : info->direction > 0 ? "higher is better" : "lower is better";
}

static int make_panels(const struct results_curves *curves, struct panel panels[PANELS_MAX],
                       char titles[PANELS_MAX][32])
{
    enum metric metrics[METRICS];
    int n = results_plotted(metrics);
    n = n < PANELS_MAX ? n : PANELS_MAX;
    for (int i = 0; i < n; i++) {
        const struct metric_info *info = &metric_infos[metrics[i]];
        snprintf(titles[i], sizeof titles[i], "%s%s%s", info->title, *info->unit ? ", " : "", info->unit);
        panels[i] =
            (struct panel){titles[i], results_note(metrics[i]), curves->means[metrics[i]], curves->spreads[metrics[i]]};
    }
    return n;
}

static enum status draw(const struct results_curves *curves, const char *title, const char *subtitle,
                        const struct results_line *lines, int n_lines, bool svg, struct buffer *bytes,
                        struct error *error)
{
    const char *names[PANELS_LINES_MAX] = {0};
    struct panel panels[PANELS_MAX];
    char titles[PANELS_MAX][32];
    for (int line = 0; line < n_lines; line++)
        names[line] = lines[line].name;
    const struct small_multiples figure = {
        .title = title,
        .subtitle = subtitle,
        .x_label = "seeds shown",
        .n_lines = n_lines,
        .n_points = curves->n_points,
        .n_small_multiples = make_panels(curves, panels, titles),
        .names = names,
        .x = curves->x,
        .small_multiples = panels,
    };
    return svg ? small_multiples_svg(&figure, bytes, error) : small_multiples_png(&figure, bytes, error);
}

enum status results_plot(struct catalogue *catalogue, const char *set, const struct results_line *lines, int n_lines,
                         struct atomic_file *file, struct error *error)
{
    struct results_curves *curves = calloc(1, sizeof *curves);
    struct buffer title = {0}, subtitle = {0}, bytes = {0};
    if (!curves)
        return error_no_memory(error);
    enum status status = results_curves_make(lines, n_lines, curves, error);
    if (status == STATUS_OK) {
        add_name(catalogue, &title);
        buffer_add_text(&title, ": playlist continuation by number of seeds");
        buffer_printf(&subtitle, "%zu %splaylists, %d recommendations each; bands are 95 %% intervals of the mean",
                      curves->n_playlists, set, METRICS_LENGTH);
        status = title.failed || subtitle.failed ? error_no_memory(error)
                                                 : draw(curves, title.data, subtitle.data, lines, n_lines,
                                                        file_has_extension(file->path, ".svg"), &bytes, error);
    }
    if (status == STATUS_OK) {
        fwrite(bytes.data, 1, bytes.size, file->stream);
        status = atomic_file_commit(file, error);
    }
    buffer_free(&title);
    buffer_free(&subtitle);
    buffer_free(&bytes);
    free(curves);
    return status;
}
