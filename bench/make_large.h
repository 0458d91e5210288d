#ifndef SLEEVE_BENCH_MAKE_LARGE_H
#define SLEEVE_BENCH_MAKE_LARGE_H

#include "core/pool.h"
#include "core/progress.h"
#include "core/status.h"

/* A synthetic catalogue of the Million Playlist Dataset's size in `path`: as many tracks, albums, artists and playlists
 * of about as many entries, names and keys that are invented, a cover for every album, the search index, and two models
 * that the program's own training has made: "popularity", and "als" with vectors of 192 values after one iteration.
 * Takes some minutes and 4 GB. What is there already is kept, and a making that was stopped goes on. */
enum {
    LARGE_TRACKS = 2262292,
    LARGE_ALBUMS = 734684,
    LARGE_ARTISTS = 295860,
    LARGE_PLAYLISTS = 1000000,
    LARGE_FACTORS = 192,
};

enum status make_large(const char *path, struct pool *pool, struct progress *progress, struct error *error);

#endif
