#include "app/lookup.h"

#include <stdlib.h>

enum status lookup_track(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_track_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = catalogue_track_find_old(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no track \"%s\"; find its key with: sleeve search", key);
    return status;
}

enum status lookup_album(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_album_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "there is no album \"%s\"; find its key with: sleeve search TEXT --albums", key);
    return status;
}

enum status lookup_playlist(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum status status = catalogue_playlist_find(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = catalogue_playlist_find_named(catalogue, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no playlist \"%s\"; see: sleeve playlists", key);
    return status;
}

static enum status read_playlist(struct catalogue *catalogue, int64_t id, struct track_list *tracks,
                                 struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    enum status status = catalogue_playlist_entries(catalogue, id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, tracks, error);
    free(ids);
    return status;
}

static enum status read_track(struct catalogue *catalogue, int64_t id, struct item *item, struct error *error)
{
    enum status status = catalogue_tracks_read(catalogue, &id, 1, &item->tracks, error);
    if (status == STATUS_OK && item->tracks.items[0].album_id > 0)
        status = catalogue_albums_read(catalogue, &item->tracks.items[0].album_id, 1, &item->albums, error);
    return status;
}

static enum status read_item(struct catalogue *catalogue, int64_t id, struct item *item, struct error *error)
{
    switch (item->kind) {
    case ITEM_TRACK:
        return read_track(catalogue, id, item, error);
    case ITEM_ALBUM:
        return catalogue_album_tracks(catalogue, id, &item->tracks, error);
    case ITEM_PLAYLIST:
        return read_playlist(catalogue, id, &item->tracks, error);
    }
    return STATUS_OK;
}

enum status lookup_item(struct catalogue *catalogue, const char *key, struct item *item, struct error *error)
{
    static const struct {
        enum item_kind kind;
        enum status (*find)(struct catalogue *, const char *, int64_t *, struct error *);
    } ways[] = {{ITEM_TRACK, catalogue_track_find_exactly},
                {ITEM_ALBUM, catalogue_album_find_exactly},
                {ITEM_PLAYLIST, catalogue_playlist_find},
                {ITEM_TRACK, catalogue_track_find},
                {ITEM_ALBUM, catalogue_album_find},
                {ITEM_TRACK, catalogue_track_find_old},
                {ITEM_PLAYLIST, catalogue_playlist_find_named}};
    int64_t id = 0;
    enum status status = STATUS_OK;
    *item = (struct item){0};
    for (size_t i = 0; status == STATUS_OK && id == 0 && i < sizeof ways / sizeof *ways; i++) {
        item->kind = ways[i].kind;
        status = ways[i].find(catalogue, key, &id, error);
    }
    if (status == STATUS_OK && id == 0)
        return error_set(error, STATUS_BAD_DATA, "no track, album or playlist has the key \"%s\"", key);
    if (status == STATUS_OK)
        status = read_item(catalogue, id, item, error);
    if (status != STATUS_OK)
        item_free(item);
    return status;
}

void item_free(struct item *item)
{
    track_list_free(&item->tracks);
    album_list_free(&item->albums);
}
