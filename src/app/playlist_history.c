#include "app/playlist_history.h"

#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "db/playlist_versions.h"

static enum status refuse_others(struct catalogue *catalogue, int64_t playlist, struct own_playlist *now,
                                 struct error *error)
{
    enum status status = catalogue_own_playlist_read(catalogue, playlist, now, error);
    if (status == STATUS_OK && now->id == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "versions are kept of playlists that were made in the explorer; `sleeve playlists --own` "
                           "lists them");
    return status;
}

/* Takes the texts and numbers out of the list. */
static enum status take_versions(struct playlist_version_list *list, struct playlist_history *history,
                                 struct error *error)
{
    history->items = calloc(list->count + 1, sizeof *history->items);
    if (!history->items)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++) {
        struct playlist_version_record *from = &list->items[i];
        history->items[history->count++] = (struct playlist_past){
            .version = from->version, .saved = from->saved, .name = from->name, .tracks = {from->ids, from->count}};
        from->name = NULL;
        from->ids = NULL;
    }
    return STATUS_OK;
}

static enum status compare(struct playlist_history *history, struct error *error)
{
    const struct track_numbers nothing = {0};
    for (size_t i = 0; i < history->count; i++) {
        struct playlist_past *past = &history->items[i];
        const struct playlist_past *before = i + 1 < history->count ? past + 1 : NULL;
        const struct track_numbers *from = before ? &before->tracks : &nothing;
        past->first = !before;
        past->renamed = before && strcmp(before->name, past->name) != 0;
        past->is_added = calloc(past->tracks.count + 1, sizeof *past->is_added);
        past->is_removed = calloc(from->count + 1, sizeof *past->is_removed);
        if (!past->is_added || !past->is_removed ||
            !playlist_find_changes(from, &past->tracks, &past->changes, past->is_added, past->is_removed))
            return error_no_memory(error);
    }
    return STATUS_OK;
}

static enum status read(struct catalogue *catalogue, int64_t playlist, struct playlist_history *history,
                        struct error *error)
{
    struct playlist_version_list list = {0};
    enum status status = catalogue_playlist_versions(catalogue, playlist, &list, error);
    if (status == STATUS_OK)
        status = take_versions(&list, history, error);
    playlist_version_list_free(&list);
    return status;
}

enum status app_playlist_history(struct app *app, int64_t playlist, struct playlist_history *history,
                                 struct error *error)
{
    struct catalogue *catalogue;
    struct own_playlist now = {0};
    *history = (struct playlist_history){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = refuse_others(catalogue, playlist, &now, error);
    if (status == STATUS_OK)
        status = read(catalogue, playlist, history, error);
    app_return(app, catalogue);
    own_playlist_free(&now);
    if (status == STATUS_OK)
        status = compare(history, error);
    if (status != STATUS_OK)
        playlist_history_free(history);
    return status;
}

static enum status restore(struct catalogue *catalogue, int64_t playlist, int64_t version,
                           struct own_playlist *restored, struct error *error)
{
    struct playlist_history history = {0};
    struct own_playlist now = {0};
    const struct playlist_past *wanted = NULL;
    enum status status = refuse_others(catalogue, playlist, &now, error);
    if (status == STATUS_OK)
        status = read(catalogue, playlist, &history, error);
    for (size_t i = 0; i < history.count; i++)
        if (history.items[i].version == version)
            wanted = &history.items[i];
    if (status == STATUS_OK && !wanted)
        status = error_set(error, STATUS_BAD_DATA,
                           "\"%.200s\" has no version %lld; `sleeve playlists history` lists those that are kept",
                           now.name, (long long)version);
    if (status == STATUS_OK)
        status = own_playlist_set(restored, playlist, wanted->name, wanted->tracks.ids, wanted->tracks.count, error);
    if (status == STATUS_OK)
        status =
            catalogue_own_playlist_save(catalogue, &playlist, restored->name, restored->ids, restored->count, error);
    own_playlist_free(&now);
    playlist_history_free(&history);
    return status;
}

enum status app_playlist_restore(struct app *app, int64_t playlist, int64_t version, struct own_playlist *restored,
                                 struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        status = restore(catalogue, playlist, version, restored, error);
        if (status == STATUS_OK)
            status = catalogue_commit(catalogue, error);
        else
            catalogue_rollback(catalogue);
    }
    app_return(app, catalogue);
    if (status != STATUS_OK)
        own_playlist_free(restored);
    return status;
}
