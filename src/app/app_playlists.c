#include <stdlib.h>

#include "app/app_internal.h"

enum status app_playlists(struct app *app, bool own_only, size_t limit, size_t offset, struct playlist_list *list,
                          struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_playlists_read(catalogue, own_only, limit, offset, list, error);
    app_give_back(app, catalogue);
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
    app_give_back(app, catalogue);
    return status;
}

enum status app_playlist_find(struct app *app, const char *key, int64_t *id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_playlist_find(catalogue, key, id, error);
    app_give_back(app, catalogue);
    return status;
}

static enum status refuse_writing(struct app *app, struct error *error)
{
    if (app->options.write)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "%s was opened for reading only", app->path);
}

enum status app_playlist_save(struct app *app, int64_t *id, const char *name, const int64_t *ids, size_t count,
                              struct error *error)
{
    struct catalogue *catalogue;
    enum status status = refuse_writing(app, error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_own_playlist_save(catalogue, id, name, ids, count, error);
    app_give_back(app, catalogue);
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
    app_give_back(app, catalogue);
    return status;
}

enum status app_session_read(struct app *app, char **json, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_session_read(catalogue, json, error);
    app_give_back(app, catalogue);
    return status;
}

enum status app_session_write(struct app *app, const char *json, struct error *error)
{
    struct catalogue *catalogue;
    if (!app->options.write)
        return STATUS_OK;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_session_write(catalogue, json, error);
    app_give_back(app, catalogue);
    return status;
}
