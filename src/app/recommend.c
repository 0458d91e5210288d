#include "app/recommend.h"

#include <stdlib.h>

#include "app/app_internal.h"
#include "app/lookup.h"

static enum status read_tracks(struct catalogue *catalogue, const struct recommend_settings *settings, int64_t **seeds,
                               size_t *count, struct error *error)
{
    *seeds = malloc((settings->n_tracks + 1) * sizeof **seeds);
    if (!*seeds)
        return error_no_memory(error);
    enum status status = STATUS_OK;
    for (*count = 0; status == STATUS_OK && *count < settings->n_tracks; ++*count)
        status = lookup_track(catalogue, settings->tracks[*count], &(*seeds)[*count], error);
    return status;
}

/* *playlist is 0 if the seeds are not those of a playlist. */
static enum status read_seeds(struct catalogue *catalogue, const struct recommend_settings *settings, int64_t *playlist,
                              int64_t **seeds, size_t *count, struct error *error)
{
    *playlist = 0;
    if (!settings->playlist)
        return read_tracks(catalogue, settings, seeds, count, error);
    enum status status = lookup_playlist(catalogue, settings->playlist, playlist, error);
    return status == STATUS_OK ? catalogue_playlist_entries(catalogue, *playlist, seeds, count, error) : status;
}

static enum status borrow_seeds(struct app *app, const struct recommend_settings *settings, int64_t *playlist,
                                int64_t **seeds, size_t *count, struct error *error)
{
    struct catalogue *catalogue;
    *seeds = NULL;
    *count = 0;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = read_seeds(catalogue, settings, playlist, seeds, count, error);
    app_return(app, catalogue);
    return status;
}

enum status app_read_seeds(struct app *app, const struct recommend_settings *settings, int64_t **seeds, size_t *count,
                           struct error *error)
{
    int64_t playlist;
    return borrow_seeds(app, settings, &playlist, seeds, count, error);
}

static void choose_page(size_t page, struct recommend_result *result)
{
    size_t count = result->tracks.count;
    result->first = page > 0 ? (page - 1) * RECOMMEND_PAGE : 0;
    result->end = page > 0 && result->first + RECOMMEND_PAGE < count ? result->first + RECOMMEND_PAGE : count;
    result->first = result->first < result->end ? result->first : result->end;
}

enum status app_recommend_for(struct app *app, const struct recommend_settings *settings,
                              struct recommend_result *result, struct error *error)
{
    int64_t *seeds = NULL;
    struct suggest_settings steering = {.all = settings->all, .once = settings->once};
    *result = (struct recommend_result){0};
    enum status status = rerank_spec_read(settings->rerank ? settings->rerank : "", &steering.spec, error);
    if (status == STATUS_OK)
        status = borrow_seeds(app, settings, &steering.playlist, &seeds, &result->n_seeds, error);
    result->list = calloc(settings->number, sizeof *result->list);
    if (status == STATUS_OK && !result->list)
        status = error_no_memory(error);
    const struct recommend_query query = {.seeds = seeds, .n_seeds = result->n_seeds, .title = settings->title};
    if (status == STATUS_OK)
        status = app_suggest(app, settings->model, &query, &steering, settings->number, result->list, &result->tracks,
                             &result->answer, &result->suggested, error);
    if (status == STATUS_OK)
        choose_page(settings->page, result);
    else
        recommend_result_free(result);
    free(seeds);
    return status;
}

void recommend_result_free(struct recommend_result *result)
{
    track_list_free(&result->tracks);
    suggest_answer_free(&result->suggested);
    free(result->list);
    *result = (struct recommend_result){0};
}
