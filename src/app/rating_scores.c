#include "app/rating_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "models/explain.h"

/* ---- models ---- */

struct model_work {
    const char *model;
    const struct score_task *tasks;
    size_t n;
};

static enum status score_task(struct recommender *recommender, const struct score_task *task, struct error *error)
{
    const struct recommend_query query = {.seeds = task->seeds, .n_seeds = task->n_seeds};
    float *scores = malloc((task->n_tracks + 1) * sizeof *scores);
    if (!scores)
        return error_no_memory(error);
    enum status status = recommender_score_tracks(recommender, &query, 1, task->tracks, task->n_tracks, scores, error);
    for (size_t i = 0; status == STATUS_OK && i < task->n_tracks; i++)
        task->scores[i] = (double)scores[i];
    free(scores);
    return status;
}

static enum status score_all(struct app *app, void *context, struct error *error)
{
    const struct model_work *work = context;
    struct recommender *recommender;
    enum status status = app_model_open(app, work->model, &recommender, error);
    for (size_t i = 0; status == STATUS_OK && i < work->n; i++)
        status = score_task(recommender, &work->tasks[i], error);
    return status;
}

enum status app_score_by_model(struct app *app, const char *model, const struct score_task *tasks, size_t n,
                               struct error *error)
{
    struct model_work work = {model, tasks, n};
    enum status status = app_model_check(app, model, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&app->models_lock);
    status = app_models_do(app, score_all, &work, error);
    pthread_mutex_unlock(&app->models_lock);
    return status;
}

/* ---- feature sets ---- */

struct space {
    struct feature_set set;
    struct column_statistics *columns; /* [width] */
    const int64_t *albums;
    int64_t n_tracks;
    double *mean, *row; /* [width] */
};

/* The row of a track, -1: none. */
static int64_t row_of(const struct space *space, int64_t track)
{
    int64_t item = track;
    if (space->set.item == FEATURE_ALBUMS)
        item = track >= 1 && track <= space->n_tracks ? space->albums[track - 1] : 0;
    return item >= 1 && item <= space->set.n_rows && feature_set_has(&space->set, item - 1) ? item - 1 : -1;
}

static void standardise(const struct space *space, int64_t row, double *out)
{
    const float *values = space->set.values + row * space->set.width;
    for (int i = 0; i < space->set.width; i++) {
        const struct column_statistics *column = &space->columns[i];
        const double value = (double)values[i];
        out[i] = column_is_constant(column) || !isfinite(value) ? 0 : (value - column->mean) / column->deviation;
    }
}

static double cosine(const double *a, const double *b, int width)
{
    double product = 0, aa = 0, bb = 0;
    for (int i = 0; i < width; i++) {
        product += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? product / sqrt(aa * bb) : NAN;
}

static void score_in_space(const struct space *space, const struct score_task *task)
{
    const int width = space->set.width;
    size_t known = 0;
    memset(space->mean, 0, (size_t)width * sizeof *space->mean);
    for (size_t i = 0; i < task->n_seeds; i++) {
        const int64_t row = row_of(space, task->seeds[i]);
        if (row < 0)
            continue;
        standardise(space, row, space->row);
        for (int k = 0; k < width; k++)
            space->mean[k] += space->row[k];
        known++;
    }
    for (size_t i = 0; i < task->n_tracks; i++) {
        const int64_t row = row_of(space, task->tracks[i]);
        task->scores[i] = NAN;
        if (row < 0 || known == 0)
            continue;
        standardise(space, row, space->row);
        task->scores[i] = cosine(space->row, space->mean, width);
    }
}

static enum status space_open(struct catalogue *catalogue, const char *set, struct space *space, struct error *error)
{
    enum status status = feature_set_open(catalogue, set, &space->set, error);
    if (status != STATUS_OK)
        return status;
    const size_t width = (size_t)space->set.width;
    space->columns = calloc(width, sizeof *space->columns);
    space->mean = calloc(width, sizeof *space->mean);
    space->row = calloc(width, sizeof *space->row);
    if (!space->columns || !space->mean || !space->row)
        return error_no_memory(error);
    feature_set_statistics(&space->set, space->columns);
    return STATUS_OK;
}

enum status app_score_by_features(struct app *app, const char *set, const int64_t *albums, int64_t n_tracks,
                                  const struct score_task *tasks, size_t n, struct error *error)
{
    struct catalogue *catalogue;
    struct space space = {.albums = albums, .n_tracks = n_tracks};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    feature_set_warn(catalogue, set);
    status = space_open(catalogue, set, &space, error);
    app_return(app, catalogue);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        score_in_space(&space, &tasks[i]);
    if (space.set.owner)
        feature_set_close(&space.set);
    free(space.columns);
    free(space.mean);
    free(space.row);
    return status;
}
