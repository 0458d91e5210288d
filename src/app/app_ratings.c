#include "app/app_ratings.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app_internal.h"

void app_rated_free(struct app_rated *rated)
{
    free(rated->items);
    *rated = (struct app_rated){0};
}

static int by_track_latest_last(const void *a, const void *b)
{
    const struct rating *x = a, *y = b;
    if (x->track_id != y->track_id)
        return x->track_id < y->track_id ? -1 : 1;
    return (x->rated > y->rated) - (x->rated < y->rated);
}

static enum status keep_latest(struct rating_list *list, struct app_rated *rated, struct error *error)
{
    rated->items = calloc(list->count + 1, sizeof *rated->items);
    if (!rated->items)
        return error_no_memory(error);
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_track_latest_last);
    for (size_t i = 0; i < list->count; i++) {
        const struct rating *rating = &list->items[i];
        if (rated->count > 0 && rated->items[rated->count - 1].track == rating->track_id)
            rated->count--;
        rated->items[rated->count++] = (struct app_rated_track){rating->track_id, rating->value};
    }
    return STATUS_OK;
}

enum status ratings_latest(struct catalogue *catalogue, int64_t playlist, struct app_rated *rated, struct error *error)
{
    struct rater rater;
    struct rating_list list = {0};
    *rated = (struct app_rated){0};
    enum status status = ratings_rater(catalogue, NULL, &rater, error);
    const struct rating_filter filter = {.playlist_id = playlist, .rater = rater.name};
    if (status == STATUS_OK && playlist > 0)
        status = catalogue_ratings_read(catalogue, &filter, &list, error);
    if (status == STATUS_OK)
        status = keep_latest(&list, rated, error);
    if (status == STATUS_OK)
        memcpy(rated->rater, rater.name, sizeof rated->rater);
    rating_list_free(&list);
    return status;
}

enum status app_rated(struct app *app, int64_t playlist, struct app_rated *rated, struct error *error)
{
    struct catalogue *catalogue;
    *rated = (struct app_rated){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ratings_latest(catalogue, playlist, rated, error);
    app_return(app, catalogue);
    return status;
}

static enum status rate(struct catalogue *catalogue, struct rating *rating, bool remove, struct rating_list *before,
                        struct rating_list *after, struct error *error)
{
    struct rater rater;
    int64_t removed;
    enum status status = STATUS_OK;
    if (!rating->rater[0]) {
        status = ratings_rater(catalogue, NULL, &rater, error);
        rating->rater = rater.name;
    }
    const struct rating_filter same = {rating->playlist_id, rating->track_id, rating->model, rating->rater};
    if (rating->rated == 0)
        rating->rated = (int64_t)time(NULL);
    if (status == STATUS_OK)
        status = catalogue_ratings_read(catalogue, &same, before, error);
    if (status == STATUS_OK)
        status = remove ? catalogue_ratings_remove(catalogue, &same, &removed, error)
                        : catalogue_rating_write(catalogue, rating, error);
    return status == STATUS_OK ? catalogue_ratings_read(catalogue, &same, after, error) : status;
}

enum status app_rate(struct app *app, const struct rating *rating, bool remove, struct rating_list *before,
                     struct rating_list *after, struct error *error)
{
    struct catalogue *catalogue;
    struct rating mine = *rating;
    *before = *after = (struct rating_list){0};
    if (!app->options.write)
        return error_set(error, STATUS_FAILED, "%s can only be read; ratings cannot be stored", app->path);
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        status = rate(catalogue, &mine, remove, before, after, error);
        status = status == STATUS_OK ? catalogue_commit(catalogue, error) : status;
        if (status != STATUS_OK)
            catalogue_rollback(catalogue);
    }
    app_return(app, catalogue);
    if (status != STATUS_OK) {
        rating_list_free(before);
        rating_list_free(after);
    }
    return status;
}

enum status app_rating_reasons(struct app *app, struct rating_reason_list *list, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_rating_reasons(catalogue, list, error);
    app_return(app, catalogue);
    return status;
}

enum status app_ratings_table(struct app *app, const struct rating_filter *filter, struct rating_table *table,
                              struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ratings_table(catalogue, filter, table, error);
    app_return(app, catalogue);
    return status;
}

enum status app_set_rater(struct app *app, const char *name, struct rater *rater, struct error *error)
{
    struct catalogue *catalogue;
    if (!app->options.write)
        return error_set(error, STATUS_FAILED, "%s can only be read; the rater cannot be stored", app->path);
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ratings_set_rater(catalogue, name, error);
    if (status == STATUS_OK)
        status = ratings_rater(catalogue, NULL, rater, error);
    app_return(app, catalogue);
    return status;
}
