/* The playlists and the session of the fake app. */
#include "fake_app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/export_file.h"

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

void fake_many_playlists(struct app *app, int64_t count)
{
    app->many = count;
}

static enum status many_after(struct app *app, int64_t after, size_t limit, struct playlist_list *list,
                              struct error *error)
{
    size_t count = app->many > after ? (size_t)(app->many - after) : 0;
    count = count < limit ? count : limit;
    list->items = arena_alloc(&list->memory, (count + 1) * sizeof *list->items);
    if (!list->items)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        int64_t id = after + 1 + (int64_t)i;
        snprintf(name, sizeof name, "Playlist %lld", (long long)id);
        const char *copy = arena_copy_text(&list->memory, name, strlen(name));
        list->items[list->count++] = (struct playlist){.id = id, .key = copy, .name = copy, .n_entries = 12};
    }
    return STATUS_OK;
}

enum status app_playlists_after(struct app *app, int64_t after, size_t limit, struct playlist_list *list,
                                struct error *error)
{
    if (app->many > 0)
        return many_after(app, after, limit, list, error);
    enum status status = after > 0 ? STATUS_OK : app_playlists(app, false, limit, 0, list, error);
    return status;
}

enum status app_playlist_open(struct app *app, int64_t id, struct track_list *tracks, struct error *error)
{
    if (id >= 1000 && (size_t)(id - 1000) < app->n_own)
        return fake_fill(app->own[id - 1000].ids, app->own[id - 1000].count, tracks, error);
    int64_t ids[12];
    for (int64_t i = 0; i < 12; i++)
        ids[i] = 1 + (id * 37 + i * 13) % FAKE_TRACKS;
    return fake_fill(ids, 12, tracks, error);
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
                              struct own_playlist *written, enum playlist_outcome *outcome, struct error *error)
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
        status = playlist_decide(base, &now, mine, written, outcome, error);
    if (status == STATUS_OK && *outcome == PLAYLIST_BESIDE) {
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
    for (size_t i = app->n_ratings; i > 0; i--) /* as the catalogue does */
        if (app->ratings[i - 1].playlist == id)
            app->ratings[i - 1] = app->ratings[--app->n_ratings];
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

void app_set_lock_timeout(struct app *app, int milliseconds)
{
    (void)app, (void)milliseconds;
}

void app_cancel_queries(struct app *app, bool cancel)
{
    (void)app, (void)cancel;
}

enum status app_export_tracks(struct app *app, const struct app_export_file *settings, struct buffer *out,
                              struct error *error)
{
    struct track_list tracks = {0};
    enum status status = app_tracks(app, settings->ids, settings->count, &tracks, error);
    const struct exported list = {.name = settings->name, .tracks = &tracks};
    if (status == STATUS_OK)
        status = settings->exporter->write(&list, out, error);
    track_list_free(&tracks);
    return status;
}
