#ifndef SLEEVE_MODELS_SIDE_INFO_H
#define SLEEVE_MODELS_SIDE_INFO_H

#include "features/feature_set.h"

/* One feature set as a model uses it. */
struct side_features {
    enum feature_item item;
    int64_t n_rows;
    int width;
    const float *values; /* [n_rows x width]; named columns are standardised */
    int32_t *rows;       /* [n_tracks] the row of each track or of its album; -1: none */
    /* A track without a row gets zeros from the set. Otherwise it gets the network's output for an input of zeros, as
     * in the published models with a single set of covers. */
    bool masked;
    struct feature_set set;
    float *standardised; /* owns `values` unless they are the set's */
};

/* Data about tracks 1..n_tracks other than their playlists; row = track number - 1. */
struct side_info {
    int64_t n_tracks;
    int64_t n_albums, n_artists, n_releases;
    int32_t *albums;      /* [n_tracks] 0..n_albums-1, one number for each pair (album, artist); -1: no album */
    int32_t *releases;    /* [n_tracks] 0..n_releases-1, one number for each album of any artists; -1: none */
    int32_t *artists;     /* [n_tracks] 0..n_artists-1 */
    int32_t *duration_ms; /* [n_tracks], -1: unknown */
    int32_t *years;       /* [n_tracks] of the album's release; 0: unknown */
    int32_t *popularity;  /* [n_tracks] 0..100 as imported, not counted in playlists; -1: unknown */
    struct side_features features[FEATURE_SETS_MAX];
    size_t n_features;
};

/* Refuses more than FEATURE_SETS_MAX sets, repeated sets, sets that lack albums or tracks of the catalogue, and sets
 * without any usable column. Columns that cannot be used are reported through log_message. */
enum status side_info_load(struct catalogue *catalogue, int64_t n_tracks, const char *const *features,
                           size_t n_features, struct side_info *side, struct error *error);
void side_info_free(struct side_info *side);

/* Refuses more names than FEATURE_SETS_MAX, and repeated names. */
enum status side_info_check_names(const char *const *features, size_t n_features, struct error *error);

#endif
