#ifndef SLEEVE_MODELS_SIDE_INFO_H
#define SLEEVE_MODELS_SIDE_INFO_H

#include "features/feature_set.h"

/* What a model is given of one feature set. */
struct side_features {
    enum feature_item item;
    int64_t n_rows;
    int width;
    const float *values; /* [n_rows x width]; columns with units of their own are standardised */
    int32_t *rows;       /* [n_tracks] the row of each track or of its album; -1: none */
    /* A track without a row gets nothing from the set. Without this it gets what the network makes of zeros, as in the
     * models of one set of covers that were published. */
    bool masked;
    struct feature_set set;
    float *standardised; /* owns `values` where they are not the set's */
};

/* What is known of the tracks 1..n_tracks beside the playlists that hold them; row = number - 1. */
struct side_info {
    int64_t n_tracks;
    int64_t n_albums, n_artists;
    int32_t *albums;      /* [n_tracks] 0..n_albums-1; one identity for each pair (album, artist); -1: no album */
    int32_t *artists;     /* [n_tracks] 0..n_artists-1 */
    int32_t *duration_ms; /* [n_tracks], -1: unknown */
    struct side_features features[FEATURE_SETS_MAX];
    size_t n_features;
};

/* Refuses sets that lack albums or tracks of the catalogue, that are named twice, or of which no column can be used,
 * and more than FEATURE_SETS_MAX. Columns of no use are named through log_message. */
enum status side_info_load(struct catalogue *catalogue, int64_t n_tracks, const char *const *features,
                           size_t n_features, struct side_info *side, struct error *error);
void side_info_free(struct side_info *side);

/* Refuses more names than FEATURE_SETS_MAX, and a name that is there twice. */
enum status side_info_check_names(const char *const *features, size_t n_features, struct error *error);

#endif
