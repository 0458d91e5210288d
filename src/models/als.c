#include <stdlib.h>
#include <string.h>

#include "models/als_train.h"
#include "models/factors.h"

/* Alternating least squares as a recommender: a new playlist is folded in by one half-step for its row, with the track
 * factors fixed (Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets", eq. 4):
 *     x = (YᵀY + λI + α Σ y yᵀ)⁻¹ (1 + α) Σ y, both sums over the seeds' factors y.
 * A seed that the model does not know, but was given a vector for (models/new_tracks.h), takes part with that vector. Y
 * remains the learned factors: one more among so many would hardly change YᵀY. */

struct als_state {
    struct factors factors;
    double regularization; /* scaled like the stored factors */
    double alpha;
    const float *tracks;             /* [n x d], in the file */
    struct compute_buffer *gram;     /* YᵀY + λI, for the weighted path */
    struct compute_buffer *cholesky; /* its Cholesky factor, for the unweighted path */
    struct compute_buffer *scratch;
};

/* YᵀY + λI in *matrix. It is read from the file, because computing it takes as long as a hundred recommendations. It is
 * computed for older files, which do not have it. */
static enum status make_gram(const struct recommender *recommender, struct als_state *state,
                             struct compute_buffer *matrix, struct error *error)
{
    const struct compute *compute = state->factors.compute;
    int64_t d = state->factors.d;
    float ridge = (float)state->regularization;
    if (!safetensors_find(recommender->file, "gram"))
        return compute->ops->gram(compute->stream, state->factors.n, d, (struct compute_slice){state->factors.items, 0},
                                  ridge, (struct compute_slice){matrix, 0}, error);
    const float *stored;
    size_t bytes = (size_t)(d * d) * sizeof *stored;
    float *gram = malloc(bytes);
    enum status status = gram ? recommender_floats(recommender, "gram", d, d, &stored, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        memcpy(gram, stored, bytes);
        for (int64_t i = 0; i < d; i++)
            gram[i * d + i] += ridge;
        status = compute->ops->buffer_write(compute->stream, matrix, 0, gram, bytes, error);
    }
    free(gram);
    return status;
}

static enum status prepare(const struct recommender *recommender, struct als_state *state, struct error *error)
{
    const struct compute *compute = state->factors.compute;
    const struct compute_ops *ops = compute->ops;
    int64_t d = state->factors.d;
    struct compute_buffer **matrix = state->alpha > 0 ? &state->gram : &state->cholesky;
    enum status status = ops->buffer_create(compute->device, (size_t)(d * d) * sizeof(float), matrix, error);
    if (status == STATUS_OK)
        status = make_gram(recommender, state, *matrix, error);
    if (status == STATUS_OK && state->alpha > 0)
        status = ops->buffer_create(compute->device, ops->als_weighted_scratch(compute->device, d, 0), &state->scratch,
                                    error);
    else if (status == STATUS_OK)
        status = ops->cholesky(compute->stream, d, (struct compute_slice){*matrix, 0}, error);
    return status;
}

static enum status open_model(struct recommender *recommender, struct error *error)
{
    struct als_state *state = calloc(1, sizeof *state);
    if (!state)
        return error_no_memory(error);
    recommender->state = state;
    const float *tracks;
    int64_t d;
    double scale = 1;
    enum status status = recommender_matrix(recommender, "tracks", -1, &tracks, &d, error);
    if (status == STATUS_OK)
        status = recommender_setting(recommender, "regularization", &state->regularization, error);
    if (status == STATUS_OK)
        status = recommender_setting(recommender, "alpha", &state->alpha, error);
    if (status == STATUS_OK)
        status = recommender_setting(recommender, "scale", &scale, error);
    /* With Y scaled by s, the ridge s²λ gives the same scores as before. */
    state->regularization *= scale * scale;
    state->tracks = tracks;
    if (status == STATUS_OK)
        status = factors_open(&state->factors, recommender->compute, tracks, recommender->n_tracks, d, error);
    if (status == STATUS_OK)
        status = prepare(recommender, state, error);
    return status;
}

static void close_model(struct recommender *recommender)
{
    struct als_state *state = recommender->state;
    if (!state)
        return;
    const struct compute_ops *ops = recommender->compute->ops;
    ops->buffer_destroy(state->gram);
    ops->buffer_destroy(state->cholesky);
    ops->buffer_destroy(state->scratch);
    if (state->factors.compute)
        factors_close(&state->factors);
    free(state);
}

static enum status fold_in(struct als_state *state, int64_t n_lists, struct error *error)
{
    struct factors *factors = &state->factors;
    const struct compute_ops *ops = factors->compute->ops;
    struct compute_stream *stream = factors->compute->stream;
    struct compute_slice none = {0}, starts = {factors->starts, 0}, rows = {factors->rows, 0},
                         items = {factors->seed_items, 0}, queries = {factors->queries, 0};
    if (state->alpha > 0)
        return ops->als_weighted(stream, n_lists, factors->d, 0, (float)state->alpha, starts, rows, none, items,
                                 (struct compute_slice){state->gram, 0}, queries,
                                 (struct compute_slice){state->scratch, 0}, error);
    enum status status = ops->sparse_gemm(stream, n_lists, factors->d, starts, rows, none, items, queries, error);
    if (status == STATUS_OK)
        status = ops->cholesky_solve(stream, n_lists, factors->d, (struct compute_slice){state->cholesky, 0}, queries,
                                     error);
    return status;
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    struct als_state *state = recommender->state;
    enum status status = factors_begin(&state->factors, lists, error);
    if (status == STATUS_OK)
        status = fold_in(state, (int64_t)lists->count, error);
    if (status == STATUS_OK)
        status = factors_finish(&state->factors, lists, k, ids, scores, error);
    return status;
}

static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    struct als_state *state = recommender->state;
    enum status status = factors_begin(&state->factors, lists, error);
    if (status == STATUS_OK)
        status = fold_in(state, (int64_t)lists->count, error);
    if (status == STATUS_OK)
        status = factors_scores(&state->factors, state->tracks, lists->count, n, rows, scores, error);
    return status;
}

static enum status ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                         size_t *found, bool *known, struct error *error)
{
    struct als_state *state = recommender->state;
    enum status status = factors_begin(&state->factors, lists, error);
    if (status == STATUS_OK)
        status = fold_in(state, (int64_t)lists->count, error);
    if (status == STATUS_OK)
        status = factors_ranks(&state->factors, state->tracks, lists, row, depth, found, known, error);
    return status;
}

static void track_vectors(const struct recommender *recommender, struct track_vectors *vectors)
{
    const struct als_state *state = recommender->state;
    vectors->values = state->tracks;
    vectors->width = vectors->stride = state->factors.d;
}

static struct factors *factors(const struct recommender *recommender)
{
    return &((struct als_state *)recommender->state)->factors;
}

static const struct recommender_ops kinds[] = {
    {.kind = "als",
     .settings = {.groups = (const struct setting_rule *const[]){als_rules, NULL}},
     .train = als_train_tracks,
     .takes_ranks = true,
     .open = open_model,
     .close = close_model,
     .recommend = recommend,
     .score = score,
     .ranks = ranks,
     .track_vectors = track_vectors,
     .factors = factors,
     .searched = factors},
};

const struct model_family als_family = {
    .help = "als: implicit-feedback matrix factorisation; a playlist is folded in by one half-step.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
