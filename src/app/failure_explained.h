#ifndef SLEEVE_APP_FAILURE_EXPLAINED_H
#define SLEEVE_APP_FAILURE_EXPLAINED_H

#include "app/failures.h"

/* What takes longer than opening a playlist: the place of every held-out track in the order of all tracks of the
 * catalogue, how often the tracks were in training, and the causes of the failure. app/failure_explain.h computes it.
 */

/* One model's part. Arrays of held-out tracks have the order of struct failure_case. */
struct explained_side {
    char model[FAILURE_NAME_SIZE];
    int64_t n_ranked; /* tracks in the order: all that the model has but the seeds */
    /* [n_held_out] from 1; 0: the track was added after the training. Up to 500 it is the rank in the list, except
     * where a kind of model joins lists of the requested length (ensembles, titles). */
    int32_t *ranks;
    bool *scored;       /* [n_held_out] false: the score is 0, so that the rank is only one of popularity */
    float *counts;      /* [n_held_out] training playlists of the model with the track */
    bool *in_reach;     /* [n_held_out] the model can recommend it */
    float *list_counts; /* [n_list] of the list of at most 500 */
    size_t n_list;
    struct cause_shares causes;
};
struct failure_explained {
    int64_t playlist_id; /* 0: nothing is explained */
    size_t n_held_out;
    struct explained_side sides[FAILURE_SIDES];
    int n_sides;
    double milliseconds; /* that it took */
};
void failure_explained_free(struct failure_explained *explained);

#endif
