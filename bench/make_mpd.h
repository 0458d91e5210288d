#ifndef SLEEVE_BENCH_MAKE_MPD_H
#define SLEEVE_BENCH_MAKE_MPD_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/random.h"
#include "core/status.h"

/* Generates playlists with the shape of the Million Playlist Dataset: a million have 66 million entries, 2,262,292
 * tracks, 734,684 albums and 295,860 artists. Tracks belong to tastes; their frequencies follow a shifted Zipf law from
 * some 45,000 playlists to one; lengths, field lengths and layout are as in the real slices. Nothing is remembered
 * between playlists, so any slice can be made again alone; the same seed gives the same slices. */
struct make_mpd {
    uint64_t seed;
    int64_t next_pid, n_entries; /* entries so far; the caller may move next_pid */
};

enum { MAKE_MPD_PLAYLISTS = 1000000, MAKE_MPD_TRACKS = 2262292, MAKE_MPD_ALBUMS = 734684, MAKE_MPD_ARTISTS = 295860 };

/* Appends the next slice of `n_playlists` to `out`. */
enum status make_mpd_slice(struct make_mpd *make, int n_playlists, struct buffer *out, struct error *error);
/* Tracks of the first playlists: numbers from 0, each in at least one of them. */
int64_t make_mpd_tracks(int64_t n_playlists);

enum make_mpd_kind { MAKE_MPD_TRACK, MAKE_MPD_ALBUM, MAKE_MPD_ARTIST, MAKE_MPD_PLAYLIST };
/* Appends a name, and "spotify:KIND:" with 22 characters: the same for the same number. */
void make_mpd_add_name(struct buffer *out, uint64_t kind, uint64_t number, int words_max);
void make_mpd_add_uri(struct buffer *out, const char *kind, uint64_t salt, uint64_t number);

#endif
