#ifndef SLEEVE_BENCH_MAKE_MPD_H
#define SLEEVE_BENCH_MAKE_MPD_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/random.h"
#include "core/status.h"

/* Generates playlists like those of the Million Playlist Dataset: clusters of taste, each with a long tail; lengths,
 * field lengths and layout as in the real slices; about a quarter of the entries are new tracks. The same seed gives
 * the same slices. */
struct make_mpd;

enum status make_mpd_open(uint64_t seed, struct make_mpd **make, struct error *error);
void make_mpd_close(struct make_mpd *make);
/* Appends the next slice of `n_playlists` to `out`. */
enum status make_mpd_slice(struct make_mpd *make, int n_playlists, struct buffer *out, struct error *error);
/* Tracks and entries generated so far. */
int64_t make_mpd_tracks(const struct make_mpd *make);
int64_t make_mpd_entries(const struct make_mpd *make);

enum make_mpd_kind { MAKE_MPD_TRACK, MAKE_MPD_ALBUM, MAKE_MPD_ARTIST, MAKE_MPD_PLAYLIST };
/* Appends a name, and "spotify:KIND:" with 22 characters: the same for the same number. */
void make_mpd_add_name(struct buffer *out, uint64_t kind, uint64_t number, int words_max);
void make_mpd_add_uri(struct buffer *out, const char *kind, uint64_t salt, uint64_t number);

#endif
