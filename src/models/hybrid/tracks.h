#ifndef SLEEVE_MODELS_HYBRID_TRACKS_H
#define SLEEVE_MODELS_HYBRID_TRACKS_H

#include "models/hybrid/fixed.h"
#include "models/hybrid/network.h"
#include "models/side_info.h"

/* What a hybrid network knows about the tracks: their features, the fixed sections of their vectors, and which tracks,
 * artists and albums the training playlists contain. Row = track number - 1. */

/* What playlists contain: tracks, their artists, or their albums. */
struct hybrid_members {
    int64_t n_rows;  /* tracks, artists or albums of the catalogue */
    int32_t *counts; /* [n_rows] number of playlists that contain each of them */
    int64_t *met;    /* [n_rows] scratch: the last visit that met it; NULL for tracks, which a playlist contains once */
};

struct hybrid_tracks {
    const struct interactions *interactions;
    int64_t n;
    int64_t n_features; /* columns */
    float *inputs;      /* [n x 2 n_features + 1]: features, their squares - 1, and 1 if a training playlist contains
                         * the track (training keeps it up to date) */
    struct hybrid_fixed fixed;          /* sections artist, album and kernel */
    const int32_t *rows[HYBRID_TABLES]; /* [n] track (NULL: the row itself), artist, album; -1: none */
    struct hybrid_members members[HYBRID_TABLES];
    int64_t visits;     /* playlists that were counted so far */
    bool counts_hidden; /* x(t) and the inputs do not tell which tracks are known */
};

/* Features are year, logarithm of the duration, popularity as imported, and all feature sets of `side`, standardised
 * over the tracks that have them and limited to ±5; unknown values are 0, or near 0 in a set of named columns. A set of
 * more than HYBRID_COLUMNS_MAX columns is projected to as many random directions. Columns that are the same for all
 * tracks are left out.
 *
 * Sets shape->inputs; reads the widths of the sections. kernel_width: of the kernel over features, in standard
 * deviations. beside: a path in the folder of a file for the fixed sections, NULL: they are in memory.
 * `interactions` and `side` must outlive the result. */
enum { HYBRID_COLUMNS_MAX = 32 };
enum status hybrid_tracks_make(const struct interactions *interactions, const struct side_info *side,
                               struct hybrid_shape *shape, double kernel_width, const char *beside,
                               struct hybrid_tracks *tracks, struct error *error);
void hybrid_tracks_free(struct hybrid_tracks *tracks);

/* Removes a playlist from the counts (by -1) or adds it again (by 1). */
void hybrid_tracks_count(struct hybrid_tracks *tracks, int64_t playlist, int32_t by);
/* The row of a track in a table if any counted playlist contains it; otherwise -1. */
int32_t hybrid_tracks_row(const struct hybrid_tracks *tracks, enum hybrid_table table, int32_t track);
/* Sets the last input of a track: 1 if a counted playlist contains it, unless the counts are hidden. */
void hybrid_tracks_mark(struct hybrid_tracks *tracks, int32_t track);
/* x(t) of network.h with the current counts: [inputs + HYBRID_COUNTS]. */
void hybrid_tracks_features(const struct hybrid_tracks *tracks, int32_t track, float *x);

#endif
