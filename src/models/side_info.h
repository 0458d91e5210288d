#ifndef SLEEVE_MODELS_SIDE_INFO_H
#define SLEEVE_MODELS_SIDE_INFO_H

#include "db/catalogue.h"
#include "features/feature_set.h"

/* What is known of the tracks 1..n_tracks beside the playlists that hold them; row = number - 1. */
struct side_info {
    int64_t n_tracks;
    int64_t n_albums, n_artists;
    int32_t *albums;      /* [n_tracks] 0..n_albums-1; one identity for each pair (album, artist); -1: no album */
    int32_t *artists;     /* [n_tracks] 0..n_artists-1 */
    int32_t *duration_ms; /* [n_tracks], -1: unknown */
    int32_t *covers;      /* [n_tracks] row of the set's values; -1: no album. NULL without a set */
    struct feature_set set;
    bool has_set;
};

/* `cover_set` may be NULL. A set that lacks albums of the catalogue is refused. */
enum status side_info_load(struct catalogue *catalogue, int64_t n_tracks, const char *cover_set, struct side_info *side,
                           struct error *error);
void side_info_free(struct side_info *side);

#endif
