/* Three versions of each playlist of the fake app: what it is now, without its last track, and only the first. */
#include <stdlib.h>
#include <string.h>

#include "app/playlist_history.h"
#include "fake_app_internal.h"

static enum status add(struct playlist_history *history, int64_t version, const char *name,
                       const struct own_playlist *now, size_t count, struct error *error)
{
    struct playlist_past *past = &history->items[history->count++];
    *past = (struct playlist_past){.version = version, .name = strdup(name), .first = version == 1};
    past->tracks.ids = calloc(now->count + 1, sizeof *past->tracks.ids);
    past->is_added = calloc(now->count + 1, sizeof *past->is_added);
    past->is_removed = calloc(now->count + 1, sizeof *past->is_removed);
    if (!past->name || !past->tracks.ids || !past->is_added || !past->is_removed)
        return error_no_memory(error);
    past->tracks.count = count < now->count ? count : now->count;
    memcpy(past->tracks.ids, now->ids, past->tracks.count * sizeof *now->ids);
    return STATUS_OK;
}

enum status app_playlist_history(struct app *app, int64_t playlist, struct playlist_history *history,
                                 struct error *error)
{
    struct own_playlist now = {0};
    *history = (struct playlist_history){.items = calloc(3, sizeof *history->items)};
    enum status status = app_own_playlist(app, playlist, &now, error);
    if (status == STATUS_OK && (!history->items || now.id == 0))
        status = error_set(error, STATUS_BAD_DATA, "there is no such playlist");
    if (status == STATUS_OK)
        status = add(history, 9, now.name, &now, now.count, error);
    if (status == STATUS_OK)
        status = add(history, 4, now.name, &now, now.count > 0 ? now.count - 1 : 0, error);
    if (status == STATUS_OK)
        status = add(history, 1, "Old \x1b[2Jname 雨", &now, 1, error);
    if (status == STATUS_OK) {
        history->items[0].changes.added = history->items[1].changes.added = 1;
        history->items[0].is_added[now.count - 1] = history->items[1].is_added[history->items[1].tracks.count - 1] =
            true;
        history->items[1].renamed = true;
    }
    own_playlist_free(&now);
    return status;
}
