#ifndef SLEEVE_MODELS_SESSION_KNN_H
#define SLEEVE_MODELS_SESSION_KNN_H

#include "models/kind.h"

/* Session-based k-nearest neighbours: recommends what the training playlists most similar to the given one contain.
 *
 * Similarity. The given tracks (the seeds) s_1 .. s_L, of which s_L is the newest, have the weights
 *     w_p = exp(-(L - p) / seed_decay).
 * A training playlist n that contains any of them is a candidate, with the similarity
 *     sim(n) = Σ_{s_p in n} w_p / (√Σ_p w_p² · √|n|)  when `cosine`,
 *     sim(n) = Σ_{s_p in n} w_p / L                   otherwise.
 * The k most similar candidates are the neighbours; equal ones are taken in the catalogue's order.
 *
 * Score. A track i at position p(i, n) of a neighbour n gains
 *     sim(n) · f(r) · exp(-|p(i, n) - p*| / position_decay) · (1 + idf · ln(playlists / playlists that contain i)).
 * r = 1 .. L counts back from the newest seed to the first one that n contains; f(r) is 1, 1 / r or
 * exp(-(r - 1) / match_decay); p* is the last position of any seed in n. A factor with an infinite decay is 1.
 *
 * Sources. SKNN and VSKNN: Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018. STAN: Garg
 * et al., Sequence and time aware neighborhood for session-based recommendations, 2019. VSTAN: Ludewig et al.,
 * Empirical analysis of session-based recommendation algorithms, 2020. Two details that the papers do not define follow
 * session-rec, the program of the last paper: p*, and the norm of the weighted cosine, which does not change the ranks.
 *
 * Differences. Playlists have no time stamps. So the factor of STAN and VSTAN for the age of a neighbour (sn_w) is left
 * out. Where the papers take the most recent candidates, the last `sample` candidates in the catalogue's order are
 * taken (0: all of them); these are the most recent ones if playlists were imported in order of time. Neighbours are
 * training playlists only; session-rec also uses the first tracks of other playlists that are being evaluated.
 *
 * All tracks are ranked by their score as float32. Equal scores, such as the 0 of all tracks that no neighbour
 * contains, are ordered by popularity, then by row. */
enum session_match { MATCH_SAME, MATCH_DIV, MATCH_EXP };

struct session_formula {
    int64_t k, sample;
    bool cosine;
    double seed_decay, position_decay, idf;
    enum session_match match;
    double match_decay;
};

/* Trains by storing the playlists. */
enum status session_knn_train(struct model_task *task, struct model_weights *weights, struct error *error);
/* Opens recommender->state; the functions below are the kind's other operations. */
enum status session_knn_open(struct recommender *recommender, const struct session_formula *formula,
                             struct error *error);
void session_knn_close(struct recommender *recommender);
enum status session_knn_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k,
                                  int32_t *ids, float *scores, struct error *error);
enum status session_knn_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row,
                              size_t depth, size_t *ranks, bool *known, struct error *error);
enum status session_knn_score(struct recommender *recommender, const struct seed_lists *lists, size_t n,
                              const int32_t *rows, float *scores, struct error *error);
/* The neighbours that contain the row, with what each adds to its score. */
enum status session_knn_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                                struct score_reasons *reasons, struct error *error);

#endif
