#include "app/tsne_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/map_file.h"
#include "app/resumable_tsne.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text_number.h"
#include "draw/stroke_font.h"
#include "figure/labels.h"
#include "map/npy.h"

/* A matrix with the labels and keys of its points. */
struct matrix_map {
    struct device device;
    struct resumable_tsne *tsne;
    int64_t rows, columns;
    const char **keys; /* [rows] the numbers of the labels */
    struct point_labels labels;
    struct arena memory;
};

static enum status run_steps(struct resumable_tsne *tsne, const struct tsne_map_settings *settings, const char *stage,
                             struct error *error)
{
    enum { AT_ONCE = 10 };
    progress_stage(settings->progress, stage, "iterations", settings->tsne.iterations);
    enum status status = STATUS_OK;
    for (bool done = false; status == STATUS_OK && !done;) {
        if (progress_cancelled(settings->progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped after %d iterations; nothing was written",
                               resumable_tsne_iteration(tsne));
        else
            status = resumable_tsne_run(tsne, AT_ONCE, &done, error);
        progress_step(settings->progress, resumable_tsne_iteration(tsne));
    }
    progress_end(settings->progress);
    return status;
}

/* Runs the whole map; *points [n x 2] is malloc'ed. */
static enum status run(struct resumable_tsne *tsne, int64_t n, const struct tsne_map_settings *settings,
                       const char *stage, float **points, double *kl_divergence, struct error *error)
{
    enum status status = run_steps(tsne, settings, stage, error);
    *points = status == STATUS_OK ? malloc(sizeof **points * 2 * ((size_t)n + 1)) : NULL;
    if (status == STATUS_OK && !*points)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = resumable_tsne_points(tsne, *points, error);
    if (status == STATUS_OK)
        status = resumable_tsne_kl(tsne, kl_divergence, error);
    return status;
}

static enum status map_panel(const struct app_map *map, int at, const struct tsne_map_settings *settings,
                             float **points, struct tsne_map_result *result, struct error *error)
{
    const struct app_map_panel *panel = &map->panels[at];
    struct tsne_map_panel *of = &result->panels[at];
    char stage[FEATURE_NAME_MAX + 16];
    snprintf(stage, sizeof stage, map->n_panels > 1 ? "t-SNE of %s" : "t-SNE", panel->set);
    enum status status =
        run(panel->moving, (int64_t)map->albums.count, settings, stage, points, &of->kl_divergence, error);
    if (status == STATUS_OK)
        status = app_map_measure(map, *points, &of->map, error);
    snprintf(of->set, sizeof of->set, "%s", panel->set);
    of->random_weights = panel->random_weights;
    of->dim = panel->dim;
    of->space = panel->space;
    of->measured = true;
    result->iterations = resumable_tsne_iteration(panel->moving);
    result->perplexity = resumable_tsne_perplexity(panel->moving);
    return status;
}

static int count_boxed(const struct app_map *map)
{
    int count = 0;
    for (int i = 0; i < map->n_labels; i++)
        count += !stroke_font_has(map->label_names[i]);
    return count;
}

static enum status map_covers(const struct tsne_map_settings *settings, struct tsne_map_result *result,
                              struct error *error)
{
    const double begin = clock_seconds();
    struct app_map *map;
    float *points[MAP_PANELS_MAX] = {0};
    struct app_map_points panels[MAP_PANELS_MAX];
    enum status status = app_map_open(settings->app, settings->sets, settings->artists, &settings->tsne, &map, error);
    if (status != STATUS_OK)
        return status;
    if (map->albums.count == 0)
        status = error_set(error, STATUS_FAILED,
                           "there are no albums to show: import playlists with albums or a folder of music first");
    result->n = (int64_t)map->albums.count;
    result->n_panels = map->n_panels;
    result->n_boxed = file_has_extension(settings->out, ".png") ? count_boxed(map) : 0;
    for (int p = 0; status == STATUS_OK && p < map->n_panels; p++) {
        status = map_panel(map, p, settings, &points[p], result, error);
        panels[p] = (struct app_map_points){points[p], result->panels[p].kl_divergence, result->panels[p].map};
    }
    result->seconds = clock_seconds() - begin;
    if (status == STATUS_OK)
        status = app_map_write(settings->app, map, panels, settings->covers, settings->out, error);
    for (int p = 0; p < MAP_PANELS_MAX; p++)
        free(points[p]);
    app_map_close(map);
    return status;
}

static enum status number_rows(struct matrix_map *map, struct error *error)
{
    map->keys = arena_alloc(&map->memory, sizeof *map->keys * ((size_t)map->rows + 1));
    if (!map->keys)
        return error_no_memory(error);
    for (int64_t i = 0; i < map->rows; i++) {
        char number[24];
        int size = snprintf(number, sizeof number, "%lld", (long long)i);
        map->keys[i] = arena_copy_text(&map->memory, number, (size_t)size);
        if (!map->keys[i])
            return error_no_memory(error);
    }
    return STATUS_OK;
}

/* Only with labels, and where it is quick. */
static enum status measure_rows(const struct matrix_map *map, const float *x, struct tsne_map_result *result,
                                struct error *error)
{
    struct tsne_map_panel *panel = &result->panels[0];
    panel->measured = map->labels.items && map_measure_is_quick(map->rows, map->columns);
    if (!panel->measured)
        return STATUS_OK;
    return map_measure(map->rows, map->columns, x, map->labels.items, map->labels.n_names, &panel->space, error);
}

static enum status open_matrix(const struct tsne_map_settings *settings, struct matrix_map *map,
                               struct tsne_map_result *result, struct error *error)
{
    struct npy_matrix matrix = {0};
    enum status status = npy_read(settings->input, &matrix, error);
    if (status == STATUS_OK && (matrix.rows < 1 || matrix.columns < 1))
        status = error_set(error, STATUS_BAD_DATA, "%s holds %lld x %lld values: there is nothing to map",
                           settings->input, (long long)matrix.rows, (long long)matrix.columns);
    map->rows = matrix.rows;
    map->columns = matrix.columns;
    if (status == STATUS_OK)
        status = number_rows(map, error);
    if (status == STATUS_OK && settings->labels)
        status = point_labels_read(settings->labels, map->rows, &map->labels, error);
    if (status == STATUS_OK)
        status = measure_rows(map, matrix.values, result, error);
    if (status == STATUS_OK) {
        float *x = matrix.values;
        matrix.values = NULL;
        status = resumable_tsne_open(&map->device, matrix.rows, matrix.columns, x, &settings->tsne, &map->tsne, error);
    }
    npy_free(&matrix);
    return status;
}

static enum status write_matrix_map(const struct matrix_map *map, const struct tsne_map_settings *settings,
                                    const float *points, const struct tsne_map_result *result, struct error *error)
{
    char described[96], points_count[32];
    text_count(map->rows, points_count);
    snprintf(described, sizeof described, "%s point%s of %lld dimension%s", points_count, map->rows == 1 ? "" : "s",
             (long long)map->columns, map->columns == 1 ? "" : "s");
    const char *slash = strrchr(settings->input, '/');
    const struct tsne_map_panel *panel = &result->panels[0];
    const struct map_run run = {
        .source = slash ? slash + 1 : settings->input,
        .points = described,
        .label = "label",
        .perplexity = result->perplexity,
        .iterations = result->iterations,
        .seed = settings->tsne.seed,
        .kl_divergence = panel->kl_divergence,
        .map = panel->measured ? &panel->map : NULL,
        .space = panel->measured ? &panel->space : NULL,
    };
    static const char *const no_name[] = {""};
    const struct map_file file = {
        .n = map->rows,
        .panels = {{points, &run}},
        .n_panels = 1,
        .labels = map->labels.items,
        .label_names = settings->labels ? map->labels.names : no_name,
        .n_labels = settings->labels ? map->labels.n_names : 1,
        .keys = map->keys,
        .title = run.source,
    };
    return map_file_write(&file, settings->out, error);
}

static enum status map_matrix(const struct tsne_map_settings *settings, struct tsne_map_result *result,
                              struct error *error)
{
    const double begin = clock_seconds();
    struct matrix_map map = {0};
    struct tsne_map_panel *panel = &result->panels[0];
    float *points = NULL;
    device_start(&map.device, &settings->device);
    enum status status = open_matrix(settings, &map, result, error);
    if (status == STATUS_OK)
        status = run(map.tsne, map.rows, settings, "t-SNE", &points, &panel->kl_divergence, error);
    if (status == STATUS_OK && panel->measured)
        status = map_measure(map.rows, 2, points, map.labels.items, map.labels.n_names, &panel->map, error);
    if (status == STATUS_OK) {
        result->n = map.rows;
        result->n_panels = 1;
        panel->dim = (int)map.columns;
        result->iterations = resumable_tsne_iteration(map.tsne);
        result->perplexity = resumable_tsne_perplexity(map.tsne);
        result->seconds = clock_seconds() - begin;
        status = write_matrix_map(&map, settings, points, result, error);
    }
    free(points);
    resumable_tsne_close(map.tsne);
    device_end(&map.device);
    point_labels_free(&map.labels);
    arena_free(&map.memory);
    return status;
}

enum status tsne_map_make(const struct tsne_map_settings *settings, struct tsne_map_result *result, struct error *error)
{
    *result = (struct tsne_map_result){0};
    enum status status = map_file_check(settings->out, error);
    if (status != STATUS_OK)
        return status;
    return settings->input ? map_matrix(settings, result, error) : map_covers(settings, result, error);
}
