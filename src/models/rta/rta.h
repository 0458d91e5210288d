#ifndef SLEEVE_MODELS_RTA_RTA_H
#define SLEEVE_MODELS_RTA_RTA_H

#include "models/kind.h"
#include "models/rta/trainer.h"

/* Represent-then-aggregate models as kinds of recommender: "mf-avg" to "nn-transformer". Their files contain φ of every
 * track ("items") and the aggregator's parameters. Tables and velocities are only in the checkpoint of a training. */

struct rta_kind {
    enum rta_representer representer;
    enum rta_aggregator aggregator;
};
/* The representer and aggregator of a kind (kinds.c). */
const struct rta_kind *rta_kind_of(const struct recommender_ops *ops);

enum rta_objective { RTA_NEXT_TRACK, RTA_FULL_SOFTMAX };
/* Reads the shape and the objective from settings: those of a training, or (`training` false) those stored in a model's
 * file, of which only the aggregator's are read. For a file, the caller sets `d`. */
enum status rta_shape_read(const struct rta_kind *kind, const struct setting_source *source, bool training,
                           struct rta_shape *shape, enum rta_objective *objective, struct error *error);

/* Training (train.c). */
enum status rta_train(struct model_task *task, struct model_weights *weights, struct error *error);

/* ---- sharded tables (placement.c) ---- */
/* Whether a table of `bytes` bytes on each rank is to be sharded; with TABLES_AUTO, if it has RTA_SHARD_BYTES or more.
 */
enum { RTA_SHARD_BYTES = 1 << 30 };
bool rta_shards_table(enum table_placement placement, double bytes);
/* Chooses the tables that the ranks of a training shard (settings->sharded), and says so, or why none is although it
 * was requested. */
void rta_place_tables(const struct model_task *task, const struct rta_shape *shape, const struct rta_inputs *inputs,
                      struct rta_step_settings *settings);

/* ---- inputs of a training (inputs.c) ---- */
struct rta_start {
    const struct compute *compute;
    struct rta_inputs inputs; /* owns the initial tables until a trainer takes them over */
    int32_t *rows[RTA_SLOTS];
    float *popularity;             /* [n_tracks x RTA_GATE_INPUTS]; of RTA_GATE */
    float *whitened[RTA_SETS_MAX]; /* values of the feature sets; of RTA_WHITEN */
};
/* Computes ALS factors as the initial track table, and their means for the tables of what tracks share. Without
 * `initial`, no tables are computed: a resumed training reads them from the checkpoint. */
enum status rta_start_make(struct model_task *task, const struct rta_shape *shape, bool initial,
                           struct rta_start *start, struct error *error);
void rta_start_free(struct rta_start *start);
/* After rta_start_make, for RTA_WHITEN (whiten.c): whitens the values of each feature set within the training playlists
 * (features/whitening.h), and sets the width of their rows in the shape. A track without a row still has zeros. */
enum status rta_whiten_sets(const struct model_task *task, struct rta_shape *shape, struct rta_start *start,
                            struct error *error);
/* The inputs of a gate for a track in x training playlists, where M is the most playlists of any track: ln(1 + x) /
 * ln(1
 * + M), and 1 if x is 0. */
void rta_gate_inputs(int64_t x, int64_t most, float inputs[RTA_GATE_INPUTS]);
/* Bucket 0..39 of 30 s each, the last one open-ended; -1 for an unknown duration. */
int32_t rta_duration_bucket(int64_t duration_ms);
/* The bucket of a track in x training playlists: 1 + trunc(100 ln(x / 2) / ln(M / 2)), limited to 0..99, where M is the
 * most playlists of any track; 0 for x < 2 and for M <= 2. */
int32_t rta_popularity_bucket(int64_t x, int64_t most);
enum { RTA_DURATIONS = 40, RTA_POPULARITIES = 100 };

/* ---- weights in a model's file (weights.c) ---- */
/* The current model: φ of every track, computed while the file is written, and the aggregator. */
struct rta_weights {
    struct rta_trainer *trainer;
    float *parameters, *bias, *items;
    bool diverged; /* the weights hold NaN or infinity */
};
/* Adds the matrices. If there are biases, each track's vector is followed by its bias. own->diverged is set if the
 * aggregator's parameters contain NaN or infinity, and while the file is written if φ does. `own` must outlive the
 * writing of the file. */
enum status rta_weights_add(struct rta_trainer *trainer, struct rta_weights *own, struct model_weights *weights,
                            struct error *error);
void rta_weights_free(struct rta_weights *own);

/* ---- identity of a checkpoint (identity.c) ---- */
/* Everything that must be equal for a resumed training to give the same result. `earlier`: in the form of version 0.1,
 * with the earlier names of settings and without the values of feature sets. */
void rta_identity(const struct model_task *task, bool earlier, struct buffer *text);

/* ---- recommending (recommend.c) ---- */
enum status rta_open(struct recommender *recommender, struct error *error);
void rta_close(struct recommender *recommender);
enum status rta_score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                      float *scores, struct error *error);
enum status rta_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                      size_t *ranks, bool *known, struct error *error);
/* The bias of the row, which is part of the song's. */
enum status rta_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                        struct score_reasons *reasons, struct error *error);
enum status rta_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                          float *scores, struct error *error);
void rta_track_vectors(const struct recommender *recommender, struct track_vectors *vectors);
struct factors *rta_searched(const struct recommender *recommender);
struct factors *rta_factors(const struct recommender *recommender);
bool rta_knows(const struct recommender *recommender, int32_t row);
enum status rta_score_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                            struct error *error);
_Static_assert((int)RTA_SETS_MAX == (int)FEATURE_SETS_MAX, "a network takes as many feature sets as a model");

#endif
