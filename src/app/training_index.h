#ifndef SLEEVE_APP_TRAINING_INDEX_H
#define SLEEVE_APP_TRAINING_INDEX_H

#include "db/interactions.h"

/* The playlists that a model was trained on, by playlist and by track, read from the catalogue. */
struct training_index {
    char trained_on[33]; /* their fingerprint (model_training_fingerprint) */
    bool usable;
    char note[256]; /* why it is not usable */
    struct interactions playlists;
    int64_t *holder_starts; /* [n_tracks + 1] */
    int32_t *holders;       /* playlists that contain the row, ascending */
};

/* At most this many entries are read: of larger catalogues nothing is counted. */
enum { TRAINING_INDEX_ENTRIES_MAX = 8000000 };

/* Finds the sets of the split whose playlists have this fingerprint. If there are none, because playlists or split have
 * changed, or the catalogue is too large, *index is not usable. */
enum status training_index_open(struct catalogue *catalogue, const char *trained_on, struct training_index **index,
                                struct error *error);
void training_index_close(struct training_index *index);
/* Playlists that contain both rows. */
int32_t training_index_together(const struct training_index *index, int64_t row, int64_t other);

#endif
