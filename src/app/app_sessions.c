/* Each open explorer has its own session. Which session is in use is decided by file locks, which the system releases
 * when a process ends, even by a crash. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_internal.h"
#include "core/file.h"
#include "core/json_reader.h"

enum { SESSIONS_AT_ONCE = 1000 };

static int open_locks(const struct catalogue *catalogue)
{
    struct buffer path = {0};
    catalogue_sidecar(catalogue, "", &path);
    bool there = !path.failed && folder_make(path.data, NULL) == STATUS_OK;
    buffer_add_text(&path, "explorer.lock");
    int descriptor = there && !path.failed ? open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    buffer_free(&path);
    return descriptor;
}

/* Byte `id` of the lock file stands for session `id`. */
static bool set_lock(int descriptor, int64_t id, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = 1};
    return descriptor < 0 || fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
}

bool app_session_lock(struct app *app, int64_t session)
{
    return set_lock(app->session_holder, session, F_WRLCK);
}

void app_session_unlock(struct app *app, int64_t session)
{
    set_lock(app->session_holder, session, F_UNLCK);
}

void app_session_close(struct app *app)
{
    if (app->session_holder >= 0)
        close(app->session_holder);
    app->session_holder = -1;
}

/* ---- sessions that nobody uses ---- */

struct candidate {
    const struct session_row *row;
    struct json_document document; /* all 0 when the text is not JSON */
    bool free;
};

static bool to_keep(const struct json_value *session)
{
    return !json_get_bool(json_member(session, "kept"), false) && json_array_count(json_member(session, "tracks")) > 0;
}

enum status app_keep_unsaved(struct catalogue *catalogue, const struct json_value *session, char **name,
                             struct error *error)
{
    *name = NULL;
    if (!to_keep(session))
        return STATUS_OK;
    const struct json_value *tracks = json_member(session, "tracks");
    const char *wanted = json_get_text(json_member(session, "name"), "");
    int64_t *ids = malloc((tracks->count + 1) * sizeof *ids), id = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < tracks->count; i++)
        ids[i] = json_get_integer(&tracks->items[i], 1, INT32_MAX, 0);
    enum status status = app_free_name(catalogue, *wanted ? wanted : "Unsaved", name, error);
    if (status == STATUS_OK)
        status = catalogue_own_playlist_save(catalogue, &id, *name, ids, tracks->count, error);
    free(ids);
    return status;
}

/* In one transaction: saves the session's unsaved playlist and deletes the session. */
static void settle_leftover(struct catalogue *catalogue, const struct candidate *left, struct buffer *note)
{
    char *name = NULL;
    if (catalogue_begin(catalogue, NULL) != STATUS_OK)
        return;
    enum status status = app_keep_unsaved(catalogue, &left->document.root, &name, NULL);
    if (status == STATUS_OK)
        status = catalogue_session_delete(catalogue, left->row->id, NULL);
    if (status == STATUS_OK)
        status = catalogue_commit(catalogue, NULL);
    else
        catalogue_rollback(catalogue);
    if (status == STATUS_OK && name)
        buffer_printf(note, "%sthe unsaved playlist of another explorer is kept as \"%s\" (o opens it)",
                      note->size > 0 ? "; " : "", name);
    free(name);
}

/* ---- our session ---- */

static int64_t saved_at(const struct candidate *candidate)
{
    return json_get_integer(json_member(&candidate->document.root, "saved"), 0, INT64_MAX, 0);
}

/* The session that was closed last among those that nobody holds; NULL when all are held. */
static const struct candidate *choose(const struct candidate *candidates, size_t count)
{
    const struct candidate *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].free && (!best || saved_at(&candidates[i]) > saved_at(best)))
            best = &candidates[i];
    return best;
}

static bool has_row(const struct session_list *list, int64_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].id == id)
            return true;
    return false;
}

static int64_t new_number(const struct session_list *list, int descriptor)
{
    for (int64_t id = 1; id <= SESSIONS_AT_ONCE; id++)
        if (!has_row(list, id) && set_lock(descriptor, id, F_WRLCK))
            return id;
    return 0;
}

static enum status take(struct app *app, struct catalogue *catalogue, const struct session_list *list,
                        struct candidate *candidates, char **json, struct buffer *note, struct error *error)
{
    int descriptor = app->session_holder;
    for (size_t i = 0; i < list->count; i++) {
        candidates[i].row = &list->items[i];
        candidates[i].free = set_lock(descriptor, list->items[i].id, F_WRLCK);
        if (candidates[i].free)
            json_read(list->items[i].json, strlen(list->items[i].json), &candidates[i].document, NULL);
    }
    const struct candidate *best = choose(candidates, list->count);
    for (size_t i = 0; i < list->count; i++)
        if (candidates[i].free && &candidates[i] != best && descriptor >= 0) {
            settle_leftover(catalogue, &candidates[i], note);
            set_lock(descriptor, list->items[i].id, F_UNLCK);
        }
    app->session = best ? best->row->id : new_number(list, descriptor);
    if (best && !(*json = strdup(best->row->json)))
        return error_no_memory(error);
    return app->session > 0 ? STATUS_OK
                            : error_set(error, STATUS_FAILED, "too many explorers are open on %s", app->path);
}

static enum status take_session(struct app *app, struct catalogue *catalogue, char **json, struct buffer *note,
                                struct error *error)
{
    struct session_list list;
    if (app->session_holder < 0 && app->options.write)
        app->session_holder = open_locks(catalogue);
    if (app->options.write && app->fingerprint[0] == '\0')
        catalogue_fingerprint(catalogue, app->summary.counts.tracks, app->fingerprint, NULL);
    if (app->options.write)
        app_rescue_take(app, catalogue, note);
    enum status status = catalogue_sessions_read(catalogue, &list, error);
    if (status != STATUS_OK)
        return status;
    struct candidate *candidates = calloc(list.count + 1, sizeof *candidates);
    status = candidates ? take(app, catalogue, &list, candidates, json, note, error) : error_no_memory(error);
    for (size_t i = 0; candidates && i < list.count; i++)
        json_document_free(&candidates[i].document);
    free(candidates);
    session_list_free(&list);
    return status;
}

enum status app_session_read(struct app *app, char **json, char **note, struct error *error)
{
    struct catalogue *catalogue;
    struct buffer said = {0};
    *json = *note = NULL;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&app->session_lock);
    status = take_session(app, catalogue, json, &said, error);
    pthread_mutex_unlock(&app->session_lock);
    app_return(app, catalogue);
    if (!app->options.write)
        buffer_add_text(&said, "the catalogue can only be read: changes are not saved");
    *note = said.data;
    return status;
}

/* The number of our session. A new one when none could be read, so that no stored session is overwritten. */
static enum status session_number(struct app *app, struct catalogue *catalogue, int64_t *id, struct error *error)
{
    enum status status = STATUS_OK;
    struct session_list list;
    pthread_mutex_lock(&app->session_lock);
    if (app->session == 0 && (status = catalogue_sessions_read(catalogue, &list, error)) == STATUS_OK) {
        if (app->session_holder < 0)
            app->session_holder = open_locks(catalogue);
        app->session = new_number(&list, app->session_holder);
        session_list_free(&list);
    }
    *id = app->session;
    pthread_mutex_unlock(&app->session_lock);
    return status;
}

enum status app_session_write(struct app *app, const char *json, struct error *error)
{
    struct catalogue *catalogue;
    int64_t id;
    if (!app->options.write)
        return STATUS_OK;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = session_number(app, catalogue, &id, error);
    if (status == STATUS_OK)
        status = catalogue_session_write(catalogue, id, json, error);
    app_return(app, catalogue);
    return status;
}
