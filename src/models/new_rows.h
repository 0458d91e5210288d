#ifndef SLEEVE_MODELS_NEW_ROWS_H
#define SLEEVE_MODELS_NEW_ROWS_H

#include <stdint.h>

/* The vectors of tracks that a model does not know (models/new_tracks.h). */

enum new_tracks_seeds {
    NEW_SEEDS_NEVER,  /* new tracks do not count as seeds */
    NEW_SEEDS_BESIDE, /* they count where the model knows at least one of the other seeds */
    NEW_SEEDS_ALWAYS, /* they also count alone */
    NEW_SEEDS_CHOICES
};
extern const char *const new_tracks_seeds_names[NEW_SEEDS_CHOICES]; /* "never", "beside", "always" */

struct new_tracks_rows {
    enum new_tracks_seeds seeds;
    int64_t n, width;
    const int32_t *rows;  /* [n] track number - 1, ascending */
    const float *vectors; /* [n x width] */
};

/* The vector of a row; NULL: there is none. `rows` may be NULL. */
const float *new_tracks_vector(const struct new_tracks_rows *rows, int32_t row);

#endif
