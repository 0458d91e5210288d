/* The ratings of the fake app: those that were stored, in memory, and an invented table. */
#include "fake_app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_ratings.h"

static const char *rater_of(const struct app *app)
{
    return app->rater[0] ? app->rater : "ann";
}

static bool is_same(const struct fake_rating *stored, const struct rating *rating, const char *rater)
{
    return stored->playlist == rating->playlist_id && stored->track == rating->track_id &&
           strcmp(stored->model, rating->model) == 0 && strcmp(stored->rater, rater) == 0;
}

static struct fake_rating *find(struct app *app, const struct rating *rating, const char *rater)
{
    for (size_t i = 0; i < app->n_ratings; i++)
        if (is_same(&app->ratings[i], rating, rater))
            return &app->ratings[i];
    return NULL;
}

static void list_one(const struct fake_rating *stored, struct rating_list *list)
{
    list->items = arena_alloc(&list->memory, sizeof *list->items);
    list->count = 1;
    list->items[0] = (struct rating){
        .playlist_id = stored->playlist,
        .track_id = stored->track,
        .rater = arena_copy_text(&list->memory, stored->rater, strlen(stored->rater)),
        .model = arena_copy_text(&list->memory, stored->model, strlen(stored->model)),
        .reason = arena_copy_text(&list->memory, stored->reason, strlen(stored->reason)),
        .value = stored->value,
        .metadata = stored->metadata,
        .rank = stored->rank,
        .rated = stored->rated,
    };
}

enum status app_rate(struct app *app, const struct rating *rating, bool remove, struct rating_list *before,
                     struct rating_list *after, struct error *error)
{
    const char *rater = rating->rater[0] ? rating->rater : rater_of(app);
    *before = *after = (struct rating_list){0};
    if (app->rate_failure)
        return error_set(error, STATUS_FAILED, "%s", app->rate_failure);
    struct fake_rating *stored = find(app, rating, rater);
    if (stored)
        list_one(stored, before);
    if (remove) {
        if (stored)
            *stored = app->ratings[--app->n_ratings];
        return STATUS_OK;
    }
    if (!stored && app->n_ratings == FAKE_RATINGS_MAX)
        return error_no_memory(error);
    if (!stored)
        stored = &app->ratings[app->n_ratings++];
    *stored = (struct fake_rating){
        .playlist = rating->playlist_id,
        .track = rating->track_id,
        .value = rating->value,
        .metadata = rating->metadata,
        .rank = rating->rank,
        .rated = rating->rated ? rating->rated : ++app->rated_at,
    };
    snprintf(stored->model, sizeof stored->model, "%s", rating->model);
    snprintf(stored->rater, sizeof stored->rater, "%s", rater);
    snprintf(stored->reason, sizeof stored->reason, "%s", rating->reason);
    list_one(stored, after);
    return STATUS_OK;
}

void app_rated_free(struct app_rated *rated)
{
    free(rated->items);
    *rated = (struct app_rated){0};
}

static int by_track(const void *a, const void *b)
{
    const struct app_rated_track *x = a, *y = b;
    return (x->track > y->track) - (x->track < y->track);
}

enum status app_rated(struct app *app, int64_t playlist, struct app_rated *rated, struct error *error)
{
    *rated = (struct app_rated){.items = calloc(FAKE_RATINGS_MAX, sizeof *rated->items)};
    if (!rated->items)
        return error_no_memory(error);
    snprintf(rated->rater, sizeof rated->rater, "%s", rater_of(app));
    for (size_t i = 0; i < app->n_ratings; i++)
        if (app->ratings[i].playlist == playlist && strcmp(app->ratings[i].rater, rated->rater) == 0)
            rated->items[rated->count++] = (struct app_rated_track){app->ratings[i].track, app->ratings[i].value};
    qsort(rated->items, rated->count, sizeof *rated->items, by_track);
    return STATUS_OK;
}

enum status app_set_rater(struct app *app, const char *name, struct rater *rater, struct error *error)
{
    (void)error;
    snprintf(app->rater, sizeof app->rater, "%.60s", name);
    *rater = (struct rater){.from = "the setting \"rater\""};
    snprintf(rater->name, sizeof rater->name, "%s", rater_of(app));
    return STATUS_OK;
}

enum status app_rating_reasons(struct app *app, struct rating_reason_list *list, struct error *error)
{
    static const struct rating_reason reasons[] = {
        {"wrong year", true, 3}, {"too \x1b[2Jloud", false, 1}, {"wrong genre", true, 0}, {"雨", false, 0}};
    (void)app;
    list->items = arena_alloc(&list->memory, sizeof reasons);
    if (!list->items)
        return error_no_memory(error);
    memcpy(list->items, reasons, sizeof reasons);
    list->count = sizeof reasons / sizeof *reasons;
    return STATUS_OK;
}

static void *copy_of(struct rating_table *table, const void *items, size_t size)
{
    void *copy = arena_alloc(&table->memory, size);
    if (copy)
        memcpy(copy, items, size);
    return copy;
}

/* Two playlists, the second with an odd name, and three raters; nothing while the app has no ratings. */
enum status app_ratings_table(struct app *app, const struct rating_filter *filter, struct rating_table *table,
                              struct error *error)
{
    static const struct rating_row rows[] = {
        {1, "Rainy day", "Rainy day", "als", 8, {4, 2, 2}, 1, 2},
        {1, "Rainy day", "Rainy day", "mf-avg", 2, {0, 0, 2}, 2, 1},
        {3, "road trip \x1b[2J", "road trip \x1b[2J", "als", 1, {1, 0, 0}, 0, 1},
    };
    static const struct rating_row totals[] = {{0, "", "", "als", 9, {5, 2, 2}, 1, 2}};
    static const struct rating_pair pairs[] = {{"ann", "bob", {4, 0.75, 0.375, 0.6}},
                                               {"ann", "cy 雨", {1, 1, 1, 0.0 / 0.0}}};
    static const struct rating_reason_count reasons[] = {{"wrong year", true, 3}, {"too \x1b[2Jloud", false, 1}};
    static const struct rating ratings[] = {
        {1, 7, "ann", "als", 1, RATING_GOOD, "", false, 1},
        {1, 9, "bob", "als", 2, RATING_BORDERLINE, "", false, 1},
        {1, 11, "ann", "als", 3, RATING_BAD, "wrong year", true, 1},
        {1, 3, "ann", "als", 4, RATING_BAD, "too \x1b[2Jloud", false, 1},
        {1, 4, "cy 雨", "mf-avg", 1, RATING_BAD, "wrong year", true, 1},
    };
    (void)filter;
    *table = (struct rating_table){0};
    if (app->n_ratings == 0)
        return STATUS_OK;
    table->rows = copy_of(table, rows, sizeof rows);
    table->totals = copy_of(table, totals, sizeof totals);
    table->pairs = copy_of(table, pairs, sizeof pairs);
    table->reasons = copy_of(table, reasons, sizeof reasons);
    table->ratings.items = copy_of(table, ratings, sizeof ratings);
    if (!table->rows || !table->totals || !table->pairs || !table->reasons || !table->ratings.items)
        return error_no_memory(error);
    table->n_rows = sizeof rows / sizeof *rows;
    table->n_totals = 1;
    table->n_pairs = 2;
    table->n_reasons = 2;
    table->ratings.count = sizeof ratings / sizeof *ratings;
    return STATUS_OK;
}

/* ---- for the tests ---- */

void fake_fail_rate(struct app *app, const char *sentence)
{
    app->rate_failure = sentence;
}

size_t fake_ratings(const struct app *app)
{
    return app->n_ratings;
}

const struct fake_rating *fake_rating(const struct app *app, size_t at)
{
    return at < app->n_ratings ? &app->ratings[at] : NULL;
}
