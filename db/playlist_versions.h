#ifndef SLEEVE_DB_PLAYLIST_VERSIONS_H
#define SLEEVE_DB_PLAYLIST_VERSIONS_H

#include "db/connection.h"

/* What a person's playlists have been: each save that changes one is a version, the newest is the present one. They are
 * written in the transaction of the save, by whichever program, and deleted with the playlist. At most
 * PLAYLIST_VERSIONS_MAX are kept: the newest PLAYLIST_VERSIONS_RECENT, the oldest, and of those between the ones that
 * are spread best over time. Playlists of more than PLAYLIST_VERSION_TRACKS_MAX entries have no versions, very long
 * ones fewer: PLAYLIST_VERSIONS_ENTRIES_MAX entries in all. */
enum {
    PLAYLIST_VERSIONS_MAX = 50,
    PLAYLIST_VERSIONS_RECENT = 20,
    PLAYLIST_VERSION_TRACKS_MAX = 500000,
    PLAYLIST_VERSIONS_ENTRIES_MAX = 2000000,
};

struct playlist_version_record {
    int64_t version; /* from 1; numbers of versions that were dropped are not used again */
    int64_t saved;   /* seconds since 1970; 0: before versions were kept */
    char *name;
    int64_t *ids; /* track numbers in order, repeats included */
    size_t count;
};
struct playlist_version_list {
    struct playlist_version_record *items;
    size_t count;
};
void playlist_version_list_free(struct playlist_version_list *list);

/* The newest first. A playlist that was not saved since versions are kept has none. */
enum status catalogue_playlist_versions(struct catalogue *catalogue, int64_t playlist,
                                        struct playlist_version_list *list, struct error *error);
/* Adds what a playlist is now, in the transaction of its save; nothing where that is the newest version. */
enum status catalogue_playlist_version_add(struct catalogue *catalogue, int64_t playlist, int64_t saved,
                                           const char *name, const int64_t *ids, size_t count, struct error *error);

/* Which of the versions to drop, given when they were saved, the oldest first: neither the first nor the last `recent`,
 * but the one that is closest to its neighbours for its age at `now`. `count` where all have to stay. */
size_t playlist_version_dispensable(const int64_t *saved, size_t count, size_t recent, int64_t now);

#endif
