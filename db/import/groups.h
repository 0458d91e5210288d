#ifndef SLEEVE_DB_IMPORT_GROUPS_H
#define SLEEVE_DB_IMPORT_GROUPS_H

#include "db/id_map.h"
#include "db/import/foreign.h"

/* Playlists of files that have one line for each entry, in any order: entries are collected by playlist, with 24 bytes
 * each, and handed on at the end. Start with `{0}`. */

struct group_entry {
    double position;
    int32_t item; /* number in `items` */
    int32_t line;
};

struct group {
    const char *name;      /* NULL: its id */
    struct buffer entries; /* struct group_entry */
};

struct foreign_groups {
    struct id_map playlists, items; /* ids, in the order of appearance */
    struct buffer groups;           /* struct group by number - 1 */
    size_t held;
};

void foreign_groups_free(struct foreign_groups *groups);
/* STATUS_BAD_DATA: more than fits into 384 MB. */
enum status foreign_groups_add(struct foreign_groups *groups, const struct foreign_reading *reading,
                               const char *playlist, const char *item, double position, long long line,
                               struct error *error);
/* Hands on all playlists, each ordered by position and then by line. `describe` fills what is known of an item besides
 * its id; texts live until the call returns. `prefix` is put before the ids of playlists. */
struct group_items {
    void (*describe)(void *context, int32_t item, struct foreign_track *track);
    void *context;
    const char *prefix;
};
enum status foreign_groups_end(struct foreign_groups *groups, const struct foreign_reading *reading,
                               const struct group_items *items, struct error *error);

/* Appends the text with %41 as A. */
const char *foreign_unescaped(const char *text, struct buffer *scratch);

#endif
