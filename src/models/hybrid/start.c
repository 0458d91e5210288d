#include <math.h>
#include <stdlib.h>

#include "models/hybrid/training.h"
#include "models/rta/rta.h"

/* What a training starts with: the tracks, batches, initial vectors and the network. */

enum { COPIED = 1 << 22 }; /* bytes that are copied at a time */

/* The vectors of tracks start with ALS factors; those of artists and albums with 0. */
static enum status start_tracks(struct hybrid_training *training, struct compute_buffer *factors, struct error *error)
{
    const struct parameters *tables = &training->network.tables;
    const struct parameter *parameter = &tables->items[HYBRID_TRACK_TABLE];
    const struct compute *compute = training->task->compute;
    const size_t bytes = (size_t)(parameter->tensor.rows * parameter->tensor.columns) * sizeof(float);
    float *part = malloc(COPIED);
    enum status status = part ? STATUS_OK : error_no_memory(error);
    for (size_t at = 0; at < bytes && status == STATUS_OK; at += COPIED) {
        const size_t size = bytes - at < COPIED ? bytes - at : COPIED;
        status = compute->ops->buffer_read(compute->stream, factors, at, part, size, error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_write(compute->stream, tables->values, parameter->offset * sizeof *part + at,
                                                part, size, error);
    }
    free(part);
    return status;
}

/* ln(1 + number of playlists that contain the track): the scores of a popularity model. */
static enum status start_bias(struct hybrid_training *training, struct error *error)
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
static double shared_entries(const struct hybrid_training *training)
{
    const struct interactions *interactions = training->task->interactions;
    int64_t entries = interactions->starts[interactions->n_playlists], shared = 0;
    for (int64_t e = 0; e < entries; e++)
        shared += training->tracks.members[HYBRID_TRACK_TABLE].counts[interactions->tracks[e]] > 1;
    return entries > 0 ? (double)shared / (double)entries : 0;
}

static enum status open_sampler(struct hybrid_training *training, struct compute_buffer *vectors, struct error *error)
{
    struct model_task *task = training->task;
    double shared = shared_entries(training);
    const struct rta_full_softmax_settings settings = {
        .batch = rta_batch_size(hybrid_setting(training, "batch"), task->interactions->n_playlists),
        .max_seeds = (int64_t)hybrid_setting(training, "max_seeds"),
        .shuffled = hybrid_setting(training, "order") > 0,
        .neighbour_targets = (float)(hybrid_setting(training, "neighbour_targets") * shared * shared),
        .neighbours = (int64_t)hybrid_setting(training, "neighbours"),
        .inverse_temperature = (float)hybrid_setting(training, "inverse_temperature"),
        .softmax_samples = (int64_t)hybrid_setting(training, "softmax_samples"),
        .seed = task->seed,
    };
    enum status status =
        rta_full_softmax_sampler_open(&training->sampler, task->compute, task->interactions, &settings,
                                      (struct compute_slice){vectors, 0}, training->network.shape.d, error);
    if (status == STATUS_OK)
        status = rta_full_softmax_batch_create(&training->sampler, &training->batch, error);
    if (status == STATUS_OK && !(training->held_out = malloc((size_t)(2 * settings.batch) * sizeof(int32_t))))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        training->steps = rta_full_softmax_sampler_steps(&training->sampler);
    task->bad_use = BAD_ALREADY;
    return status;
}

static bool is_sampled(const struct hybrid_training *training)
{
    return hybrid_setting(training, "softmax_samples") > 0;
}

static bool is_sparse(const struct hybrid_training *training)
{
    return is_sampled(training) && hybrid_setting(training, "sparse_adam") > 0;
}

/* Optimisers keep pointers to the parameters, so `training` must not be moved in memory afterwards. */
static enum status open_network(struct hybrid_training *training, const struct hybrid_shape *shape, struct error *error)
{
    int64_t n_rows[HYBRID_TABLES];
    for (int i = 0; i < HYBRID_TABLES; i++)
        n_rows[i] = training->tracks.members[i].n_rows > 0 ? training->tracks.members[i].n_rows : 1;
    hybrid_network_declare(&training->network, shape, n_rows);
    struct random random;
    random_seed(&random, random_mix(training->task->seed + 1));
    struct optimiser_settings settings = {.kind = OPTIMISER_ADAM,
                                          .weight_decay = (float)hybrid_setting(training, "weight_decay"),
                                          .clip_norm = (float)hybrid_setting(training, "clip_norm")};
    struct hybrid_network *network = &training->network;
    enum status status = parameters_create(&network->parameters, training->task->compute, true, &random, error);
    if (status == STATUS_OK)
        status = parameters_create(&network->tables, training->task->compute, !is_sparse(training), &random, error);
    if (status == STATUS_OK)
        status = optimiser_open(&training->optimiser, &network->parameters, &settings, error);
    settings.weight_decay = (float)hybrid_setting(training, "table_weight_decay");
    return status != STATUS_OK || is_sparse(training)
               ? status
               : optimiser_open(&training->table_optimiser, &network->tables, &settings, error);
}

static enum status start_vectors(struct hybrid_training *training, struct error *error)
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

/* Host memory is used in place. The file is copied to devices with memory of their own. */
static enum status open_fixed(struct hybrid_training *training, struct error *error)
{
    const struct hybrid_fixed *fixed = &training->tracks.fixed;
    const struct compute *compute = training->task->compute;
    const size_t row = (size_t)fixed->width * sizeof(float), bytes = (size_t)fixed->n * row;
    if (fixed->values)
        return compute->ops->buffer_wrap(compute->device, fixed->values, bytes, &training->fixed, error);
    if (!fixed->in_file || compute->ops->buffer_discard)
        return STATUS_OK;
    float *part = malloc(HYBRID_REPRESENTED * row);
    enum status status =
        part ? compute->ops->buffer_create(compute->device, bytes, &training->fixed, error) : error_no_memory(error);
    for (int64_t first = 0; status == STATUS_OK && first < fixed->n; first += HYBRID_REPRESENTED) {
        const int64_t left = fixed->n - first, count = left < HYBRID_REPRESENTED ? left : HYBRID_REPRESENTED;
        status = hybrid_fixed_read(fixed, compute->pool, training->everything + first, count, part, error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_write(compute->stream, training->fixed, (size_t)first * row, part,
                                                (size_t)count * row, error);
    }
    free(part);
    return status;
}

enum status hybrid_training_open(struct hybrid_training *training, struct error *error)
{
    struct model_task *task = training->task;
    const struct setting_source source = settings_source(task->settings);
    struct hybrid_shape shape = {0};
    if (!task->spec->side)
        return error_set(error, STATUS_FAILED,
                         "a hybrid needs to know artists and albums; this is a fault of the program");
    training->epochs = (int64_t)hybrid_setting(training, "epochs");
    enum status status = hybrid_shape_read(&source, &shape, error);
    if (status == STATUS_OK)
        status =
            hybrid_tracks_make(task->interactions, task->spec->side, &shape, hybrid_setting(training, "kernel_width"),
                               is_sampled(training) ? task->path : NULL, &training->tracks, error);
    training->tracks.counts_hidden = hybrid_setting(training, "counts") == 0;
    size_t n = (size_t)training->tracks.n;
    training->everything = malloc((n + 1) * sizeof *training->everything);
    training->items = malloc((size_t)(HYBRID_REPRESENTED * hybrid_row(&shape)) * sizeof *training->items);
    if (status == STATUS_OK && (!training->everything || !training->items))
        status = error_no_memory(error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        training->everything[i] = (int32_t)i;
    if (status == STATUS_OK)
        status = open_fixed(training, error);
    if (status == STATUS_OK)
        status = open_network(training, &shape, error);
    if (status == STATUS_OK)
        status = start_vectors(training, error);
    return status == STATUS_OK && is_sparse(training) ? hybrid_sparse_open(training, error) : status;
}

void hybrid_training_close(struct hybrid_training *training)
{
    optimiser_close(&training->optimiser);
    optimiser_close(&training->table_optimiser);
    hybrid_sparse_close(training);
    parameters_destroy(&training->network.parameters);
    parameters_destroy(&training->network.tables);
    training->task->compute->ops->buffer_destroy(training->fixed);
    rta_full_softmax_batch_free(&training->batch);
    rta_full_softmax_sampler_close(&training->sampler);
    hybrid_tracks_free(&training->tracks);
    tape_close(&training->tape);
    free(training->held_out);
    free(training->everything);
    free(training->items);
    training->task->compute->ops->buffer_destroy(training->fixed_buffer);
    free(training->fixed_rows);
}
