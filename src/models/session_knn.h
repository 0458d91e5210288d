#ifndef SLEEVE_MODELS_SESSION_KNN_H
#define SLEEVE_MODELS_SESSION_KNN_H

#include "models/kind.h"

/* Session-based k-nearest neighbours: recommends what the training playlists most similar to the given one hold.
 *
 * The given tracks s_1 .. s_L, the last one newest, have the weights w_p = exp(-(L - p) / seed_decay). A playlist n
 * that holds any of them has the similarity sim(n) = Σ_{s_p in n} w_p / (√Σ_p w_p² · √|n|)   when `cosine`, else Σ_{s_p
 * in n} w_p / L. Of these candidates the k most similar (equal ones: in the catalogue's order) are the neighbours. A
 * track i of a neighbour n, at place p(i, n), gains sim(n) · f(r) · exp(-|p(i, n) - p*| / place_decay) · (1 + idf ·
 * ln(playlists / playlists that hold i)), where r = 1 .. L counts back from the newest given track to the first that n
 * holds, and p* is the last place in n of any given track. f(r) is 1, 1 / r or exp(-(r - 1) / match_decay). An infinite
 * decay means that its factor is 1.
 *
 * SKNN and VSKNN: Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018. STAN: Garg et al.,
 * Sequence and time aware neighborhood for session-based recommendations, 2019. VSTAN: Ludewig et al., Empirical
 * analysis of session-based recommendation algorithms, 2020. Where a paper leaves room, the public program of the last
 * (session-rec) decides: p*, and the norm of the weighted cosine, which changes no rank.
 *
 * Playlists carry no time. So STAN's and VSTAN's factor for the age of a neighbour (their sn_w) is left out, that is 1;
 * and where more than `sample` playlists are candidates, and the papers take the most recent, the last `sample` in the
 * catalogue's order are taken, which are the most recent where it was imported in order of time. 0 takes all.
 *
 * All tracks are ranked by their score as float32; equal scores, among them the 0 of every track that no neighbour
 * holds, stand with the more popular first, then by row. Unlike the program above, neighbours are looked for among
 * training playlists only, never among the first tracks of other playlists that are being evaluated. */
enum session_match { MATCH_SAME, MATCH_DIV, MATCH_EXP };

struct session_formula {
    int64_t k, sample;
    bool cosine;
    double seed_decay, place_decay, idf;
    enum session_match match;
    double match_decay;
};

/* Trains by keeping the playlists. */
enum status session_knn_train(struct model_task *task, struct model_weights *weights, struct error *error);
/* Opens recommender->state; session_knn_close and session_knn_recommend are the kind's other operations. */
enum status session_knn_open(struct recommender *recommender, const struct session_formula *formula,
                             struct error *error);
void session_knn_close(struct recommender *recommender);
enum status session_knn_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k,
                                  int32_t *ids, float *scores, struct error *error);

#endif
