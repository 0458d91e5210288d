#ifndef SLEEVE_MODELS_SESSION_INDEX_H
#define SLEEVE_MODELS_SESSION_INDEX_H

#include "models/kind.h"

/* The training playlists of a model in its file, by playlist and by track. */
struct session_index {
    int64_t n_tracks, n_playlists, longest; /* longest: number of entries of the longest playlist */
    const int64_t *starts;                  /* [n_playlists + 1] in the file */
    const int32_t *tracks;                  /* [starts[n_playlists]] rows in the playlist's order, in the file */
    int64_t *holder_starts;                 /* [n_tracks + 1], owned */
    int32_t *holders;                       /* [starts[n_playlists]] playlists that contain the row, ascending, owned */
};

/* Adds matrices "starts" (int64) and "playlists" (int32) to a model. */
enum status session_index_save(const struct interactions *interactions, struct model_weights *weights,
                               struct error *error);
/* Reads them and checks every start and row. A file whose playlists overlap or leave a gap, or that contains an invalid
 * or repeated row, is STATUS_BAD_DATA. `index` is valid while the recommender's file is open; after a failure there is
 * nothing to close. */
enum status session_index_open(const struct recommender *recommender, struct session_index *index, struct error *error);
/* The position of a row in a playlist; -1: it is not in it. */
int64_t session_index_position(const struct session_index *index, int32_t playlist, int32_t row);
void session_index_close(struct session_index *index);

#endif
