#include <stdlib.h>
#include <string.h>

#include "models/explain.h"
#include "models/factors.h"
#include "models/network_file.h"
#include "models/new_rows.h"
#include "models/rta/rta.h"

/* Recommending with a trained model: the aggregator turns the seeds' vectors into one, and the tracks with the highest
 * dot products are found. */

enum {
    SEEDS_MAX = 1000,        /* longer lists are cut to their last tracks */
    POSITIONS_MAX = 2048,    /* positions computed together */
    ATTENTION_MAX = 1 << 22, /* attention weights computed together */
};

struct rta_state {
    struct factors factors;
    struct rta_network network;
    struct tape tape;
    bool biased;         /* a track's vector is followed by its bias */
    bool same_positions; /* seeds get the position rows of a training window */
    const float *items;  /* [n_tracks x width], in the file */
    int64_t set_width;   /* width of each feature set's part, after the song's; 0: no sets, or mixed with the song */
};

/* The shape of the aggregator for vectors [width], which may end with a bias. */
static enum status read_shape(const struct recommender *recommender, int64_t width, struct rta_state *state,
                              struct rta_shape *shape, struct error *error)
{
    const struct setting_source source = recommender_settings(recommender);
    enum rta_objective objective;
    double positions = 1;
    enum status status = rta_shape_read(rta_kind_of(recommender->ops), &source, false, shape, &objective, error);
    if (status == STATUS_OK && shape->heads > 0)
        status = recommender_setting(recommender, "positions", &positions, error);
    if (status != STATUS_OK)
        return status;
    state->biased = shape->bias;
    /* The full softmax is trained with the same positions as are used here. */
    state->same_positions = positions == 0 && objective == RTA_NEXT_TRACK;
    shape->d = width - shape->bias;
    if (shape->d < 1)
        return error_set(error, STATUS_BAD_DATA, "the model's vectors are too short; train it again");
    if (shape->heads > 0 && shape->d % shape->heads != 0)
        return error_set(error, STATUS_BAD_DATA, "the model's heads do not fit its vectors; train it again");
    return STATUS_OK;
}

static enum status read_set_width(struct recommender *recommender, int64_t width, struct rta_state *state,
                                  struct error *error)
{
    double extra = 0, set_width = 0;
    if (recommender->n_features == 0)
        return STATUS_OK;
    enum status status = recommender_setting(recommender, "extra", &extra, error);
    if (status != STATUS_OK || extra > 0)
        return status;
    status = recommender_setting(recommender, "cover_width", &set_width, error);
    state->set_width = (int64_t)set_width;
    if (status == STATUS_OK && (int64_t)recommender->n_features * state->set_width >= width)
        status = error_set(error, STATUS_BAD_DATA, "the model's feature sets do not fit its vectors; train it again");
    return status;
}

enum status rta_open(struct recommender *recommender, struct error *error)
{
    struct rta_state *state = calloc(1, sizeof *state);
    if (!state)
        return error_no_memory(error);
    recommender->state = state;
    const float *items;
    int64_t width;
    struct rta_shape shape;
    enum status status = recommender_matrix(recommender, "items", -1, &items, &width, error);
    if (status == STATUS_OK)
        status = read_shape(recommender, width, state, &shape, error);
    recommender->rest = state->biased ? "song+bias" : NULL;
    if (status == STATUS_OK)
        status = read_set_width(recommender, shape.d, state, error);
    if (status != STATUS_OK)
        return status;
    state->items = items;
    tape_open(&state->tape, recommender->compute);
    rta_network_declare(&state->network, &shape, 0);
    status = network_parameters_open(recommender, &state->network.parameters, error);
    if (status == STATUS_OK)
        status = factors_open(&state->factors, recommender->compute, items, recommender->n_tracks, width, error);
    return status;
}

void rta_close(struct recommender *recommender)
{
    struct rta_state *state = recommender->state;
    if (!state)
        return;
    parameters_destroy(&state->network.parameters);
    if (state->tape.compute)
        tape_close(&state->tape);
    if (state->factors.compute)
        factors_close(&state->factors);
    free(state);
}

/* Consecutive lists, as one batch of sequences. */
struct group {
    size_t first, count;
    int64_t length;
    int32_t *ids, *positions, *lengths, *ends;
};

static int64_t length_of(const struct seed_lists *lists, size_t list)
{
    int64_t length = lists->starts[list + 1] - lists->starts[list];
    return length < SEEDS_MAX ? length : SEEDS_MAX;
}

/* Selects the lists from `first` on that are computed together. */
static void take_group(const struct rta_state *state, const struct seed_lists *lists, size_t first, struct group *group)
{
    int64_t heads = state->network.shape.heads > 0 ? state->network.shape.heads : 1;
    group->first = first;
    group->count = 0;
    group->length = 0;
    for (size_t list = first; list < lists->count; list++) {
        int64_t length = length_of(lists, list), longest = length > group->length ? length : group->length;
        int64_t count = (int64_t)group->count + 1;
        if (group->count > 0 && (count * longest > POSITIONS_MAX || count * longest * longest * heads > ATTENTION_MAX))
            break;
        group->length = longest;
        group->count++;
    }
}

static void fill_group(const struct rta_state *state, const struct seed_lists *lists, struct group *group)
{
    const struct rta_shape *shape = &state->network.shape;
    for (size_t b = 0; b < group->count; b++) {
        int64_t length = length_of(lists, group->first + b), trained = shape->window - 1;
        const int32_t *rows = state->factors.seed_rows + lists->starts[group->first + b + 1] - length;
        int64_t aligned = state->same_positions && length < trained ? trained : length;
        for (int64_t t = 0; t < group->length; t++) {
            int64_t at = (int64_t)b * group->length + t;
            group->ids[at] = t < length ? rows[t] : -1;
            group->positions[at] = t < length ? rta_position(shape, t, aligned) : 1;
        }
        group->lengths[b] = (int32_t)length;
        group->ends[b] = (int32_t)((int64_t)b * group->length + length - 1);
    }
}

/* Writes the playlist vectors to the queries of `factors`. */
static enum status aggregate_group(struct rta_state *state, const struct group *group, struct error *error)
{
    struct tape *tape = &state->tape;
    struct factors *factors = &state->factors;
    int64_t count = (int64_t)group->count, n_inputs = count * group->length, row = factors->d,
            width = row - state->biased;
    tape_reset(tape, false);
    const struct sequences sequences = nn_sequences(tape, count, group->length, group->lengths);
    const struct tensor items = tensor_of((struct compute_slice){factors->seed_items, 0}, factors->n_seed_items, row);
    struct compute_slice none = {0}, positions = tape_upload(tape, group->positions, n_inputs);
    struct tensor *x = nn_gather(tape, &items, n_inputs, tape_upload(tape, group->ids, n_inputs), NULL, none);
    if (state->biased) {
        struct tensor *song = tape_tensor(tape, n_inputs, width, false);
        TAPE_RUN(tape, network.copy_columns, n_inputs, width, 1, x->value, row, 0, song->value, width);
        x = song;
    }
    struct tensor *q = rta_aggregate_whole(tape, &state->network, x, &sequences, positions,
                                           tape_upload(tape, group->ends, count), &(struct rta_dropouts){0});
    struct compute_slice to = {factors->queries, group->first * (size_t)row};
    if (state->biased) /* the query's element for the bias is 1 */
        TAPE_RUN(tape, network.fill, count * row, 1, to);
    TAPE_RUN(tape, network.copy_columns, count, width, 1, q->value, width, 0, to, row);
    return tape_status(tape, error);
}

/* The playlists' vectors, in the queries of `factors`. */
static enum status aggregate_all(struct rta_state *state, const struct seed_lists *lists, struct error *error)
{
    size_t room = POSITIONS_MAX > SEEDS_MAX ? POSITIONS_MAX : SEEDS_MAX;
    int32_t *numbers = malloc(4 * room * sizeof *numbers);
    if (!numbers)
        return error_no_memory(error);
    struct group group = {
        .ids = numbers, .positions = numbers + room, .lengths = numbers + 2 * room, .ends = numbers + 3 * room};
    enum status status = factors_begin(&state->factors, lists, error);
    for (size_t first = 0; first < lists->count && status == STATUS_OK; first += group.count) {
        take_group(state, lists, first, &group);
        fill_group(state, lists, &group);
        status = aggregate_group(state, &group, error);
    }
    free(numbers);
    return status;
}

enum status rta_recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                          float *scores, struct error *error)
{
    struct rta_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_finish(&state->factors, lists, k, ids, scores, error) : status;
}

enum status rta_score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                      float *scores, struct error *error)
{
    struct rta_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_scores(&state->factors, state->items, lists->count, n, rows, scores, error)
                               : status;
}

enum status rta_ranks(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                      size_t *ranks, bool *known, struct error *error)
{
    struct rta_state *state = recommender->state;
    enum status status = aggregate_all(state, lists, error);
    return status == STATUS_OK ? factors_ranks(&state->factors, state->items, lists, row, depth, ranks, known, error)
                               : status;
}

/* A track that is in no training playlist is known if album, artist, duration or a feature set describes it. */
bool rta_knows(const struct recommender *recommender, int32_t row)
{
    const struct rta_state *state = recommender->state;
    if (recommender->popularity[row] > 0)
        return true;
    if (!recommender->ops->uses_side_info && recommender->n_features == 0)
        return false;
    size_t width = (size_t)state->factors.d - state->biased;
    const float *item = state->items + (size_t)row * (size_t)state->factors.d;
    for (size_t i = 0; i < width; i++)
        if (item[i] != 0)
            return true;
    return false;
}

/* φ without the features' parts, unless these are mixed with the song's. */
void rta_track_vectors(const struct recommender *recommender, struct track_vectors *vectors)
{
    const struct rta_state *state = recommender->state;
    vectors->values = state->items;
    vectors->stride = state->factors.d;
    vectors->width = state->factors.d - state->biased - (int64_t)recommender->n_features * state->set_width;
}

/* Where the whole vector can be predicted at once, a bias with it: feature sets have parts of the score that they give
 * themselves. */
struct factors *rta_searched(const struct recommender *recommender)
{
    struct rta_state *state = recommender->state;
    return &state->factors;
}

struct factors *rta_factors(const struct recommender *recommender)
{
    struct rta_state *state = recommender->state;
    return recommender->n_features == 0 ? &state->factors : NULL;
}

enum status rta_score_parts(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                            struct error *error)
{
    const struct rta_state *state = recommender->state;
    size_t n_sets = recommender->n_features;
    int64_t widths[FEATURE_SETS_MAX];
    for (size_t set = 0; set < n_sets; set++)
        widths[set] = state->set_width;
    int64_t song = state->factors.d - state->biased - (int64_t)n_sets * state->set_width;
    if (state->set_width > 0)
        return factors_section_scores(&state->factors, state->items, song, widths, n_sets, n, ids, parts, error);
    memset(parts, 0, n * n_sets * sizeof *parts);
    return STATUS_OK;
}

enum status rta_reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                        struct score_reasons *reasons, struct error *error)
{
    const struct rta_state *state = recommender->state;
    (void)list;
    (void)error;
    if (!state->biased)
        return STATUS_OK;
    const float *given = new_tracks_vector(state->factors.given, row);
    const float *item = given ? given : state->items + (int64_t)row * state->factors.d;
    double bias = (double)item[state->factors.d - 1];
    score_reasons_add_part(reasons, "song", PART_SONG, reasons->song - bias);
    score_reasons_add_part(reasons, "the track's bias", PART_POPULARITY, bias);
    return STATUS_OK;
}
