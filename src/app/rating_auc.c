#include "app/rating_auc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/rating_scores.h"

void auc_result_free(struct auc_result *result)
{
    free(result->items.items);
    arena_free(&result->memory);
    *result = (struct auc_result){0};
}

/* The playlists to score, with their items in one array. */
struct plan {
    struct score_task *tasks;
    size_t n;
    int64_t *tracks;
    double *scores;
    bool *good, *common; /* common: every score has the item */
    int64_t **seeds;     /* [n] */
    int64_t *albums, n_tracks;
};

static void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        free(plan->seeds[i]);
    free(plan->tasks);
    free(plan->tracks);
    free(plan->scores);
    free(plan->good);
    free(plan->common);
    free(plan->seeds);
    free(plan->albums);
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The tracks of the playlist but those that are rated for it: a track is no evidence for itself. `rated` is sorted. */
static enum status read_seeds(struct catalogue *catalogue, struct score_task *task, const int64_t *rated,
                              size_t n_rated, int64_t **seeds, struct error *error)
{
    size_t count = 0, kept = 0;
    enum status status = catalogue_playlist_entries(catalogue, task->playlist, seeds, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        if (!bsearch(&(*seeds)[i], rated, n_rated, sizeof *rated, ascending))
            (*seeds)[kept++] = (*seeds)[i];
    task->seeds = *seeds;
    task->n_seeds = kept;
    return status;
}

/* All tracks that are rated for the playlist, also borderline ones. *rated is malloc'ed and sorted. */
static enum status read_rated(struct catalogue *catalogue, int64_t playlist, int64_t **rated, size_t *n,
                              struct error *error)
{
    struct rating_list list;
    const struct rating_filter filter = {.playlist_id = playlist};
    *rated = NULL;
    enum status status = catalogue_ratings_read(catalogue, &filter, &list, error);
    if (status != STATUS_OK)
        return status;
    *rated = malloc((list.count + 1) * sizeof **rated);
    *n = list.count;
    for (size_t i = 0; *rated && i < list.count; i++)
        (*rated)[i] = list.items[i].track_id;
    if (*rated && *n > 1)
        qsort(*rated, *n, sizeof **rated, ascending);
    rating_list_free(&list);
    return *rated ? STATUS_OK : error_no_memory(error);
}

static enum status add_task(struct catalogue *catalogue, struct plan *plan, int64_t playlist, size_t first,
                            struct error *error)
{
    int64_t *rated;
    size_t n_rated;
    struct score_task *task = &plan->tasks[plan->n];
    *task = (struct score_task){.playlist = playlist, .tracks = plan->tracks + first, .scores = plan->scores + first};
    enum status status = read_rated(catalogue, playlist, &rated, &n_rated, error);
    if (status == STATUS_OK)
        status = read_seeds(catalogue, task, rated, n_rated, &plan->seeds[plan->n], error);
    plan->n++;
    free(rated);
    return status;
}

static enum status make_plan(struct catalogue *catalogue, const struct rating_verdicts *items, struct plan *plan,
                             struct error *error)
{
    int64_t *artists = NULL;
    const size_t n = items->count + 1;
    plan->tasks = calloc(n, sizeof *plan->tasks);
    plan->tracks = calloc(n, sizeof *plan->tracks);
    plan->scores = calloc(n, sizeof *plan->scores);
    plan->good = calloc(n, sizeof *plan->good);
    plan->common = calloc(n, sizeof *plan->common);
    plan->seeds = calloc(n, sizeof *plan->seeds);
    if (!plan->tasks || !plan->tracks || !plan->scores || !plan->good || !plan->common || !plan->seeds)
        return error_no_memory(error);
    enum status status = catalogue_track_makers(catalogue, &plan->n_tracks, &artists, &plan->albums, error);
    free(artists);
    for (size_t i = 0; status == STATUS_OK && i < items->count; i++) {
        plan->tracks[i] = items->items[i].track;
        plan->good[i] = items->items[i].good;
        plan->common[i] = true;
        if (i == 0 || items->items[i].playlist != items->items[i - 1].playlist)
            status = add_task(catalogue, plan, items->items[i].playlist, i, error);
        if (status == STATUS_OK)
            plan->tasks[plan->n - 1].n_tracks++;
    }
    return status;
}

/* The area over the items [from, to) that every score has. */
static enum status area(const struct plan *plan, const double *all, size_t from, size_t to, struct auc *auc,
                        struct error *error)
{
    double *scores = malloc((to - from + 1) * sizeof *scores);
    bool *good = malloc((to - from + 1) * sizeof *good);
    size_t n = 0;
    for (size_t i = from; scores && good && i < to; i++)
        if (plan->common[i]) {
            scores[n] = all[i];
            good[n++] = plan->good[i];
        }
    enum status status = scores && good ? auc_compute(scores, good, n, auc, error) : error_no_memory(error);
    free(scores);
    free(good);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct auc_playlist *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static enum status name_playlist(struct catalogue *catalogue, struct auc_result *result, struct auc_playlist *playlist,
                                 struct error *error)
{
    struct playlist_list list = {0};
    playlist->name = playlist->key = "";
    enum status status = catalogue_playlist_read(catalogue, playlist->id, &list, error);
    if (status == STATUS_OK && list.count > 0) {
        playlist->name = arena_copy_text(&result->memory, list.items[0].name, strlen(list.items[0].name));
        playlist->key = arena_copy_text(&result->memory, list.items[0].key, strlen(list.items[0].key));
        if (!playlist->name || !playlist->key)
            status = error_no_memory(error);
    }
    playlist_list_free(&list);
    return status;
}

static enum status summarise(struct catalogue *catalogue, const struct plan *plan, const double *all,
                             struct auc_result *result, struct auc_scores *scores, struct error *error)
{
    enum status status = area(plan, all, 0, result->items.count, &scores->pooled, error);
    scores->playlists = arena_alloc(&result->memory, (plan->n + 1) * sizeof *scores->playlists);
    if (status == STATUS_OK && !scores->playlists)
        status = error_no_memory(error);
    for (size_t i = 0, from = 0; status == STATUS_OK && i < plan->n; from += plan->tasks[i++].n_tracks) {
        struct auc_playlist *playlist = &scores->playlists[scores->n_playlists++];
        playlist->id = plan->tasks[i].playlist;
        status = area(plan, all, from, from + plan->tasks[i].n_tracks, &playlist->auc, error);
        if (status == STATUS_OK)
            status = name_playlist(catalogue, result, playlist, error);
    }
    if (status == STATUS_OK && scores->n_playlists > 1)
        qsort(scores->playlists, scores->n_playlists, sizeof *scores->playlists, by_name);
    return status;
}

/* Scores all items into `all` [count]. */
static enum status score_with(struct app *app, const struct plan *plan, struct auc_scores *scores, size_t count,
                              double *all, struct error *error)
{
    enum status status = scores->features ? app_score_by_features(app, scores->name, plan->albums, plan->n_tracks,
                                                                  plan->tasks, plan->n, error)
                                          : app_score_by_model(app, scores->name, plan->tasks, plan->n, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        all[i] = plan->scores[i];
        if (isfinite(all[i]))
            continue;
        scores->without++;
        plan->common[i] = false;
    }
    return status;
}

/* Whether the record says that ratings were in the training. */
static bool was_trained(struct catalogue *catalogue, const char *model)
{
    struct model_list record = {0};
    const bool found = catalogue_model_find(catalogue, model, &record, NULL) == STATUS_OK && record.count > 0;
    const bool trained = found && strstr(record.items[0].settings, "\"good_ratings\"");
    model_list_free(&record);
    return trained;
}

static enum status compute(struct app *app, struct catalogue *catalogue, const struct auc_settings *settings,
                           const struct plan *plan, struct auc_result *result, struct error *error)
{
    const size_t n = settings->n_models + settings->n_sets, count = result->items.count;
    double *all = calloc(n * count + 1, sizeof *all);
    enum status status = STATUS_OK;
    result->scores = arena_alloc(&result->memory, (n + 1) * sizeof *result->scores);
    if (!all || !result->scores)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const bool features = i >= settings->n_models;
        result->scores[i] = (struct auc_scores){
            .name = features ? settings->sets[i - settings->n_models] : settings->models[i], .features = features};
        result->scores[i].trained = !features && was_trained(catalogue, result->scores[i].name);
        status = score_with(app, plan, &result->scores[i], count, all + i * count, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        status = summarise(catalogue, plan, all + i * count, result, &result->scores[i], error);
    result->n_scores = n;
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        result->compared += plan->common[i];
    free(all);
    return status;
}

static enum status read_items(struct catalogue *catalogue, const struct auc_settings *settings,
                              struct rating_verdicts *items, struct error *error)
{
    struct rating_list ratings;
    size_t good = 0;
    enum status status = catalogue_ratings_read(catalogue, &settings->filter, &ratings, error);
    if (status != STATUS_OK)
        return status;
    status = rating_verdicts_make(&ratings, settings->discount, items, error);
    rating_list_free(&ratings);
    for (size_t i = 0; status == STATUS_OK && i < items->count; i++)
        good += items->items[i].good;
    if (status == STATUS_OK && (good == 0 || good == items->count))
        status = error_set(error, STATUS_FAILED,
                           "the area under the curve needs tracks that are rated good and tracks that are rated bad; "
                           "there are %zu and %zu",
                           good, items->count - good);
    return status;
}

enum status app_rating_auc(struct app *app, const struct auc_settings *settings, struct auc_result *result,
                           struct error *error)
{
    struct catalogue *catalogue;
    struct plan plan = {0};
    *result = (struct auc_result){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = read_items(catalogue, settings, &result->items, error);
    if (status == STATUS_OK)
        status = make_plan(catalogue, &result->items, &plan, error);
    if (status == STATUS_OK)
        status = compute(app, catalogue, settings, &plan, result, error);
    app_return(app, catalogue);
    plan_free(&plan);
    if (status != STATUS_OK)
        auc_result_free(result);
    return status;
}
