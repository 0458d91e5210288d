#include "app/app_internal.h"
#include "app/search_scopes.h"
#include "app/spaces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct app_file file_at(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return (struct app_file){0};
    return (struct app_file){.device = info.st_dev, .inode = info.st_ino};
}

/* Another catalogue may have replaced the file: its numbers stand for other tracks. */
static enum status check_same_file(struct app *app, struct error *error)
{
    struct app_file now = file_at(app->path);
    pthread_mutex_lock(&app->connections_lock);
    if (app->file.inode == 0)
        app->file = now;
    bool same = app_file_same(app->file, now);
    pthread_mutex_unlock(&app->connections_lock);
    if (same)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "%s was replaced by another file while it was open; open it again",
                     app->path);
}

enum status app_borrow(struct app *app, struct catalogue **catalogue, struct error *error)
{
    pthread_mutex_lock(&app->connections_lock);
    *catalogue = app->n_idle > 0 ? app->idle[--app->n_idle] : NULL;
    pthread_mutex_unlock(&app->connections_lock);
    if (*catalogue)
        return STATUS_OK;
    enum status status =
        catalogue_open(app->path, app->options.write ? CATALOGUE_WRITE : CATALOGUE_READ, catalogue, error);
    if (status != STATUS_OK)
        return status;
    catalogue_stop_by(*catalogue, &app->stop);
    status = check_same_file(app, error);
    if (status != STATUS_OK) {
        catalogue_close(*catalogue);
        *catalogue = NULL;
    }
    return status;
}

void app_set_lock_timeout(struct app *app, int milliseconds)
{
    atomic_store(&app->stop.lock_timeout_ms, milliseconds);
}

void app_cancel_queries(struct app *app, bool cancel)
{
    atomic_store(&app->stop.cancelled, cancel);
}

void app_return(struct app *app, struct catalogue *catalogue)
{
    pthread_mutex_lock(&app->connections_lock);
    bool kept = app->n_idle < CONNECTIONS_MAX;
    if (kept)
        app->idle[app->n_idle++] = catalogue;
    pthread_mutex_unlock(&app->connections_lock);
    if (!kept)
        catalogue_close(catalogue);
}

struct app_file app_file_now(const struct catalogue *catalogue, const char *prefix, const char *name,
                             const char *suffix)
{
    struct app_file file = {0};
    struct buffer path = {0};
    struct stat info;
    catalogue_sidecar(catalogue, prefix, &path);
    buffer_printf(&path, "%s%s", name, suffix);
    if (!path.failed && stat(path.data, &info) == 0)
        file = (struct app_file){.device = info.st_dev, .inode = info.st_ino, .size = info.st_size};
    buffer_free(&path);
    return file;
}

bool app_file_same(struct app_file a, struct app_file b)
{
    return a.device == b.device && a.inode == b.inode && a.size == b.size;
}

static enum status read_summary(struct app *app, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    char *name = NULL;
    char *version = NULL;
    status = catalogue_count(catalogue, &app->summary.counts, error);
    if (status == STATUS_OK)
        status = catalogue_setting_read(catalogue, "name", &name, error);
    if (status == STATUS_OK)
        status = catalogue_covers_generated(catalogue, &app->summary.generated_covers, error);
    if (status == STATUS_OK)
        status = catalogue_setting_read(catalogue, "covers.version", &version, error);
    const char *slash = strrchr(app->path, '/');
    snprintf(app->summary.name, sizeof app->summary.name, "%s", name ? name : slash ? slash + 1 : app->path);
    snprintf(app->summary.path, sizeof app->summary.path, "%s", app->path);
    free(name);
    app->summary.covers_version = version ? strtoull(version, NULL, 10) : 0;
    free(version);
    app_return(app, catalogue);
    return status;
}

bool app_can_write(const char *catalogue)
{
    const char *slash = strrchr(catalogue, '/');
    struct buffer beside = {0};
    if (access(catalogue, W_OK) != 0)
        return errno == ENOENT;
    buffer_printf(&beside, "%.*s", slash ? (int)(slash - catalogue) + 1 : 1, slash ? catalogue : ".");
    bool writable = !beside.failed && access(beside.data, W_OK) == 0;
    buffer_clear(&beside);
    buffer_printf(&beside, "%s-shm", catalogue); /* of another program that has it open: that is enough */
    writable |= !beside.failed && access(beside.data, W_OK) == 0;
    buffer_free(&beside);
    return writable;
}

enum status app_open(const struct app_options *options, struct app **out, struct error *error)
{
    struct app *app = calloc(1, sizeof *app);
    if (!app)
        return error_no_memory(error);
    app->options = *options;
    app->path = strdup(options->catalogue);
    device_start(&app->device, &options->device);
    app->use.device = &app->device;
    app->session_holder = -1;
    pthread_mutex_init(&app->connections_lock, NULL);
    pthread_mutex_init(&app->session_lock, NULL);
    pthread_mutex_init(&app->search_lock, NULL);
    pthread_mutex_init(&app->models_lock, NULL);
    pthread_mutex_init(&app->sets_lock, NULL);
    pthread_mutex_init(&app->words_lock, NULL);
    pthread_mutex_init(&app->recipes_lock, NULL);
    enum status status =
        app->path ? pool_create(options->device.threads, &app->search_pool, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = spaces_create(&app->spaces, error);
    if (status == STATUS_OK)
        status = read_summary(app, error);
    if (status != STATUS_OK) {
        app_close(app);
        return status;
    }
    *out = app;
    return STATUS_OK;
}

void app_close(struct app *app)
{
    if (!app)
        return;
    app_models_close(app);
    training_index_close(app->training);
    device_close(&app->use);
    app_words_close(app);
    app_recipes_close(app);
    app_covers_close(app);
    spaces_destroy(app->spaces);
    search_index_close(app->search);
    pool_destroy(app->search_pool);
    for (int i = 0; i < app->n_idle; i++)
        catalogue_close(app->idle[i]);
    app_session_close(app);
    pthread_mutex_destroy(&app->recipes_lock);
    pthread_mutex_destroy(&app->words_lock);
    pthread_mutex_destroy(&app->sets_lock);
    pthread_mutex_destroy(&app->models_lock);
    pthread_mutex_destroy(&app->search_lock);
    pthread_mutex_destroy(&app->session_lock);
    pthread_mutex_destroy(&app->connections_lock);
    device_end(&app->device);
    free(app->path);
    free(app);
}

const struct app_summary *app_summary(const struct app *app)
{
    return &app->summary;
}

/* ---- look-ups ---- */

/* Called with search_lock held: opens the index again where an import has written a newer one. */
static enum status open_search(struct app *app, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct app_file now = app_file_now(catalogue, "search.index", "", "");
    if (app->search && !app_file_same(now, app->search_file)) {
        search_index_close(app->search);
        app->search = NULL;
    }
    if (!app->search) {
        status = search_index_open(catalogue, app->search_pool, &app->search, error);
        app->search_file = now;
    }
    app_return(app, catalogue);
    return status;
}

_Static_assert((int)APP_SEARCH_COUNTED == (int)SEARCH_COUNTED, "both are shown as \"20,000+\"");

/* With search_lock held. */
static enum status search(struct app *app, const struct app_search_query *query, int64_t *ids, size_t *count,
                          int64_t *total, struct error *error)
{
    enum status status = open_search(app, error);
    if (status != STATUS_OK)
        return status;
    if (query->scopes->count == 0 && !query->scopes->sorted)
        return search_index_query(app->search, query->text, query->limit, ids, count, total, query->cancel, error);
    return app_search_scoped(app, query, ids, count, total, error);
}

enum status app_search(struct app *app, const char *text, size_t limit, struct track_list *tracks, int64_t *total,
                       const atomic_bool *cancel, struct error *error)
{
    struct search_scopes scopes;
    size_t count = 0;
    enum status status = search_scopes_read(text, &scopes, error);
    int64_t *ids = status == STATUS_OK ? malloc(sizeof *ids * (limit + 1)) : NULL;
    if (status == STATUS_OK && !ids)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        const struct app_search_query query = {text, &scopes, limit, cancel};
        pthread_mutex_lock(&app->search_lock);
        status = search(app, &query, ids, &count, total, error);
        pthread_mutex_unlock(&app->search_lock);
    }
    if (status == STATUS_OK)
        status = app_tracks(app, ids, count, tracks, error);
    search_scopes_free(&scopes);
    free(ids);
    return status;
}

enum status app_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                       struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_tracks_read(catalogue, ids, count, tracks, error);
    app_return(app, catalogue);
    return status;
}

enum status app_albums(struct app *app, const int64_t *ids, size_t count, struct album_list *albums,
                       struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_albums_read(catalogue, ids, count, albums, error);
    app_return(app, catalogue);
    return status;
}

enum status app_album_tracks(struct app *app, int64_t album_id, struct track_list *tracks, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_album_tracks(catalogue, album_id, tracks, error);
    app_return(app, catalogue);
    return status;
}
