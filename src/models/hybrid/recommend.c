#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/explain.h"
#include "models/factors.h"
#include "models/hybrid/hybrid.h"
#include "models/network_file.h"

/* Recommending with a trained model. */

enum { PLAYLISTS_MAX = 256 /* aggregated together */ };

struct hybrid_state {
    struct factors factors;
    struct hybrid_network network;
    struct tape tape;
    const float *items;  /* [n_tracks x row], in the file */
    const float *inputs; /* [n_tracks x inputs], in the file */
};

static enum status read_shape(struct recommender *recommender, struct hybrid_state *state, struct hybrid_shape *shape,
                              struct error *error)
{
    const struct setting_source source = recommender_settings(recommender);
    int64_t row = 0;
    enum status status = hybrid_shape_read(&source, shape, error);
    if (status == STATUS_OK)
        status = recommender_matrix(recommender, "items", -1, &state->items, &row, error);
    if (status == STATUS_OK)
        status = recommender_matrix(recommender, "inputs", -1, &state->inputs, &shape->inputs, error);
    if (status == STATUS_OK && shape->inputs == 1)
        shape->kernel = 0; /* there are no features */
    if (status == STATUS_OK && row != hybrid_row(shape))
        status = error_set(error, STATUS_BAD_DATA, "the model's vectors do not fit its settings; train it again");
    return status;
}

struct factors *hybrid_searched(const struct recommender *recommender)
{
    struct hybrid_state *state = recommender->state;
    return &state->factors;
}

enum status hybrid_open(struct recommender *recommender, struct error *error)
{
    struct hybrid_state *state = calloc(1, sizeof *state);
    if (!state)
        return error_no_memory(error);
    recommender->state = state;
    recommender->rest = "song+bias";
    struct hybrid_shape shape = {0};
    enum status status = read_shape(recommender, state, &shape, error);
    if (status != STATUS_OK)
        return status;
    tape_open(&state->tape, recommender->compute);
    hybrid_network_declare(&state->network, &shape, NULL);
    status = network_parameters_open(recommender, &state->network.parameters, error);
    if (status == STATUS_OK)
        status = factors_open(&state->factors, recommender->compute, state->items, recommender->n_tracks,
                              hybrid_row(&shape), error);
    return status;
}

void hybrid_close(struct recommender *recommender)
{
    struct hybrid_state *state = recommender->state;
    if (!state)
        return;
    parameters_destroy(&state->network.parameters);
    if (state->tape.compute)
        tape_close(&state->tape);
    if (state->factors.compute)
        factors_close(&state->factors);
    free(state);
}

/* Computes the vectors of the playlists first..first+count-1 and writes them to the queries of `factors`. */
static enum status aggregate(struct hybrid_state *state, const struct seed_lists *lists, size_t first, size_t count,
                             struct error *error)
{
    const struct hybrid_shape *shape = &state->network.shape;
    int64_t d = shape->d, row = hybrid_row(shape), fixed = hybrid_fixed_width(shape);
    struct tape *tape = &state->tape;
    tape_reset(tape, false);
    float *means = tape_host_memory(tape, count * (size_t)d * sizeof *means);
    struct hybrid_sums sums = {tape_host_memory(tape, count * (size_t)(shape->inputs + 1) * sizeof(float)),
                               tape_host_memory(tape, count * (size_t)(fixed + 1) * sizeof(float))};
    if (!means || !sums.inputs || !sums.fixed)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const int32_t *rows = lists->rows + lists->starts[first + i];
        int64_t n = lists->starts[first + i + 1] - lists->starts[first + i];
        for (int64_t s = 0; s < n; s++)
            for (int64_t j = 0; j < d; j++)
                means[(int64_t)i * d + j] += state->items[rows[s] * row + j] / (float)n;
        const struct hybrid_seeds seeds = {.n = n,
                                           .rows = rows,
                                           .fixed_rows = rows,
                                           .inputs = state->inputs,
                                           .fixed = state->items + d + 1,
                                           .stride = row};
        hybrid_sums_set(shape, &sums, (int64_t)i, &seeds);
    }
    struct tensor *mean = tape_tensor(tape, (int64_t)count, d, false);
    mean->value = tape_upload(tape, means, (int64_t)count * d);
    const struct hybrid_query query = hybrid_aggregate(tape, &state->network, mean, &sums, (struct dropout){0}, 0);
    struct tensor *const sections[] = {query.learned, query.bias, query.fixed};
    const struct tensor *q = nn_concat_all(tape, sections, query.fixed ? 3 : 2);
    TAPE_RUN(tape, network.copy_columns, (int64_t)count, row, 1, q->value, row, 0,
             (struct compute_slice){state->factors.queries, first * (size_t)row}, row);
    return tape_status(tape, error);
}

static enum status aggregate_all(struct hybrid_state *state, const struct seed_lists *lists, struct error *error)
{
    enum status status = factors_begin(&state->factors, lists, error);
    for (size_t first = 0; first < lists->count && status == STATUS_OK; first += PLAYLISTS_MAX) {
        size_t count = lists->count - first < PLAYLISTS_MAX ? lists->count - first : PLAYLISTS_MAX;
        status = aggregate(state, lists, first, count, error);
    }
    return status;
}

enum status hybrid_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    struct hybrid_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_finish(&state->factors, lists, k, ids, scores, error) : status;
}

enum status hybrid_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                         size_t *ranks, bool *known, struct error *error)
{
    struct hybrid_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_ranks(&state->factors, state->items, lists, row, depth, ranks, known, error)
                               : status;
}

enum status hybrid_score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    struct hybrid_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_scores(&state->factors, state->items, lists->count, n, rows, scores, error)
                               : status;
}

bool hybrid_knows(const struct recommender *recommender, int32_t row)
{
    (void)recommender;
    (void)row;
    return true;
}

const char *const hybrid_parts[HYBRID_SECTIONS + 1] = {"artist", "album", "features", NULL};

/* The learned section. */
void hybrid_track_vectors(const struct recommender *recommender, struct track_vectors *vectors)
{
    const struct hybrid_state *state = recommender->state;
    vectors->values = state->items;
    vectors->stride = state->factors.d;
    vectors->width = state->network.shape.d;
}

enum status hybrid_score_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                               struct error *error)
{
    const struct hybrid_state *state = recommender->state;
    const struct hybrid_shape *shape = &state->network.shape;
    const int64_t widths[HYBRID_SECTIONS] = {shape->artist, shape->album, shape->kernel};
    return factors_section_scores(&state->factors, state->items, shape->d + 1, widths, HYBRID_SECTIONS, n, ids, parts,
                                  error);
}

enum status hybrid_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *reasons, struct error *error)
{
    const struct hybrid_state *state = recommender->state;
    (void)list;
    (void)error;
    double bias = (double)state->items[(int64_t)row * state->factors.d + state->network.shape.d];
    score_reasons_add_part(reasons, "song", PART_SONG, reasons->song - bias);
    score_reasons_add_part(reasons, "the track's bias", PART_POPULARITY, bias);
    return STATUS_OK;
}
