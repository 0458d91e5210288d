/* Cross-validation of a head of fitness. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/fitness_report.h"
#include "app/fitness_work.h"
#include "core/random.h"
#include "fitness/fit.h"
#include "fitness/runner.h"

/* ------------------------------------------------------------------ folds */

struct song_of {
    uint64_t hash;
    int32_t song, class;
};

static int by_class(const void *a, const void *b)
{
    const struct song_of *x = a, *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->song > y->song) - (x->song < y->song);
}

/* One playlist after another, dealt out like cards, so that each fold has its share of every playlist. A song on
 * several playlists counts for the first. */
enum status fitness_draw_folds(const struct fitness_songs *songs, int folds, uint64_t seed, int8_t *fold,
                               struct error *error)
{
    struct song_of *items = malloc(((size_t)songs->n_pairs + 1) * sizeof *items);
    size_t n = 0;
    if (!items)
        return error_no_memory(error);
    for (int64_t i = 0; i < songs->n_pairs; i++) {
        const struct fitness_pair *pair = &songs->pairs[i];
        if (i == 0 || pair->song != songs->pairs[i - 1].song)
            items[n++] = (struct song_of){random_mix(random_mix(seed) ^ random_mix((uint64_t)pair->song + 1)),
                                          pair->song, pair->class};
    }
    qsort(items, n, sizeof *items, by_class);
    for (size_t i = 0; i < n; i++)
        fold[items[i].song] = (int8_t)(i % (size_t)folds);
    free(items);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ a fold */

struct folding {
    struct fitness_work *work;
    struct compute *compute;
    struct fitness_songs songs; /* those of the work with parts of their own */
    int8_t *fold;               /* [n_tracks] */
    float *raw;                 /* [n_tracks x width] */
    float *one;                 /* [n_tracks x n_classes] */
};

/* Songs of `test`, and of `validation` (-1: none); the others are for training. Standardises the inputs by these. */
static void set_parts(struct folding *folding, int test, int validation)
{
    struct fitness_work *work = folding->work;
    const int64_t n = folding->songs.n_tracks, width = work->inputs.width;
    for (int64_t i = 0; i < folding->songs.n_pairs; i++) {
        const int32_t song = folding->songs.pairs[i].song;
        folding->songs.parts[song] = (int8_t)(folding->fold[song] == test         ? FITNESS_TEST
                                              : folding->fold[song] == validation ? FITNESS_VALIDATION
                                                                                  : FITNESS_TRAINING);
    }
    memcpy(work->inputs.values, folding->raw, (size_t)(n * width) * sizeof *folding->raw);
    fitness_standardise(&folding->songs, width, work->inputs.values, work->model.mean, work->model.scale);
}

static enum status fit_logistic(struct folding *folding, double lambda, struct regression_result *result,
                                struct error *error)
{
    struct fitness_work *work = folding->work;
    const struct fitness_songs *songs = &folding->songs;
    const struct regression_data data = fitness_regression_data(work, songs);
    return fitness_regression(folding->compute, &data, lambda, folding->one, work->progress, result, error);
}

static void take_scores(const struct folding *folding, const float *from, float *to)
{
    const int64_t n = folding->songs.n_classes;
    for (int64_t t = 0; t < folding->songs.n_tracks; t++)
        if (folding->songs.parts[t] == FITNESS_TEST)
            memcpy(to + t * n, from + t * n, (size_t)n * sizeof *to);
}

static enum status score_test(struct folding *folding, const float *weights, struct error *error)
{
    struct fitness_work *work = folding->work;
    const int64_t n = folding->songs.n_classes, width = work->inputs.width;
    struct fitness_open *open = NULL;
    enum status status = fitness_open(folding->compute, &work->model.shape, weights, work->model.linear, &open, error);
    for (int64_t t = 0; status == STATUS_OK && t < folding->songs.n_tracks; t++)
        if (folding->songs.parts[t] == FITNESS_TEST)
            status = fitness_open_run(open, work->inputs.values + t * width, 1, work->scores + t * n, error);
    fitness_open_close(open);
    return status;
}

static enum status fit_head(struct folding *folding, struct error *error)
{
    struct fitness_work *work = folding->work;
    const struct fitness_songs *songs = &folding->songs;
    const struct fitness_data data = {.n_songs = songs->n_tracks,
                                      .pairs = songs->pairs,
                                      .n_pairs = songs->n_pairs,
                                      .parts = songs->parts,
                                      .inputs = {fitness_inputs_read, &work->inputs}};
    struct fitness_fit_settings settings = work->fit;
    struct fitness_fitted fitted;
    settings.keep_last = true;
    settings.patience = 0;
    settings.resume = false;
    enum status status = fitness_fit(folding->compute, &data, &settings, work->progress, &fitted, error);
    if (status == STATUS_OK)
        status = score_test(folding, fitted.weights, error);
    fitness_fitted_free(&fitted);
    return status;
}

static enum status run_fold(struct folding *folding, int test, struct error *error)
{
    struct fitness_work *work = folding->work;
    struct regression_result result;
    double lambda = fitness_setting(work, "lambda"), scale = 0;
    enum status status = STATUS_OK;
    set_parts(folding, test, (test + 1) % work->wanted->folds);
    if (!(lambda > 0)) {
        status = fit_logistic(folding, 0, &result, error);
        lambda = status == STATUS_OK ? result.lambda : 0;
    }
    if (status == STATUS_OK && fitness_has_discriminant(work))
        status = fitness_fit_discriminant(work, folding->compute, &folding->songs, &scale, error);
    set_parts(folding, test, -1);
    if (status == STATUS_OK && fitness_has_discriminant(work))
        status = fitness_fit_discriminant(work, folding->compute, &folding->songs, &scale, error);
    if (status == STATUS_OK)
        status = fit_logistic(folding, lambda, &result, error);
    if (status != STATUS_OK)
        return status;
    work->fold_lambdas[test] = (float)lambda;
    take_scores(folding, folding->one, work->logistic_scores);
    return fit_head(folding, error);
}

enum status fitness_cross_validate(struct fitness_work *work, struct compute *compute, struct error *error)
{
    struct folding folding = {.work = work, .compute = compute, .songs = work->songs};
    const size_t n = (size_t)work->songs.n_tracks, width = (size_t)work->inputs.width;
    folding.songs.parts = malloc(n + 1);
    folding.fold = malloc(n + 1);
    folding.raw = malloc((n * width + 1) * sizeof *folding.raw);
    folding.one = malloc((n * (size_t)work->songs.n_classes + 1) * sizeof *folding.one);
    free(work->fold_lambdas);
    work->fold_lambdas = calloc((size_t)work->wanted->folds, sizeof *work->fold_lambdas);
    enum status status = folding.songs.parts && folding.fold && folding.raw && folding.one && work->fold_lambdas
                             ? STATUS_OK
                             : error_no_memory(error);
    if (status == STATUS_OK) {
        memset(folding.songs.parts, FITNESS_NO_PART, n);
        memcpy(folding.raw, work->inputs.values, n * width * sizeof *folding.raw);
        status = fitness_draw_folds(&work->songs, work->wanted->folds, work->wanted->seed, folding.fold, error);
    }
    for (int test = 0; status == STATUS_OK && test < work->wanted->folds; test++)
        status = run_fold(&folding, test, error);
    if (folding.raw)
        memcpy(work->inputs.values, folding.raw, n * width * sizeof *folding.raw); /* for another device */
    free(folding.songs.parts);
    free(folding.fold);
    free(folding.raw);
    free(folding.one);
    return status;
}

/* ------------------------------------------------------------------ the report */

/* Quality of all songs, and of those of the stored test part, on which no setting was chosen. */
static enum status write_quality(struct fitness_work *work, struct json_writer *json, struct error *error)
{
    struct fitness_songs songs = work->songs;
    const size_t n = (size_t)songs.n_tracks;
    songs.parts = malloc(n + 1);
    if (!songs.parts)
        return error_no_memory(error);
    memset(songs.parts, FITNESS_TEST, n);
    enum status status = fitness_report_part(&songs, FITNESS_TEST, "cross_validation", work->scores,
                                             work->logistic_scores, work->model.names, json, error);
    memcpy(songs.parts, work->songs.parts, n);
    if (status == STATUS_OK)
        status = fitness_report_part(&songs, FITNESS_TEST, "of_test_songs", work->scores, work->logistic_scores, NULL,
                                     json, error);
    free(songs.parts);
    return status;
}

enum status fitness_folds_report(struct fitness_work *work, struct error *error)
{
    struct json_writer json = {.out = &work->report};
    json_object_begin(&json);
    json_pair_text(&json, "model", work->wanted->kind);
    json_pair_text(&json, "features", work->features);
    json_pair_text(&json, "of", fitness_class_names[work->wanted->classes]);
    json_pair_integer(&json, "classes", work->songs.n_classes);
    json_pair_integer(&json, "too_small", work->songs.n_small);
    json_pair_integer(&json, "too_many", work->songs.n_more);
    json_pair_integer(&json, "folds", work->wanted->folds);
    json_pair_integer(&json, "seed", (int64_t)work->wanted->seed);
    json_pair_integer(&json, "parameters", fitness_count_parameters(work));
    json_key(&json, "logistic_lambdas");
    json_array_begin(&json);
    for (int i = 0; i < work->wanted->folds; i++)
        json_float(&json, work->fold_lambdas[i]);
    json_array_end(&json);
    fitness_write_settings(work, &json);
    enum status status = write_quality(work, &json, error);
    json_object_end(&json);
    return status == STATUS_OK && work->report.failed ? error_no_memory(error) : status;
}
