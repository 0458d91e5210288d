#include "fake_app.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/random.h"
#include "core/text.h"

enum { OWN_MAX = 16, OWN_TRACKS_MAX = 1024 };

struct fake_playlist {
    char name[256];
    int64_t ids[OWN_TRACKS_MAX];
    size_t count;
    int64_t changed;
    bool gone;
};

struct app {
    struct app_summary summary;
    struct device_state device; /* the GPU is there */
    pthread_mutex_t lock;
    char *session;
    struct fake_playlist own[OWN_MAX];
    size_t n_own, rescued;
    const char *rescue_failure;
    atomic_bool hang, hanging;
    const char *search_failure, *recommend_failure, *playlist_failure, *session_failure;
    bool fail_once; /* the playlist failure */
    bool no_models, no_results, no_gpu;
    const char *refused;
};

struct app *fake_app_create(void)
{
    struct app *app = calloc(1, sizeof *app);
    if (!app)
        abort();
    pthread_mutex_init(&app->lock, NULL);
    snprintf(app->summary.name, sizeof app->summary.name, "invented");
    snprintf(app->device.name, sizeof app->device.name, "CPU 2 threads");
    app->summary.counts = (struct catalogue_counts){.artists = FAKE_ARTISTS, .albums = FAKE_ALBUMS, .tracks = 28356};
    app->summary.generated_covers = true;
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

void fake_without_models(struct app *app)
{
    app->no_models = true;
}

void fake_without_results(struct app *app)
{
    app->no_results = true;
}

void fake_refuse_model(struct app *app, const char *model)
{
    app->refused = model;
}

const struct app_summary *app_summary(const struct app *app)
{
    return &app->summary;
}

static enum status fill(const int64_t *ids, size_t count, struct track_list *tracks, struct error *error)
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
    return fill(ids, count, tracks, error);
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
    return fill(ids, count < limit ? count : limit, tracks, error);
}

static const char *const model_names[] = {"als", "mf-avg", "popularity"};

enum status app_models(struct app *app, struct model_list *models, struct error *error)
{
    models->items = arena_alloc(&models->memory, 3 * sizeof *models->items);
    if (!models->items)
        return error_no_memory(error);
    for (size_t i = 0; i < 3 && !app->no_models; i++)
        models->items[models->count++] = (struct model_record){.name = model_names[i], .kind = model_names[i]};
    return STATUS_OK;
}

static int by_score(const void *a, const void *b)
{
    const struct recommendation *x = a, *y = b;
    return x->score < y->score ? 1 : x->score > y->score ? -1 : (x->track > y->track) - (x->track < y->track);
}

enum status app_recommend(struct app *app, const char *model, const int64_t *seeds, size_t n_seeds, size_t k,
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
    size_t count = 0;
    uint64_t mix = (uint64_t)strlen(model);
    for (size_t i = 0; i < n_seeds; i++)
        mix = random_mix(mix ^ (uint64_t)seeds[i]);
    for (int64_t id = 1; id <= FAKE_TRACKS; id++) {
        bool seed = false;
        for (size_t i = 0; i < n_seeds; i++)
            seed = seed || seeds[i] == id;
        float score = (float)(random_mix(mix ^ (uint64_t)id * 977) % 10000) / 10000.0f;
        float cover = strcmp(model, "mf-avg") == 0 ? score * (float)(id % 5) / 8.0f : 0;
        if (!seed)
            all[count++] = (struct recommendation){.track = id, .score = score, .parts = {score - cover, cover}};
    }
    qsort(all, count, sizeof all[0], by_score);
    count = count < k ? count : k;
    int64_t ids[FAKE_TRACKS];
    for (size_t i = 0; i < count; i++) {
        recommendations[i] = all[i];
        ids[i] = all[i].track;
    }
    *answer = (struct app_answer){.milliseconds = 3,
                                  .seeds = {.distinct = n_seeds, .known = n_seeds},
                                  .parts = {{"song", "cover"}, strcmp(model, "mf-avg") == 0 ? 2 : 1}};
    return fill(ids, count, tracks, error);
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
    return fill(ids, count, tracks, error);
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

/* ---- the map ---- */

struct resumable_tsne {
    int n, iteration;
    float twist;
};

enum status resumable_tsne_run(struct resumable_tsne *moving, int count, bool *done, struct error *error)
{
    (void)error;
    moving->iteration = moving->iteration + count * 10 < 1000 ? moving->iteration + count * 10 : 1000;
    *done = moving->iteration == 1000;
    return STATUS_OK;
}

int resumable_tsne_iteration(const struct resumable_tsne *moving)
{
    return moving->iteration;
}

enum status resumable_tsne_points(struct resumable_tsne *moving, float *points, struct error *error)
{
    (void)error;
    for (int i = 0; i < moving->n; i++) {
        float angle = (float)(i / 4) * 0.62831853f + moving->twist;
        float radius = (float)moving->iteration / 1000.0f * (6.0f + (float)(i % 4));
        points[2 * i] = radius * cosf(angle + 0.1f * (float)(i % 4));
        points[2 * i + 1] = radius * sinf(angle + 0.1f * (float)(i % 4));
    }
    return STATUS_OK;
}

enum status resumable_tsne_kl(struct resumable_tsne *moving, double *kl, struct error *error)
{
    (void)error;
    *kl = 4.0 - 3.2 * (double)moving->iteration / 1000.0;
    return STATUS_OK;
}

enum status app_map_open(struct app *app, const char *set, int n_artists, const struct tsne_settings *settings,
                         struct app_map **out, struct error *error)
{
    (void)settings;
    struct app_map *map = calloc(1, sizeof *map);
    if (!map)
        return error_no_memory(error);
    int64_t ids[64];
    size_t count = 0;
    map->title = strdup("Covers");
    map->labels = calloc(64, sizeof *map->labels);
    map->moving = calloc(1, sizeof *map->moving);
    for (int artist = 1; artist <= n_artists; artist++) {
        map->label_names[map->n_labels] = strdup(fake_artist(artist));
        for (int64_t album = 1; album <= FAKE_ALBUMS; album++)
            if (fake_album(album).artist_id == artist) {
                map->labels[count] = map->n_labels;
                ids[count++] = album;
            }
        map->n_labels++;
    }
    map->moving->n = (int)count;
    map->moving->twist = (float)strlen(set);
    *out = map;
    return app_albums(app, ids, count, &map->albums, error);
}

void app_map_close(struct app_map *map)
{
    if (!map)
        return;
    album_list_free(&map->albums);
    for (int i = 0; i < map->n_labels; i++)
        free(map->label_names[i]);
    free(map->labels);
    free(map->title);
    free(map->moving);
    free(map);
}

enum status app_neighbours(struct app *app, const char *set, int64_t album_id, size_t k, struct album_list *albums,
                           float *distances, struct error *error)
{
    int64_t ids[16];
    size_t count = k < 16 ? k : 16;
    for (size_t i = 0; i < count; i++) {
        ids[i] = 1 + (album_id + (int64_t)(i + 1) * (int64_t)strlen(set)) % FAKE_ALBUMS;
        distances[i] = (float)(i + 1) * 0.125f;
    }
    return app_albums(app, ids, count, albums, error);
}

/* ---- failures ---- */

static const char *const test_names[] = {"Breakfast",
                                         "夜の雨が降る街角で、そして朝まで",
                                         "Drive\tTime \x1b[31m",
                                         "Rainy day",
                                         "👨‍👩‍👧‍👦 Family",
                                         "A very long name of a playlist that nobody would ever give to one",
                                         "\xe2\x80\xae"
                                         "turned",
                                         "Broken \xff\xfe",
                                         "Sunday"};

/* Playlist 100 + i shows 1 + i % 10 seeds and hides 4 + i % 30 tracks. */
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
        failure->name = test_names[(size_t)i % (sizeof test_names / sizeof test_names[0])];
        failure->seeds = test_seeds(i);
        failure->n_entries = test_length(i);
        for (int metric = 0; metric < METRICS; metric++) {
            failure->values[metric] = test_value(model, i, metric);
            failure->other[metric] = against[0] && i % 9 != 8 ? test_value(against, i, metric) : (double)NAN;
        }
    }
    failure_list_arrange(list, filter);
    return STATUS_OK;
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
    enum status status = app_recommend(app, side->model, seeds, opened->seeds.count, FAKE_TRACKS - 100, side->list,
                                       &side->tracks, &side->answer, error);
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
    enum status status = fill(ids, seeds, &opened->seeds, error);
    if (status == STATUS_OK)
        status = fill(ids + seeds, length - seeds, &opened->held_out, error);
    for (int side = 0; side < opened->n_sides && status == STATUS_OK; side++)
        status = fake_side(app, i, opened, &opened->sides[side], error);
    return status;
}

/* ---- playlists and session ---- */

enum status app_playlists(struct app *app, bool own_only, size_t limit, size_t offset, struct playlist_list *list,
                          struct error *error)
{
    static const char *const names[] = {"Rainy day", "雨の日", "road trip \x1b[2J", "Sunday"};
    (void)limit, (void)offset;
    pthread_mutex_lock(&app->lock);
    list->items = arena_alloc(&list->memory, 32 * sizeof *list->items);
    for (size_t i = 0; own_only && i < app->n_own; i++)
        list->items[list->count++] = (struct playlist){
            .id = 1000 + (int64_t)i,
            .key = "own",
            .name = arena_copy_text(&list->memory, app->own[i].name, strlen(app->own[i].name)),
            .own = true,
            .n_entries = (int64_t)app->own[i].count,
        };
    for (size_t i = 0; !own_only && i < 4; i++)
        list->items[list->count++] = (struct playlist){
            .id = 1 + (int64_t)i, .key = names[i], .name = names[i], .n_entries = 12, .duration_ms = 2900000};
    pthread_mutex_unlock(&app->lock);
    return list->items ? STATUS_OK : error_no_memory(error);
}

enum status app_playlist_open(struct app *app, int64_t id, struct track_list *tracks, struct error *error)
{
    if (id >= 1000 && (size_t)(id - 1000) < app->n_own)
        return fill(app->own[id - 1000].ids, app->own[id - 1000].count, tracks, error);
    int64_t ids[12];
    for (int64_t i = 0; i < 12; i++)
        ids[i] = 1 + (id * 37 + i * 13) % FAKE_TRACKS;
    return fill(ids, 12, tracks, error);
}

enum status app_playlist_find(struct app *app, const char *key, int64_t *id, struct error *error)
{
    (void)app, (void)key, (void)error;
    *id = 0;
    return STATUS_OK;
}

static struct fake_playlist *own_of(struct app *app, int64_t id)
{
    bool there = id >= 1000 && id < 1000 + (int64_t)app->n_own && !app->own[id - 1000].gone;
    return there ? &app->own[id - 1000] : NULL;
}

enum status app_own_playlist(struct app *app, int64_t id, struct own_playlist *playlist, struct error *error)
{
    const struct fake_playlist *own = own_of(app, id);
    own_playlist_free(playlist);
    enum status status = own ? own_playlist_set(playlist, id, own->name, own->ids, own->count, error) : STATUS_OK;
    playlist->changed = own ? own->changed : 0;
    return status;
}

void fake_copy_playlists(struct app *app, const struct app *from)
{
    memcpy(app->own, from->own, sizeof app->own);
    app->n_own = from->n_own;
}

void fake_write_playlist(struct app *app, int64_t id, const char *name, const int64_t *ids, size_t count)
{
    struct fake_playlist *own = own_of(app, id);
    if (!own)
        abort();
    snprintf(own->name, sizeof own->name, "%.255s", name);
    if (count > 0)
        memcpy(own->ids, ids, count * sizeof *ids);
    own->count = count;
    own->changed++;
}

void fake_delete_playlist(struct app *app, int64_t id)
{
    own_of(app, id)->gone = true;
}

static enum status write_fake(struct app *app, struct own_playlist *wanted, struct error *error)
{
    if (wanted->count > OWN_TRACKS_MAX || (wanted->id == 0 && app->n_own == OWN_MAX))
        return error_set(error, STATUS_FAILED, "the invented catalogue is full");
    if (wanted->id == 0)
        wanted->id = 1000 + (int64_t)app->n_own++;
    fake_write_playlist(app, wanted->id, wanted->name, wanted->ids, wanted->count);
    wanted->changed = own_of(app, wanted->id)->changed;
    return STATUS_OK;
}

enum status app_playlist_save(struct app *app, const struct own_playlist *base, const struct own_playlist *mine,
                              struct own_playlist *written, enum playlist_fate *fate, struct error *error)
{
    if (app->playlist_failure) {
        error_set(error, STATUS_FAILED, "%s", app->playlist_failure);
        if (app->fail_once)
            app->playlist_failure = NULL;
        return STATUS_FAILED;
    }
    struct own_playlist now = {0};
    pthread_mutex_lock(&app->lock);
    enum status status = app_own_playlist(app, base->id, &now, error);
    if (status == STATUS_OK)
        status = playlist_decide(base, &now, mine, written, fate, error);
    if (status == STATUS_OK && *fate == PLAYLIST_BESIDE) {
        char name[160];
        snprintf(name, sizeof name, "%.120s (2)", written->name);
        status = own_playlist_set(written, 0, name, mine->ids, mine->count, error);
    }
    if (status == STATUS_OK)
        status = write_fake(app, written, error);
    own_playlist_free(&now);
    pthread_mutex_unlock(&app->lock);
    return status;
}

enum status app_playlist_delete(struct app *app, int64_t id, struct error *error)
{
    if (id < 1000)
        return error_set(error, STATUS_FAILED, "only your own playlists can be deleted");
    app->own[id - 1000].name[0] = '\0';
    return STATUS_OK;
}

enum status app_session_read(struct app *app, char **json, char **note, struct error *error)
{
    (void)error;
    *note = NULL;
    *json = app->session ? strdup(app->session) : NULL;
    return STATUS_OK;
}

enum status app_session_write(struct app *app, const char *json, struct error *error)
{
    if (app->session_failure)
        return error_set(error, STATUS_FAILED, "%s", app->session_failure);
    pthread_mutex_lock(&app->lock);
    fake_set_session(app, json);
    pthread_mutex_unlock(&app->lock);
    return STATUS_OK;
}

enum status app_rescue(struct app *app, const char *session, const struct own_playlist *bases,
                       const struct own_playlist *playlists, size_t n, bool kept, char **path, struct error *error)
{
    (void)bases, (void)playlists, (void)kept, (void)session;
    if (app->rescue_failure)
        return error_set(error, STATUS_FAILED, "%s", app->rescue_failure);
    app->rescued += n;
    *path = strdup("/invented/unsaved-1.json");
    return *path ? STATUS_OK : error_no_memory(error);
}

void fake_fail_rescue(struct app *app, const char *text)
{
    app->rescue_failure = text;
}

size_t fake_rescued(const struct app *app)
{
    return app->rescued;
}

void app_set_patience(struct app *app, int milliseconds)
{
    (void)app, (void)milliseconds;
}

void app_cancel_queries(struct app *app, bool cancel)
{
    (void)app, (void)cancel;
}
