#include "app/failure_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/cause_tracks.h"
#include "core/clock.h"
#include "core/file.h"

/* One model, one playlist. */
struct work {
    const struct failure_case *opened;
    const struct failure_side *list; /* of the model, as it was opened */
    struct cause_tracks *tracks;     /* the held-out tracks and those of the list */
    struct explained_side *side;
    const int64_t *held_out;  /* [opened->held_out.count] */
    struct seed_counts seeds; /* what the model made of them */
    int64_t near[CAUSE_NEAR]; /* [n_near] the tracks of ranks 501 to 1000 */
    size_t n_near;
};

static bool allocate(struct explained_side *side, size_t n_held_out, size_t n_list)
{
    side->ranks = calloc(n_held_out + 1, sizeof *side->ranks);
    side->scored = calloc(n_held_out + 1, sizeof *side->scored);
    side->counts = calloc(n_held_out + 1, sizeof *side->counts);
    side->in_reach = calloc(n_held_out + 1, sizeof *side->in_reach);
    side->list_counts = calloc(n_list + 1, sizeof *side->list_counts);
    side->n_list = n_list;
    return side->ranks && side->scored && side->counts && side->in_reach && side->list_counts;
}

/* The order of all tracks. */
static enum status rank_all(struct recommender *recommender, struct work *work, struct error *error)
{
    const struct track_list *seeds = &work->opened->seeds;
    size_t n = (size_t)recommender_tracks(recommender), count = 0;
    int64_t *ids = malloc((seeds->count + 1) * sizeof *ids);
    int32_t *rank_of = calloc(n + 1, sizeof *rank_of);
    struct recommendation *found = malloc((n + 1) * sizeof *found);
    enum status status = ids && rank_of && found ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < seeds->count; i++)
        ids[i] = seeds->items[i].id;
    const struct recommend_query query = {.seeds = ids,
                                          .n_seeds = seeds->count,
                                          .title = work->list->titled ? work->opened->name : NULL,
                                          .counts = &work->seeds};
    if (status == STATUS_OK)
        status = recommender_recommend_many(recommender, &query, 1, n, found, &count, error);
    for (size_t r = 0; status == STATUS_OK && r < count; r++)
        if (found[r].track <= (int64_t)n) /* a list for unknown seeds may contain later tracks */
            rank_of[found[r].track] = (int32_t)r + 1;
    for (size_t i = 0; status == STATUS_OK && i < work->opened->held_out.count; i++) {
        int64_t track = work->held_out[i];
        int32_t rank = track <= (int64_t)n ? rank_of[track] : 0;
        work->side->ranks[i] = rank;
        work->side->scored[i] = rank > 0 && found[rank - 1].score != 0;
    }
    for (size_t r = CAUSE_LIST; status == STATUS_OK && r < count && r < CAUSE_NEAR; r++)
        work->near[work->n_near++] = found[r].track;
    work->side->n_ranked = (int64_t)count;
    free(ids);
    free(rank_of);
    free(found);
    return status;
}

static enum status ask(struct app *app, void *context, struct error *error)
{
    struct work *work = context;
    struct recommender *recommender;
    work->n_near = 0;
    enum status status = app_model_open(app, work->side->model, &recommender, error);
    if (status == STATUS_OK)
        status = rank_all(recommender, work, error);
    if (status == STATUS_OK)
        cause_tracks_ask(work->tracks, recommender);
    return status;
}

static enum status fill(struct work *work, struct error *error)
{
    struct explained_side *side = work->side;
    size_t n_held_out = work->opened->held_out.count;
    int64_t *list = malloc((side->n_list + 1) * sizeof *list);
    if (!list)
        return error_no_memory(error);
    for (size_t i = 0; i < n_held_out; i++) {
        const struct cause_track *track = cause_tracks_find(work->tracks, work->held_out[i]);
        side->counts[i] = track ? track->count : 0;
        side->in_reach[i] = track && track->in_reach;
    }
    for (size_t i = 0; i < side->n_list; i++) {
        list[i] = work->list->list[i].track;
        const struct cause_track *track = cause_tracks_find(work->tracks, list[i]);
        side->list_counts[i] = track ? track->count : 0;
    }
    const struct cause_question question = {.held_out = work->held_out,
                                            .n_held_out = n_held_out,
                                            .list = list,
                                            .n_list = side->n_list,
                                            .near = work->near,
                                            .n_near = work->n_near,
                                            .seeds = work->seeds};
    enum status status = cause_tracks_answer(work->tracks, &question, &side->causes, error);
    free(list);
    return status;
}

static enum status explain_side(struct app *app, struct work *work, struct error *error)
{
    struct explained_side *side = work->side;
    snprintf(side->model, sizeof side->model, "%s", work->list->model);
    if (!allocate(side, work->opened->held_out.count, work->list->count))
        return error_no_memory(error);
    pthread_mutex_lock(&app->models_lock);
    const unsigned cut = mapped_files_cut();
    enum status status = app_models_do(app, ask, work, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    pthread_mutex_unlock(&app->models_lock);
    return status == STATUS_OK ? fill(work, error) : status;
}

/* Held-out tracks and both lists: their numbers in *ids, malloc'ed, the held-out ones first. */
static enum status collect(const struct failure_case *opened, int64_t **ids, size_t *count, struct error *error)
{
    size_t most = opened->held_out.count;
    for (int i = 0; i < opened->n_sides; i++)
        most += opened->sides[i].count;
    *ids = malloc((most + 1) * sizeof **ids);
    *count = 0;
    if (!*ids)
        return error_no_memory(error);
    for (size_t i = 0; i < opened->held_out.count; i++)
        (*ids)[(*count)++] = opened->held_out.items[i].id;
    for (int side = 0; side < opened->n_sides; side++)
        for (size_t i = 0; i < opened->sides[side].count; i++)
            (*ids)[(*count)++] = opened->sides[side].list[i].track;
    return STATUS_OK;
}

static enum status read_tracks(struct app *app, const int64_t *ids, size_t count, struct cause_tracks *tracks,
                               struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = cause_tracks_read(catalogue, ids, count, tracks, error);
    app_return(app, catalogue);
    return status;
}

enum status app_failure_explain(struct app *app, const struct failure_case *opened, const atomic_bool *cancel,
                                struct failure_explained *explained, struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    struct cause_tracks tracks = {0};
    *explained = (struct failure_explained){
        .playlist_id = opened->playlist_id, .n_held_out = opened->held_out.count, .n_sides = opened->n_sides};
    double begin = clock_seconds();
    enum status status = collect(opened, &ids, &count, error);
    if (status == STATUS_OK)
        status = read_tracks(app, ids, count, &tracks, error);
    for (int i = 0; i < opened->n_sides && status == STATUS_OK; i++) {
        struct work work = {.opened = opened,
                            .list = &opened->sides[i],
                            .tracks = &tracks,
                            .side = &explained->sides[i],
                            .held_out = ids};
        if (cancel && atomic_load(cancel))
            status = error_set(error, STATUS_INTERRUPTED, "stopped");
        else
            status = explain_side(app, &work, error);
    }
    cause_tracks_free(&tracks);
    free(ids);
    explained->milliseconds = 1000 * (clock_seconds() - begin);
    if (status != STATUS_OK)
        failure_explained_free(explained);
    return status;
}

enum status app_failure_explain_id(struct app *app, int64_t playlist_id, const char *model, const char *against,
                                   const atomic_bool *cancel, struct failure_explained *explained, struct error *error)
{
    struct failure_case opened = {0};
    enum status status = app_failure_open(app, playlist_id, model, against, &opened, error);
    if (status != STATUS_OK)
        return status;
    status = app_failure_explain(app, &opened, cancel, explained, error);
    failure_case_free(&opened);
    return status;
}
