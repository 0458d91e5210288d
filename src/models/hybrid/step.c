#include <stdlib.h>
#include <string.h>

#include "models/hybrid/training.h"
#include "nn/schedule.h"

/* A step of the training. */

double hybrid_setting(const struct hybrid_training *training, const char *key)
{
    return settings_value(training->task->settings, key);
}

/* ---- vectors ---- */

struct hybrid_vectors hybrid_training_represent(struct hybrid_training *training, struct tape *tape,
                                                const int32_t *tracks, int64_t n, bool step)
{
    int64_t width = training->network.shape.inputs + HYBRID_COUNTS;
    float *features = tape_host_memory(tape, (size_t)(n * width) * sizeof *features);
    int32_t *rows = tape_host_memory(tape, (size_t)n * sizeof *rows);
    struct hybrid_rows table_rows[HYBRID_TABLES + 1];
    struct tensor *x = tape_tensor(tape, n, width, false);
    if (!features || !rows)
        return (struct hybrid_vectors){&tape->nothing, &tape->nothing};
    for (int64_t i = 0; i < n; i++)
        hybrid_tracks_features(&training->tracks, tracks[i], features + i * width);
    x->value = tape_upload(tape, features, n * width);
    for (int table = 0; table < HYBRID_TABLES; table++) {
        for (int64_t i = 0; i < n; i++)
            rows[i] = hybrid_tracks_row(&training->tracks, (enum hybrid_table)table, tracks[i]);
        const struct compute_slice ids = tape_upload(tape, rows, n);
        table_rows[table] = (struct hybrid_rows){ids, training->network.table[table], ids};
        if (table == HYBRID_TRACK_TABLE)
            table_rows[HYBRID_TABLES] = (struct hybrid_rows){ids, training->network.table[HYBRID_TABLES], ids};
        if (step && training->sparse)
            hybrid_sparse_take(training, tape, (enum hybrid_table)table, n, rows, table_rows);
    }
    return hybrid_represent(tape, &training->network, x, table_rows);
}

static enum status grow_fixed_rows(struct hybrid_training *training, int64_t n, struct error *error)
{
    const struct compute *compute = training->task->compute;
    const size_t bytes = (size_t)(n * training->tracks.fixed.width) * sizeof *training->fixed_rows;
    compute->ops->buffer_destroy(training->fixed_buffer);
    free(training->fixed_rows);
    training->fixed_buffer = NULL;
    training->fixed_rows_max = n;
    training->fixed_rows = malloc(bytes);
    return training->fixed_rows
               ? compute->ops->buffer_wrap(compute->device, training->fixed_rows, bytes, &training->fixed_buffer, error)
               : error_no_memory(error);
}

/* The fixed sections of tracks, until the next call; in host memory, which fixed_buffer is. */
static const float *read_fixed(struct hybrid_training *training, struct tape *tape, const int32_t *tracks, int64_t n)
{
    struct pool *pool = training->task->compute->pool;
    if (tape->status == STATUS_OK && n > training->fixed_rows_max)
        tape->status = grow_fixed_rows(training, n, &tape->error);
    if (tape->status == STATUS_OK)
        tape->status = hybrid_fixed_read(&training->tracks.fixed, pool, tracks, n, training->fixed_rows, &tape->error);
    return training->fixed_rows;
}

struct tensor *hybrid_training_fixed(struct hybrid_training *training, struct tape *tape, const int32_t *tracks,
                                     int64_t n)
{
    const int64_t width = hybrid_fixed_width(&training->network.shape);
    if (width == 0)
        return NULL;
    const bool gathers = training->fixed && tracks != training->everything;
    struct tensor *fixed = tape_tensor(tape, gathers ? n : 0, width, false);
    fixed->rows = n;
    if (!training->fixed) {
        read_fixed(training, tape, tracks, n);
        fixed->value = (struct compute_slice){training->fixed_buffer, 0};
    } else if (gathers) {
        TAPE_RUN(tape, network.gather, n, width, tape_upload(tape, tracks, n), 1, training->tracks.n,
                 (struct compute_slice){training->fixed, 0}, 0, fixed->value, width);
    } else {
        fixed->value = (struct compute_slice){training->fixed, 0};
    }
    return fixed;
}

/* ---- a step ---- */

static int by_number(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The playlists of the batch that seeds or targets are from, each once. */
static void list_held_out(struct hybrid_training *training)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    int64_t n = 2 * batch->count;
    int32_t *held_out = training->held_out;
    memcpy(held_out, batch->playlists, (size_t)n * sizeof *held_out);
    qsort(held_out, (size_t)n, sizeof *held_out, by_number);
    training->n_held_out = 0;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || held_out[i] != held_out[training->n_held_out - 1])
            held_out[training->n_held_out++] = held_out[i];
}

static void count_held_out(struct hybrid_training *training, int32_t by)
{
    for (int64_t i = 0; i < training->n_held_out; i++)
        hybrid_tracks_count(&training->tracks, training->held_out[i], by);
}

/* The playlist vectors. `tracks`: the step's tracks, which the batch's indices refer to. */
static struct hybrid_query aggregate(struct hybrid_training *training, struct tape *tape, const int32_t *tracks,
                                     struct tensor *learned)
{
    const struct hybrid_shape *shape = &training->network.shape;
    const struct rta_full_softmax_batch *batch = &training->batch;
    int64_t n = batch->count * batch->length, width = hybrid_fixed_width(shape);
    struct hybrid_sums sums = {tape_host_memory(tape, (size_t)(batch->count * (shape->inputs + 1)) * sizeof(float)),
                               tape_host_memory(tape, (size_t)(batch->count * width + 1) * sizeof(float))};
    const int64_t n_given = batch->given_starts[batch->count];
    int32_t *rows = tape_host_memory(tape, (size_t)(n_given + 1) * sizeof *rows);
    const struct hybrid_query none = {&tape->nothing, &tape->nothing, NULL};
    if (!sums.inputs || !sums.fixed || !rows)
        return none;
    for (int64_t i = 0; i < n_given; i++)
        rows[i] = tracks[batch->given[i]];
    const float *values = training->tracks.fixed.values;
    const float *read = values || width == 0 ? NULL : read_fixed(training, tape, rows, n_given);
    if (tape->status != STATUS_OK)
        return none;
    for (int64_t b = 0; b < batch->count; b++) {
        const int64_t first = batch->given_starts[b];
        const struct hybrid_seeds seeds = {.n = batch->lengths[b],
                                           .rows = rows + first,
                                           .fixed_rows = read ? training->everything : rows + first,
                                           .inputs = training->tracks.inputs,
                                           .fixed = read ? read + first * width : values,
                                           .stride = width};
        hybrid_sums_set(shape, &sums, b, &seeds);
    }
    const struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    struct compute_slice ids = tape_upload(tape, batch->inputs, n);
    struct tensor *mean = nn_sequence_mean(tape, nn_gather(tape, learned, n, ids, learned, ids), &sequences);
    const struct dropout dropout = {(float)hybrid_setting(training, "dropout"),
                                    (uint32_t)random_mix(training->task->seed + (uint64_t)training->taken)};
    return hybrid_aggregate(tape, &training->network, mean, &sums, dropout,
                            (float)hybrid_setting(training, "mean_dropout"));
}

/* Whether a seed is known changes with the counts. */
static void mark_known(struct hybrid_training *training, const int32_t *tracks)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    for (int64_t i = 0; i < batch->given_starts[batch->count]; i++)
        hybrid_tracks_mark(&training->tracks, tracks[batch->given[i]]);
}

static void add_loss(struct hybrid_training *training, struct tape *tape, struct compute_slice loss)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    const int32_t *tracks = batch->tracks ? batch->tracks : training->everything;
    int64_t n = batch->tracks ? batch->n_tracks : training->tracks.n;
    mark_known(training, tracks);
    struct hybrid_vectors vectors = hybrid_training_represent(training, tape, tracks, n, true);
    struct hybrid_query query = aggregate(training, tape, tracks, vectors.learned);
    if (batch->tracks) {
        struct tensor *corrections = tape_tensor(tape, n, 1, false);
        corrections->value = tape_upload(tape, batch->corrections, n);
        vectors.bias = nn_add(tape, vectors.bias, 1, corrections);
    }
    const struct scoring scorings[] = {{query.learned, vectors.learned},
                                       {query.bias, vectors.bias},
                                       {query.fixed, hybrid_training_fixed(training, tape, tracks, n)}};
    rta_full_softmax_loss(tape, batch, scorings, query.fixed ? 3 : 2, loss);
}

static float rate_of(const struct hybrid_training *training, const char *key)
{
    return schedule_cosine(hybrid_setting(training, key), training->taken, training->epochs * training->steps);
}

static void update(struct hybrid_training *training, struct tape *tape)
{
    struct optimiser *networks = &training->optimiser, *tables = &training->table_optimiser;
    struct compute_slice squares = tape_doubles(tape, 1);
    networks->step = tables->step = training->taken;
    optimiser_add_squares(networks, tape, squares);
    if (training->sparse)
        hybrid_sparse_add_squares(training, tape, squares);
    else
        optimiser_add_squares(tables, tape, squares);
    optimiser_move(networks, tape, rate_of(training, "learning_rate"), squares);
    if (training->sparse)
        hybrid_sparse_move(training, tape, rate_of(training, "table_learning_rate"), squares);
    else
        optimiser_move(tables, tape, rate_of(training, "table_learning_rate"), squares);
}

enum status hybrid_take_step(void *context, int64_t epoch, int64_t step, double *loss, struct error *error)
{
    struct hybrid_training *training = context;
    struct tape *tape = &training->tape;
    const struct rta_shape unordered = {.window = 1};
    rta_full_softmax_batch_draw(&training->sampler, &unordered, epoch, step, &training->batch);
    training->n_held_out = 0;
    if (hybrid_setting(training, "hold_out") > 0)
        list_held_out(training);
    count_held_out(training, -1);
    tape_reset(tape, true);
    parameters_begin(&training->network.parameters);
    if (!training->sparse)
        parameters_begin(&training->network.tables);
    struct compute_slice losses = tape_doubles(tape, 1);
    add_loss(training, tape, losses);
    tape_backward(tape);
    update(training, tape);
    tape_download_doubles(tape, losses, loss, 1);
    count_held_out(training, 1);
    if (tape->status == STATUS_OK)
        training->taken++;
    return tape_status(tape, error);
}
