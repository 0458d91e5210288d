/* Two models compared for the explorer and the command line: their lists for one playlist, and their results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/compare.h"
#include "app/compare_lists.h"
#include "app/lookup.h"

/* ---- the seeds ---- */

/* How the playlist is divided: as the evaluation of a side recorded it, else as the present split says. */
static enum status read_division(struct catalogue *catalogue, struct compared_lists *lists, size_t *n_seeds,
                                 struct error *error)
{
    struct split_row split = {.set = SPLIT_TRAIN};
    enum status status = catalogue_split_read(catalogue, lists->playlist_id, &split, error);
    for (int i = COMPARE_SIDES - 1; status == STATUS_OK && i >= 0; i--) {
        int32_t seeds = split.seeds;
        status = failure_side_read(catalogue, lists->playlist_id, &lists->sides[i], &seeds, error);
        split.seeds = seeds;
        if (lists->sides[i].evaluated && split.set == SPLIT_TRAIN)
            split.set = SPLIT_TEST; /* the split has changed since */
    }
    lists->set = split.set;
    *n_seeds = split.set == SPLIT_TRAIN ? SIZE_MAX : (size_t)(split.seeds > 0 ? split.seeds : 0);
    return status;
}

static enum status read_name(struct catalogue *catalogue, struct compared_lists *lists, struct error *error)
{
    struct playlist_list playlists = {0};
    enum status status = catalogue_playlist_read(catalogue, lists->playlist_id, &playlists, error);
    if (status != STATUS_OK)
        return status;
    const struct playlist *playlist = &playlists.items[0];
    lists->name = strdup(playlist->name[0] ? playlist->name : playlist->key);
    playlist_list_free(&playlists);
    return lists->name ? STATUS_OK : error_no_memory(error);
}

static enum status read_tracks(struct catalogue *catalogue, int64_t *ids, size_t count, size_t n_seeds,
                               struct compared_lists *lists, struct error *error)
{
    enum status status = app_distinct_tracks(ids, &count, error);
    n_seeds = n_seeds < count ? n_seeds : count;
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, n_seeds, &lists->seeds, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids + n_seeds, count - n_seeds, &lists->held_out, error);
    return status;
}

static enum status read_playlist(struct catalogue *catalogue, struct compared_lists *lists, struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0, n_seeds = 0;
    enum status status = read_name(catalogue, lists, error);
    if (status == STATUS_OK)
        status = read_division(catalogue, lists, &n_seeds, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(catalogue, lists->playlist_id, &ids, &count, error);
    if (status == STATUS_OK && lists->set != SPLIT_TRAIN)
        status = catalogue_split_entries(catalogue, lists->playlist_id, ids, &count, error);
    if (status == STATUS_OK)
        status = read_tracks(catalogue, ids, count, n_seeds, lists, error);
    free(ids);
    return status;
}

static enum status read_seeds(struct catalogue *catalogue, const struct compare_question *question,
                              struct compared_lists *lists, struct error *error)
{
    lists->set = SPLIT_TRAIN;
    lists->name = strdup(question->title ? question->title : "");
    int64_t *ids = malloc((question->n_seeds + 1) * sizeof *ids);
    enum status status = lists->name && ids ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        if (question->n_seeds > 0)
            memcpy(ids, question->seeds, question->n_seeds * sizeof *ids);
        status = read_tracks(catalogue, ids, question->n_seeds, question->n_seeds, lists, error);
    }
    free(ids);
    return status;
}

/* ---- the lists ---- */

static enum status recommend(struct app *app, const struct compare_question *question, struct compared_lists *lists,
                             struct failure_side *side, struct error *error)
{
    int64_t *ids = malloc((lists->seeds.count + 1) * sizeof *ids);
    side->list = calloc(METRICS_LENGTH, sizeof *side->list);
    if (!ids || !side->list) {
        free(ids);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < lists->seeds.count; i++)
        ids[i] = lists->seeds.items[i].id;
    const char *title = question->playlist_id != 0 ? (side->titled ? lists->name : NULL) : question->title;
    const struct recommend_query query = {.seeds = ids, .n_seeds = lists->seeds.count, .title = title};
    enum status status =
        app_recommend(app, side->model, &query, METRICS_LENGTH, side->list, &side->tracks, &side->answer, error);
    side->count = side->tracks.count;
    free(ids);
    return status;
}

enum status app_compare_lists(struct app *app, const char *a, const char *b, const struct compare_question *question,
                              struct compared_lists *lists, struct error *error)
{
    *lists = (struct compared_lists){.playlist_id = question->playlist_id};
    snprintf(lists->sides[0].model, sizeof lists->sides[0].model, "%s", a);
    snprintf(lists->sides[1].model, sizeof lists->sides[1].model, "%s", b);
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status == STATUS_OK) {
        status = question->playlist_id != 0 ? read_playlist(catalogue, lists, error)
                                            : read_seeds(catalogue, question, lists, error);
        app_return(app, catalogue);
    }
    if (status == STATUS_OK && lists->seeds.count == 0 && question->playlist_id != 0 && lists->set == SPLIT_TRAIN)
        status = error_set(error, STATUS_FAILED, "\"%s\" has no tracks to continue", lists->name);
    for (int i = 0; i < COMPARE_SIDES && status == STATUS_OK; i++)
        status = recommend(app, question, lists, &lists->sides[i], error);
    if (status == STATUS_OK)
        status = compared_lists_match(lists, error);
    if (status != STATUS_OK)
        compared_lists_free(lists);
    return status;
}

static enum status look_up(struct catalogue *catalogue, const struct compare_named *named, int64_t *seeds,
                           struct compare_question *question, struct error *error)
{
    if (named->playlist)
        return lookup_playlist(catalogue, named->playlist, &question->playlist_id, error);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < named->n_tracks; i++)
        status = lookup_track(catalogue, named->tracks[i], &seeds[i], error);
    return status;
}

enum status app_compare_named(struct app *app, const char *a, const char *b, const struct compare_named *named,
                              struct compared_lists *lists, struct error *error)
{
    struct catalogue *catalogue;
    int64_t *seeds = calloc(named->n_tracks + 1, sizeof *seeds);
    struct compare_question question = {.seeds = seeds, .n_seeds = named->n_tracks, .title = named->title};
    *lists = (struct compared_lists){0};
    enum status status = seeds ? app_borrow(app, &catalogue, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        status = look_up(catalogue, named, seeds, &question, error);
        app_return(app, catalogue);
    }
    if (status == STATUS_OK)
        status = app_compare_lists(app, a, b, &question, lists, error);
    free(seeds);
    return status;
}

/* ---- the results ---- */

enum status app_compare_results(struct app *app, const struct compare_settings *settings, struct compare_result *result,
                                struct error *error)
{
    struct catalogue *catalogue, *beside = NULL;
    *result = (struct compare_result){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct compare_settings with = *settings;
    if (app_borrow(app, &beside, NULL) == STATUS_OK)
        with.beside = beside;
    status = app_compare(catalogue, &with, result, error);
    if (beside)
        app_return(app, beside);
    app_return(app, catalogue);
    return status;
}
