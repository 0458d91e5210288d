#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "models/hybrid/hybrid.h"
#include "models/rta/full_softmax.h"
#include "models/rta/rta.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/trainer.h"

/* Training: predicts the other tracks of a playlist from a few of them (models/rta/full_softmax.h), by Adam. In each
 * step the playlists of the batch are taken out of the counts. So their tracks, artists and albums that no other
 * playlist contains are treated as those of new playlists will be. */

enum { REPRESENTED = 4096 /* tracks at a time, when all vectors are written */ };

struct training {
    struct model_task *task;
    struct model_weights *weights; /* those that every model has */
    struct hybrid_network network;
    struct hybrid_tracks tracks;
    struct rta_full_softmax_sampler sampler;
    struct rta_full_softmax_batch batch;
    struct optimiser optimiser, table_optimiser;
    struct compute_buffer *fixed; /* tracks.fixed on the device */
    struct tape tape;
    int32_t *everything; /* [n_tracks] 0, 1, 2, ...: the tracks of a step whose softmax is over all */
    int64_t epochs, steps, taken;
    float *items;  /* [REPRESENTED x row] of the file that is being written */
    bool diverged; /* while it was written */
};

static double value(const struct training *training, const char *key)
{
    return settings_value(training->task->settings, key);
}

/* ---- a step ---- */

static void hold_out(struct training *training, int32_t by)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    for (int64_t i = 0; i < 2 * batch->count; i++) {
        bool repeated = false;
        for (int64_t j = 0; j < i && !repeated; j++)
            repeated = batch->playlists[i] == batch->playlists[j];
        if (!repeated)
            hybrid_tracks_count(&training->tracks, batch->playlists[i], by);
    }
}

/* The learned sections and biases of tracks, with the current counts. */
static struct hybrid_vectors represent(const struct training *training, struct tape *tape, const int32_t *tracks,
                                       int64_t n)
{
    int64_t width = training->network.shape.inputs + HYBRID_COUNTS;
    float *features = tape_host_memory(tape, (size_t)(n * width) * sizeof *features);
    int32_t *rows = tape_host_memory(tape, (size_t)n * sizeof *rows);
    struct compute_slice table_rows[HYBRID_TABLES] = {0};
    struct tensor *x = tape_tensor(tape, n, width, false);
    if (!features || !rows)
        return (struct hybrid_vectors){&tape->nothing, &tape->nothing};
    for (int64_t i = 0; i < n; i++)
        hybrid_tracks_features(&training->tracks, tracks[i], features + i * width);
    x->value = tape_upload(tape, features, n * width);
    for (int table = 0; table < HYBRID_TABLES; table++) {
        for (int64_t i = 0; i < n; i++)
            rows[i] = hybrid_tracks_row(&training->tracks, (enum hybrid_table)table, tracks[i]);
        table_rows[table] = tape_upload(tape, rows, n);
    }
    return hybrid_represent(tape, &training->network, x, table_rows);
}

/* Whole vectors: the learned sections, the biases and the fixed sections. */
static struct tensor *complete(const struct training *training, struct tape *tape, const struct hybrid_vectors *vectors,
                               const int32_t *tracks)
{
    int64_t n = vectors->learned->rows, width = hybrid_fixed_width(&training->network.shape);
    struct tensor *items = nn_concat(tape, vectors->learned, vectors->bias);
    if (width == 0)
        return items;
    struct tensor *fixed = tape_tensor(tape, n, width, false);
    if (tracks == training->everything)
        fixed->value = (struct compute_slice){training->fixed, 0};
    else
        TAPE_RUN(tape, network.gather, n, width, tape_upload(tape, tracks, n), 1, training->tracks.n,
                 (struct compute_slice){training->fixed, 0}, 0, fixed->value, width);
    return nn_concat(tape, items, fixed);
}

/* The playlist vectors. `tracks`: the step's tracks, which the batch's indices refer to. */
static struct tensor *aggregate(struct training *training, struct tape *tape, const int32_t *tracks,
                                struct tensor *learned)
{
    const struct hybrid_shape *shape = &training->network.shape;
    const struct rta_full_softmax_batch *batch = &training->batch;
    int64_t n = batch->count * batch->length, width = hybrid_fixed_width(shape), most = 0;
    for (int64_t b = 0; b < batch->count; b++)
        most = batch->lengths[b] > most ? batch->lengths[b] : most;
    struct hybrid_sums sums = {tape_host_memory(tape, (size_t)(batch->count * (shape->inputs + 1)) * sizeof(float)),
                               tape_host_memory(tape, (size_t)(batch->count * width + 1) * sizeof(float))};
    int32_t *rows = tape_host_memory(tape, (size_t)(most + 1) * sizeof *rows);
    if (!sums.inputs || !sums.fixed || !rows)
        return &tape->nothing;
    for (int64_t b = 0; b < batch->count; b++) {
        for (int32_t i = 0; i < batch->lengths[b]; i++)
            rows[i] = tracks[batch->given[batch->given_starts[b] + i]];
        hybrid_sums_set(shape, &sums, b, rows, batch->lengths[b], training->tracks.inputs, training->tracks.fixed,
                        width);
    }
    const struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    struct compute_slice ids = tape_upload(tape, batch->inputs, n);
    struct tensor *mean = nn_sequence_mean(tape, nn_gather(tape, learned, n, ids, learned, ids), &sequences);
    const struct dropout dropout = {(float)value(training, "dropout"),
                                    (uint32_t)random_mix(training->task->seed + (uint64_t)training->taken)};
    return hybrid_aggregate(tape, &training->network, mean, &sums, dropout, (float)value(training, "mean_dropout"));
}

/* Whether a seed is known changes with the counts. */
static void mark_known(struct training *training, const int32_t *tracks)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    int64_t inputs = training->network.shape.inputs;
    for (int64_t i = 0; i < batch->given_starts[batch->count]; i++) {
        int32_t track = tracks[batch->given[i]];
        training->tracks.inputs[track * inputs + inputs - 1] = hybrid_tracks_marked(&training->tracks, track);
    }
}

static void add_loss(struct training *training, struct tape *tape, struct compute_slice loss)
{
    const struct rta_full_softmax_batch *batch = &training->batch;
    const int32_t *tracks = batch->tracks ? batch->tracks : training->everything;
    int64_t n = batch->tracks ? batch->n_tracks : training->tracks.n;
    mark_known(training, tracks);
    struct hybrid_vectors vectors = represent(training, tape, tracks, n);
    struct tensor *q = aggregate(training, tape, tracks, vectors.learned);
    if (batch->tracks) {
        struct tensor *corrections = tape_tensor(tape, n, 1, false);
        corrections->value = tape_upload(tape, batch->corrections, n);
        vectors.bias = nn_add(tape, vectors.bias, 1, corrections);
    }
    struct tensor *items = complete(training, tape, &vectors, tracks);
    const struct ragged targets = {tape_upload_int64(tape, batch->starts, batch->count + 1),
                                   tape_upload(tape, batch->targets, batch->starts[batch->count])};
    const struct ragged seeds = {tape_upload_int64(tape, batch->given_starts, batch->count + 1),
                                 tape_upload(tape, batch->given, batch->given_starts[batch->count])};
    struct compute_slice weights = tape_memory(tape, batch->count);
    TAPE_RUN(tape, network.fill, batch->count, 1.0f / (float)batch->count, weights);
    nn_softmax_loss(tape, q, items, targets, seeds, weights, loss);
}

static void update(struct training *training, struct tape *tape)
{
    struct optimiser *optimisers[2] = {&training->optimiser, &training->table_optimiser};
    const char *const rates[2] = {"learning_rate", "table_learning_rate"};
    struct compute_slice squares = tape_doubles(tape, 1);
    for (int i = 0; i < 2; i++)
        optimiser_add_squares(optimisers[i], tape, squares);
    for (int i = 0; i < 2; i++) {
        optimisers[i]->step = training->taken;
        optimiser_move(optimisers[i], tape,
                       schedule_cosine(value(training, rates[i]), training->taken, training->epochs * training->steps),
                       squares);
    }
}

static enum status take_step(void *context, int64_t epoch, int64_t step, double *loss, struct error *error)
{
    struct training *training = context;
    struct tape *tape = &training->tape;
    const struct rta_shape unordered = {.window = 1};
    bool held_out = value(training, "hold_out") > 0;
    rta_full_softmax_batch_draw(&training->sampler, &unordered, epoch, step, &training->batch);
    if (held_out)
        hold_out(training, -1);
    tape_reset(tape, true);
    parameters_begin(&training->network.parameters);
    parameters_begin(&training->network.tables);
    struct compute_slice losses = tape_doubles(tape, 1);
    add_loss(training, tape, losses);
    tape_backward(tape);
    update(training, tape);
    tape_download_doubles(tape, losses, loss, 1);
    if (held_out)
        hold_out(training, 1);
    if (tape->status == STATUS_OK)
        training->taken++;
    return tape_status(tape, error);
}

/* ---- the file ---- */

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static enum status next_items(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct training *training = context;
    struct tape *tape = &training->tape;
    int64_t row = hybrid_row(&training->network.shape), first = (int64_t)(offset / sizeof(float)) / row;
    int64_t left = training->tracks.n - first, count = left < REPRESENTED ? left : REPRESENTED;
    const int32_t *tracks = training->everything + first;
    tape_reset(tape, false);
    struct hybrid_vectors vectors = represent(training, tape, tracks, count);
    const struct tensor *items = complete(training, tape, &vectors, tracks);
    *size = (size_t)(count * row) * sizeof *training->items;
    *bytes = training->items;
    tape_download(tape, items->value, training->items, *size);
    enum status status = tape_status(tape, error);
    if (status != STATUS_OK || all_finite(training->items, (size_t)(count * row)))
        return status;
    training->diverged = true;
    return error_set(error, STATUS_FAILED, "training diverged: track vectors contain NaN or infinity");
}

static enum status add_copy(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                            const float *values, struct error *error)
{
    size_t bytes = (size_t)(rows * columns) * sizeof *values;
    float *copy = malloc(bytes + 1);
    if (copy)
        memcpy(copy, values, bytes);
    return model_weights_add(weights, name, rows, columns, copy, error);
}

/* Adds the parameters of the playlist's network. */
static enum status add_query(struct training *training, struct model_weights *weights, struct error *error)
{
    const struct parameters *parameters = &training->network.parameters;
    float *values = malloc((parameters->n_values + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    enum status status = parameters_read(parameters, values, error);
    training->diverged = status == STATUS_OK && !all_finite(values, parameters->n_values);
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        const struct parameter *parameter = &parameters->items[i];
        if (strncmp(parameter->name, "query.", 6) == 0)
            status = add_copy(weights, parameter->name, parameter->tensor.rows, parameter->tensor.columns,
                              values + parameter->offset, error);
    }
    free(values);
    return status;
}

static enum status add_weights(struct training *training, struct error *error)
{
    struct model_weights *weights = training->weights;
    int64_t n = training->tracks.n, inputs = training->network.shape.inputs;
    for (int64_t t = 0; t < n; t++)
        training->tracks.inputs[t * inputs + inputs - 1] = hybrid_tracks_marked(&training->tracks, (int32_t)t);
    enum status status = add_query(training, weights, error);
    if (status == STATUS_OK)
        status = add_copy(weights, "inputs", n, inputs, training->tracks.inputs, error);
    if (status == STATUS_OK)
        status = model_weights_add_parts(weights, "items", n, hybrid_row(&training->network.shape), next_items,
                                         training, error);
    return status;
}

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct training *training = context;
    struct model_scores scores = {0};
    size_t others = training->weights->count;
    enum status status = add_weights(training, error);
    if (status == STATUS_OK && !training->diverged)
        status = model_task_validate(training->task, training->weights, &scores, error);
    model_weights_cut(training->weights, others);
    score->diverged = training->diverged;
    score->value = scores.ndcg;
    snprintf(score->text, sizeof score->text, "NDCG %.2f %%, recall %.2f %%, R-precision %.2f %%, clicks %.2f",
             100 * scores.ndcg, 100 * scores.recall, 100 * scores.r_precision, scores.clicks);
    return status;
}

static enum status keep(void *context, bool better, struct error *error)
{
    const struct training *training = context;
    return model_task_keep(training->task, better, error);
}

static enum status check_kept(void *context, struct error *error)
{
    const struct training *training = context;
    struct recommender *kept = NULL;
    enum status status = recommender_open_file(training->task->compute, training->task->path, &kept, error);
    recommender_close(kept);
    return status;
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct training *training = context;
    const struct parameters *tables = &training->network.tables;
    optimiser_state(&training->optimiser, list);
    checkpoint_add(list, "tables", "", false, tables->values, (int64_t)tables->n_values);
    checkpoint_add(list, "tables", ".velocity", false, tables->velocity, (int64_t)tables->n_values);
    checkpoint_add(list, "tables", ".second", false, training->table_optimiser.second, (int64_t)tables->n_values);
}

/* ---- the start ---- */

/* The vectors of tracks start with ALS factors; those of artists and albums with 0. */
static enum status start_tracks(struct training *training, struct compute_buffer *factors, struct error *error)
{
    const struct parameters *tables = &training->network.tables;
    const struct parameter *parameter = &tables->items[HYBRID_TRACK_TABLE];
    const struct compute *compute = training->task->compute;
    size_t bytes = (size_t)(parameter->tensor.rows * parameter->tensor.columns) * sizeof(float);
    float *values = malloc(bytes + 1);
    enum status status = values ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_read(compute->stream, factors, 0, values, bytes, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, tables->values, parameter->offset * sizeof *values, values,
                                            bytes, error);
    free(values);
    return status;
}

/* ln(1 + number of playlists that contain the track): the scores of a popularity model. */
static enum status start_bias(struct training *training, struct error *error)
{
    const struct parameters *tables = &training->network.tables;
    const struct compute *compute = training->task->compute;
    size_t n = (size_t)training->tracks.n;
    float *values = malloc((n + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    for (size_t t = 0; t < n; t++)
        values[t] = log1pf((float)training->tracks.members[HYBRID_TRACK_TABLE].counts[t]);
    enum status status = compute->ops->buffer_write(compute->stream, tables->values,
                                                    tables->items[HYBRID_TABLES].offset * sizeof *values, values,
                                                    n * sizeof *values, error);
    free(values);
    return status;
}

/* The share of all entries whose track another playlist contains, too. Where it is low, playlists have little in
 * common, and the tracks of a similar one are no good targets. */
static double shared_entries(const struct training *training)
{
    const struct interactions *interactions = training->task->interactions;
    int64_t entries = interactions->starts[interactions->n_playlists], shared = 0;
    for (int64_t e = 0; e < entries; e++)
        shared += training->tracks.members[HYBRID_TRACK_TABLE].counts[interactions->tracks[e]] > 1;
    return entries > 0 ? (double)shared / (double)entries : 0;
}

static enum status open_sampler(struct training *training, struct compute_buffer *vectors, struct error *error)
{
    struct model_task *task = training->task;
    int64_t batch = (int64_t)value(training, "batch"), share = task->interactions->n_playlists / 16;
    double shared = shared_entries(training);
    const struct rta_full_softmax_settings settings = {
        .batch = batch > 0     ? batch
                 : share < 8   ? 8
                 : share > 128 ? 128
                               : share,
        .max_seeds = (int64_t)value(training, "max_seeds"),
        .shuffled = value(training, "order") > 0,
        .neighbour_targets = (float)(value(training, "neighbour_targets") * shared * shared),
        .neighbours = (int64_t)value(training, "neighbours"),
        .inverse_temperature = (float)value(training, "inverse_temperature"),
        .softmax_samples = (int64_t)value(training, "softmax_samples"),
        .seed = task->seed,
    };
    enum status status =
        rta_full_softmax_sampler_open(&training->sampler, task->compute, task->interactions, &settings,
                                      (struct compute_slice){vectors, 0}, training->network.shape.d, error);
    if (status == STATUS_OK)
        status = rta_full_softmax_batch_create(&training->sampler, &training->batch, error);
    if (status == STATUS_OK)
        training->steps = rta_full_softmax_sampler_steps(&training->sampler);
    return status;
}

/* Optimisers keep pointers to the parameters, so `training` must not be moved in memory afterwards. */
static enum status open_network(struct training *training, const struct hybrid_shape *shape, struct error *error)
{
    int64_t n_rows[HYBRID_TABLES];
    for (int i = 0; i < HYBRID_TABLES; i++)
        n_rows[i] = training->tracks.members[i].n_rows > 0 ? training->tracks.members[i].n_rows : 1;
    hybrid_network_declare(&training->network, shape, n_rows);
    struct random random;
    random_seed(&random, random_mix(training->task->seed + 1));
    struct optimiser_settings settings = {.kind = OPTIMISER_ADAM,
                                          .weight_decay = (float)value(training, "weight_decay"),
                                          .clip_norm = (float)value(training, "clip_norm")};
    struct hybrid_network *network = &training->network;
    enum status status = parameters_create(&network->parameters, training->task->compute, true, &random, error);
    if (status == STATUS_OK)
        status = parameters_create(&network->tables, training->task->compute, true, &random, error);
    if (status == STATUS_OK)
        status = optimiser_open(&training->optimiser, &network->parameters, &settings, error);
    settings.weight_decay = (float)value(training, "table_weight_decay");
    if (status == STATUS_OK)
        status = optimiser_open(&training->table_optimiser, &network->tables, &settings, error);
    return status;
}

static enum status start_vectors(struct training *training, struct error *error)
{
    const struct rta_shape shape = {.representer = RTA_MF, .d = training->network.shape.d};
    struct rta_start start;
    enum status status = rta_start_make(training->task, &shape, true, &start, error);
    if (status == STATUS_OK)
        status = start_tracks(training, start.inputs.initial[RTA_TRACK], error);
    if (status == STATUS_OK)
        status = start_bias(training, error);
    if (status == STATUS_OK)
        status = open_sampler(training, start.inputs.initial[RTA_TRACK], error);
    rta_start_free(&start);
    return status;
}

static enum status open_training(struct training *training, struct error *error)
{
    struct model_task *task = training->task;
    const struct setting_source source = settings_source(task->settings);
    struct hybrid_shape shape = {0};
    if (!task->spec->side)
        return error_set(error, STATUS_FAILED,
                         "a hybrid needs to know artists and albums; this is a fault of the program");
    training->epochs = (int64_t)value(training, "epochs");
    enum status status = hybrid_shape_read(&source, &shape, error);
    if (status == STATUS_OK)
        status = hybrid_tracks_make(task->interactions, task->spec->side, &shape, value(training, "kernel_width"),
                                    &training->tracks, error);
    training->tracks.counts_hidden = value(training, "counts") == 0;
    size_t n = (size_t)training->tracks.n;
    training->everything = malloc((n + 1) * sizeof *training->everything);
    training->items = malloc((size_t)(REPRESENTED * hybrid_row(&shape)) * sizeof *training->items);
    if (status == STATUS_OK && (!training->everything || !training->items))
        status = error_no_memory(error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        training->everything[i] = (int32_t)i;
    if (status == STATUS_OK && hybrid_fixed_width(&shape) > 0)
        status = task->compute->ops->buffer_wrap(task->compute->device, training->tracks.fixed,
                                                 n * (size_t)hybrid_fixed_width(&shape) * sizeof(float),
                                                 &training->fixed, error);
    if (status == STATUS_OK)
        status = open_network(training, &shape, error);
    return status == STATUS_OK ? start_vectors(training, error) : status;
}

static void close_training(struct training *training)
{
    optimiser_close(&training->optimiser);
    optimiser_close(&training->table_optimiser);
    parameters_destroy(&training->network.parameters);
    parameters_destroy(&training->network.tables);
    training->task->compute->ops->buffer_destroy(training->fixed);
    rta_full_softmax_batch_free(&training->batch);
    rta_full_softmax_sampler_close(&training->sampler);
    hybrid_tracks_free(&training->tracks);
    tape_close(&training->tape);
    free(training->everything);
    free(training->items);
}

/* ---- a training ---- */

/* In addition to what determines the training of a network, the years and popularities of the tracks. */
static void identify(const struct model_task *task, struct buffer *text)
{
    const struct side_info *side = task->spec->side;
    size_t bytes = (size_t)task->interactions->n_tracks * sizeof *side->years;
    struct hash hash;
    char contents[33];
    hash_begin(&hash);
    hash_add_words(&hash, side->years, bytes);
    hash_add_words(&hash, side->popularity, bytes);
    hash_end(hash, contents);
    rta_identity(task, false, text);
    buffer_printf(text, " metadata=%s", contents);
}

static enum status run(struct training *training, const char *checkpoint, const char *identity, struct error *error)
{
    struct model_task *task = training->task;
    const char *const identities[] = {identity, NULL};
    const struct trainer_network network = {.context = training,
                                            .step = take_step,
                                            .taken = &training->taken,
                                            .state = list_state,
                                            .validate = validate,
                                            .keep = keep,
                                            .check_kept = check_kept};
    const struct trainer_settings settings = {
        .epochs = training->epochs,
        .steps = training->steps,
        .validate_every = (int64_t)value(training, "validate_every"),
        .loss_max = 100 * log((double)training->tracks.n + 1),
        .score_low = -1,
        .score_high = 1,
        .score_name = task->spec->evaluator ? "NDCG" : NULL,
        .divergence_advice = "use a lower learning_rate",
        .checkpoint = checkpoint,
        .identities = identities,
        .resume = task->spec->resume,
        .progress = task->progress,
    };
    struct trainer_result result;
    enum status status = trainer_run(task->compute, &network, &settings, &result, error);
    if (status == STATUS_OK) {
        task->kept = true;
        snprintf(task->report, sizeof task->report, "%s", result.report);
    }
    return status;
}

enum status hybrid_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct training training = {.task = task, .weights = weights};
    struct buffer checkpoint = {0}, identity = {0};
    tape_open(&training.tape, task->compute);
    enum status status = open_training(&training, error);
    if (status == STATUS_OK) {
        model_checkpoint_path(task->path, &checkpoint);
        identify(task, &identity);
        status = checkpoint.failed || identity.failed ? error_no_memory(error)
                                                      : run(&training, checkpoint.data, identity.data, error);
    }
    close_training(&training);
    buffer_free(&checkpoint);
    buffer_free(&identity);
    return status;
}
