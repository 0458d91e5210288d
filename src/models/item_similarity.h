#ifndef SLEEVE_MODELS_ITEM_SIMILARITY_H
#define SLEEVE_MODELS_ITEM_SIMILARITY_H

#include "models/kind.h"
#include "models/scored_rows.h"
#include "models/track_playlists.h"

/* Item-to-item recommenders: the score of a track j is the sum of S_ij over the seeds i, where S_ij is the similarity
 * of i to j. The kinds differ in S (co_occurrence.h, ease.h). For each track i the model's file has the k values S_ij
 * of largest magnitude; S_ii is 0. All tracks are ranked by their score as float32; equal scores, such as the 0 of all
 * tracks that are similar to no seed, are ordered by popularity, then by row. */

/* Computes the similarities of a track to all others. */
struct similarity_source {
    /* Adds S_ij for the row i and all rows j with a similarity; that of i to itself is ignored. Called by the threads
     * of the device's pool at the same time, with their number in `worker`. */
    void (*add)(const void *context, int32_t row, int worker, struct scored_rows *similarities);
    const void *context;
};

/* Adds the matrices "starts" (int64 [n_tracks + 1]), "neighbours" (int32) and "similarities" (float32) to a model: the
 * neighbours of row i, in ascending order, are those from starts[i] to starts[i + 1]. Equal magnitudes are ordered by
 * popularity, then by row. Time is spent in `source`, in parallel; memory is that of the result, at most 8 k bytes per
 * track. Can be cancelled (progress). The result does not depend on the number of threads. */
enum status item_similarity_train(struct model_task *task, const struct track_playlists *playlists,
                                  const struct similarity_source *source, struct model_weights *weights,
                                  struct error *error);

/* The operations of the kinds. Opening checks every start and row. */
enum status item_similarity_open(struct recommender *recommender, struct error *error);
void item_similarity_close(struct recommender *recommender);
enum status item_similarity_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row,
                                  size_t depth, size_t *ranks, bool *known, struct error *error);
enum status item_similarity_score(struct recommender *recommender, const struct seed_lists *lists, size_t n,
                                  const int32_t *rows, float *scores, struct error *error);
enum status item_similarity_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k,
                                      int32_t *ids, float *scores, struct error *error);

#endif
