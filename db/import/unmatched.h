#ifndef SLEEVE_DB_IMPORT_UNMATCHED_H
#define SLEEVE_DB_IMPORT_UNMATCHED_H

#include "core/arena.h"
#include "db/id_map.h"
#include "db/import/foreign.h"

/* The entries of imported playlists that no track of the catalogue fits, each track once. Start with `{0}`. */

struct unmatched_track {
    const char *playlist;                    /* the first one that it is in */
    const char *title, *artist, *album, *id; /* "": not given */
    int64_t place;                           /* of the first, in the file */
    int64_t count;                           /* entries */
};

enum { UNMATCHED_MAX = 100000 };

struct unmatched {
    struct unmatched_track *items;
    size_t count, capacity;
    int64_t left_out; /* tracks beyond UNMATCHED_MAX */
    struct id_map known;
    struct arena memory;
};

void unmatched_free(struct unmatched *unmatched);
enum status unmatched_add(struct unmatched *unmatched, const char *playlist, const struct foreign_track *track,
                          struct error *error);

/* By what a track is found again in a list that a person has edited: its title, artist, album and id. */
void unmatched_key(const char *title, const char *artist, const char *album, const char *id, struct buffer *key);

#endif
