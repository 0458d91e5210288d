#ifndef SLEEVE_DB_STEERING_H
#define SLEEVE_DB_STEERING_H

#include "core/arena.h"
#include "db/connection.h"

/* What a person never wants to be suggested, or wants more or less of: a track, an album or an artist, for one playlist
 * or for all. A wish for a playlist is stronger than one for all. */

enum steering_wish { STEERING_NEVER, STEERING_LESS, STEERING_MORE, STEERING_WISHES };
enum steering_item { STEERING_TRACK, STEERING_ALBUM, STEERING_ARTIST, STEERING_ITEMS };
/* "never", "less", "more"; "track", "album", "artist". The second functions give STEERING_WISHES and STEERING_ITEMS
 * for another text. */
const char *steering_wish_name(enum steering_wish wish);
const char *steering_item_name(enum steering_item item);
enum steering_wish steering_wish_named(const char *name);
enum steering_item steering_item_named(const char *name);

struct steering_entry {
    int64_t id;
    int64_t playlist; /* 0: for all */
    enum steering_wish wish;
    enum steering_item item;
    int64_t item_id;
    int64_t changed;           /* seconds since 1970 */
    const char *key;           /* of the item */
    const char *name;          /* title or name; of a track and an album with the artist: "Rain / The Beatles" */
    const char *playlist_name; /* "" for all */
};

struct steering_list {
    struct steering_entry *items;
    size_t count;
    struct arena memory;
};
void steering_list_free(struct steering_list *list);

/* All wishes, the latest first. */
enum status catalogue_steering_read(struct catalogue *catalogue, struct steering_list *list, struct error *error);
/* Those that apply to a playlist (0: to one that is not saved): its own, and those for all about other items. */
enum status catalogue_steering_read_for(struct catalogue *catalogue, int64_t playlist, struct steering_list *list,
                                        struct error *error);
/* Stores a wish; an earlier one about the same item and playlist is replaced. *id is its number. */
enum status catalogue_steering_set(struct catalogue *catalogue, const struct steering_entry *entry, int64_t *id,
                                   struct error *error);
/* Removes wishes by their numbers, all or none: one that is not there is STATUS_BAD_DATA. */
enum status catalogue_steering_remove(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                      struct error *error);

#endif
