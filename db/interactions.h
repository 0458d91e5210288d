#ifndef SLEEVE_DB_INTERACTIONS_H
#define SLEEVE_DB_INTERACTIONS_H

#include "db/split.h"

/* What models see: playlists as rows of tracks. */

/* Playlists as rows of distinct tracks in the order of first occurrence, numbered from 0 (= track number - 1). Own
 * playlists are not in it. Without a stored split every playlist is in SPLIT_TRAIN.
 *
 * A split may make tracks cold: they are left out of training and validation playlists, so that models never see them
 * and are not chosen by them. A playlist that keeps fewer than two tracks is left out with them. Test playlists keep
 * their cold tracks, also those among the seeds. */
struct interactions {
    int64_t n_tracks;
    int64_t n_playlists;
    int64_t *starts;       /* [n_playlists + 1] */
    int32_t *tracks;       /* [starts[n_playlists]] */
    int64_t *playlist_ids; /* [n_playlists] */
    int32_t *seeds;        /* [n_playlists] seeds shown of a validation or test playlist, else 0 */
    uint8_t *sets;         /* [n_playlists] enum split_set */
    int64_t n_cold;
    int32_t *cold; /* [n_cold] the cold tracks, ascending */
    /* Negatives by rating (models/train_ratings.h): tracks that are bad for playlist p are
     * bad[bad_starts[p]..bad_starts[p + 1]), none of them its entries. NULL without ratings. */
    int64_t *bad_starts; /* [n_playlists + 1] */
    int32_t *bad;
    char rated[33]; /* a fingerprint of the ratings in it; "": none */
};
/* `split_sets`: some of enum split_set, and perhaps SPLIT_WITH_COLD. */
enum status catalogue_interactions_load(struct catalogue *catalogue, int split_sets, struct interactions *interactions,
                                        struct error *error);
void interactions_free(struct interactions *interactions);

#endif
