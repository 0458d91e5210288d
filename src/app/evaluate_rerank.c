#include "app/evaluate_rerank_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/seen_answers.h"
#include "core/log.h"
#include "db/titles.h"
#include "eval/evaluate.h"
#include "eval/slices.h"

#define INFO(NAME, name, label, unit, scale, direction, help) {#name, label, unit, scale, direction},
const struct rerank_measure_info rerank_measure_infos[RERANK_MEASURE_COUNT] = {RERANK_MEASURES(INFO)};
#undef INFO

/* ---- before the lists ---- */

static enum status load(struct reranking *own, struct error *error)
{
    const struct evaluate_rerank_settings *settings = own->settings;
    enum status status = catalogue_interactions_load(own->catalogue, (int)settings->set, &own->evaluated, error);
    if (status == STATUS_OK && own->evaluated.n_playlists == 0)
        status =
            error_set(error, STATUS_FAILED, "there are no playlists to evaluate on; make a split with `sleeve split`");
    if (status == STATUS_OK && settings->titles)
        status = catalogue_title_texts_load(own->catalogue, &own->evaluated, &own->titles, error);
    if (status == STATUS_OK)
        status = track_stats_load(own->catalogue, slice_training_sets(settings->set), &own->stats, error);
    if (status == STATUS_OK)
        status = catalogue_track_makers(own->catalogue, &own->n_tracks, &own->artists, &own->albums, error);
    if (status == STATUS_OK)
        status = metrics_marks_create(&own->stats, &own->marks, error);
    if (status == STATUS_OK)
        status = spaces_create(&own->spaces, error);
    size_t playlists = (size_t)own->evaluated.n_playlists + 1;
    for (int i = 0; status == STATUS_OK && i <= settings->n_specs; i++) {
        own->values[i] = malloc(playlists * RERANK_MEASURE_COUNT * sizeof *own->values[i]);
        own->firsts[i] = malloc(playlists * VARIETY_DEPTH * sizeof *own->firsts[i]);
        if (!own->values[i] || !own->firsts[i])
            status = error_no_memory(error);
    }
    return status;
}

static void unload(struct reranking *own)
{
    for (int i = 0; i < LISTS_MAX; i++) {
        free(own->values[i]);
        free(own->firsts[i]);
    }
    spaces_destroy(own->spaces);
    metrics_marks_free(own->marks);
    free(own->artists);
    free(own->albums);
    track_stats_free(&own->stats);
    playlist_titles_free(&own->titles);
    interactions_free(&own->evaluated);
}

static size_t find_space(const struct reranking *own, const char *name)
{
    size_t at = 0;
    while (at < own->n_spaces && strcmp(own->names[at], name) != 0)
        at++;
    return at;
}

static enum status add_space(struct reranking *own, const struct recommender *recommender, const char *name,
                             struct error *error)
{
    enum status status = STATUS_OK;
    size_t at = own->n_spaces;
    if (find_space(own, name) < at)
        return STATUS_OK;
    if (at == SPACES_MAX)
        return error_set(error, STATUS_USAGE, "at most %d spaces are used in one evaluation", SPACES_MAX);
    if (strcmp(name, RERANK_SONG) == 0) {
        status = recommender_track_vectors(recommender, &own->vectors, error);
        own->sources[at] = space_of_vectors(&own->vectors);
    } else {
        status = spaces_set(own->spaces, own->catalogue, name, &own->sources[at], error);
    }
    if (status != STATUS_OK)
        return status;
    snprintf(own->names[at], sizeof own->names[at], "%.64s", name);
    own->n_spaces++;
    return STATUS_OK;
}

static void choose_set(const char *name, void *context)
{
    char *chosen = context;
    if (!chosen[0] || strcmp(name, "audio") == 0)
        snprintf(chosen, FEATURE_NAME_MAX + 1, "%.64s", name);
}

static enum status open_spaces(struct reranking *own, const struct recommender *recommender, struct error *error)
{
    const struct evaluate_rerank_settings *settings = own->settings;
    char *distance = own->result->distance;
    enum status status = STATUS_OK;
    own->n_spaces = 0;
    distance[0] = '\0';
    if (settings->distance)
        snprintf(distance, FEATURE_NAME_MAX + 1, "%.64s", settings->distance);
    else
        status = feature_sets_list(own->catalogue, choose_set, distance, error);
    if (status == STATUS_OK && distance[0])
        status = add_space(own, recommender, distance, error);
    own->distance = distance[0] ? 0 : SPACES_MAX;
    for (int i = 0; i < settings->n_specs; i++)
        for (int t = 0; status == STATUS_OK && t < settings->specs[i].count; t++)
            if (settings->specs[i].terms[t].space[0])
                status = add_space(own, recommender, settings->specs[i].terms[t].space, error);
    return status;
}

/* ---- all of it ---- */

static enum status warn(const struct reranking *own, struct error *error)
{
    struct training_check check;
    struct model_list record = {0};
    enum status status = training_check_make(own->catalogue, own->settings->set, &check, error);
    if (status == STATUS_OK)
        status = catalogue_model_find(own->catalogue, own->settings->model, &record, error);
    enum seen_answers seen =
        status == STATUS_OK && record.count > 0 ? training_check_model(&check, &record.items[0]) : SEEN_NO;
    if (seen != SEEN_NO)
        log_message(LOG_WARNING, "%s was trained on other playlists than this split's training part, so it %s",
                    own->settings->model, seen_answers_text(seen));
    model_list_free(&record);
    return status;
}

static enum status evaluate(void *context, struct compute *compute, struct error *error)
{
    struct reranking *own = context;
    struct recommender *recommender = NULL;
    struct evaluation evaluation = {0};
    const struct evaluation_observer observer = {evaluate_rerank_take, own};
    own->at = 0;
    own->count = 0;
    memset(own->seconds, 0, sizeof own->seconds);
    enum status status = recommender_open(own->catalogue, compute, own->settings->model, &recommender, error);
    if (status == STATUS_OK)
        status = warn(own, error);
    if (status == STATUS_OK)
        status = open_spaces(own, recommender, error);
    if (status == STATUS_OK)
        status = evaluate_recommender(recommender, &own->evaluated, own->titles.titles, &own->stats, &observer,
                                      own->progress, &evaluation, error);
    evaluation_free(&evaluation);
    recommender_close(recommender);
    return status;
}

static enum status check(const struct evaluate_rerank_settings *settings, struct error *error)
{
    for (int i = 0; i < settings->n_specs; i++)
        if (rerank_spec_find(&settings->specs[i], RERANK_WISHES, NULL))
            return error_set(error, STATUS_USAGE,
                             "wishes are a person's, for single playlists; they cannot be evaluated on a split");
    return STATUS_OK;
}

enum status app_evaluate_reranks(struct catalogue *catalogue, struct device_use *device,
                                 const struct evaluate_rerank_settings *settings, struct progress *progress,
                                 struct evaluate_rerank_result *result, struct error *error)
{
    struct reranking *own = calloc(1, sizeof *own);
    bool has_split = false;
    *result = (struct evaluate_rerank_result){0};
    if (!own)
        return error_no_memory(error);
    *own = (struct reranking){.catalogue = catalogue, .settings = settings, .progress = progress, .result = result};
    const struct device_work work = {evaluate, own};
    enum status status = check(settings, error);
    if (status == STATUS_OK)
        status = catalogue_has_split(catalogue, &has_split, error);
    if (status == STATUS_OK && !has_split)
        status = error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = load(own, error);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    if (status == STATUS_OK)
        status = evaluate_rerank_compare(own, error);
    unload(own);
    free(own);
    return status;
}
