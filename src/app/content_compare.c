#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/content.h"
#include "app/lookup.h"

/* The songs nearest to a song, by learned and by predicted vectors. */

struct comparing {
    struct catalogue *catalogue;
    struct compute *compute;
    const char *model;
    size_t n;
    const struct recommender *recommender;
    struct track_vectors tracks;
    char vectors[33];
    float *cosines;   /* [n_tracks] of the last list */
    int64_t *nearest; /* [n] */
    struct content_comparison *comparison;
};

void content_comparison_free(struct content_comparison *comparison)
{
    for (int i = 0; i < comparison->n_lists; i++) {
        track_list_free(&comparison->lists[i].tracks);
        free(comparison->lists[i].cosines);
    }
    track_list_free(&comparison->tracks);
    *comparison = (struct content_comparison){0};
}

static double product(const float *x, const float *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static float cosine(const float *x, const float *y, int64_t n)
{
    double lengths = sqrt(product(x, x, n) * product(y, y, n));
    return lengths > 0 ? (float)(product(x, y, n) / lengths) : 0;
}

static bool is_known(const struct comparing *comparing, int64_t row)
{
    return row < comparing->tracks.n_tracks && recommender_knows(comparing->recommender, (int32_t)row);
}

/* The n known tracks with the largest cosines, without the song; equal ones by number. */
static size_t find_nearest(struct comparing *comparing, const float *vector)
{
    const struct track_vectors *tracks = &comparing->tracks;
    size_t count = 0;
    comparing->comparison->n_known = 0;
    for (int64_t row = 0; row < tracks->n_tracks; row++) {
        if (!is_known(comparing, row) || row + 1 == comparing->comparison->song)
            continue;
        comparing->comparison->n_known++;
        float near = cosine(vector, tracks->values + row * tracks->stride, tracks->width);
        size_t at = count < comparing->n ? count++ : comparing->n;
        while (at > 0 && near > comparing->cosines[at - 1]) {
            if (at < comparing->n) {
                comparing->cosines[at] = comparing->cosines[at - 1];
                comparing->nearest[at] = comparing->nearest[at - 1];
            }
            at--;
        }
        if (at < comparing->n) {
            comparing->cosines[at] = near;
            comparing->nearest[at] = row + 1;
        }
    }
    return count;
}

static int64_t count_common(const struct track_list *a, const struct track_list *b)
{
    int64_t common = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            common += a->items[i].id == b->items[j].id;
    return common;
}

static enum status add_list(struct comparing *comparing, const char *name, const float *vector, struct error *error)
{
    struct content_comparison *comparison = comparing->comparison;
    struct content_list *list = &comparison->lists[comparison->n_lists];
    size_t count = find_nearest(comparing, vector);
    *list = (struct content_list){.overlap = -1, .cosines = malloc((count + 1) * sizeof *list->cosines)};
    if (!list->cosines)
        return error_no_memory(error);
    memcpy(list->cosines, comparing->cosines, count * sizeof *list->cosines);
    snprintf(list->name, sizeof list->name, "%s", name);
    enum status status = catalogue_tracks_read(comparing->catalogue, comparing->nearest, count, &list->tracks, error);
    if (status != STATUS_OK) {
        free(list->cosines);
        return status;
    }
    comparison->n_lists++;
    if (comparison->n_lists > 1 && strcmp(comparison->lists[0].name, "true") == 0)
        list->overlap = count_common(&comparison->lists[0].tracks, &list->tracks);
    return status;
}

static enum status predict(struct comparing *comparing, const struct predictor *predictor, float *vector,
                           struct error *error)
{
    struct predictor_input input;
    const int32_t row = (int32_t)(comparing->comparison->song - 1);
    enum status status = predictor_input_open(comparing->catalogue, predictor, &input, error);
    if (status != STATUS_OK)
        return status;
    status = predictor_input_has(&input, row)
                 ? predictor_input_run(comparing->compute, &input, &row, 1, vector, NULL, error)
             : predictor->spec
                 ? error_set(error, STATUS_FAILED, "the song has no spectrogram \"%s\"", predictor->spec->preset)
                 : error_set(error, STATUS_FAILED, "the song has no row in the feature set %s", predictor->set);
    predictor_input_close(&input);
    return status;
}

static bool was_held_out(const struct predictor *predictor, int64_t row)
{
    bool found = false;
    for (int64_t i = 0; i < predictor->n_held_out; i++)
        found = found || predictor->held_out[i] == row;
    return found;
}

static enum status add_predicted(struct comparing *comparing, const char *name, const struct predictor *predictor,
                                 struct error *error)
{
    float *vector = malloc((size_t)predictor->out * sizeof *vector + 1);
    enum status status = vector ? predict(comparing, predictor, vector, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_list(comparing, name, vector, error);
    if (status == STATUS_OK)
        comparing->comparison->lists[comparing->comparison->n_lists - 1].held_out =
            was_held_out(predictor, comparing->comparison->song - 1);
    free(vector);
    return status;
}

/* A predictor that cannot be used is counted; only a failing device or memory ends the comparison. */
static enum status add_predictor(void *context, const char *name, struct error *error)
{
    struct comparing *comparing = context;
    struct content_comparison *comparison = comparing->comparison;
    struct predictor predictor;
    struct error why = {0};
    enum status status = predictor_open(comparing->catalogue, name, &predictor, &why);
    if (status == STATUS_OK && strcmp(predictor.model, comparing->model) != 0) {
        predictor_close(&predictor);
        return STATUS_OK;
    }
    if (status == STATUS_OK && strcmp(predictor.vectors, comparing->vectors) != 0)
        status = error_set(&why, STATUS_FAILED, "it is of an earlier training of %s", comparing->model);
    if (status == STATUS_OK && comparison->n_lists == CONTENT_LISTS_MAX)
        status = error_set(&why, STATUS_FAILED, "at most %d lists are shown", CONTENT_LISTS_MAX);
    if (status == STATUS_OK)
        status = add_predicted(comparing, name, &predictor, &why);
    predictor_close(&predictor);
    if (status == STATUS_DEVICE) {
        *error = why;
        return status;
    }
    if (status != STATUS_OK) {
        comparison->n_left_out++;
        snprintf(comparison->reason, sizeof comparison->reason, "%.64s: %.180s", name, why.text);
    }
    return STATUS_OK;
}

static enum status add_lists(struct comparing *comparing, struct error *error)
{
    struct content_comparison *comparison = comparing->comparison;
    const struct track_vectors *tracks = &comparing->tracks;
    int64_t row = comparison->song - 1;
    enum status status = STATUS_OK;
    if (is_known(comparing, row))
        status = add_list(comparing, "true", tracks->values + row * tracks->stride, error);
    if (status == STATUS_OK)
        status = predictors_list(comparing->catalogue, add_predictor, comparing, error);
    if (status == STATUS_OK && comparison->n_lists == 0)
        status = error_set(error, STATUS_FAILED,
                           "%s does not know the song, and no predictor of it has a vector for it%s%s; see: sleeve "
                           "content show",
                           comparing->model, comparison->reason[0] ? "; " : "", comparison->reason);
    return status;
}

static enum status compare(void *context, struct compute *compute, struct error *error)
{
    struct comparing *comparing = context;
    struct recommender *recommender = NULL;
    struct content_comparison *comparison = comparing->comparison;
    int64_t song = comparison->song, width;
    content_comparison_free(comparison);
    comparison->song = song;
    comparing->compute = compute;
    enum status status = recommender_open_alone(comparing->catalogue, compute, comparing->model, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        status = recommender_track_vectors(recommender, &comparing->tracks, error);
    if (status == STATUS_OK)
        status = new_tracks_fingerprint(recommender, comparing->vectors, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(comparing->catalogue, &song, 1, &comparison->tracks, error);
    comparing->recommender = recommender;
    if (status == STATUS_OK)
        status = add_lists(comparing, error);
    recommender_close(recommender);
    return status;
}

enum status app_content_compare(struct catalogue *catalogue, struct device_use *device, const char *model,
                                const char *song, size_t n, struct content_comparison *comparison, struct error *error)
{
    struct comparing comparing = {.catalogue = catalogue,
                                  .model = model,
                                  .n = n,
                                  .comparison = comparison,
                                  .cosines = malloc((n + 1) * sizeof *comparing.cosines),
                                  .nearest = malloc((n + 1) * sizeof *comparing.nearest)};
    const struct device_work work = {compare, &comparing};
    *comparison = (struct content_comparison){0};
    enum status status = comparing.cosines && comparing.nearest ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = lookup_track(catalogue, song, &comparison->song, error);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    free(comparing.cosines);
    free(comparing.nearest);
    if (status != STATUS_OK)
        content_comparison_free(comparison);
    return status;
}
