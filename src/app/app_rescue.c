/* Work that could not be saved in time, kept in a JSON file until the next explorer restores it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_internal.h"
#include "app/session_text.h"
#include "core/file.h"
#include "core/json.h"
#include "core/paths.h"

enum { FILES_MAX = 100, FOLDERS = 2 };

static const char prefix[] = "unsaved-", suffix[] = ".json"; /* a number between them */

/* Like catalogue_sidecar, but the catalogue need not be open. */
static void add_sidecar(const struct app *app, struct buffer *folder)
{
    size_t size = strlen(app->path);
    buffer_add(folder, app->path, size > 3 && strcmp(app->path + size - 3, ".db") == 0 ? size - 3 : size);
    buffer_add_text(folder, ".data/");
}

/* A folder that was deleted together with its catalogue is not made again. */
static bool parent_is_there(const struct app *app)
{
    const char *slash = strrchr(app->path, '/');
    char *parent = slash ? strndup(app->path, (size_t)(slash - app->path) + 1) : strdup(".");
    bool there = parent && file_exists(parent);
    free(parent);
    return there;
}

/* Beside the catalogue, else in the data folder. False when there is none. */
static bool folder_of(const struct app *app, int which, struct buffer *folder)
{
    if (which == 0) {
        add_sidecar(app, folder);
        return !folder->failed && parent_is_there(app);
    }
    if (path_data_folder(folder, NULL) != STATUS_OK)
        return false;
    buffer_add_byte(folder, '/');
    return !folder->failed;
}

/* ---- writing ---- */

static void write_numbers(struct json_writer *writer, const char *key, const int64_t *ids, size_t count)
{
    json_key(writer, key);
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++)
        json_integer(writer, ids[i]);
    json_array_end(writer);
}

static void write_playlist(struct json_writer *writer, const struct own_playlist *base, const struct own_playlist *mine)
{
    json_object_begin(writer);
    json_pair_text(writer, "name", mine->name);
    write_numbers(writer, "tracks", mine->ids, mine->count);
    json_pair_integer(writer, "id", base->id);
    if (base->name) {
        json_pair_integer(writer, "changed", base->changed);
        json_pair_text(writer, "name_before", base->name);
        write_numbers(writer, "tracks_before", base->ids, base->count);
    }
    json_object_end(writer);
}

static void write_all(const struct app *app, const char *session, const struct own_playlist *bases,
                      const struct own_playlist *playlists, size_t n, bool kept, struct buffer *out)
{
    struct json_writer writer = {.out = out};
    json_object_begin(&writer);
    json_pair_text(&writer, "catalogue", app->path);
    json_pair_text(&writer, "fingerprint", app->fingerprint);
    json_pair_integer(&writer, "n_tracks", app->summary.counts.tracks);
    json_pair_integer(&writer, "session", app->session);
    json_pair_text(&writer, "session_text", session);
    json_pair_bool(&writer, "kept", kept);
    json_key(&writer, "playlists");
    json_array_begin(&writer);
    for (size_t i = 0; i < n; i++)
        write_playlist(&writer, &bases[i], &playlists[i]);
    json_array_end(&writer);
    json_object_end(&writer);
    buffer_add_byte(out, '\n');
}

static bool path_of(const struct buffer *folder, int number, struct buffer *path)
{
    buffer_clear(path);
    buffer_printf(path, "%s%s%d%s", folder->data, prefix, number, suffix);
    return !path->failed;
}

/* One more than the last number there is: files are restored in this order. */
static bool next_path(const struct buffer *folder, struct buffer *path)
{
    int last = FILES_MAX;
    while (last > 0 && path_of(folder, last, path) && !file_exists(path->data))
        last--;
    return last < FILES_MAX && path_of(folder, last + 1, path);
}

enum status app_rescue(struct app *app, const char *session, const struct own_playlist *bases,
                       const struct own_playlist *playlists, size_t n, bool kept, char **path, struct error *error)
{
    struct buffer text = {0}, name = {0};
    *path = NULL;
    if (!app->options.write)
        return error_set(error, STATUS_FAILED, "nothing is saved for a catalogue that can only be read");
    write_all(app, session, bases, playlists, n, kept, &text);
    enum status status = text.failed ? error_no_memory(error) : STATUS_FAILED;
    for (int which = 0; status == STATUS_FAILED && which < FOLDERS; which++) {
        struct buffer folder = {0};
        if (folder_of(app, which, &folder) && folder_make(folder.data, error) == STATUS_OK && next_path(&folder, &name))
            status = atomic_file_write_private(name.data, &text, error);
        buffer_free(&folder);
    }
    buffer_free(&text);
    if (status == STATUS_OK)
        *path = name.data;
    else
        buffer_free(&name);
    return status;
}

/* ---- restoring ---- */

static enum status read_numbers(const struct json_value *array, struct own_playlist *playlist, struct error *error)
{
    playlist->ids = malloc((json_array_count(array) + 1) * sizeof *playlist->ids);
    if (!playlist->ids)
        return error_no_memory(error);
    for (size_t i = 0; i < json_array_count(array); i++)
        playlist->ids[i] = json_get_integer(&array->items[i], 1, INT32_MAX, 0);
    playlist->count = json_array_count(array);
    return STATUS_OK;
}

static enum status read_playlist(const struct json_value *value, const char *name, const char *tracks,
                                 struct own_playlist *playlist, struct error *error)
{
    const char *text = json_get_text(json_member(value, name), NULL);
    playlist->name = text ? strdup(text) : NULL;
    if (text && !playlist->name)
        return error_no_memory(error);
    return text ? read_numbers(json_member(value, tracks), playlist, error) : STATUS_OK;
}

/* *id is the playlist's number now. */
static enum status take_playlist(struct catalogue *catalogue, const struct json_value *value, int64_t *id,
                                 struct error *error)
{
    struct own_playlist base = {0}, mine = {0}, written = {0};
    enum playlist_outcome outcome;
    enum status status = read_playlist(value, "name_before", "tracks_before", &base, error);
    base.id = json_get_integer(json_member(value, "id"), 1, INT64_MAX, 0);
    base.changed = json_get_integer(json_member(value, "changed"), 0, INT64_MAX, 0);
    if (status == STATUS_OK)
        status = read_playlist(value, "name", "tracks", &mine, error);
    if (status == STATUS_OK && mine.name)
        status = app_save_over(catalogue, &base, &mine, &written, &outcome, error);
    *id = written.id;
    own_playlist_free(&base);
    own_playlist_free(&mine);
    own_playlist_free(&written);
    return status;
}

static int64_t saved_at(const struct json_value *session)
{
    return json_get_integer(json_member(session, "saved"), 0, INT64_MAX, 0);
}

/* Whether the catalogue has nothing newer under this number. */
static bool is_newest(struct catalogue *catalogue, int64_t id, const struct json_value *session)
{
    struct session_list list;
    int64_t newest = 0;
    if (catalogue_sessions_read(catalogue, &list, NULL) != STATUS_OK)
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct json_document there;
        if (list.items[i].id != id ||
            json_read(list.items[i].json, strlen(list.items[i].json), &there, NULL) != STATUS_OK)
            continue;
        newest = saved_at(&there.root);
        json_document_free(&there);
    }
    session_list_free(&list);
    return saved_at(session) >= newest;
}

static enum status write_session(struct catalogue *catalogue, int64_t id, const char *text, int64_t playlist,
                                 struct error *error)
{
    char *copy = strdup(text);
    enum status status = STATUS_OK;
    if (!copy || (playlist != 0 && !session_text_set_playlist(&copy, playlist)))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = catalogue_session_write(catalogue, id, copy, error);
    free(copy);
    return status;
}

/* Restores the session. If an open explorer has its number, or the catalogue has a newer one, its unsaved playlist
 * becomes one of the person's playlists. */
static enum status take_session(struct app *app, struct catalogue *catalogue, const struct json_value *root,
                                int64_t playlist, struct error *error)
{
    const char *text = json_get_text(json_member(root, "session_text"), NULL);
    int64_t id = json_get_integer(json_member(root, "session"), 1, INT32_MAX, 1);
    struct json_document session;
    char *name = NULL;
    if (!text || json_read(text, strlen(text), &session, NULL) != STATUS_OK)
        return STATUS_OK;
    bool locked = app_session_lock(app, id);
    enum status status = locked && is_newest(catalogue, id, &session.root)
                             ? write_session(catalogue, id, text, playlist, error)
                             : app_keep_unsaved(catalogue, &session.root, &name, error);
    if (locked)
        app_session_unlock(app, id);
    free(name);
    json_document_free(&session);
    return status;
}

static bool of_this_catalogue(struct catalogue *catalogue, const struct json_value *root)
{
    char fingerprint[33];
    int64_t n_tracks = json_get_integer(json_member(root, "n_tracks"), 1, INT32_MAX, 0);
    const char *wanted = json_get_text(json_member(root, "fingerprint"), "");
    return n_tracks > 0 && catalogue_fingerprint(catalogue, n_tracks, fingerprint, NULL) == STATUS_OK &&
           strcmp(fingerprint, wanted) == 0;
}

static enum status take_all(struct app *app, struct catalogue *catalogue, const struct json_value *root,
                            struct error *error)
{
    const struct json_value *playlists = json_member(root, "playlists");
    enum status status = STATUS_OK;
    int64_t id = 0; /* the last one is the session's */
    for (size_t i = 0; i < json_array_count(playlists) && status == STATUS_OK; i++)
        status = take_playlist(catalogue, &playlists->items[i], &id, error);
    bool kept = json_get_bool(json_member(root, "kept"), false);
    return status == STATUS_OK ? take_session(app, catalogue, root, kept ? id : 0, error) : status;
}

static void take_file(struct app *app, struct catalogue *catalogue, const char *path, struct buffer *note)
{
    struct buffer text = {0};
    struct json_document document;
    struct error error = {0};
    enum status status = file_read(path, JSON_SIZE_MAX, &text, &error);
    if (status == STATUS_OK)
        status = json_read(text.data ? text.data : "", text.size, &document, &error);
    if (status == STATUS_OK) {
        bool ours = of_this_catalogue(catalogue, &document.root);
        status = ours ? catalogue_begin(catalogue, &error) : STATUS_OK;
        if (ours && status == STATUS_OK) {
            status = take_all(app, catalogue, &document.root, &error);
            if (status == STATUS_OK)
                status = catalogue_commit(catalogue, &error);
            else
                catalogue_rollback(catalogue);
        }
        if (ours && status == STATUS_OK && unlink(path) == 0)
            buffer_printf(note, "%srestored what could not be saved last time", note->size > 0 ? "; " : "");
        json_document_free(&document);
    }
    if (status != STATUS_OK)
        buffer_printf(note, "%swhat could not be saved last time is still in %s (%s)", note->size > 0 ? "; " : "", path,
                      error.text);
    buffer_free(&text);
}

void app_rescue_take(struct app *app, struct catalogue *catalogue, struct buffer *note)
{
    if (!app_session_lock(app, 0)) /* another explorer is restoring it */
        return;
    for (int which = 0; which < FOLDERS; which++) {
        struct buffer folder = {0}, path = {0};
        bool known = folder_of(app, which, &folder);
        for (int number = 1; known && number <= FILES_MAX; number++)
            if (path_of(&folder, number, &path) && file_exists(path.data))
                take_file(app, catalogue, path.data, note);
        buffer_free(&folder);
        buffer_free(&path);
    }
    app_session_unlock(app, 0);
}
