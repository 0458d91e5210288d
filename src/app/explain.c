#include "app/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain_internal.h"
#include "app/lookup.h"
#include "core/clock.h"

void app_why_free(struct app_why *why)
{
    score_explanation_free(&why->score);
    track_list_free(&why->tracks);
    free(why->order);
    free(why->groups);
    free(why->together);
    arena_free(&why->memory);
    *why = (struct app_why){0};
}

struct request {
    const char *model;
    struct explain_query query;
    char trained_on[33];
    unsigned char *groups; /* [n_seeds] of the query */
    struct set_names used; /* by the model */
    struct app_why *why;
};

/* ---- the training playlists ---- */

static enum status read_trained_on(struct catalogue *catalogue, struct request *request, struct error *error)
{
    struct model_list record = {0};
    struct json_document settings = {0};
    enum status status = catalogue_model_find(catalogue, request->model, &record, error);
    if (status == STATUS_OK && record.count > 0 &&
        json_read(record.items[0].settings, strlen(record.items[0].settings), &settings, NULL) == STATUS_OK)
        snprintf(request->trained_on, sizeof request->trained_on, "%s",
                 json_get_text(json_member(&settings.root, "trained_on"), ""));
    json_document_free(&settings);
    model_list_free(&record);
    return status;
}

/* Called with models_lock held. */
static enum status open_training(struct app *app, struct request *request, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = read_trained_on(catalogue, request, error);
    bool same = app->training && strcmp(app->training->trained_on, request->trained_on) == 0;
    if (status == STATUS_OK && !same) {
        training_index_close(app->training);
        app->training = NULL;
        status = training_index_open(catalogue, request->trained_on, &app->training, error);
    }
    app_return(app, catalogue);
    return status;
}

static const struct track *track_of(const struct app_why *why, int64_t id)
{
    for (size_t i = 0; i < why->tracks.count; i++)
        if (why->tracks.items[i].id == id)
            return &why->tracks.items[i];
    return NULL;
}

/* The groups of each seed of the query: of the suggestion's artist or album, or in a training playlist with it. */
static void find_groups(const struct app *app, const struct request *request)
{
    const struct track *suggestion = &request->why->tracks.items[0];
    for (size_t i = 0; i < request->query.query.n_seeds; i++) {
        const struct track *seed = track_of(request->why, request->query.query.seeds[i]);
        if (!seed)
            continue;
        if (seed->artist_id == suggestion->artist_id)
            request->groups[i] |= SEEDS_OF_ARTIST;
        if (seed->album_id > 0 && seed->album_id == suggestion->album_id)
            request->groups[i] |= SEEDS_OF_ALBUM;
        if (app->training->usable && training_index_together(app->training, suggestion->id - 1, seed->id - 1) > 0)
            request->groups[i] |= SEEDS_TOGETHER;
    }
}

static void count_together(const struct app *app, struct app_why *why)
{
    why->counted = app->training->usable;
    snprintf(why->counted_note, sizeof why->counted_note, "%s", app->training->note);
    for (size_t i = 0; i < why->score.n_seeds && why->counted; i++)
        why->together[i] =
            training_index_together(app->training, why->tracks.items[0].id - 1, why->score.seeds[i].track - 1);
}

/* Whether playlist `number` of the training holds just the tracks that the model has. */
static bool is_unchanged(const struct training_index *training, const struct score_vote *vote)
{
    const struct interactions *playlists = &training->playlists;
    if (!training->usable || vote->playlist >= playlists->n_playlists)
        return false;
    int64_t start = playlists->starts[vote->playlist], length = playlists->starts[vote->playlist + 1] - start;
    return length == vote->length &&
           memcmp(playlists->tracks + start, vote->tracks, (size_t)length * sizeof *vote->tracks) == 0;
}

static enum status name_voters(struct app *app, struct catalogue *catalogue, struct app_why *why, struct error *error)
{
    for (size_t i = 0; i < why->score.n_votes && i < WHY_VOTERS; i++) {
        const struct score_vote *vote = &why->score.votes[i];
        struct why_voter *voter = &why->voters[why->n_voters++];
        struct playlist_list playlists = {0};
        *voter = (struct why_voter){.name = "", .length = vote->length, .gain = vote->gain};
        if (!is_unchanged(app->training, vote))
            continue;
        int64_t id = app->training->playlists.playlist_ids[vote->playlist];
        if (catalogue_playlist_read(catalogue, id, &playlists, NULL) != STATUS_OK)
            continue;
        const char *name = playlists.items[0].name[0] ? playlists.items[0].name : playlists.items[0].key;
        voter->id = id;
        voter->name = arena_copy_text(&why->memory, name, strlen(name));
        playlist_list_free(&playlists);
        if (!voter->name)
            return error_no_memory(error);
    }
    return STATUS_OK;
}

/* ---- the explanation ---- */

static enum status ask(struct app *app, void *context, struct error *error)
{
    struct request *request = context;
    struct app_why *why = request->why;
    struct recommender *recommender;
    struct track_vectors vectors;
    const char *names[FEATURE_SETS_MAX];
    score_explanation_free(&why->score);
    why->n_nearest = 0;
    enum status status = app_model_open(app, request->model, &recommender, error);
    request->used.count = status == STATUS_OK ? recommender_features(recommender, names) : 0;
    for (size_t i = 0; i < request->used.count; i++)
        snprintf(request->used.names[i], sizeof request->used.names[i], "%s", names[i]);
    if (status == STATUS_OK)
        status = recommender_explain(recommender, &request->query, &why->score, error);
    if (status == STATUS_OK && recommender_track_vectors(recommender, &vectors, NULL) == STATUS_OK)
        why_nearest_song(why, &vectors);
    return status;
}

/* The model's file must stay open while votes are named, so all of this is done with the lock held. */
static enum status explain(struct app *app, struct request *request, struct error *error)
{
    struct app_why *why = request->why;
    struct catalogue *catalogue;
    const unsigned cut = mapped_files_cut();
    enum status status = open_training(app, request, error);
    if (status != STATUS_OK)
        return status;
    find_groups(app, request);
    status = app_models_do(app, ask, request, error);
    if (status == STATUS_OK && mapped_files_cut() != cut)
        status = mapped_files_failed(error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = name_voters(app, catalogue, why, error);
    app_return(app, catalogue);
    count_together(app, why);
    for (size_t i = 0; i < why->score.n_votes; i++)
        why->score.votes[i].tracks = NULL; /* they are the model's */
    return status;
}

static enum status allocate(struct request *request, struct error *error)
{
    struct app_why *why = request->why;
    size_t n = request->query.query.n_seeds + 1;
    request->groups = calloc(n, 1);
    why->groups = calloc(n, 1);
    why->order = calloc(n, sizeof *why->order);
    why->together = calloc(n, sizeof *why->together);
    request->query.groups = request->groups;
    bool enough = request->groups && why->groups && why->order && why->together;
    return enough ? STATUS_OK : error_no_memory(error);
}

/* The suggestion, then the distinct seeds, as recommender_explain lists them. */
static enum status read_tracks(struct app *app, const struct request *request, struct error *error)
{
    const struct recommend_query *query = &request->query.query;
    int64_t *ids = malloc((query->n_seeds + 1) * sizeof *ids);
    size_t count = 1;
    if (!ids)
        return error_no_memory(error);
    ids[0] = request->query.track;
    for (size_t i = 0; i < query->n_seeds; i++) {
        size_t before = 1;
        while (before < count && ids[before] != query->seeds[i])
            before++;
        if (before == count)
            ids[count++] = query->seeds[i];
    }
    enum status status = app_tracks(app, ids, count, &request->why->tracks, error);
    free(ids);
    return status;
}

/* Stable, so that equal changes are in the playlist's order. */
static void order_seeds(struct app_why *why)
{
    for (size_t i = 0; i < why->score.n_seeds; i++) {
        double size = fabs(why->score.seeds[i].change);
        size_t at = i;
        for (; at > 0 && fabs(why->score.seeds[why->order[at - 1]].change) < size; at--)
            why->order[at] = why->order[at - 1];
        why->order[at] = i;
    }
}

static void copy_groups(struct app_why *why, const struct request *request)
{
    const struct recommend_query *query = &request->query.query;
    for (size_t i = 0, at = 0; i < why->score.n_seeds; i++) {
        while (at < query->n_seeds && query->seeds[at] != why->score.seeds[i].track)
            at++;
        why->groups[i] = at < query->n_seeds ? request->groups[at] : 0;
    }
}

enum status app_explain(struct app *app, const char *model, const struct recommend_query *query, int64_t track,
                        size_t k, struct app_why *why, struct error *error)
{
    struct request request = {.model = model, .query = {.query = *query, .track = track, .k = k}, .why = why};
    *why = (struct app_why){0};
    double begin = clock_seconds();
    enum status status = allocate(&request, error);
    if (status == STATUS_OK)
        status = read_tracks(app, &request, error);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&app->models_lock);
        status = explain(app, &request, error);
        pthread_mutex_unlock(&app->models_lock);
    }
    if (status == STATUS_OK)
        status = why_nearest_features(app, why, &request.used, error);
    if (status == STATUS_OK) {
        copy_groups(why, &request);
        order_seeds(why);
        app_why_conclude(why, model);
        why->milliseconds = 1000 * (clock_seconds() - begin);
    } else {
        app_why_free(why);
    }
    free(request.groups);
    return status;
}

/* ---- as a person names it ---- */

static enum status find_suggestion(struct app *app, const struct explain_settings *settings,
                                   const struct recommend_query *query, int64_t *track, struct error *error)
{
    struct recommendation *list = NULL;
    struct track_list tracks = {0};
    struct app_answer answer;
    struct catalogue *catalogue;
    if (settings->suggestion) {
        enum status status = app_borrow(app, &catalogue, error);
        if (status != STATUS_OK)
            return status;
        status = lookup_track(catalogue, settings->suggestion, track, error);
        app_return(app, catalogue);
        return status;
    }
    list = malloc(settings->rank * sizeof *list);
    enum status status =
        list ? app_recommend(app, settings->recommend.model, query, settings->rank, list, &tracks, &answer, error)
             : error_no_memory(error);
    if (status == STATUS_OK && tracks.count < settings->rank)
        status = error_set(error, STATUS_BAD_DATA, "the list ends at rank %zu, before rank %zu", tracks.count,
                           settings->rank);
    if (status == STATUS_OK)
        *track = list[settings->rank - 1].track;
    track_list_free(&tracks);
    free(list);
    return status;
}

enum status app_explain_for(struct app *app, const struct explain_settings *settings, struct app_why *why,
                            struct error *error)
{
    int64_t *seeds = NULL, track = 0;
    struct recommend_query query = {.title = settings->recommend.title};
    *why = (struct app_why){0};
    enum status status = app_read_seeds(app, &settings->recommend, &seeds, &query.n_seeds, error);
    query.seeds = seeds;
    if (status == STATUS_OK)
        status = find_suggestion(app, settings, &query, &track, error);
    if (status == STATUS_OK)
        status = app_explain(app, settings->recommend.model, &query, track, settings->recommend.number, why, error);
    free(seeds);
    return status;
}
