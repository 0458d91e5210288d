#include <math.h>
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

static void take_causes(const struct cause_row *row, struct failure *failure)
{
    failure->has_causes = row != NULL;
    for (int fact = 0; fact < FACTS; fact++)
        failure->facts[fact] = row ? row->shares[fact] : (double)NAN;
}

/* What is read of all playlists of a model. */
struct parts {
    struct playlist_list playlists;
    struct result_list results, others;
    struct cause_rows causes;
};

static void parts_free(struct parts *parts)
{
    playlist_list_free(&parts->playlists);
    result_list_free(&parts->results);
    result_list_free(&parts->others);
    cause_rows_free(&parts->causes);
}

/* A playlist that was deleted between the reads is left out. */
static enum status join(const struct parts *parts, struct failure_list *list, struct error *error)
{
    const struct playlist_list *playlists = &parts->playlists;
    size_t cause = 0;
    list->items = arena_alloc(&list->memory, (playlists->count + 1) * sizeof *list->items);
    if (!list->items)
        return error_no_memory(error);
    for (size_t i = 0; i < playlists->count; i++) {
        const struct playlist *playlist = &playlists->items[i];
        const struct result_row *row = find_result(&parts->results, playlist->id),
                                *other = find_result(&parts->others, playlist->id);
        if (!row)
            continue;
        struct failure *failure = &list->items[list->count];
        *failure = (struct failure){.playlist_id = playlist->id, .n_entries = playlist->n_entries, .seeds = row->seeds};
        while (cause < parts->causes.count && parts->causes.items[cause].playlist_id < playlist->id)
            cause++;
        bool has = cause < parts->causes.count && parts->causes.items[cause].playlist_id == playlist->id;
        const struct cause_row *causes = has ? &parts->causes.items[cause] : NULL;
        take_causes(causes, failure);
        if (failure_set_texts(list, failure, playlist->key, playlist->name, causes ? causes->genre : "", error) !=
            STATUS_OK)
            return STATUS_FAILED;
        for (int metric = 0; metric < METRICS; metric++) {
            failure->values[metric] = row->values[metric];
            failure->other[metric] = other ? other->values[metric] : (double)NAN;
        }
        list->count++;
    }
    return STATUS_OK;
}

static enum status read_list(struct catalogue *catalogue, const struct failure_filter *filter,
                             struct failure_list *list, struct error *error)
{
    struct parts parts = {0};
    enum status status = read_set(catalogue, list, error);
    if (status == STATUS_OK)
        status = results_read(catalogue, list->model, &parts.results, error);
    if (status == STATUS_OK && list->against[0])
        status = results_read(catalogue, list->against, &parts.others, error);
    if (status == STATUS_OK && list->against[0] && parts.others.count == 0)
        status = error_set(error, STATUS_FAILED, "%s was not evaluated; run: sleeve evaluate --model %s", list->against,
                           list->against);
    if (status == STATUS_OK)
        status = catalogue_causes_read(catalogue, list->model, CAUSES_VERSION, FACTS, &parts.causes, error);
    if (status == STATUS_OK)
        status = catalogue_playlists_evaluated(catalogue, list->model, &parts.playlists, error);
    if (status == STATUS_OK)
        status = join(&parts, list, error);
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
        status = read_list(catalogue, filter, list, error);
        app_return(app, catalogue);
    }
    if (status != STATUS_OK)
        failure_list_free(list);
    return status;
}
