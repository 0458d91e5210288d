#include "models/content_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vectorised.h"
#include "features/whitening.h"

/* Rows computed together; content_set.stride is a multiple. */
enum { BLOCK = 512 };

static void matrix_name(const char *what, size_t index, char name[MODEL_TENSOR_NAME])
{
    snprintf(name, MODEL_TENSOR_NAME, "%s.%zu", what, index);
}

/* ---- training ---- */

/* The set before standardisation, in which unknown values are not zeros. */
static struct feature_set unprocessed(const struct side_features *features)
{
    if (features->set.values)
        return features->set;
    return (struct feature_set){.n_rows = features->n_rows, .width = features->width, .values = features->values};
}

static int32_t *list_rows(const struct side_features *features, const struct feature_set *set, int64_t n_tracks)
{
    int32_t *rows = malloc((size_t)n_tracks * sizeof *rows);
    for (int64_t i = 0; rows && i < n_tracks; i++) {
        int32_t row = features->rows[i];
        rows[i] = row >= 0 && feature_set_has(set, row) ? row : -1;
    }
    return rows;
}

static enum status whiten(const struct model_task *task, const char *set_name, const struct feature_set *set,
                          const int32_t *rows, double ridge, float **values, int64_t *width, struct error *error)
{
    const struct interactions *playlists = task->interactions;
    const struct whitening_groups groups = {playlists->n_playlists, playlists->starts, playlists->tracks, rows};
    struct whitening whitening;
    enum status status = whitening_fit(&whitening, set, &groups, ridge, error);
    if (status != STATUS_OK)
        return status;
    *width = whitening.n_used;
    if (whitening.n_used == 0 || whitening.n_used > MODEL_WIDTH_MAX)
        status = error_set(error, STATUS_BAD_DATA,
                           "the feature set %.80s cannot be used: of its %d columns, %d have different values, and "
                           "1 to %d are needed",
                           set_name, set->width, whitening.n_used, MODEL_WIDTH_MAX);
    if (status == STATUS_OK)
        *values = malloc((size_t)set->n_rows * (size_t)whitening.n_used * sizeof **values);
    if (status == STATUS_OK)
        status =
            *values ? whitening_apply(&whitening, task->compute->pool, set, *values, error) : error_no_memory(error);
    whitening_free(&whitening);
    return status;
}

enum status content_set_save(const struct model_task *task, size_t index, double ridge, struct model_weights *weights,
                             struct error *error)
{
    const struct side_features *features = &task->spec->side->features[index];
    const struct feature_set set = unprocessed(features);
    int64_t n_tracks = task->interactions->n_tracks, width = 0;
    int32_t *rows = list_rows(features, &set, n_tracks);
    float *values = NULL;
    char name[MODEL_TENSOR_NAME];
    enum status status = rows ? whiten(task, task->spec->features[index], &set, rows, ridge, &values, &width, error)
                              : error_no_memory(error);
    if (status != STATUS_OK) {
        free(rows);
        free(values);
        return status;
    }
    matrix_name("rows", index, name);
    status = model_weights_add_integers(weights, name, MATRIX_INT32, n_tracks, 1, rows, error);
    matrix_name("features", index, name);
    if (status == STATUS_OK)
        return model_weights_add(weights, name, set.n_rows, width, values, error);
    free(values);
    return status;
}

/* ---- opening ---- */

static enum status read_rows(const struct recommender *recommender, size_t index, struct content_set *set,
                             struct error *error)
{
    char name[MODEL_TENSOR_NAME];
    const void *rows;
    int64_t n;
    matrix_name("rows", index, name);
    enum status status = recommender_integers(recommender, name, MATRIX_INT32, &rows, &n, error);
    if (status != STATUS_OK)
        return status;
    set->rows = rows;
    bool fits = n == recommender->n_tracks;
    for (int64_t i = 0; fits && i < n; i++)
        fits = set->rows[i] >= -1 && set->rows[i] < set->n_rows;
    return fits ? STATUS_OK
                : error_set(error, STATUS_BAD_DATA,
                            "matrix \"%s\" of the model does not fit its tracks and features; train it again", name);
}

static enum status read_values(const struct recommender *recommender, size_t index, const float **values,
                               struct content_set *set, struct error *error)
{
    char name[MODEL_TENSOR_NAME];
    const struct tensor_view *view;
    matrix_name("features", index, name);
    enum status status =
        safetensors_floats(recommender->file, name, 2, (const int64_t[]){-1, -1}, values, &view, error);
    if (status != STATUS_OK)
        return status;
    if (view->shape[0] < 1 || view->shape[1] < 1 || view->shape[1] > MODEL_WIDTH_MAX)
        return error_set(error, STATUS_BAD_DATA, "matrix \"%s\" of the model has no valid shape; train it again", name);
    set->n_rows = view->shape[0];
    set->width = (int)view->shape[1];
    return recommender_floats(recommender, name, set->n_rows, set->width, values, error);
}

enum status content_set_open(const struct recommender *recommender, size_t index, double bandwidth,
                             struct content_set *set, struct error *error)
{
    *set = (struct content_set){0};
    const float *values;
    enum status status = read_values(recommender, index, &values, set, error);
    if (status == STATUS_OK)
        status = read_rows(recommender, index, set, error);
    if (status != STATUS_OK)
        return status;
    set->stride = (set->n_rows + BLOCK - 1) / BLOCK * BLOCK;
    set->reach = (float)(1 / (bandwidth * set->width));
    set->columns = calloc((size_t)set->width * (size_t)set->stride, sizeof *set->columns);
    if (!set->columns)
        return error_no_memory(error);
    for (int64_t r = 0; r < set->n_rows; r++)
        for (int64_t i = 0; i < set->width; i++)
            set->columns[i * set->stride + r] = values[r * set->width + i];
    return STATUS_OK;
}

void content_set_close(struct content_set *set)
{
    free(set->columns);
    *set = (struct content_set){0};
}

/* ---- nearness ---- */

/* Of the rows first..first + BLOCK - 1 to the rows `given` [n_given x width]. */
VECTORISED static void compute_block(const struct content_set *set, const float *given, int64_t n_given, int64_t first,
                                     float *nearness)
{
    float share = 1 / (float)n_given, reach = set->reach;
    memset(nearness, 0, BLOCK * sizeof *nearness);
    for (int64_t g = 0; g < n_given; g++) {
        float distance[BLOCK] = {0};
        for (int64_t i = 0; i < set->width; i++) {
            const float *column = set->columns + i * set->stride + first;
            float value = given[g * set->width + i];
            for (int r = 0; r < BLOCK; r++)
                distance[r] += (column[r] - value) * (column[r] - value);
        }
        for (int r = 0; r < BLOCK; r++)
            nearness[r] += share / (1 + reach * distance[r]);
    }
}

int64_t content_set_nearness(const struct content_set *set, const int32_t *seeds, int64_t n_seeds, float *given,
                             float *nearness)
{
    int64_t n_given = 0;
    for (int64_t s = 0; s < n_seeds; s++) {
        int64_t row = set->rows[seeds[s]];
        if (row < 0)
            continue;
        for (int64_t i = 0; i < set->width; i++)
            given[n_given * set->width + i] = set->columns[i * set->stride + row];
        n_given++;
    }
    for (int64_t first = 0; first < set->stride && n_given > 0; first += BLOCK)
        compute_block(set, given, n_given, first, nearness + first);
    return n_given;
}
