#include <stdlib.h>

#include "models/als_train.h"
#include "models/factors.h"

/* MF-AVG as it starts: a playlist is the mean of its tracks' ALS factors. */

static enum status open_model(struct recommender *recommender, struct error *error)
{
    struct factors *factors = calloc(1, sizeof *factors);
    if (!factors)
        return error_no_memory(error);
    recommender->state = factors;
    const float *tracks;
    int64_t d;
    enum status status = recommender_matrix(recommender, "tracks", -1, &tracks, &d, error);
    if (status == STATUS_OK)
        status = factors_open(factors, recommender->compute, tracks, recommender->n_tracks, d, error);
    return status;
}

static void close_model(struct recommender *recommender)
{
    struct factors *factors = recommender->state;
    if (factors && factors->compute)
        factors_close(factors);
    free(factors);
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    struct factors *factors = recommender->state;
    const struct compute *compute = recommender->compute;
    size_t entries = (size_t)lists->starts[lists->count];
    float *shares = malloc((entries + 1) * sizeof *shares); /* 1 / length for each entry of a list */
    if (!shares)
        return error_no_memory(error);
    for (size_t list = 0; list < lists->count; list++)
        for (int64_t e = lists->starts[list]; e < lists->starts[list + 1]; e++)
            shares[e] = 1.0f / (float)(lists->starts[list + 1] - lists->starts[list]);
    struct compute_buffer *values = NULL;
    enum status status = factors_begin(factors, lists, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_wrap(compute->device, shares, entries * sizeof *shares, &values, error);
    if (status == STATUS_OK)
        status = compute->ops->sparse_gemm(
            compute->stream, (int64_t)lists->count, factors->d, (struct compute_slice){factors->starts, 0},
            (struct compute_slice){factors->rows, 0}, (struct compute_slice){values, 0},
            (struct compute_slice){factors->items, 0}, (struct compute_slice){factors->queries, 0}, error);
    if (status == STATUS_OK)
        status = factors_finish(factors, lists, k, ids, scores, error);
    compute->ops->buffer_destroy(values);
    free(shares);
    return status;
}

const struct recommender_ops mf_avg_ops = {.kind = "mf-avg",
                                           .rules = als_rules,
                                           .n_rules = ALS_RULES,
                                           .train = als_train_tracks,
                                           .open = open_model,
                                           .close = close_model,
                                           .recommend = recommend};
