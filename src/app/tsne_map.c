#include "app/tsne_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/map_file.h"
#include "app/resumable_tsne.h"
#include "core/clock.h"
#include "core/text_number.h"
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

static enum status run_steps(struct resumable_tsne *tsne, const struct tsne_map_settings *settings, struct error *error)
{
    enum { AT_ONCE = 10 };
    progress_stage(settings->progress, "t-SNE", "iterations", settings->tsne.iterations);
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
static enum status run(struct resumable_tsne *tsne, int64_t n, int64_t dim, const struct tsne_map_settings *settings,
                       double begin, float **points, struct tsne_map_result *result, struct error *error)
{
    enum status status = run_steps(tsne, settings, error);
    result->seconds = clock_seconds() - begin;
    *points = status == STATUS_OK ? malloc(sizeof **points * 2 * ((size_t)n + 1)) : NULL;
    if (status == STATUS_OK && !*points)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = resumable_tsne_points(tsne, *points, error);
    if (status == STATUS_OK)
        status = resumable_tsne_kl(tsne, &result->kl_divergence, error);
    result->n = n;
    result->dim = (int)dim;
    result->iterations = resumable_tsne_iteration(tsne);
    result->perplexity = resumable_tsne_perplexity(tsne);
    return status;
}

static enum status map_covers(const struct tsne_map_settings *settings, struct tsne_map_result *result,
                              struct error *error)
{
    const double begin = clock_seconds();
    struct app_map *map;
    float *points = NULL;
    enum status status = app_map_open(settings->app, settings->set, settings->artists, &settings->tsne, &map, error);
    if (status != STATUS_OK)
        return status;
    status = run(map->moving, (int64_t)map->albums.count, map->dim, settings, begin, &points, result, error);
    if (status == STATUS_OK)
        status =
            app_map_write(settings->app, map, points, result->kl_divergence, settings->covers, settings->out, error);
    free(points);
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

static enum status open_matrix(const struct tsne_map_settings *settings, struct matrix_map *map, struct error *error)
{
    struct npy_matrix matrix = {0};
    enum status status = npy_read(settings->input, &matrix, error);
    if (status == STATUS_OK && (matrix.rows < 1 || matrix.columns < 1))
        status = error_set(error, STATUS_BAD_DATA, "%s holds %lld x %lld values: there is nothing to map",
                           settings->input, (long long)matrix.rows, (long long)matrix.columns);
    if (status == STATUS_OK) {
        float *x = matrix.values;
        matrix.values = NULL;
        map->rows = matrix.rows;
        map->columns = matrix.columns;
        status = resumable_tsne_open(&map->device, matrix.rows, matrix.columns, x, &settings->tsne, &map->tsne, error);
    }
    npy_free(&matrix);
    if (status == STATUS_OK)
        status = number_rows(map, error);
    if (status == STATUS_OK && settings->labels)
        status = point_labels_read(settings->labels, map->rows, &map->labels, error);
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
    const struct map_run run = {
        .source = slash ? slash + 1 : settings->input,
        .points = described,
        .perplexity = result->perplexity,
        .iterations = result->iterations,
        .seed = settings->tsne.seed,
        .kl_divergence = result->kl_divergence,
    };
    static const char *const no_name[] = {""};
    const struct map_file file = {
        .n = map->rows,
        .points = points,
        .labels = map->labels.items,
        .label_names = settings->labels ? map->labels.names : no_name,
        .n_labels = settings->labels ? map->labels.n_names : 1,
        .keys = map->keys,
        .title = run.source,
        .run = &run,
    };
    return map_file_write(&file, settings->out, error);
}

static enum status map_matrix(const struct tsne_map_settings *settings, struct tsne_map_result *result,
                              struct error *error)
{
    const double begin = clock_seconds();
    struct matrix_map map = {0};
    float *points = NULL;
    device_start(&map.device, &settings->device);
    enum status status = open_matrix(settings, &map, error);
    if (status == STATUS_OK)
        status = run(map.tsne, map.rows, map.columns, settings, begin, &points, result, error);
    if (status == STATUS_OK)
        status = write_matrix_map(&map, settings, points, result, error);
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
