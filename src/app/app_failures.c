#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/failures.h"
#include "db/result_causes.h"
#include "eval/metrics.h"

/* Results of a model by playlist number; NULL where the model was not evaluated on the playlist. */
static const struct result_row *find_result(const struct result_list *results, int64_t playlist_id)
{
    size_t low = 0, high = results->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (results->items[middle].playlist_id < playlist_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < results->count && results->items[low].playlist_id == playlist_id ? &results->items[low] : NULL;
}

/* ---- the list ---- */

static enum status read_set(struct catalogue *catalogue, struct failure_list *list, struct error *error)
{
    struct model_list models = {0};
    enum status status = catalogue_models_read(catalogue, &models, error);
    for (size_t i = 0; i < models.count; i++)
        if (strcmp(models.items[i].name, list->model) == 0)
            list->validation = strstr(models.items[i].results, "\"on\":\"val\"") != NULL;
    model_list_free(&models);
    return status;
}

/* What is read of all playlists of a model. */
struct parts {
    struct cause_rows causes;
    bool complete; /* there are causes of all: with them, all that is needed. Otherwise also: */
    struct playlist_list playlists;
    struct result_list results;
    struct result_list others; /* NDCG of the other model */
};

static void parts_free(struct parts *parts)
{
    playlist_list_free(&parts->playlists);
    result_list_free(&parts->results);
    result_list_free(&parts->others);
    cause_rows_free(&parts->causes);
}

static enum status add_failure(const struct parts *parts, const struct failure *made, const char *key, const char *name,
                               const char *genre, struct failure_list *list, struct error *error)
{
    struct failure *failure = &list->items[list->count];
    const struct result_row *other = find_result(&parts->others, made->playlist_id);
    *failure = *made;
    for (int metric = 0; metric < METRICS; metric++)
        failure->other[metric] = other ? other->values[metric] : (double)NAN;
    enum status status = failure_set_texts(list, failure, key, name, genre, error);
    list->count += status == STATUS_OK;
    return status;
}

static enum status join_rows(const struct parts *parts, struct failure_list *list, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < parts->causes.count && status == STATUS_OK; i++) {
        const struct cause_row *row = &parts->causes.items[i];
        struct failure failure = {.playlist_id = row->playlist_id,
                                  .n_entries = row->n_entries,
                                  .seeds = isnan(row->shares[STORED_SEEDS]) ? 0 : (int32_t)row->shares[STORED_SEEDS],
                                  .has_causes = true};
        memcpy(failure.facts, row->shares, sizeof failure.facts);
        memcpy(failure.values, row->shares + STORED_METRICS, sizeof failure.values);
        status = add_failure(parts, &failure, row->key, row->name, row->genre, list, error);
    }
    return status;
}

/* A playlist that was deleted between the reads is left out. */
static enum status join_results(const struct parts *parts, struct failure_list *list, struct error *error)
{
    size_t cause = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < parts->playlists.count && status == STATUS_OK; i++) {
        const struct playlist *playlist = &parts->playlists.items[i];
        const struct result_row *row = find_result(&parts->results, playlist->id);
        if (!row)
            continue;
        while (cause < parts->causes.count && parts->causes.items[cause].playlist_id < playlist->id)
            cause++;
        bool has = cause < parts->causes.count && parts->causes.items[cause].playlist_id == playlist->id;
        const struct cause_row *causes = has ? &parts->causes.items[cause] : NULL;
        struct failure failure = {
            .playlist_id = playlist->id, .n_entries = playlist->n_entries, .seeds = row->seeds, .has_causes = has};
        memcpy(failure.values, row->values, sizeof failure.values);
        for (int fact = 0; fact < FACTS; fact++)
            failure.facts[fact] = has ? causes->shares[fact] : (double)NAN;
        status = add_failure(parts, &failure, playlist->key, playlist->name, has ? causes->genre : "", list, error);
    }
    return status;
}

static enum status read_parts(struct catalogue *catalogue, const struct failure_list *list, struct parts *parts,
                              struct error *error)
{
    enum status status = catalogue_causes_complete(catalogue, list->model, CAUSES_VERSION, &parts->complete, error);
    if (status == STATUS_OK)
        status = catalogue_causes_read(catalogue, list->model, CAUSES_VERSION, STORED_VALUES, &parts->causes, error);
    if (status == STATUS_OK && !parts->complete)
        status = results_read(catalogue, list->model, &parts->results, error);
    if (status == STATUS_OK && !parts->complete)
        status = catalogue_playlists_evaluated(catalogue, list->model, &parts->playlists, error);
    return status;
}

/* The NDCG of the other model, read on a thread and a connection of its own, because either takes about as long as the
 * rest. */
struct others {
    struct app *app;
    const char *model;
    struct result_list results;
    enum status status;
    struct error error;
    pthread_t thread;
    bool on_thread;
};

static void *read_others(void *context)
{
    struct others *others = context;
    struct catalogue *catalogue;
    others->status = app_borrow(others->app, &catalogue, &others->error);
    if (others->status != STATUS_OK)
        return NULL;
    others->status = results_read_metric(catalogue, others->model, METRIC_NDCG, &others->results, &others->error);
    app_return(others->app, catalogue);
    if (others->status == STATUS_OK && others->results.count == 0)
        others->status =
            error_set(&others->error, STATUS_FAILED, "%s was not evaluated; run: sleeve evaluate --model %s",
                      others->model, others->model);
    return NULL;
}

static void start_others(struct others *others)
{
    others->on_thread = pthread_create(&others->thread, NULL, read_others, others) == 0;
    if (!others->on_thread)
        read_others(others);
}

static enum status end_others(struct others *others, struct parts *parts, struct error *error)
{
    if (others->on_thread)
        pthread_join(others->thread, NULL);
    parts->others = others->results;
    if (others->status != STATUS_OK && error)
        *error = others->error;
    return others->status;
}

static enum status read_list(struct app *app, struct catalogue *catalogue, const struct failure_filter *filter,
                             struct failure_list *list, struct error *error)
{
    struct parts parts = {0};
    struct others others = {.app = app, .model = list->against};
    if (list->against[0])
        start_others(&others);
    enum status status = read_set(catalogue, list, error);
    if (status == STATUS_OK)
        status = read_parts(catalogue, list, &parts, error);
    if (list->against[0]) {
        enum status read = end_others(&others, &parts, status == STATUS_OK ? error : NULL);
        status = status == STATUS_OK ? read : status;
    }
    size_t most = parts.complete ? parts.causes.count : parts.playlists.count;
    list->items = status == STATUS_OK ? arena_alloc(&list->memory, (most + 1) * sizeof *list->items) : NULL;
    if (status == STATUS_OK && !list->items)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = parts.complete ? join_rows(&parts, list, error) : join_results(&parts, list, error);
    if (status == STATUS_OK)
        status = failure_list_arrange(list, filter, error);
    parts_free(&parts);
    return status;
}

static enum status open_model(struct app *app, void *name, struct error *error)
{
    struct recommender *recommender;
    return app_model_open(app, name, &recommender, error);
}

static enum status check_model(struct app *app, const char *model, struct error *error)
{
    char name[sizeof((struct failure_list *)0)->model];
    snprintf(name, sizeof name, "%s", model);
    pthread_mutex_lock(&app->models_lock);
    enum status status = app_models_do(app, open_model, name, error);
    pthread_mutex_unlock(&app->models_lock);
    return status;
}

enum status app_failures(struct app *app, const char *model, const char *against, const struct failure_filter *filter,
                         struct failure_list *list, struct error *error)
{
    *list = (struct failure_list){0};
    snprintf(list->model, sizeof list->model, "%s", model);
    snprintf(list->against, sizeof list->against, "%s", against);
    enum status status = check_model(app, model, error);
    if (status == STATUS_OK && against[0])
        status = check_model(app, against, error);
    struct catalogue *catalogue;
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status == STATUS_OK) {
        status = read_list(app, catalogue, filter, list, error);
        app_return(app, catalogue);
    }
    if (status != STATUS_OK)
        failure_list_free(list);
    return status;
}
