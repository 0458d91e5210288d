#ifndef SLEEVE_BENCH_MAKE_LARGE_H
#define SLEEVE_BENCH_MAKE_LARGE_H

#include "core/pool.h"
#include "core/progress.h"
#include "core/status.h"

/* Creates a synthetic catalogue of the Million Playlist Dataset's size at `path`: as many tracks, albums, artists and
 * playlists with about as many entries, generated names and keys, a cover for every album, the search index, and two
 * trained models: "popularity", and "als" with vectors of 192 values after one iteration. Takes some minutes and 4 GB.
 * Existing parts are kept, and an interrupted run is continued. */
enum {
    LARGE_TRACKS = 2262292,
    LARGE_ALBUMS = 734684,
    LARGE_ARTISTS = 295860,
    LARGE_PLAYLISTS = 1000000,
    LARGE_FACTORS = 192,
};

enum status make_large(const char *path, struct pool *pool, struct progress *progress, struct error *error);

#endif
