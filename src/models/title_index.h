#ifndef SLEEVE_MODELS_TITLE_INDEX_H
#define SLEEVE_MODELS_TITLE_INDEX_H

#include "db/titles.h"
#include "models/kind.h"

/* Recommending by a playlist's title. The training playlists with the same words in their titles (title_text.h) are one
 * cluster. A title is compared with those of the clusters by
 *     similarity = 0.9 cosine of the words + 0.1 cosine of the triples of characters,
 * both with tf-idf weights, idf = ln((1 + clusters) / (1 + clusters with the term)) + 1. With n playlists of e entries
 * in total, each of the 100 nearest clusters weighs
 *     similarity · log2(1 + n) · sqrt(e / n),
 * and P(track) is the weighted mean of the shares of the clusters' entries, smoothed with 2 % of popularity. A share q
 * of P goes through artists: P(artist), the sum over the artist's tracks, is given to all of its tracks, in or out of
 * playlists, in proportion to their weights. As in the estimate of Good and Turing ("The population frequencies of
 * species", 1953) for what was never seen, q is the share of entries whose track is in no other training playlist. */

enum {
    TITLE_NEAREST = 100,       /* clusters that a list is made from */
    TITLE_CLUSTER_TRACKS = 500 /* tracks kept of a cluster: those with the largest counts */
};

/* The parts of the index that making and using it share. */
float title_idf(size_t clusters, size_t with_the_term);
/* The square root of the share of words, or of triples, in a similarity. */
float title_term_scale(bool triple);
/* An arbitrary order of rows. The numbers of tracks are in the order of import and would tell which playlists the
 * tracks are from. */
int title_row_order(int32_t left, int32_t right);

/* Adds matrices "title_..." to a model, or none if no playlist has a title. titles->artists may be NULL: then nothing
 * goes through artists.
 *
 * With factors > 0, the clusters' shares are not stored but projected on so many dimensions, the right singular
 * vectors of the matrix [clusters x tracks] with the largest singular values (latent semantic indexing; Yürekli, Kaleli
 * and Bilge, "Alleviating the cold-start playlist continuation in music recommendation using latent semantic indexing",
 * 2021). `seed` starts the iteration that finds them. */
enum status title_index_save(const struct interactions *interactions, const struct playlist_titles *titles, int factors,
                             uint64_t seed, struct model_weights *weights, struct error *error);

struct title_index;
/* Reads and checks the matrices. *index is NULL if the file has none. Valid while the recommender is open. */
enum status title_index_open(const struct recommender *recommender, struct title_index **index, struct error *error);
void title_index_close(struct title_index *index);

/* The k best rows for a title without those of `excluded` (ascending); equal scores by popularity, then in an
 * arbitrary, fixed order. -1 where there are fewer. *near: clusters that have something in common with the title; if 0,
 * ids and scores are not set. */
enum status title_index_recommend(struct title_index *index, const char *title, const int32_t *excluded,
                                  size_t n_excluded, size_t k, int32_t *ids, float *scores, size_t *near,
                                  struct error *error);

#endif
