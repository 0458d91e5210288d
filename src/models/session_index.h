#ifndef SLEEVE_MODELS_SESSION_INDEX_H
#define SLEEVE_MODELS_SESSION_INDEX_H

#include "models/kind.h"

/* The training playlists of a model, as its file holds them, by playlist and by track. */
struct session_index {
    int64_t n_tracks, n_playlists, longest; /* longest: entries of the longest playlist */
    const int64_t *starts;                  /* [n_playlists + 1] in the file */
    const int32_t *tracks;                  /* [starts[n_playlists]] rows in the playlist's order, in the file */
    int64_t *holder_starts;                 /* [n_tracks + 1], owned */
    int32_t *holders;                       /* [starts[n_playlists]] playlists that hold the row, ascending, owned */
};

/* Adds matrices "starts" (int64) and "playlists" (int32) to a model. */
enum status session_index_save(const struct interactions *interactions, struct model_weights *weights,
                               struct error *error);
/* Reads them. Every start and row is checked: a file whose playlists overlap, leave a gap, name a row that the model
 * does not have or name one twice is STATUS_BAD_DATA. `index` stays usable as long as the recommender's file is open;
 * on failure there is nothing to close. */
enum status session_index_open(const struct recommender *recommender, struct session_index *index, struct error *error);
void session_index_close(struct session_index *index);

#endif
