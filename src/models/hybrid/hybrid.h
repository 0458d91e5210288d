#ifndef SLEEVE_MODELS_HYBRID_HYBRID_H
#define SLEEVE_MODELS_HYBRID_HYBRID_H

#include "models/hybrid/tracks.h"
#include "models/kind.h"

/* The kind "hybrid". Its file contains
 *     items   [n_tracks x row]     the tracks' vectors (network.h),
 *     inputs  [n_tracks x inputs]  what a playlist's network reads of its seeds,
 *     query.* the parameters of that network. */

/* Reads the widths of the sections and the network from settings; `inputs` is not set. */
enum status hybrid_shape_read(const struct setting_source *source, struct hybrid_shape *shape, struct error *error);

enum status hybrid_train(struct model_task *task, struct model_weights *weights, struct error *error);

struct factors *hybrid_searched(const struct recommender *recommender);
enum status hybrid_open(struct recommender *recommender, struct error *error);
void hybrid_close(struct recommender *recommender);
enum status hybrid_score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error);
enum status hybrid_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                         size_t *ranks, bool *known, struct error *error);
/* The bias of the row, which is part of the song's. */
enum status hybrid_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *reasons, struct error *error);
enum status hybrid_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error);
/* Every track has an artist, which is compared with those of the seeds even if no training playlist contains it. */
bool hybrid_knows(const struct recommender *recommender, int32_t row);
/* The parts of a score: of the sections artist, album and kernel ("features"). The song's part is that of the learned
 * section and the bias, in which the network over features is included. */
extern const char *const hybrid_parts[HYBRID_SECTIONS + 1];
void hybrid_track_vectors(const struct recommender *recommender, struct track_vectors *vectors);
enum status hybrid_score_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                               struct error *error);

#endif
