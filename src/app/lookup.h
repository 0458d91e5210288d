#ifndef SLEEVE_APP_LOOKUP_H
#define SLEEVE_APP_LOOKUP_H

#include "db/catalogue.h"

/* Finds the item that a person means by a key, a link, an id or a name. STATUS_BAD_DATA, with a message that says how
 * to find the key, where there is no such item or more than one. */

/* By key, link, id, or what version 0.1 used as the key. */
enum status lookup_track(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
enum status lookup_album(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
/* By key, link or name. */
enum status lookup_playlist(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);

enum item_kind { ITEM_TRACK, ITEM_ALBUM, ITEM_PLAYLIST };

/* A track with its album, or an album or a playlist with its tracks. */
struct item {
    enum item_kind kind;
    struct track_list tracks; /* of ITEM_TRACK, the track alone */
    struct album_list albums; /* of ITEM_TRACK, its album, or empty */
};
void item_free(struct item *item);
/* An item of any kind. An exact key is preferred to a name, a link or an old key. */
enum status lookup_item(struct catalogue *catalogue, const char *key, struct item *item, struct error *error);

#endif
