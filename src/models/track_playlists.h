#ifndef SLEEVE_MODELS_TRACK_PLAYLISTS_H
#define SLEEVE_MODELS_TRACK_PLAYLISTS_H

#include "db/catalogue.h"

/* The playlists of each track: the transpose of `struct interactions`. */
struct track_playlists {
    int64_t *starts;    /* [n_tracks + 1] */
    int32_t *playlists; /* [starts[n_tracks]] ascending within each track */
};

enum status track_playlists_make(const struct interactions *interactions, struct track_playlists *made,
                                 struct error *error);
void track_playlists_free(struct track_playlists *made);

#endif
