#ifndef SLEEVE_MODELS_RANK_FUSION_H
#define SLEEVE_MODELS_RANK_FUSION_H

#include "models/kind.h"

/* Fusion of several ranked lists of tracks into one, by the logarithm of the ranks. A track at rank r = 1, 2, ... of
 * list m gains
 *     g_m = ln((depth + 1) / r) / ln(depth + 1)   if r <= depth, otherwise 0,
 * and its score is Σ_m w_m g_m / Σ_m w_m, between 0 and 1. With equal weights the order is that of the product of the
 * ranks, a track that a list lacks having rank depth + 1 there; so it does not depend on the scales of the models' own
 * scores. Equal scores are ordered by popularity, then by the lists: the tracks of the first list in its order, then
 * those that only the second list has, and so on. */

struct fused_track {
    double score;
    float popularity;
    int32_t row;
    int32_t place; /* the order in which the lists give it */
    float gains[MODEL_MEMBERS_MAX];
};

struct rank_fusion {
    size_t n_lists;
    size_t depth;
    int64_t n_tracks;
    const float *popularity; /* [n_tracks] of rows from there on it is 0 */
    /* Work space: */
    int32_t *found;             /* [n_rows] index in `tracks`, + 1; zeros between two fusions */
    struct fused_track *tracks; /* [most] */
    size_t count;
};

/* What a list of this depth gives the track at an index, from 0. */
float rank_fusion_gain(size_t depth, size_t index);
/* For lists of at most `length` rows below n_rows. False if memory ran out; there is something to close even then. */
bool rank_fusion_open(struct rank_fusion *fusion, size_t n_lists, size_t depth, size_t length, int64_t n_tracks,
                      int64_t n_rows, const float *popularity);
void rank_fusion_close(struct rank_fusion *fusion);
/* Collects the tracks of the lists with their gains: lists[m] holds `length` distinct rows, -1 behind the last. NULL:
 * no list, all gains 0. The tracks are in the order of `place`. */
void rank_fusion_collect(struct rank_fusion *fusion, const int32_t *const lists[], size_t length);
/* Scores the tracks. Lists that are NULL count as if their weight were 0. */
void rank_fusion_score(struct rank_fusion *fusion, const int32_t *const lists[], const double *weights);
/* The order of a fused list, for qsort: negative if the left track comes first. */
int fused_track_order(const void *left, const void *right);
/* Scores the tracks and puts the best first. */
void rank_fusion_rank(struct rank_fusion *fusion, const int32_t *const lists[], const double *weights);

#endif
