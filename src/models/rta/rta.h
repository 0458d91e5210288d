#ifndef SLEEVE_MODELS_RTA_RTA_H
#define SLEEVE_MODELS_RTA_RTA_H

#include "models/kind.h"
#include "models/rta/trainer.h"

/* Represent-then-aggregate models as kinds of recommender: "mf-avg" to "nn-transformer". Their files hold φ of every
 * track ("items") and the aggregator's parameters; tables and velocities stay in the checkpoint of a training. */

struct rta_kind {
    enum rta_representer representer;
    enum rta_aggregator aggregator;
};
/* The representer and aggregator of a kind (kinds.c). */
const struct rta_kind *rta_kind_of(const struct recommender_ops *ops);

enum rta_objective { RTA_NEXT_TRACK, RTA_FULL_SOFTMAX };
/* The shape and the objective that settings describe: those of a training, or (`training` false) those stored in a
 * model's file, where only what the aggregator needs is read. `d` of a file's shape is left to the caller. */
enum status rta_shape_read(const struct rta_kind *kind, const struct setting_source *source, bool training,
                           struct rta_shape *shape, enum rta_objective *objective, struct error *error);

/* Training, src/models/rta/train.c. */
enum status rta_train(struct model_task *task, struct model_weights *weights, struct error *error);

/* ---- the tracks of a training: tables to start from (inputs.c) ---- */
struct rta_start {
    const struct compute *compute;
    struct rta_inputs inputs; /* its initial tables are the start's until a trainer takes them over */
    int32_t *rows[RTA_SLOTS];
};
/* ALS factors for the tracks, their means for what they share (rta.md, "Initial track table"). Without
 * `initial` none of these are made: a resumed training has its tables from the checkpoint. */
enum status rta_start_make(struct model_task *task, const struct rta_shape *shape, bool initial,
                           struct rta_start *start, struct error *error);
void rta_start_free(struct rta_start *start);
/* Bucket 0..39 of 30 s each, from 20 minutes on 39; -1 when the duration is not known. */
int32_t rta_duration_bucket(int64_t duration_ms);
/* 1 + trunc(100 ln(x / 2) / ln(M / 2)) in 0..99 of x training playlists, M the most that hold a track; 0 for x < 2 and
 * when M <= 2. */
int32_t rta_popularity_bucket(int64_t x, int64_t most);
enum { RTA_DURATIONS = 40, RTA_POPULARITIES = 100 };

/* ---- what a model's file says (weights.c) ---- */
/* The model as it is now: φ of every track, which is made while the file is written, and the aggregator. */
struct rta_weights {
    struct rta_trainer *trainer;
    float *parameters, *bias, *items;
    bool diverged; /* the weights hold NaN or infinity */
};
/* Adds the matrices; a track's vector is followed by its bias where there are biases. *diverged is set when the
 * aggregator's parameters hold NaN or infinity, and while the file is written when φ does. `own` must outlive the
 * writing of the file. */
enum status rta_weights_add(struct rta_trainer *trainer, struct rta_weights *own, struct model_weights *weights,
                            struct error *error);
void rta_weights_free(struct rta_weights *own);

/* ---- what a checkpoint is of (identity.c) ---- */
/* All that must be equal for a training to continue as if it had not been interrupted. `earlier`: as version 0.1 wrote
 * it, with the earlier names of settings and without the values of feature sets. */
void rta_identity(const struct model_task *task, bool earlier, struct buffer *text);

/* ---- asking (recommend.c) ---- */
enum status rta_open(struct recommender *recommender, struct error *error);
void rta_close(struct recommender *recommender);
enum status rta_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                          float *scores, struct error *error);
bool rta_knows(const struct recommender *recommender, int32_t row);
enum status rta_feature_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                              struct error *error);
_Static_assert((int)RTA_SETS_MAX == (int)FEATURE_SETS_MAX, "a network takes as many feature sets as a model");

#endif
