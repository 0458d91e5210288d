#ifndef SLEEVE_MODELS_EXPLAIN_INTERNAL_H
#define SLEEVE_MODELS_EXPLAIN_INTERNAL_H

#include "models/explain.h"

/* One explanation in progress. */
struct explaining {
    struct recommender *recommender;
    const struct explain_query *query;
    int32_t row;       /* of the track; -1: the model does not have it */
    int32_t *rows;     /* [n_rows] of the seeds that the model has, in the playlist's order */
    size_t *row_seeds; /* [n_rows] their indices among the distinct seeds */
    int64_t n_rows;
    unsigned char *groups; /* [distinct seeds] enum seed_group */
};

/* The model's own score. */
enum status explain_model(struct explaining *explaining, struct score_explanation *out, struct error *error);
/* The score in a list that takes its place. */
enum status explain_instead(struct explaining *explaining, struct score_explanation *out, struct error *error);

/* recommend.c: the model's lists for unknown seeds, opened for these. NULL: it was opened without a catalogue. */
enum status recommender_fallback(struct recommender *recommender, const struct recommend_query *query,
                                 struct fallback **fallback, struct error *error);

#endif
