#include "models/content_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vectorised.h"
#include "features/whitening.h"

/* Seeds whose distances are computed together, so that the columns are read once for all of them. */
enum { BLOCK = CONTENT_BLOCK, TOGETHER = 8 };

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
    set->n_max = CONTENT_KEPT_BYTES / (set->stride * (int64_t)sizeof(float));
    set->n_max = set->n_max < 1 ? 1 : set->n_max < set->n_rows ? set->n_max : set->n_rows;
    set->columns = calloc((size_t)set->width * (size_t)set->stride, sizeof *set->columns);
    set->n_tracks = calloc((size_t)set->stride, sizeof *set->n_tracks);
    set->kept = calloc((size_t)set->n_rows, sizeof *set->kept);
    set->kept_rows = malloc((size_t)set->n_max * sizeof *set->kept_rows);
    if (!set->columns || !set->n_tracks || !set->kept || !set->kept_rows)
        return error_no_memory(error);
    for (int64_t t = 0; t < recommender->n_tracks; t++)
        if (set->rows[t] >= 0) {
            set->n_tracks[set->rows[t]]++;
            set->n_described++;
        }
    for (int64_t r = 0; r < set->n_rows; r++)
        for (int64_t i = 0; i < set->width; i++)
            set->columns[i * set->stride + r] = values[r * set->width + i];
    return STATUS_OK;
}

static void drop_kept(struct content_set *set)
{
    while (set->n_kept > 0) {
        float **kept = &set->kept[set->kept_rows[--set->n_kept]];
        free(*kept);
        *kept = NULL;
    }
}

void content_set_close(struct content_set *set)
{
    drop_kept(set);
    free(set->columns);
    free(set->n_tracks);
    free(set->kept);
    free(set->kept_rows);
    *set = (struct content_set){0};
}

/* ---- nearness ---- */

/* Adds the squared differences of a column to each of n values. */
VECTORISED static void add_squares(const float *column, const float *const *given, int n, int64_t at,
                                   float (*distances)[BLOCK])
{
    for (int g = 0; g < n; g++) {
        float value = given[g][at], *distance = distances[g];
        for (int r = 0; r < BLOCK; r++)
            distance[r] += (column[r] - value) * (column[r] - value);
    }
}

/* Turns squared distances into nearness. */
VECTORISED static void find_nearness(float reach, float *distance)
{
    for (int r = 0; r < BLOCK; r++)
        distance[r] = 1 / (1 + reach * distance[r]);
}

VECTORISED static void add_block(double *restrict sums, const float *values)
{
    for (int r = 0; r < BLOCK; r++)
        sums[r] += (double)values[r];
}

VECTORISED static void subtract_block(double *restrict sums, const float *values)
{
    for (int r = 0; r < BLOCK; r++)
        sums[r] -= (double)values[r];
}

VECTORISED static void divide_block(const double *sums, int64_t count, float *restrict means)
{
    const double share = 1 / (double)count;
    for (int r = 0; r < BLOCK; r++)
        means[r] = (float)(sums[r] * share);
}

/* Of the rows from `first` on to each of n <= TOGETHER rows, given as [width]. */
static void compute_block(const struct content_set *set, const float *const *given, int n, int64_t first,
                          float (*nearness)[BLOCK])
{
    memset(nearness, 0, (size_t)n * sizeof *nearness);
    for (int64_t i = 0; i < set->width; i++)
        add_squares(set->columns + i * set->stride + first, given, n, i, nearness);
    for (int g = 0; g < n; g++)
        find_nearness(set->reach, nearness[g]);
}

static void copy_row(const struct content_set *set, int64_t row, float *values)
{
    for (int64_t i = 0; i < set->width; i++)
        values[i] = set->columns[i * set->stride + row];
}

int64_t content_set_nearness(const struct content_set *set, const int32_t *seeds, int64_t n_seeds, float *given,
                             float *nearness)
{
    int64_t n_given = 0;
    for (int64_t s = 0; s < n_seeds; s++)
        if (set->rows[seeds[s]] >= 0)
            copy_row(set, set->rows[seeds[s]], given + n_given++ * set->width);
    for (int64_t first = 0; first < set->stride && n_given > 0; first += BLOCK) {
        double sums[BLOCK] = {0};
        for (int64_t from = 0; from < n_given; from += TOGETHER) {
            float block[TOGETHER][BLOCK];
            const float *rows[TOGETHER];
            int n = 0;
            for (; n < TOGETHER && from + n < n_given; n++)
                rows[n] = given + (from + n) * set->width;
            compute_block(set, rows, n, first, block);
            for (int g = 0; g < n; g++)
                add_block(sums, block[g]);
        }
        divide_block(sums, n_given, nearness + first);
    }
    return n_given;
}

/* ---- kept for the next call ---- */

struct keeping {
    const struct content_set *set;
    const int32_t *rows; /* [n] to be computed */
    int64_t n;
    const float *given; /* [n x width] */
};

static void keep_block(void *context, size_t index, int worker)
{
    const struct keeping *keeping = context;
    const struct content_set *set = keeping->set;
    const int64_t first = (int64_t)index * BLOCK;
    (void)worker;
    for (int64_t from = 0; from < keeping->n; from += TOGETHER) {
        float block[TOGETHER][BLOCK];
        const float *given[TOGETHER];
        int n = 0;
        for (; n < TOGETHER && from + n < keeping->n; n++)
            given[n] = keeping->given + (from + n) * set->width;
        compute_block(set, given, n, first, block);
        for (int g = 0; g < n; g++)
            memcpy(set->kept[keeping->rows[from + g]] + first, block[g], sizeof block[g]);
    }
}

/* Lists the distinct rows of the seeds that are not kept. -1: there are more than `most`. */
static int64_t list_missing(const struct content_set *set, const int32_t *seeds, int64_t n_seeds, bool *listed,
                            int32_t *missing, int64_t most)
{
    int64_t n = 0;
    for (int64_t s = 0; s < n_seeds && n <= most; s++) {
        int32_t row = set->rows[seeds[s]];
        if (row < 0 || set->kept[row] || listed[row])
            continue;
        listed[row] = true;
        if (n < most)
            missing[n] = row;
        n++;
    }
    for (int64_t i = 0; i < n && i < most; i++)
        listed[missing[i]] = false;
    return n <= most ? n : -1;
}

static bool add_missing(struct content_set *set, struct pool *pool, const int32_t *missing, int64_t n)
{
    float *given = malloc(((size_t)n * (size_t)set->width + 1) * sizeof *given);
    bool enough = given != NULL;
    for (int64_t i = 0; i < n && enough; i++) {
        float *values = malloc((size_t)set->stride * sizeof *values);
        enough = values != NULL;
        if (!enough)
            break;
        set->kept[missing[i]] = values;
        set->kept_rows[set->n_kept++] = missing[i];
        copy_row(set, missing[i], given + i * set->width);
    }
    struct keeping keeping = {set, missing, n, given};
    if (enough && n > 0)
        pool_run(pool, (size_t)(set->stride / BLOCK), keep_block, &keeping);
    else if (!enough)
        drop_kept(set);
    free(given);
    return enough;
}

bool content_set_keep(struct content_set *set, struct pool *pool, const int32_t *seeds, int64_t n_seeds)
{
    bool *listed = calloc((size_t)set->n_rows, sizeof *listed);
    int32_t *missing = malloc((size_t)set->n_max * sizeof *missing);
    int64_t n = listed && missing ? list_missing(set, seeds, n_seeds, listed, missing, set->n_max - set->n_kept) : -1;
    if (listed && missing && n < 0) { /* without those of earlier calls */
        drop_kept(set);
        memset(listed, 0, (size_t)set->n_rows * sizeof *listed);
        n = list_missing(set, seeds, n_seeds, listed, missing, set->n_max);
    }
    bool kept = n >= 0 && add_missing(set, pool, missing, n);
    free(listed);
    free(missing);
    return kept;
}

/* Adds the seeds' nearness of a block. */
static int64_t add_kept(const struct content_set *set, const int32_t *seeds, int64_t n_seeds, int64_t first,
                        void (*add)(double *, const float *), double *sums)
{
    int64_t n_given = 0;
    for (int64_t s = 0; s < n_seeds; s++) {
        int32_t row = set->rows[seeds[s]];
        if (row < 0)
            continue;
        add(sums, set->kept[row] + first);
        n_given++;
    }
    return n_given;
}

struct totalling {
    const struct content_set *set;
    const int32_t *seeds;
    int64_t n_seeds;
    double *sums;
};

static void total_block(void *context, size_t index, int worker)
{
    const struct totalling *work = context;
    const int64_t first = (int64_t)index * BLOCK;
    (void)worker;
    add_kept(work->set, work->seeds, work->n_seeds, first, add_block, work->sums + first);
}

enum status content_set_total(const struct content_set *set, struct pool *pool, const int32_t *seeds, int64_t n_seeds,
                              struct nearness_total *total, struct error *error)
{
    *total = (struct nearness_total){.sums = calloc((size_t)set->stride, sizeof *total->sums)};
    if (!total->sums)
        return error_no_memory(error);
    for (int64_t s = 0; s < n_seeds; s++)
        total->n_given += set->rows[seeds[s]] >= 0;
    struct totalling work = {set, seeds, n_seeds, total->sums};
    pool_run(pool, (size_t)(set->stride / BLOCK), total_block, &work);
    return STATUS_OK;
}

int64_t content_set_kept_nearness(const struct content_set *set, const struct nearness_total *total,
                                  const int32_t *seeds, int64_t n_seeds, int64_t first, float *nearness)
{
    double sums[BLOCK] = {0};
    if (total)
        memcpy(sums, total->sums + first, sizeof sums);
    int64_t n = add_kept(set, seeds, n_seeds, first, total ? subtract_block : add_block, sums);
    n = total ? total->n_given - n : n;
    if (n > 0)
        divide_block(sums, n, nearness);
    return n;
}

VECTORISED struct nearness_range content_set_range(const struct content_set *set, int64_t first, const float *nearness)
{
    enum { LANES = 8 };
    const float *n_tracks = set->n_tracks + first;
    double sums[LANES] = {0}, sum = 0;
    float high[LANES] = {0}, highest = 0;
    for (int r = 0; r < BLOCK; r += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            float value = n_tracks[r + lane] > 0 ? nearness[r + lane] : 0;
            sums[lane] += (double)value * (double)n_tracks[r + lane];
            high[lane] = value > high[lane] ? value : high[lane];
        }
    for (int lane = 0; lane < LANES; lane++) {
        sum += sums[lane];
        highest = high[lane] > highest ? high[lane] : highest;
    }
    return (struct nearness_range){sum, highest};
}
