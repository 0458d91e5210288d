#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/export_file.h"
#include "app/ratings.h"

enum status app_playlists(struct app *app, bool own_only, size_t limit, size_t offset, struct playlist_list *list,
                          struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_playlists_read(catalogue, own_only, limit, offset, list, error);
    app_return(app, catalogue);
    return status;
}

enum status app_playlists_after(struct app *app, int64_t after, size_t limit, struct playlist_list *list,
                                struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_playlists_after(catalogue, after, limit, list, error);
    app_return(app, catalogue);
    return status;
}

enum status app_playlist_open(struct app *app, int64_t id, struct track_list *tracks, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    int64_t *ids = NULL;
    size_t count = 0;
    status = catalogue_playlist_entries(catalogue, id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, tracks, error);
    free(ids);
    app_return(app, catalogue);
    return status;
}

enum status app_playlist_find(struct app *app, const char *key, int64_t *id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_playlist_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = catalogue_playlist_find_named(catalogue, key, id, error);
    app_return(app, catalogue);
    return status;
}

static enum status refuse_writing(struct app *app, struct error *error)
{
    if (app->options.write)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "%s can only be read", app->path);
}

static bool name_taken(const struct playlist_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

enum status app_free_name(struct catalogue *catalogue, const char *wanted, char **name, struct error *error)
{
    struct playlist_list list;
    struct buffer text = {0};
    *name = NULL;
    enum status status = catalogue_playlists_read(catalogue, true, 0, 0, &list, error);
    if (status != STATUS_OK)
        return status;
    buffer_add_text(&text, wanted);
    for (size_t number = 2; !text.failed && name_taken(&list, text.data); number++) {
        buffer_clear(&text);
        buffer_printf(&text, "%s (%zu)", wanted, number);
    }
    playlist_list_free(&list);
    if (text.failed)
        return error_no_memory(error);
    *name = text.data;
    return STATUS_OK;
}

static enum status rename_as_copy(struct catalogue *catalogue, struct own_playlist *playlist, struct error *error)
{
    char *name;
    enum status status = app_free_name(catalogue, playlist->name, &name, error);
    if (status != STATUS_OK)
        return status;
    free(playlist->name);
    playlist->name = name;
    return STATUS_OK;
}

static enum status write_wanted(struct catalogue *catalogue, const struct own_playlist *now,
                                struct own_playlist *wanted, struct error *error)
{
    if (now->id != 0 && wanted->id == now->id && own_playlist_same(now, wanted)) {
        wanted->changed = now->changed;
        return STATUS_OK;
    }
    enum status status =
        catalogue_own_playlist_save(catalogue, &wanted->id, wanted->name, wanted->ids, wanted->count, error);
    struct own_playlist written = {0};
    if (status == STATUS_OK)
        status = catalogue_own_playlist_read(catalogue, wanted->id, &written, error);
    wanted->changed = written.changed;
    own_playlist_free(&written);
    return status;
}

enum status app_save_over(struct catalogue *catalogue, const struct own_playlist *base, const struct own_playlist *mine,
                          struct own_playlist *written, enum playlist_outcome *outcome, struct error *error)
{
    struct own_playlist now = {0};
    enum status status = STATUS_OK;
    if (base->id != 0)
        status = catalogue_own_playlist_read(catalogue, base->id, &now, error);
    if (status == STATUS_OK)
        status = playlist_decide(base, &now, mine, written, outcome, error);
    if (status == STATUS_OK && *outcome == PLAYLIST_BESIDE)
        status = rename_as_copy(catalogue, written, error);
    if (status == STATUS_OK)
        status = write_wanted(catalogue, &now, written, error);
    own_playlist_free(&now);
    return status;
}

static enum status copy_ratings(struct catalogue *catalogue, int64_t from, int64_t to, struct error *error)
{
    struct rater rater;
    if (ratings_rater(catalogue, NULL, &rater, NULL) != STATUS_OK)
        return STATUS_OK; /* without a name nobody has rated */
    return catalogue_ratings_copy(catalogue, from, to, rater.name, error);
}

enum status app_playlist_save(struct app *app, const struct own_playlist *base, const struct own_playlist *mine,
                              struct own_playlist *written, enum playlist_outcome *outcome, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = refuse_writing(app, error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        status = app_save_over(catalogue, base, mine, written, outcome, error);
        if (status == STATUS_OK && base->id == 0 && base->copy_of != 0)
            status = copy_ratings(catalogue, base->copy_of, written->id, error);
        if (status == STATUS_OK)
            status = catalogue_commit(catalogue, error);
        else
            catalogue_rollback(catalogue);
    }
    app_return(app, catalogue);
    if (status != STATUS_OK)
        own_playlist_free(written);
    return status;
}

enum status app_own_playlist(struct app *app, int64_t id, struct own_playlist *playlist, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_own_playlist_read(catalogue, id, playlist, error);
    app_return(app, catalogue);
    return status;
}

enum status app_playlist_delete(struct app *app, int64_t id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = refuse_writing(app, error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_own_playlist_delete(catalogue, id, error);
    app_return(app, catalogue);
    return status;
}

enum status app_export_tracks(struct app *app, const struct app_export_file *settings, struct buffer *out,
                              struct error *error)
{
    struct catalogue *catalogue;
    struct track_list tracks = {0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_tracks_read(catalogue, settings->ids, settings->count, &tracks, error);
    const struct exported list = {.name = settings->name, .tracks = &tracks};
    if (status == STATUS_OK)
        status = export_tracks(catalogue, &list, settings->exporter, out, error);
    app_return(app, catalogue);
    track_list_free(&tracks);
    return status;
}
