/* The test playlists of the fake app. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/failure_explain.h"
#include "app/failures_export.h"
#include "core/random.h"

static const char *const test_names[] = {"Breakfast",
                                         "夜の雨が降る街角で、そして朝まで",
                                         "Drive\tTime \x1b[31m",
                                         "Rainy day",
                                         "👨‍👩‍👧‍👦 Family",
                                         "A very long name of a playlist that nobody would ever give to one",
                                         "\342\200\256turned",
                                         "Broken \xff\xfe",
                                         "Sunday"};

/* Playlist 100 + i has 1 + i % 10 seeds and 4 + i % 30 held-out tracks. */
static int32_t test_seeds(int64_t i)
{
    return 1 + (int32_t)(i % 10);
}

static int64_t test_length(int64_t i)
{
    return test_seeds(i) + 4 + i % 30;
}

/* The values of the metrics that screens show are drawn by numbers of their own: a new metric changes no screen. */
static double test_value(const char *model, int64_t i, int metric)
{
    static const int drawn_by[METRICS] = {
        [METRIC_RECALL] = 1, [METRIC_R_PRECISION] = 2, [METRIC_NDCG] = 4, [METRIC_CLICKS] = 5};
    double value = (double)(random_mix((uint64_t)(i * 16 + drawn_by[metric]) ^ (uint64_t)strlen(model)) % 1000) / 1000;
    return metric == METRIC_CLICKS ? (value < 0.2 ? 51 : floor(value * 50)) : value * value;
}

static const char *const test_genres[] = {"pop", "rock", "", "r&b", "latin"};

/* Shares of the causes in tenths. */
static void fake_facts(const struct app *app, int64_t i, struct failure *failure)
{
    failure->has_causes = !app->no_causes;
    for (int fact = 0; fact < FACTS; fact++)
        failure->facts[fact] = app->no_causes ? (double)NAN : (double)(random_mix((uint64_t)(i * 64 + fact)) % 11) / 10;
    if (!app->no_causes)
        failure->facts[FACT_HELD_OUT] = (double)(test_length(i) - test_seeds(i));
    if (!app->no_causes && i % 4 == 0)
        for (int cause = 0; cause < CAUSES; cause++)
            failure->facts[cause] = 0;
}

static bool is_evaluated(const struct app *app, const char *model)
{
    return !app->no_results && strcmp(model, "popularity") != 0;
}

enum status app_failures(struct app *app, const char *model, const char *against, const struct failure_filter *filter,
                         struct failure_list *list, struct error *error)
{
    if (app->refused && (strcmp(model, app->refused) == 0 || strcmp(against, app->refused) == 0))
        return error_set(error, STATUS_FAILED, "%s was trained on another catalogue", app->refused);
    if (against[0] && !is_evaluated(app, against))
        return error_set(error, STATUS_FAILED, "%s was not evaluated", against);
    snprintf(list->model, sizeof list->model, "%s", model);
    snprintf(list->against, sizeof list->against, "%s", against);
    list->items = arena_alloc(&list->memory, (FAKE_TESTS + 1) * sizeof *list->items);
    for (int64_t i = 0; i < FAKE_TESTS && is_evaluated(app, model); i++) {
        struct failure *failure = &list->items[list->count++];
        failure->playlist_id = 100 + i;
        char key[32];
        snprintf(key, sizeof key, "key%d", (int)i);
        if (failure_set_texts(list, failure, key, test_names[(size_t)i % (sizeof test_names / sizeof test_names[0])],
                              test_genres[i % 5], error) != STATUS_OK)
            return STATUS_FAILED;
        fake_facts(app, i, failure);
        failure->seeds = test_seeds(i);
        failure->n_entries = test_length(i);
        for (int metric = 0; metric < METRICS; metric++) {
            failure->values[metric] = test_value(model, i, metric);
            failure->other[metric] = against[0] && i % 9 != 8 ? test_value(against, i, metric) : (double)NAN;
        }
    }
    return failure_list_arrange(list, filter, error);
}

static enum status fake_side(struct app *app, int64_t i, struct failure_case *opened, struct failure_side *side,
                             struct error *error)
{
    int64_t seeds[16];
    for (size_t s = 0; s < opened->seeds.count; s++)
        seeds[s] = opened->seeds.items[s].id;
    for (int metric = 0; metric < METRICS; metric++)
        side->values[metric] = test_value(side->model, i, metric);
    side->evaluated = side == &opened->sides[0] || i % 9 != 8;
    side->list = calloc(FAKE_TRACKS, sizeof *side->list);
    const struct recommend_query query = {.seeds = seeds, .n_seeds = opened->seeds.count};
    enum status status =
        app_recommend(app, side->model, &query, FAKE_TRACKS - 100, side->list, &side->tracks, &side->answer, error);
    side->count = side->tracks.count;
    return status == STATUS_OK ? failure_side_match(side, &opened->held_out, error) : status;
}

enum status app_failure_open(struct app *app, int64_t playlist_id, const char *model, const char *against,
                             struct failure_case *opened, struct error *error)
{
    int64_t i = playlist_id - 100, ids[64];
    if (i < 0 || i >= FAKE_TESTS)
        return error_set(error, STATUS_FAILED, "there is no playlist number %lld", (long long)playlist_id);
    size_t seeds = (size_t)test_seeds(i), length = (size_t)test_length(i);
    for (size_t t = 0; t < length; t++)
        ids[t] = 1 + (i * 37 + (int64_t)t * 13) % FAKE_TRACKS;
    opened->playlist_id = playlist_id;
    opened->name = strdup(test_names[(size_t)i % (sizeof test_names / sizeof test_names[0])]);
    opened->n_sides = against[0] ? 2 : 1;
    snprintf(opened->sides[0].model, sizeof opened->sides[0].model, "%s", model);
    snprintf(opened->sides[1].model, sizeof opened->sides[1].model, "%s", against);
    enum status status = fake_fill(ids, seeds, &opened->seeds, error);
    if (status == STATUS_OK)
        status = fake_fill(ids + seeds, length - seeds, &opened->held_out, error);
    for (int side = 0; side < opened->n_sides && status == STATUS_OK; side++)
        status = fake_side(app, i, opened, &opened->sides[side], error);
    return status;
}

enum status app_causes(struct app *app, const char *model, struct progress *progress, size_t *computed,
                       struct error *error)
{
    (void)model, (void)progress;
    *computed = app->no_causes ? FAKE_TESTS : 0;
    if (app->causes_refused)
        return error_set(error, STATUS_FAILED, "the disk is full");
    app->no_causes = false;
    return STATUS_OK;
}

/* Held-out track t is at rank 501 + 37 t where the list has it not; every fifth is new. */
enum status app_failure_explain_id(struct app *app, int64_t playlist_id, const char *model, const char *against,
                                   const atomic_bool *cancel, struct failure_explained *explained, struct error *error)
{
    struct failure_case opened = {0};
    (void)cancel;
    enum status status = app_failure_open(app, playlist_id, model, against, &opened, error);
    *explained = (struct failure_explained){
        .playlist_id = playlist_id, .n_held_out = opened.held_out.count, .n_sides = opened.n_sides};
    for (int i = 0; i < opened.n_sides && status == STATUS_OK; i++) {
        struct explained_side *side = &explained->sides[i];
        size_t n = opened.held_out.count, n_list = opened.sides[i].count;
        snprintf(side->model, sizeof side->model, "%s", opened.sides[i].model);
        side->n_ranked = 28356;
        side->n_list = n_list;
        side->ranks = calloc(n + 1, sizeof *side->ranks);
        side->scored = calloc(n + 1, sizeof *side->scored);
        side->counts = calloc(n + 1, sizeof *side->counts);
        side->in_reach = calloc(n + 1, sizeof *side->in_reach);
        side->list_counts = calloc(n_list + 1, sizeof *side->list_counts);
        for (size_t t = 0; t < n; t++) {
            bool is_new = t % 5 == 4 && opened.sides[i].ranks[t] == 0;
            side->ranks[t] = opened.sides[i].ranks[t] > 0 ? opened.sides[i].ranks[t]
                             : is_new                     ? 0
                                                          : 501 + 37 * (int32_t)t;
            side->in_reach[t] = !is_new;
            side->scored[t] = t % 3 != 2;
            side->counts[t] = is_new ? 0 : (float)(t * t);
        }
        for (size_t t = 0; t < n_list; t++)
            side->list_counts[t] = (float)(n_list - t);
        for (int cause = 0; cause < CAUSES; cause++) {
            side->causes.part[cause] = (size_t)(playlist_id + cause) % 11;
            side->causes.whole[cause] = cause == CAUSE_DECADE ? 0 : 10;
            side->causes.of[cause] = cause == CAUSE_DECADE ? (double)NAN : (double)side->causes.part[cause] / 10;
        }
        side->causes.ceiling = 0.8;
    }
    failure_case_free(&opened);
    return status;
}

enum status app_failures_export(struct app *app, const struct failures_export *settings, size_t *count,
                                struct error *error)
{
    *count = 0;
    snprintf(app->failures_exported, sizeof app->failures_exported, "%s|%s|%s", settings->model, settings->where,
             settings->path);
    if (strstr(settings->path, "there.csv") && !settings->overwrite)
        return error_set(error, STATUS_USAGE, "%s exists in /; ! overwrites it after asking", settings->path);
    *count = 12;
    return STATUS_OK;
}

void fake_without_causes(struct app *app)
{
    app->no_causes = true;
}

void fake_refuse_causes(struct app *app)
{
    app->no_causes = app->causes_refused = true;
}

const char *fake_failures_exported(const struct app *app)
{
    return app->failures_exported;
}
