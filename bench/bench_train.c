#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/rta/trainer.h"

/* A training step of represent-then-aggregate models with the published settings, beside the time that its matrix
 * products take at the rate of one large product. bench/peers/rta_step.py uses batches of the same shape. */

enum {
    D = 128,
    BATCH = 128,
    WINDOW = 11,
    N_PLAYLISTS = 4096,
    WARM_UP = 5,
    STEPS_MAX = 100,
};

static const struct subject {
    const char *name;
    enum rta_representer representer;
    enum rta_aggregator aggregator;
    int64_t tracks, negatives, easy, hard;
    float rate, decay, dropout;
    size_t steps;
} subjects[] = {
    {"mf-transformer", RTA_MF, RTA_TRANSFORMER, 14430, 1000, 10, 40, 1.0f, 1.53e-5f, 0.13f, 60},
    {"mf-transformer", RTA_MF, RTA_TRANSFORMER, 500000, 1000, 10, 40, 1.0f, 1.53e-5f, 0.13f, 40},
    {"mf-transformer", RTA_MF, RTA_TRANSFORMER, 2262292, 1000, 10, 40, 1.0f, 1.53e-5f, 0.13f, 40},
    {"fm-transformer", RTA_FM, RTA_TRANSFORMER, 14430, 1000, 3, 37, 1.0f, 0, 0, 40},
    {"mf-gru", RTA_MF, RTA_GRU, 14430, 1000, 10, 40, 0.63f, 1.53e-5f, 0, 40},
    {"mf-cnn", RTA_MF, RTA_CNN, 14430, 500, 53, 18, 0.5f, 1.9e-5f, 0.2f, 20},
    {"nn-transformer", RTA_NN, RTA_TRANSFORMER, 14430, 500, 53, 18, 0.13f, 0, 0.1f, 10},
};

/* Playlists of up to a window of distinct tracks, popular ones more often. */
static enum status make_playlists(int64_t n_tracks, struct random *random, struct interactions *interactions,
                                  struct error *error)
{
    *interactions = (struct interactions){.n_tracks = n_tracks, .n_playlists = N_PLAYLISTS};
    interactions->starts = calloc(N_PLAYLISTS + 1, sizeof *interactions->starts);
    interactions->tracks = malloc(N_PLAYLISTS * WINDOW * sizeof *interactions->tracks);
    if (!interactions->starts || !interactions->tracks)
        return error_no_memory(error);
    for (int64_t p = 0; p < N_PLAYLISTS; p++) {
        int64_t size = p % 4 ? WINDOW : 2 + (int64_t)random_below(random, WINDOW - 1);
        int32_t *tracks = interactions->tracks + interactions->starts[p];
        for (int64_t i = 0; i < size;) {
            tracks[i] = (int32_t)(exp(random_uniform(random) * log((double)n_tracks)) - 1);
            bool again = false;
            for (int64_t j = 0; j < i; j++)
                again = again || tracks[j] == tracks[i];
            i += !again;
        }
        interactions->starts[p + 1] = interactions->starts[p] + size;
    }
    return STATUS_OK;
}

struct tables {
    struct rta_inputs inputs;
    int32_t *rows[RTA_SLOTS];
};

static void draw(struct random *random, float *values, size_t count)
{
    for (size_t i = 0; i < count; i += 2) {
        uint64_t bits = random_next(random);
        values[i] = (float)(int32_t)(bits >> 32) * 0x1p-33f;
        values[i + 1] = (float)(int32_t)bits * 0x1p-33f;
    }
}

/* Small random tables in the proportions of the Million Playlist Dataset. */
static enum status make_tables(const struct rta_shape *shape, struct compute *compute, int64_t n_tracks,
                               struct random *random, struct tables *tables, struct error *error)
{
    const int64_t n_rows[RTA_SLOTS] = {n_tracks, n_tracks / 3 + 1, n_tracks / 8 + 1, 100, 40};
    tables->inputs.n_tracks = n_tracks;
    for (int64_t slot = 0; slot < rta_slots(shape); slot++) {
        size_t count = (size_t)(n_rows[slot] * D), bytes = count * sizeof(float);
        float *initial = malloc(bytes);
        int32_t *rows = tables->rows[slot] = slot > 0 ? malloc((size_t)n_tracks * sizeof *rows) : NULL;
        struct compute_buffer **buffer = &tables->inputs.initial[slot];
        enum status status = initial && (slot == 0 || rows) ? STATUS_OK : error_no_memory(error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_create(compute->device, bytes, buffer, error);
        if (status == STATUS_OK) {
            draw(random, initial, count);
            status = compute->ops->buffer_write(compute->stream, *buffer, 0, initial, bytes, error);
        }
        free(initial);
        if (status != STATUS_OK)
            return status;
        for (int64_t i = 0; i < n_tracks && rows; i++)
            rows[i] = (int32_t)random_below(random, (uint64_t)n_rows[slot]);
        tables->inputs.n_rows[slot] = n_rows[slot];
        tables->inputs.rows[slot] = rows;
    }
    return STATUS_OK;
}

/* The number of tracks updated by the last step. */
static enum status count_updated(const struct rta_trainer *trainer, double *count, struct error *error)
{
    const struct compute_table *table = &trainer->tables[RTA_TRACK].on_device;
    int32_t *last = malloc((size_t)table->n_rows * sizeof *last);
    if (!last)
        return error_no_memory(error);
    enum status status = trainer->compute->ops->buffer_read(trainer->compute->stream, table->last.buffer,
                                                            table->last.offset * sizeof *last, last,
                                                            (size_t)table->n_rows * sizeof *last, error);
    *count = 0;
    for (int64_t i = 0; i < table->n_rows && status == STATUS_OK; i++)
        *count += last[i] == (int32_t)trainer->step;
    free(last);
    return status;
}

/* Multiply-adds of a step's matrix products: one per weight and row forward, two backward. A GRU multiplies no state at
 * the first position; the feed-forward network of a transformer processes only positions with a track; a representer
 * processes all tracks forward and those with a gradient backward. */
static double products(const struct rta_network *network, const struct rta_batch *batch, double updated)
{
    double n_positions = (double)(batch->count * batch->length), filled = 0, total = 0;
    for (int64_t b = 0; b < batch->count; b++)
        filled += batch->lengths[b];
    for (size_t i = 0; i < network->parameters.count; i++) {
        const struct parameter *parameter = &network->parameters.items[i];
        double size = (double)(parameter->tensor.rows * parameter->tensor.columns);
        if (parameter->tensor.rows == 1 || &parameter->tensor == network->positions)
            continue;
        if (strncmp(parameter->name, "representer.", 12) == 0)
            total += RTA_SLOTS * size * ((double)batch->n_tracks + 2 * updated);
        else if (strstr(parameter->name, ".forward."))
            total += 3 * size * filled;
        else
            total += 3 * size * (strstr(parameter->name, ".state.") ? n_positions - (double)batch->count : n_positions);
    }
    return total;
}

struct bench_training {
    struct rta_shape shape;
    struct interactions interactions;
    struct tables tables;
    struct rta_sampler sampler;
    struct rta_batch batch;
    struct rta_trainer trainer;
};

static enum status open_training(struct bench_training *training, struct compute *compute,
                                 const struct subject *subject, struct error *error)
{
    struct random random;
    random_seed(&random, 1);
    *training = (struct bench_training){.shape = {.representer = subject->representer,
                                                  .aggregator = subject->aggregator,
                                                  .d = D,
                                                  .heads = 8,
                                                  .representer_heads = 8,
                                                  .representer_feed_forward = 1024,
                                                  .feed_forward = 4096,
                                                  .hidden = 400,
                                                  .channels = 444,
                                                  .window = WINDOW}};
    const struct rta_step_settings settings = {
        .n_hard = subject->hard, .n_easy = subject->easy, .clip = 1, .dropout = subject->dropout, .seed = 1};
    struct schedule schedule;
    schedule_halving(&schedule, subject->rate, 0, 12000, 0.9f, subject->decay);
    enum status status = make_playlists(subject->tracks, &random, &training->interactions, error);
    if (status == STATUS_OK)
        status = make_tables(&training->shape, compute, subject->tracks, &random, &training->tables, error);
    if (status == STATUS_OK)
        status =
            rta_sampler_open(&training->sampler, &training->interactions, BATCH, WINDOW, subject->negatives, 1, error);
    if (status == STATUS_OK)
        status = rta_batch_create(&training->sampler, &training->batch, error);
    if (status == STATUS_OK)
        status = rta_trainer_open(&training->trainer, compute, &training->shape, &training->tables.inputs, &settings,
                                  &schedule, &random, error);
    return status;
}

static void close_training(struct compute *compute, struct bench_training *training)
{
    rta_trainer_close(&training->trainer);
    rta_batch_free(&training->batch);
    rta_sampler_close(&training->sampler);
    for (int slot = 0; slot < RTA_SLOTS; slot++) {
        free(training->tables.rows[slot]);
        if (training->tables.inputs.initial[slot])
            compute->ops->buffer_destroy(training->tables.inputs.initial[slot]);
    }
    free(training->interactions.starts);
    free(training->interactions.tracks);
}

/* Milliseconds of each step, and the matrix products of the last one. */
static enum status run_steps(struct bench_training *training, const struct subject *subject, double rate,
                             double *samples, double *limit, struct error *error)
{
    struct compute *compute = training->trainer.compute;
    int64_t steps = rta_sampler_steps(&training->sampler);
    for (size_t i = 0; i < WARM_UP + subject->steps; i++) {
        struct rta_loss loss;
        double start = clock_seconds();
        rta_batch_draw(&training->sampler, &training->shape, compute->pool, (int64_t)i / steps, (int64_t)i % steps,
                       &training->batch);
        enum status status =
            rta_trainer_step(&training->trainer, &training->batch, training->sampler.negatives, &loss, error);
        if (i >= WARM_UP)
            samples[i - WARM_UP] = 1e3 * (clock_seconds() - start);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
        if (status != STATUS_OK)
            return status;
        if (!isfinite(loss.positive + loss.negative))
            return error_set(error, STATUS_FAILED, "the loss of the benchmark's %s is NaN or infinite", subject->name);
    }
    double updated;
    enum status status = count_updated(&training->trainer, &updated, error);
    if (status == STATUS_OK)
        *limit = 1e3 * products(&training->trainer.network, &training->batch, updated) / rate;
    return status;
}

enum status bench_train(struct bench *bench, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && status == STATUS_OK; i++) {
        const struct subject *subject = &subjects[i];
        double samples[STEPS_MAX], limit = NAN, rate = bench_multiply_rate(&compute);
        struct bench_training training;
        status = open_training(&training, &compute, subject, error);
        if (status == STATUS_OK)
            status = run_steps(&training, subject, rate, samples, &limit, error);
        close_training(&compute, &training);
        if (status != STATUS_OK)
            break;
        char name[64];
        snprintf(name, sizeof name, "train-%s", subject->name);
        struct bench_row row =
            bench_row_make(name, (double)subject->tracks, "ms", samples, subject->steps, limit, false);
        status = bench_print(bench, &row, error);
    }
    compute_close(&compute);
    return status;
}
