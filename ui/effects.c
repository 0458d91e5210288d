#include "ui/effects.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/resumable_tsne.h"
#include "app/session_text.h"
#include "core/clock.h"
#include "core/file.h"
#include "figure/scatter.h"
#include "ui/session.h"

/* A step of the moving map: so many iterations, fewer when they take longer than this. */
enum { MAP_STEP_ITERATIONS = 12, MAP_STEP_AT_ONCE = 3 };
static const double map_step_seconds = 0.05;

struct effect_job {
    struct job job; /* first: the workers hand it back */
    struct effects *effects;
    struct effect_job *next; /* in the queue */
    bool ran;                /* else it was cancelled before */
    struct result result;
};

struct effects {
    struct app *app;
    struct workers *workers;
    void (*take)(struct result *result, void *context);
    void *context;
    bool stopped;
    int pending;
    struct effect_job *latest[EFFECT_JOBS];
    bool queue_runs;
    struct effect_job *queue;   /* what changes and opens playlists: one after the other, in order */
    struct effect_job *running; /* of the queue */
    struct saved_serial *saved; /* a playlist saved twice before its number was told */
    size_t n_saved;
    struct own_playlist *bases; /* playlists as they were last read or written here */
    size_t n_bases;
    pthread_mutex_t map_lock;
    struct app_map *map;
    double kl, kl_taken, kl_cost; /* the divergence, when it was computed, and how many seconds that took */
};

void effect_free(struct effect *effect)
{
    free(effect->text);
    free(effect->more);
    free(effect->ids);
    own_playlist_free(&effect->base);
    memset(effect, 0, sizeof *effect);
}

void effect_list_free(struct effect_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        effect_free(&list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}

struct effect *effect_ask(struct effect_list *list, struct state *state, enum effect_type type, const char *text)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 8;
        struct effect *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    struct effect effect = {.type = type, .number = ++state->sequence};
    effect.text = strdup(text ? text : "");
    if (!effect.text)
        return NULL;
    state->wanted[type] = effect.number;
    list->items[list->count] = effect;
    return &list->items[list->count++];
}

bool effect_set_tracks(struct effect *effect, const struct playlist_version *playlist)
{
    effect->ids = calloc(playlist->count + 1, sizeof *effect->ids);
    if (!effect->ids)
        return false;
    for (size_t i = 0; i < playlist->count; i++)
        effect->ids[i] = playlist->items[i]->id;
    effect->n_ids = playlist->count;
    return true;
}

void result_free(struct result *result)
{
    effect_free(&result->effect);
    track_list_free(&result->tracks);
    free(result->recommendations);
    free(result->json);
    model_list_free(&result->models);
    if (result->names)
        app_names_free(result->names);
    playlist_list_free(&result->own);
    playlist_list_free(&result->others);
    own_playlist_free(&result->written);
    own_playlist_free(&result->before);
    free(result->note);
    album_list_free(&result->albums);
    free(result->labels);
    for (int i = 0; i < MAP_LABELS; i++)
        free(result->label_names[i]);
    free(result->values);
    failure_list_free(&result->failures);
    failure_case_free(&result->failure);
    memset(result, 0, sizeof *result);
}

/* ---- what jobs do ---- */

/* A session may name tracks that are no more: those are left out. */
static enum status read_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                               struct error *error)
{
    if (count == 0 || app_tracks(app, ids, count, tracks, error) == STATUS_OK)
        return STATUS_OK;
    int64_t *there = malloc(count * sizeof *there);
    if (!there)
        return error_no_memory(error);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct track_list one = {0};
        if (app_tracks(app, &ids[i], 1, &one, NULL) == STATUS_OK)
            there[kept++] = ids[i];
        track_list_free(&one);
    }
    track_list_free(tracks);
    enum status status = kept > 0 ? app_tracks(app, there, kept, tracks, error) : STATUS_OK;
    free(there);
    return status;
}

/* A saved playlist is read as it is now: another explorer may have changed it since. */
static enum status run_session_read(struct app *app, struct result *result, struct error *error)
{
    enum status status = app_session_read(app, &result->json, &result->note, error);
    if (status != STATUS_OK || !result->json)
        return status;
    int64_t *ids, id = session_text_playlist(result->json);
    size_t count;
    if (id > 0)
        status = app_own_playlist(app, id, &result->written, error);
    if (status != STATUS_OK)
        return status;
    if (result->written.id != 0)
        return read_tracks(app, result->written.ids, result->written.count, &result->tracks, error);
    session_tracks(result->json, &ids, &count);
    status = read_tracks(app, ids, count, &result->tracks, error);
    free(ids);
    return status;
}

static enum status run_recommend(struct app *app, struct result *result, struct error *error)
{
    result->recommendations = calloc(SUGGESTIONS_MAX, sizeof *result->recommendations);
    if (!result->recommendations)
        return error_no_memory(error);
    return app_recommend(app, result->effect.text, result->effect.ids, result->effect.n_ids, SUGGESTIONS_MAX,
                         result->recommendations, &result->tracks, &result->answer, error);
}

static enum status run_playlists(struct app *app, struct result *result, struct error *error)
{
    enum status status = app_playlists(app, true, PLAYLISTS_SHOWN, 0, &result->own, error);
    if (status == STATUS_OK)
        status = app_playlists(app, false, PLAYLISTS_SHOWN, 0, &result->others, error);
    return status;
}

/* Own playlists go by name; others by name among the first ones or by key. */
static enum status find_playlist(struct app *app, struct result *result, struct error *error)
{
    const char *wanted = result->effect.text;
    enum status status = run_playlists(app, result, error);
    for (int others = 0; others < 2 && status == STATUS_OK; others++) {
        const struct playlist_list *list = others ? &result->others : &result->own;
        for (size_t i = 0; i < list->count; i++)
            if (strcmp(list->items[i].name, wanted) == 0 || strcmp(list->items[i].key, wanted) == 0) {
                result->effect.id = list->items[i].id;
                result->effect.flag = list->items[i].own;
                char *name = strdup(list->items[i].name);
                if (name) {
                    free(result->effect.text);
                    result->effect.text = name;
                }
                return STATUS_OK;
            }
    }
    if (status == STATUS_OK)
        status = app_playlist_find(app, wanted, &result->effect.id, error);
    if (status == STATUS_OK && result->effect.id == 0)
        status = error_set(error, STATUS_USAGE, "there is no playlist \"%s\"; press o for those there are", wanted);
    return status;
}

static enum status open_own(struct app *app, struct result *result, struct error *error)
{
    enum status status = app_own_playlist(app, result->effect.id, &result->written, error);
    if (status == STATUS_OK && result->written.id == 0)
        status = error_set(error, STATUS_USAGE, "\"%s\" was deleted meanwhile; press o for the playlists there are",
                           result->effect.text);
    if (status != STATUS_OK)
        return status;
    return app_tracks(app, result->written.ids, result->written.count, &result->tracks, error);
}

static enum status run_playlist_open(struct app *app, struct result *result, struct error *error)
{
    enum status status = result->effect.id > 0 ? STATUS_OK : find_playlist(app, result, error);
    if (status == STATUS_OK && result->effect.flag)
        return open_own(app, result, error);
    if (status == STATUS_OK)
        status = app_playlist_open(app, result->effect.id, &result->tracks, error);
    return status;
}

static enum status run_playlist_delete(struct app *app, struct result *result, struct error *error)
{
    enum status status = result->effect.id > 0 ? STATUS_OK : find_playlist(app, result, error);
    if (status == STATUS_OK)
        status = app_playlist_delete(app, result->effect.id, error);
    return status;
}

static enum status save_playlist(struct app *app, struct result *result, struct error *error)
{
    struct effect *effect = &result->effect;
    const struct own_playlist mine = {.name = effect->text, .ids = effect->ids, .count = effect->n_ids};
    struct own_playlist base = effect->base;
    base.id = effect->id;
    enum status status = app_playlist_save(app, &base, &mine, &result->written, &result->fate, error);
    if (status != STATUS_OK)
        return status;
    result->id = result->written.id;
    if (own_playlist_same(&mine, &result->written))
        return STATUS_OK;
    return own_playlist_set(&result->before, result->id, mine.name, mine.ids, mine.count, error);
}

static enum status save(struct app *app, struct result *result, struct error *error)
{
    struct effect *effect = &result->effect;
    result->id = effect->id;
    enum status status = effect->flag ? save_playlist(app, result, error) : STATUS_OK;
    if (status == STATUS_OK && effect->more && result->id != effect->id &&
        !session_text_set_playlist(&effect->more, result->id))
        status = error_no_memory(error);
    if (status == STATUS_OK && effect->more)
        status = app_session_write(app, effect->more, error);
    if (result->before.name) /* their info, for the screen; without them it shows what it showed */
        read_tracks(app, result->written.ids, result->written.count, &result->tracks, NULL);
    return status;
}

static enum status copy_labels(const struct app_map *map, struct result *result, struct error *error)
{
    result->labels = calloc(map->albums.count + 1, sizeof *result->labels);
    if (!result->labels)
        return error_no_memory(error);
    if (map->albums.count > 0)
        memcpy(result->labels, map->labels, map->albums.count * sizeof *result->labels);
    result->n_labels = map->n_labels < MAP_LABELS ? map->n_labels : MAP_LABELS;
    for (int i = 0; i < result->n_labels; i++)
        if (!(result->label_names[i] = strdup(map->label_names[i])))
            return error_no_memory(error);
    return STATUS_OK;
}

/* A large map's divergence takes longer than a frame: then it is computed only now and then, and at the end. */
static enum status measure(struct effects *effects, bool exactly, struct result *result, struct error *error)
{
    double now = clock_seconds();
    enum status status = STATUS_OK;
    if (exactly || now - effects->kl_taken >= 10 * effects->kl_cost) {
        status = resumable_tsne_kl(effects->map->moving, &effects->kl, error);
        effects->kl_taken = clock_seconds();
        effects->kl_cost = effects->kl_taken - now;
    }
    result->kl = effects->kl;
    return status;
}

static enum status copy_points(struct effects *effects, bool exactly, struct result *result, struct error *error)
{
    const struct app_map *map = effects->map;
    result->values = calloc(map->albums.count * 2 + 1, sizeof *result->values);
    if (!result->values)
        return error_no_memory(error);
    result->iteration = resumable_tsne_iteration(map->moving);
    result->iterations = tsne_defaults().iterations;
    enum status status = resumable_tsne_points(map->moving, result->values, error);
    if (status == STATUS_OK)
        status = measure(effects, exactly, result, error);
    return status;
}

static enum status run_map_open(struct effects *effects, struct result *result, struct error *error)
{
    struct tsne_settings settings = tsne_defaults();
    app_map_close(effects->map);
    effects->map = NULL;
    enum status status = app_map_open(effects->app, result->effect.text, MAP_LABELS, &settings, &effects->map, error);
    if (status != STATUS_OK)
        return status;
    const struct app_map *map = effects->map;
    int64_t *ids = calloc(map->albums.count + 1, sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        ids[i] = map->albums.items[i].id;
    if (map->albums.count > 0)
        status = app_albums(effects->app, ids, map->albums.count, &result->albums, error);
    free(ids);
    if (status == STATUS_OK && result->albums.count != map->albums.count)
        status = error_set(error, STATUS_FAILED, "the catalogue changed while the map was opened; open it again");
    if (status == STATUS_OK)
        status = copy_labels(map, result, error);
    if (status == STATUS_OK)
        status = copy_points(effects, true, result, error);
    return status;
}

static enum status run_map_step(struct effects *effects, struct result *result, const atomic_bool *cancel,
                                struct error *error)
{
    if (!effects->map)
        return error_set(error, STATUS_USAGE, "the map is not open");
    enum status status = STATUS_OK;
    double end = clock_seconds() + map_step_seconds;
    for (int run = 0; run < MAP_STEP_ITERATIONS && status == STATUS_OK && !result->done; run += MAP_STEP_AT_ONCE) {
        status = resumable_tsne_run(effects->map->moving, MAP_STEP_AT_ONCE, &result->done, error);
        if (clock_seconds() >= end || atomic_load(cancel))
            break;
    }
    return status == STATUS_OK ? copy_points(effects, result->done != 0, result, error) : status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

static enum status encode_map(const struct app_map *map, const char *path, const float *points, struct buffer *out,
                              struct error *error)
{
    struct scatter scatter = {
        .n = (int64_t)map->albums.count,
        .points = points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .selected = -1,
        .background = 0xffffff,
        .foreground = 0x222222,
    };
    if (ends_with(path, ".png"))
        return scatter_figure_png(&scatter, "Album covers (t-SNE)", out, error);
    if (ends_with(path, ".svg"))
        return scatter_figure_svg(&scatter, "Album covers (t-SNE)", out, error);
    if (!ends_with(path, ".tsv"))
        return error_set(error, STATUS_USAGE, "\"%s\" ends neither in .png nor in .svg nor in .tsv", path);
    const char **keys = calloc(map->albums.count + 1, sizeof *keys);
    if (!keys)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        keys[i] = map->albums.items[i].key;
    enum status status = scatter_tsv(&scatter, keys, out, error);
    free(keys);
    return status;
}

static enum status run_map_write(struct effects *effects, struct result *result, struct error *error)
{
    if (!effects->map)
        return error_set(error, STATUS_USAGE, "there is no map to write yet; open it first");
    enum status status = copy_points(effects, false, result, error);
    struct buffer out = {0};
    struct atomic_file file;
    if (status == STATUS_OK)
        status = encode_map(effects->map, result->effect.text, result->values, &out, error);
    if (status == STATUS_OK && out.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = atomic_file_open(result->effect.text, &file, error);
    if (status == STATUS_OK) {
        fwrite(out.data, 1, out.size, file.stream);
        status = atomic_file_commit(&file, error);
        atomic_file_abort(&file);
    }
    buffer_free(&out);
    return status;
}

static enum status run_neighbours(struct app *app, struct result *result, struct error *error)
{
    result->values = calloc(NEAREST_MAX, sizeof *result->values);
    if (!result->values)
        return error_no_memory(error);
    return app_neighbours(app, result->effect.text, result->effect.id, NEAREST_MAX, &result->albums, result->values,
                          error);
}

static enum status run_device(struct app *app, const struct result *result, struct error *error)
{
    enum device_choice choice;
    if (!device_choice_parse(result->effect.text, &choice))
        return error_set(error, STATUS_USAGE, "there is no device \"%s\"; auto, cpu and cuda can be chosen",
                         result->effect.text);
    return app_device_choose(app, choice, error);
}

static enum status run_with_map(struct effects *effects, struct result *result, const atomic_bool *cancel,
                                struct error *error)
{
    pthread_mutex_lock(&effects->map_lock);
    enum status status = result->effect.type == EFFECT_MAP_OPEN   ? run_map_open(effects, result, error)
                         : result->effect.type == EFFECT_MAP_STEP ? run_map_step(effects, result, cancel, error)
                                                                  : run_map_write(effects, result, error);
    pthread_mutex_unlock(&effects->map_lock);
    return status;
}

static const char *more(const struct effect *effect)
{
    return effect->more ? effect->more : "";
}

static enum status run_effect(struct effects *effects, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    struct app *app = effects->app;
    switch (result->effect.type) {
    case EFFECT_SESSION_READ:
        return run_session_read(app, result, error);
    case EFFECT_MODELS:
        return app_models(app, &result->models, error);
    case EFFECT_SETS:
        return app_embedding_sets(app, &result->names, error);
    case EFFECT_SEARCH:
        return app_search(app, result->effect.text, RESULTS_MAX, &result->tracks, &result->total, cancel, error);
    case EFFECT_RECOMMEND:
        return run_recommend(app, result, error);
    case EFFECT_SAVE:
        return save(app, result, error);
    case EFFECT_PLAYLISTS:
        return run_playlists(app, result, error);
    case EFFECT_PLAYLIST_OPEN:
        return run_playlist_open(app, result, error);
    case EFFECT_PLAYLIST_DELETE:
        return run_playlist_delete(app, result, error);
    case EFFECT_NEIGHBOURS:
        return run_neighbours(app, result, error);
    case EFFECT_FAILURES:
        return app_failures(app, result->effect.text, more(&result->effect), &result->effect.filter, &result->failures,
                            error);
    case EFFECT_FAILURE_OPEN:
        return app_failure_open(app, result->effect.id, result->effect.text, more(&result->effect), &result->failure,
                                error);
    case EFFECT_DEVICE:
        return run_device(app, result, error);
    case EFFECT_ALBUM_ADD:
        return app_album_tracks(app, result->effect.id, &result->tracks, error);
    default:
        return run_with_map(effects, result, cancel, error);
    }
}

void effects_run(struct effects *effects, struct result *result, const atomic_bool *cancel)
{
    result->error.status = run_effect(effects, result, cancel, &result->error);
    app_device(effects->app, &result->device);
}

/* ---- jobs ---- */

static void run(struct job *job)
{
    struct effect_job *mine = (struct effect_job *)job;
    mine->ran = true;
    effects_run(mine->effects, &mine->result, &job->cancelled);
}

static int64_t known_id(const struct effects *effects, uint64_t serial)
{
    for (size_t i = 0; i < effects->n_saved; i++)
        if (effects->saved[i].serial == serial)
            return effects->saved[i].id;
    return 0;
}

static struct own_playlist *base_of(const struct effects *effects, int64_t id)
{
    for (size_t i = 0; i < effects->n_bases; i++)
        if (effects->bases[i].id == id)
            return &effects->bases[i];
    return NULL;
}

static void copy_playlist(struct own_playlist *to, const struct own_playlist *from)
{
    if (own_playlist_set(to, from->id, from->name, from->ids, from->count, NULL) == STATUS_OK)
        to->changed = from->changed;
}

static void set_base(struct effects *effects, const struct own_playlist *playlist)
{
    struct own_playlist *base = base_of(effects, playlist->id);
    if (!base) {
        struct own_playlist *bases = realloc(effects->bases, (effects->n_bases + 1) * sizeof *bases);
        if (!bases)
            return;
        effects->bases = bases;
        base = &bases[effects->n_bases++];
        *base = (struct own_playlist){0};
    }
    copy_playlist(base, playlist);
}

/* What is known when the save's turn comes. */
static void prepare_save(const struct effects *effects, struct effect *effect)
{
    int64_t id = known_id(effects, effect->serial);
    if (id != 0)
        effect->id = id;
    const struct own_playlist *base = base_of(effects, effect->id);
    if (base)
        copy_playlist(&effect->base, base);
}

static void run_queue(struct effects *effects)
{
    struct effect_job *next = effects->queue;
    effects->queue_runs = next != NULL;
    effects->running = next;
    if (!next)
        return;
    effects->queue = next->next;
    if (next->result.effect.type == EFFECT_SAVE)
        prepare_save(effects, &next->result.effect);
    workers_post(effects->workers, &next->job);
}

static bool queued(enum effect_type type)
{
    return type == EFFECT_SAVE || type == EFFECT_PLAYLIST_OPEN || type == EFFECT_PLAYLIST_DELETE;
}

static void rebase_save(struct effect *effect, const struct own_playlist *before, const struct own_playlist *after)
{
    struct track_numbers rebased, from = {before->ids, before->count}, to = {after->ids, after->count};
    struct track_numbers mine = {effect->ids, effect->n_ids};
    if (playlist_rebase(&from, &to, &mine, &rebased, NULL) == STATUS_OK) {
        free(effect->ids);
        effect->ids = rebased.ids;
        effect->n_ids = rebased.count;
    }
    char *name = strcmp(effect->text, before->name) == 0 ? strdup(after->name) : NULL;
    if (name) {
        free(effect->text);
        effect->text = name;
    }
}

/* A save that was asked for before changes made elsewhere were known gets them too. */
static void follow(const struct result *saved, struct effect *later)
{
    bool same = later->serial == saved->effect.serial || later->id == saved->id;
    if (later->type == EFFECT_SAVE && later->flag && same && saved->before.name)
        rebase_save(later, &saved->before, &saved->written);
}

static void remember_serial(struct effects *effects, uint64_t serial, int64_t id)
{
    for (size_t i = 0; i < effects->n_saved; i++)
        if (effects->saved[i].serial == serial) {
            effects->saved[i].id = id;
            return;
        }
    struct saved_serial *saved = realloc(effects->saved, (effects->n_saved + 1) * sizeof *saved);
    if (!saved)
        return;
    effects->saved = saved;
    saved[effects->n_saved++] = (struct saved_serial){.serial = serial, .id = id};
}

static void remember_saved(struct effects *effects, const struct result *result)
{
    const struct effect *effect = &result->effect;
    if (!effect->flag || result->written.id == 0)
        return;
    remember_serial(effects, effect->serial, result->id);
    set_base(effects, &result->written);
    for (struct effect_job *job = effects->queue; job; job = job->next)
        follow(result, &job->result.effect);
}

/* A playlist that was read: when it was open before and has been changed elsewhere since, that is told by `before`. */
static void remember_read(struct effects *effects, struct result *result)
{
    if (result->written.id == 0)
        return;
    const struct own_playlist *base = base_of(effects, result->written.id);
    if (base && !own_playlist_same(base, &result->written))
        copy_playlist(&result->before, base);
    set_base(effects, &result->written);
}

static void finish(struct job *job, void *user)
{
    (void)user;
    struct effect_job *mine = (struct effect_job *)job;
    struct effects *effects = mine->effects;
    enum effect_type type = mine->result.effect.type;
    effects->pending--;
    if (effects->latest[type] == mine)
        effects->latest[type] = NULL;
    if (effects->running == mine)
        effects->running = NULL;
    if (effects->stopped && type == EFFECT_SAVE && (!mine->ran || mine->result.error.status != STATUS_OK)) {
        remember_saved(effects, &mine->result); /* the playlist may be written, and only the session not */
        mine->next = effects->queue;            /* what was not saved is saved on the way out */
        effects->queue = mine;
        return;
    }
    if (type == EFFECT_SAVE)
        remember_saved(effects, &mine->result);
    else
        remember_read(effects, &mine->result);
    if (!effects->stopped)
        effects->take(&mine->result, effects->context);
    if (queued(type) && !effects->stopped)
        run_queue(effects);
    result_free(&mine->result);
    free(mine);
}

enum status effects_create(struct app *app, struct workers *workers, void (*take)(struct result *result, void *context),
                           void *context, struct effects **out, struct error *error)
{
    struct effects *effects = calloc(1, sizeof *effects);
    if (!effects)
        return error_no_memory(error);
    effects->app = app;
    effects->workers = workers;
    effects->take = take;
    effects->context = context;
    pthread_mutex_init(&effects->map_lock, NULL);
    *out = effects;
    return STATUS_OK;
}

void effects_destroy(struct effects *effects)
{
    if (!effects)
        return;
    while (effects->queue) {
        struct effect_job *next = effects->queue->next;
        result_free(&effects->queue->result);
        free(effects->queue);
        effects->queue = next;
    }
    app_map_close(effects->map);
    pthread_mutex_destroy(&effects->map_lock);
    free(effects->saved);
    for (size_t i = 0; i < effects->n_bases; i++)
        own_playlist_free(&effects->bases[i]);
    free(effects->bases);
    free(effects);
}

void effects_stop(struct effects *effects)
{
    effects->stopped = true;
    for (int i = 0; i < EFFECT_JOBS; i++)
        if (effects->latest[i])
            workers_cancel(effects->workers, &effects->latest[i]->job);
}

int effects_pending(const struct effects *effects)
{
    return effects->pending;
}

static int urgency(enum effect_type type)
{
    switch (type) {
    case EFFECT_MAP_STEP:
    case EFFECT_MAP_OPEN:
        return 40;
    case EFFECT_SAVE:
        return 60;
    case EFFECT_SESSION_READ:
        return 100;
    default:
        return 80;
    }
}

static bool replaceable(enum effect_type type)
{
    return type == EFFECT_SEARCH || type == EFFECT_RECOMMEND || type == EFFECT_NEIGHBOURS || type == EFFECT_PLAYLISTS ||
           type == EFFECT_MAP_STEP || type == EFFECT_MAP_OPEN || type == EFFECT_FAILURES || type == EFFECT_FAILURE_OPEN;
}

void effects_post(struct effects *effects, struct effect *effect)
{
    struct effect_job *job = calloc(1, sizeof *job);
    if (!job) {
        effect_free(effect);
        return;
    }
    enum effect_type type = effect->type;
    job->job = (struct job){.run = run, .finish = finish, .urgency = urgency(type)};
    job->effects = effects;
    job->result.effect = *effect;
    memset(effect, 0, sizeof *effect);
    effects->pending++;
    if (replaceable(type)) {
        if (effects->latest[type])
            workers_cancel(effects->workers, &effects->latest[type]->job);
        effects->latest[type] = job;
    }
    if (!queued(type)) {
        workers_post(effects->workers, &job->job);
        return;
    }
    struct effect_job **place = &effects->queue;
    while (*place)
        place = &(*place)->next;
    *place = job;
    if (!effects->queue_runs)
        run_queue(effects);
}

static enum status save_one(struct effects *effects, struct result *result, struct error *error)
{
    prepare_save(effects, &result->effect);
    enum status status = save(effects->app, result, error);
    if (status == STATUS_OK)
        remember_saved(effects, result);
    return status;
}

/* What stands in the queue, then `last`; later ones follow from what the earlier ones wrote. */
static enum status save_all(struct effects *effects, struct result *last, struct error *error)
{
    enum status status = STATUS_OK;
    while (effects->queue && status == STATUS_OK) {
        struct effect_job *job = effects->queue;
        if (job->result.effect.type == EFFECT_SAVE) {
            own_playlist_free(&job->result.written); /* of a try that failed */
            status = save_one(effects, &job->result, error);
            follow(&job->result, &last->effect);
        }
        if (status != STATUS_OK)
            break;
        effects->queue = job->next;
        result_free(&job->result);
        free(job);
    }
    return status == STATUS_OK ? save_one(effects, last, error) : status;
}

struct rescue {
    struct own_playlist *bases, *playlists; /* texts and numbers of the effects */
    uint64_t *serials;
    size_t n;
};

/* A later state of the same playlist takes the place of an earlier one. The effect may be that of a save that still
 * runs: only what that does not change is read. */
static void add_to_rescue(const struct effects *effects, const struct effect *effect, struct rescue *rescue)
{
    if (effect->type != EFFECT_SAVE || !effect->flag)
        return;
    int64_t known = known_id(effects, effect->serial), id = known != 0 ? known : effect->id;
    const struct own_playlist *base = base_of(effects, id);
    size_t at = 0;
    while (at < rescue->n && rescue->serials[at] != effect->serial)
        at++;
    for (size_t i = at; i + 1 < rescue->n; i++) { /* the last one is what the session has open */
        rescue->bases[i] = rescue->bases[i + 1];
        rescue->playlists[i] = rescue->playlists[i + 1];
        rescue->serials[i] = rescue->serials[i + 1];
    }
    at = at < rescue->n ? rescue->n - 1 : rescue->n++;
    rescue->bases[at] = base ? *base : (struct own_playlist){.id = id};
    rescue->playlists[at] = (struct own_playlist){.name = effect->text, .ids = effect->ids, .count = effect->n_ids};
    rescue->serials[at] = effect->serial;
}

static enum status rescue_all(struct effects *effects, struct effect *last, char **path, struct error *error)
{
    size_t most = 2;
    for (const struct effect_job *job = effects->queue; job; job = job->next)
        most++;
    struct rescue rescue = {calloc(most, sizeof *rescue.bases), calloc(most, sizeof *rescue.playlists),
                            calloc(most, sizeof *rescue.serials), 0};
    enum status status = rescue.bases && rescue.playlists && rescue.serials ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        if (effects->running)
            add_to_rescue(effects, &effects->running->result.effect, &rescue);
        for (const struct effect_job *job = effects->queue; job; job = job->next)
            add_to_rescue(effects, &job->result.effect, &rescue);
        add_to_rescue(effects, last, &rescue);
        status = app_rescue(effects->app, last->more ? last->more : "", rescue.bases, rescue.playlists, rescue.n,
                            last->flag, path, error);
    }
    free(rescue.bases);
    free(rescue.playlists);
    free(rescue.serials);
    return status;
}

enum status effects_save_now(struct effects *effects, struct effect *last, struct error *error)
{
    struct result result = {.effect = *last};
    struct error reason = {0};
    char *path = NULL;
    memset(last, 0, sizeof *last);
    enum status status = save_all(effects, &result, error);
    bool unfinished = effects->running && effects->running->result.effect.type == EFFECT_SAVE;
    if (status == STATUS_OK && unfinished)
        status = error_set(error, STATUS_FAILED, "saving takes too long");
    if (status != STATUS_OK && rescue_all(effects, &result.effect, &path, &reason) == STATUS_OK)
        error_append(error, "; what is not saved is kept in %s and is there again at the next start", path);
    else if (status != STATUS_OK)
        error_append(error, "; what is not saved is lost: %s", reason.text);
    free(path);
    result_free(&result);
    return status;
}
