/* Steering in the fake app: the real re-rankings of its invented lists, wishes in memory, sorting by number. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/playlist_sort.h"
#include "app/steer.h"

enum { WIDTH = 2 };

void suggest_answer_free(struct suggest_answer *answer)
{
    free(answer->ranks);
    *answer = (struct suggest_answer){0};
}

static bool is_of(enum steering_item item, int64_t id, const struct track *track)
{
    return id == (item == STEERING_TRACK ? track->id : item == STEERING_ALBUM ? track->album_id : track->artist_id);
}

static bool is_hidden(const struct app *app, const struct suggest_settings *settings, const struct track *track)
{
    for (size_t i = 0; i < settings->n_rejected; i++)
        if (settings->rejected[i] == track->id)
            return true;
    for (size_t i = 0; i < app->n_steering; i++)
        if (app->steering[i].wish == STEERING_NEVER && is_of(app->steering[i].item, app->steering[i].item_id, track))
            return true;
    return false;
}

/* Directions that depend on the number alone. */
static void point(int64_t id, float *vector)
{
    vector[0] = (float)cos((double)id);
    vector[1] = (float)sin((double)id);
}

/* What the lists of the fake app are re-ranked by; static, because the explorer of a test has one thread. */
static struct {
    int64_t tracks[FAKE_TRACKS], artists[FAKE_TRACKS], albums[FAKE_TRACKS], playlists[FAKE_TRACKS];
    float scores[FAKE_TRACKS], items[FAKE_TRACKS * WIDTH], seeds[WIDTH], wishes[OWN_MAX * WIDTH];
    struct rerank_wish wished[OWN_MAX];
} attributes;

static enum status rerank_list(const struct app *app, const struct rerank_spec *spec, struct recommendation *list,
                               struct track_list *tracks, int32_t *ranks, struct error *error)
{
    struct rerank_space spaces[RERANK_TERMS_MAX];
    size_t n_spaces = 0, n_wishes = 0, count = tracks->count;
    int32_t order[FAKE_TRACKS], numbers[FAKE_TRACKS];
    for (size_t i = 0; i < count; i++) {
        const struct track *track = &tracks->items[i];
        attributes.tracks[i] = track->id;
        attributes.artists[i] = track->artist_id;
        attributes.albums[i] = track->album_id;
        attributes.playlists[i] = track->n_playlists;
        attributes.scores[i] = list[i].score;
        point(track->id, attributes.items + i * WIDTH);
    }
    point(7, attributes.seeds);
    for (size_t i = 0; i < app->n_steering; i++)
        if (app->steering[i].wish != STEERING_NEVER) {
            point(app->steering[i].item_id, attributes.wishes + n_wishes * WIDTH);
            attributes.wished[n_wishes++] = (struct rerank_wish){app->steering[i].item, app->steering[i].item_id,
                                                                 app->steering[i].wish == STEERING_LESS};
        }
    for (int t = 0; t < spec->count; t++)
        if (spec->terms[t].space[0])
            spaces[n_spaces++] = (struct rerank_space){spec->terms[t].space, WIDTH, attributes.items, attributes.seeds,
                                                       attributes.wishes};
    const struct rerank_list lists = {.count = count,
                                      .tracks = attributes.tracks,
                                      .artists = attributes.artists,
                                      .albums = attributes.albums,
                                      .scores = attributes.scores,
                                      .playlists = attributes.playlists,
                                      .spaces = spaces,
                                      .n_spaces = n_spaces,
                                      .wishes = attributes.wished,
                                      .n_wishes = n_wishes};
    enum status status = rerank(spec, &lists, order, error);
    struct recommendation before[FAKE_TRACKS];
    struct track rows[FAKE_TRACKS];
    if (status != STATUS_OK || count == 0)
        return status;
    memcpy(before, list, count * sizeof *before);
    memcpy(rows, tracks->items, count * sizeof *rows);
    memcpy(numbers, ranks, count * sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        list[i] = before[order[i]];
        tracks->items[i] = rows[order[i]];
        ranks[i] = numbers[order[i]];
    }
    return STATUS_OK;
}

void fake_repeats(struct app *app)
{
    app->repeats = 12;
}

enum status app_suggest(struct app *app, const char *model, const struct recommend_query *query,
                        const struct suggest_settings *settings, size_t k, struct recommendation *recommendations,
                        struct track_list *tracks, struct app_answer *answer, struct suggest_answer *suggested,
                        struct error *error)
{
    *suggested = (struct suggest_answer){.applied = settings->spec,
                                         .repeats = settings->once && !settings->all ? app->repeats : 0};
    enum status status = app_recommend(app, model, query, k, recommendations, tracks, answer, error);
    if (status != STATUS_OK)
        return status;
    size_t kept = 0;
    suggested->ranks = calloc(tracks->count + 1, sizeof *suggested->ranks);
    if (!suggested->ranks)
        return error_no_memory(error);
    for (size_t i = 0; i < tracks->count; i++) {
        if (!settings->all && is_hidden(app, settings, &tracks->items[i])) {
            suggested->hidden++;
            continue;
        }
        suggested->ranks[kept] = (int32_t)i + 1;
        recommendations[kept] = recommendations[i];
        tracks->items[kept++] = tracks->items[i];
    }
    tracks->count = kept;
    for (int t = 0; t < settings->spec.count; t++)
        if (strcmp(settings->spec.terms[t].space, "clip") == 0) {
            snprintf(suggested->note, sizeof suggested->note, "steering without like=clip: there is no such set");
            rerank_spec_set(&suggested->applied, settings->spec.terms[t].kind, "clip", 0);
        }
    return rerank_list(app, &suggested->applied, recommendations, tracks, suggested->ranks, error);
}

enum status app_spaces(struct app *app, char ***names, struct error *error)
{
    (void)app;
    *names = calloc(3, sizeof **names);
    if (!*names)
        return error_no_memory(error);
    (*names)[0] = strdup("audio");
    (*names)[1] = strdup("gist");
    return STATUS_OK;
}

enum status app_model_has_songs(struct app *app, const char *model, bool *has, struct error *error)
{
    (void)app, (void)error;
    *has = strcmp(model, "popularity") != 0;
    return STATUS_OK;
}

static const char *name_of(const struct steering_entry *entry)
{
    for (int64_t id = 1; id <= FAKE_TRACKS; id++) {
        const struct track track = fake_track(id);
        if (is_of(entry->item, entry->item_id, &track))
            return entry->item == STEERING_TRACK   ? track.title
                   : entry->item == STEERING_ALBUM ? track.album
                                                   : track.artist;
    }
    return "?";
}

enum status app_steering(struct app *app, int64_t playlist, struct steering_list *list, struct error *error)
{
    (void)playlist;
    *list = (struct steering_list){0};
    list->items = arena_alloc(&list->memory, (OWN_MAX + 1) * sizeof *list->items);
    if (!list->items)
        return error_no_memory(error);
    for (size_t i = app->n_steering; i > 0; i--) {
        list->items[list->count] = app->steering[i - 1];
        list->items[list->count].key = "";
        list->items[list->count].playlist_name = "";
        list->items[list->count].name = name_of(&app->steering[i - 1]);
        list->count++;
    }
    return STATUS_OK;
}

enum status app_steering_set(struct app *app, const struct steering_entry *entry, int64_t *id, struct error *error)
{
    if (app->n_steering == OWN_MAX)
        return error_set(error, STATUS_FAILED, "the disk is full");
    app->steering[app->n_steering] = *entry;
    app->steering[app->n_steering++].id = *id = ++app->steering_numbers;
    return STATUS_OK;
}

enum status app_steering_remove(struct app *app, const int64_t *ids, size_t count, struct error *error)
{
    (void)error;
    size_t kept = 0;
    for (size_t i = 0; i < app->n_steering; i++)
        if (count == 0 || app->steering[i].id != ids[0])
            app->steering[kept++] = app->steering[i];
    app->n_steering = kept;
    return STATUS_OK;
}

void playlist_sort_result_free(struct playlist_sort_result *result)
{
    free(result->order);
    *result = (struct playlist_sort_result){0};
}

/* By number; a path is half as long as before. */
enum status app_playlist_sort(struct app *app, const int64_t *tracks, size_t count,
                              const struct playlist_sort_settings *settings, struct playlist_sort_result *result,
                              struct error *error)
{
    double *values = calloc(count + 1, sizeof *values);
    bool path = settings->by == PLAYLIST_SORT_PATH;
    (void)app;
    *result = (struct playlist_sort_result){.order = calloc(count + 1, sizeof *result->order),
                                            .before = path ? 12.5 : (double)NAN,
                                            .after = path ? 6.25 : (double)NAN};
    if (path)
        snprintf(result->set, sizeof result->set, "%s", settings->set ? settings->set : "audio");
    for (size_t i = 0; i < count && values; i++)
        values[i] = (double)tracks[i];
    enum status status = values && result->order ? playlist_sort_values(values, count, settings->locked,
                                                                        settings->descending, result->order, error)
                                                 : error_no_memory(error);
    free(values);
    return status;
}
