#ifndef SLEEVE_MODELS_SIDE_H
#define SLEEVE_MODELS_SIDE_H

#include "db/catalogue.h"
#include "vision/embedder.h"

/* What is known of the tracks 1..n_tracks beside the playlists that hold them; row = number - 1. */
struct track_side {
    int64_t n_tracks;
    int64_t n_albums, n_artists;
    int32_t *albums;      /* [n_tracks] 0..n_albums-1; one identity for each pair (album, artist); -1: no album */
    int32_t *artists;     /* [n_tracks] 0..n_artists-1 */
    int32_t *duration_ms; /* [n_tracks], -1: unknown */
    int32_t *covers;      /* [n_tracks] row of the set's values; -1: no album. NULL without a set */
    struct embedding_set set;
    bool has_set;
};

/* `cover_set` may be NULL. A set that lacks albums of the catalogue is refused. */
enum status track_side_load(struct catalogue *catalogue, int64_t n_tracks, const char *cover_set,
                            struct track_side *side, struct error *error);
void track_side_free(struct track_side *side);

#endif
