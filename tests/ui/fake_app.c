#include "fake_app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/find_tracks.h"
#include "core/random.h"
#include "core/text.h"

struct app *fake_app_create(void)
{
    struct app *app = calloc(1, sizeof *app);
    if (!app)
        abort();
    pthread_mutex_init(&app->lock, NULL);
    snprintf(app->summary.name, sizeof app->summary.name, "invented");
    snprintf(app->device.name, sizeof app->device.name, "CPU 2 threads");
    app->summary.counts =
        (struct catalogue_counts){.artists = FAKE_ARTISTS, .albums = FAKE_ALBUMS, .tracks = 28356, .playlists = 471};
    app->summary.generated_covers = true;
    fake_real_covers(false);
    return app;
}

void fake_app_destroy(struct app *app)
{
    pthread_mutex_destroy(&app->lock);
    free(app->session);
    free(app);
}

const char *fake_session(const struct app *app)
{
    return app->session;
}

void fake_set_session(struct app *app, const char *json)
{
    free(app->session);
    app->session = json ? strdup(json) : NULL;
}

size_t fake_saved_playlists(const struct app *app)
{
    return app->n_own;
}

size_t fake_saved_tracks(const struct app *app, const char *name)
{
    for (size_t i = 0; i < app->n_own; i++)
        if (strcmp(app->own[i].name, name) == 0)
            return app->own[i].count;
    return 0;
}

void fake_fail_recommend(struct app *app, const char *sentence)
{
    app->recommend_failure = sentence;
}

void fake_fail_search(struct app *app, const char *sentence)
{
    app->search_failure = sentence;
}

void fake_without_clip(struct app *app)
{
    app->covers_failure =
        "covers are found by words in a set that CLIP made, and the catalogue has no set clip; make it: "
        "sleeve embed clip --weights FILE (scripts/get-weights gets the file)";
}

void fake_random_weights(struct app *app)
{
    app->random_weights = true;
}

void fake_hang(struct app *app, bool on)
{
    atomic_store(&app->hang, on);
}

bool fake_is_hanging(struct app *app)
{
    return atomic_load(&app->hanging);
}

void fake_fail_save(struct app *app, const char *sentence)
{
    app->playlist_failure = app->session_failure = sentence;
}

void fake_fail_playlist_once(struct app *app, const char *sentence)
{
    app->playlist_failure = sentence;
    app->fail_once = true;
}

void fake_fail_session(struct app *app, const char *sentence)
{
    app->session_failure = sentence;
}

void fake_with_one_model(struct app *app)
{
    app->one_model = true;
}

void fake_without_models(struct app *app)
{
    app->no_models = true;
}

void fake_without_playlists(struct app *app)
{
    app->no_models = true;
    app->summary.counts.playlists = 0;
}

void fake_unknown_seeds(struct app *app)
{
    app->unknown_seeds = true;
}

void fake_with_real_covers(struct app *app)
{
    app->summary.counts.covers = FAKE_ALBUMS / 3;
    fake_real_covers(true);
}

void fake_know_seeds(struct app *app, size_t n)
{
    app->known_seeds = n;
}

void fake_limit_suggestions(struct app *app, size_t n)
{
    app->limited = true;
    app->limit = n;
}

void fake_odd_suggestions(struct app *app)
{
    app->odd_suggestions = true;
}

void fake_without_results(struct app *app)
{
    app->no_results = true;
}

void fake_seen_answers(struct app *app, const char *model, int seen)
{
    app->seen_model = model;
    app->seen_results =
        seen == 1 ? "{\"on\":\"test\",\"seen_answers\":\"perhaps\"}"
                  : "{\"on\":\"test\",\"n_playlists\":60,\"ndcg\":{\"mean\":1,\"ci95\":0},\"seen_answers\":\"surely\"}";
}

void fake_refuse_model(struct app *app, const char *model)
{
    app->refused = model;
}

const struct app_summary *app_summary(const struct app *app)
{
    return &app->summary;
}

enum status fake_fill(const int64_t *ids, size_t count, struct track_list *tracks, struct error *error)
{
    tracks->items = arena_alloc(&tracks->memory, (count + 1) * sizeof *tracks->items);
    if (!tracks->items)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 1 || ids[i] > FAKE_TRACKS)
            return error_set(error, STATUS_FAILED, "there is no track %lld", (long long)ids[i]);
        tracks->items[tracks->count++] = fake_track(ids[i]);
    }
    return STATUS_OK;
}

enum status app_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                       struct error *error)
{
    (void)app;
    return fake_fill(ids, count, tracks, error);
}

/* Each line is a whole title. */
enum status app_find_tracks(struct app *app, const char *text, struct found_tracks *found, const atomic_bool *cancel,
                            struct error *error)
{
    int64_t ids[FAKE_TRACKS];
    size_t count = 0;
    char *lines = strdup(text), *rest = lines, *line;
    (void)app, (void)cancel;
    while ((line = strsep(&rest, "\n"))) {
        int64_t id = 1;
        while (id <= FAKE_TRACKS && strcmp(fake_track(id).title, line) != 0)
            id++;
        if (id <= FAKE_TRACKS && count < FAKE_TRACKS)
            ids[count++] = id;
        else if (line[0] && found->missing++ == 0)
            snprintf(found->first_missing, sizeof found->first_missing, "%.120s", line);
    }
    free(lines);
    return fake_fill(ids, count, &found->tracks, error);
}

enum status app_search(struct app *app, const char *text, size_t limit, struct track_list *tracks, int64_t *total,
                       const atomic_bool *cancel, struct error *error)
{
    (void)cancel;
    if (app->search_failure)
        return error_set(error, STATUS_FAILED, "%s", app->search_failure);
    int64_t ids[FAKE_TRACKS];
    size_t count = 0;
    struct buffer wanted = {0};
    text_fold(text, strlen(text), &wanted);
    for (int64_t id = 1; id <= FAKE_TRACKS; id++)
        if (fake_track_matches(id, wanted.data ? wanted.data : ""))
            ids[count++] = id;
    buffer_free(&wanted);
    *total = (int64_t)count;
    return fake_fill(ids, count < limit ? count : limit, tracks, error);
}

/* Every track is of an album of its own; the words decide with which the list begins. */
enum status app_search_cover_tracks(struct app *app, const struct app_cover_query *query, struct track_list *tracks,
                                    struct app_cover_answer *answer, struct error *error)
{
    if (app->covers_failure)
        return error_set(error, STATUS_FAILED, "%s", app->covers_failure);
    int64_t ids[FAKE_TRACKS];
    size_t count = 0;
    int64_t first = (int64_t)strlen(query->text);
    for (int64_t i = 0; i < FAKE_TRACKS && count < query->limit && count < 15; i++)
        ids[count++] = 1 + (first + 7 * i) % FAKE_TRACKS;
    *answer = (struct app_cover_answer){.covers = FAKE_ALBUMS, .random_weights = app->random_weights};
    return fake_fill(ids, count, tracks, error);
}

static const char *const model_names[] = {"als", "mf-avg", "popularity"};

static const char *const fake_results[] = {
    "{\"on\": \"test\", \"n_playlists\": 60, \"ndcg\": {\"mean\": 0.186, \"ci95\": 0.021}, \"coverage\": 0.31}",
    "{\"on\": \"test\", \"n_playlists\": 60, \"ndcg\": {\"mean\": 0.241, \"ci95\": 0.02}, \"coverage\": 0.42}",
};

enum status app_models(struct app *app, struct model_list *models, struct error *error)
{
    models->items = arena_alloc(&models->memory, 3 * sizeof *models->items);
    if (!models->items)
        return error_no_memory(error);
    for (size_t i = 0; i < (app->one_model ? 1 : 3) && !app->no_models; i++) {
        bool seen = app->seen_model && strcmp(app->seen_model, model_names[i]) == 0;
        const char *results = i == 2 || app->no_results ? "" : fake_results[i];
        models->items[models->count++] = (struct model_record){
            .name = model_names[i],
            .kind = model_names[i],
            .n_tracks = 28356,
            .settings = i == 1 ? "{\"factors\": 64, \"covers\": \"gist\", \"playlists\": 413}"
                               : "{\"factors\": 64, \"playlists\": 413}",
            .results = seen ? app->seen_results : results,
            .created = "2026-03-14T15:09:26Z",
        };
    }
    return STATUS_OK;
}

int64_t app_model_bytes(struct app *app, const struct model_record *model)
{
    (void)app;
    return (int64_t)strlen(model->name) * 1250000;
}

static int by_score(const void *a, const void *b)
{
    const struct recommendation *x = a, *y = b;
    return x->score < y->score ? 1 : x->score > y->score ? -1 : (x->track > y->track) - (x->track < y->track);
}

/* Popularity ignores titles, and no playlist has a title with "xyzzy". */
static enum title_use fake_title_use(const char *model, const struct recommend_query *query)
{
    if (!query->title || !query->title[0])
        return TITLE_NONE;
    if (strcmp(model, "popularity") == 0)
        return TITLE_IGNORED;
    return strstr(query->title, "xyzzy") ? TITLE_UNKNOWN : query->n_seeds > 0 ? TITLE_JOINED : TITLE_ALONE;
}

enum status app_recommend(struct app *app, const char *model, const struct recommend_query *query, size_t k,
                          struct recommendation *recommendations, struct track_list *tracks, struct app_answer *answer,
                          struct error *error)
{
    while (atomic_load(&app->hang)) {
        atomic_store(&app->hanging, true);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (app->recommend_failure)
        return error_set(error, STATUS_FAILED, "%s", app->recommend_failure);
    if (app->refused && strcmp(model, app->refused) == 0)
        return error_set(error, STATUS_FAILED, "%s was trained on another catalogue", model);
    struct recommendation all[FAKE_TRACKS];
    const int64_t *seeds = query->seeds;
    size_t count = 0, n_seeds = query->n_seeds;
    enum title_use title = fake_title_use(model, query);
    uint64_t mix = (uint64_t)strlen(model);
    for (const char *c = title == TITLE_ALONE || title == TITLE_JOINED ? query->title : ""; *c; c++)
        mix = random_mix(mix ^ (uint64_t)*c);
    for (size_t i = 0; i < n_seeds; i++)
        mix = random_mix(mix ^ (uint64_t)seeds[i]);
    for (int64_t id = 1; id <= FAKE_TRACKS; id++) {
        bool seed = false;
        for (size_t i = 0; i < n_seeds; i++)
            seed = seed || seeds[i] == id;
        float score = (float)(random_mix(mix ^ (uint64_t)id * 977) % 10000) / 10000.0f;
        float cover = strcmp(model, "mf-avg") == 0 ? score * (float)(id % 5) / 8.0f : 0;
        if (!seed && (!app->odd_suggestions || fake_track_is_odd(id)))
            all[count++] = (struct recommendation){.track = id, .score = score, .parts = {score - cover, cover}};
    }
    qsort(all, count, sizeof all[0], by_score);
    k = app->limited && app->limit < k ? app->limit : k;
    count = count < k ? count : k;
    int64_t ids[FAKE_TRACKS];
    for (size_t i = 0; i < count; i++) {
        recommendations[i] = all[i];
        ids[i] = all[i].track;
    }
    *answer = (struct app_answer){.milliseconds = 3,
                                  .seeds = {.distinct = n_seeds, .known = n_seeds},
                                  .title = fake_title_use(model, query),
                                  .parts = {{"song", "cover"}, strcmp(model, "mf-avg") == 0 ? 2 : 1}};
    if (app->known_seeds > 0 && app->known_seeds < n_seeds)
        answer->seeds.known = app->known_seeds;
    if (app->unknown_seeds && n_seeds > 0) {
        answer->seeds.known = 0;
        answer->seeds.answer = ANSWER_FEATURES;
        seed_counts_describe(&answer->seeds, model, answer->note);
    }
    return fake_fill(ids, count, tracks, error);
}

enum status app_albums(struct app *app, const int64_t *ids, size_t count, struct album_list *albums,
                       struct error *error)
{
    (void)app;
    albums->items = arena_alloc(&albums->memory, (count + 1) * sizeof *albums->items);
    if (!albums->items)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        albums->items[albums->count++] = fake_album(ids[i]);
    return STATUS_OK;
}

enum status app_album_tracks(struct app *app, int64_t album_id, struct track_list *tracks, struct error *error)
{
    (void)app;
    int64_t ids[FAKE_TRACKS];
    size_t count = 0;
    for (int64_t id = 1; id <= FAKE_TRACKS; id++)
        if (fake_track(id).album_id == album_id)
            ids[count++] = id;
    return fake_fill(ids, count, tracks, error);
}

enum status app_embedding_sets(struct app *app, char ***names, struct error *error)
{
    (void)app;
    *names = calloc(3, sizeof **names);
    if (!*names)
        return error_no_memory(error);
    (*names)[0] = strdup("gist");
    (*names)[1] = strdup("gray16");
    return STATUS_OK;
}

enum status app_embedding_info(struct app *app, const char *name, struct app_set_info *info, struct error *error)
{
    (void)error;
    *info = (struct app_set_info){
        .n_rows = FAKE_ALBUMS, .n_present = FAKE_ALBUMS - 2, .width = 512, .random_weights = app->random_weights};
    snprintf(info->extractor, sizeof info->extractor, "%s", name);
    return STATUS_OK;
}

void app_names_free(char **names)
{
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
}

/* ---- the device ---- */

void app_device(struct app *app, struct device_state *state)
{
    pthread_mutex_lock(&app->lock);
    *state = app->device;
    pthread_mutex_unlock(&app->lock);
}

enum status app_device_choose(struct app *app, enum device_choice choice, struct error *error)
{
    if (choice == DEVICE_CUDA && app->no_gpu)
        return error_set(error, STATUS_FAILED, "there is no CUDA driver in this machine");
    pthread_mutex_lock(&app->lock);
    app->device.choice = choice;
    app->device.changes++;
    app->device.lost[0] = '\0';
    snprintf(app->device.name, sizeof app->device.name, "%s",
             choice == DEVICE_CPU ? "CPU 2 threads" : "Invented GPU 8000");
    pthread_mutex_unlock(&app->lock);
    return STATUS_OK;
}

void fake_without_gpu(struct app *app)
{
    app->no_gpu = true;
}

void fake_lose_gpu(struct app *app, const char *sentence)
{
    pthread_mutex_lock(&app->lock);
    app->device.choice = DEVICE_CPU;
    app->device.changes++;
    snprintf(app->device.lost, sizeof app->device.lost, "%s", sentence);
    snprintf(app->device.name, sizeof app->device.name, "CPU 2 threads");
    pthread_mutex_unlock(&app->lock);
}
