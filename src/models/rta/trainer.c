#include "models/rta/trainer_internal.h"

#include <stdlib.h>

/* Each distinct track of a batch is represented once, without a tape. The aggregator and the losses are computed from
 * these vectors on a tape. Then the tracks that get a gradient (those of windows and selected negatives) are
 * represented again on a tape, a chunk at a time, to propagate the gradient to parameters and tables. So the memory is
 * that of one chunk, however many negatives are drawn. */

static bool is_simple(const struct rta_shape *shape)
{
    return shape->representer != RTA_NN && shape->n_sets == 0 && !shape->extra;
}

/* Number of tracks represented together. For an NN it is small, so that its wide layers stay in the caches; otherwise
 * large enough for several threads. */
static int64_t chunk_of(const struct rta_shape *shape)
{
    return shape->representer == RTA_NN ? 256 : 4096;
}

static int64_t song_columns(const struct rta_shape *shape)
{
    return shape->representer == RTA_NN ? RTA_SLOTS * shape->d : shape->d;
}

static enum status create_zeros(struct compute *compute, int64_t count, struct compute_buffer **buffer,
                                struct error *error)
{
    enum status status = compute->ops->buffer_create(compute->device, (size_t)count * sizeof(float), buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->network.fill(compute->stream, count, 0, (struct compute_slice){*buffer, 0}, error);
    return status;
}

/* Numbers in the second moments of a table of n rows. */
static int64_t seconds_of(const struct rta_trainer *trainer, int64_t n)
{
    return trainer->settings.sparse ? n : n * trainer->network.shape.d;
}

enum status rta_trainer_open(struct rta_trainer *trainer, struct compute *compute, const struct rta_shape *shape,
                             struct rta_inputs *inputs, const struct rta_step_settings *settings,
                             const struct schedule *schedule, struct random *random, struct error *error)
{
    *trainer =
        (struct rta_trainer){.compute = compute, .inputs = *inputs, .settings = *settings, .schedule = *schedule};
    for (int k = 0; k < RTA_SLOTS; k++)
        trainer->inputs.initial[k] = NULL;
    tape_open(&trainer->tape, compute);
    tape_open(&trainer->chunk, compute);
    rta_network_declare(&trainer->network, shape, inputs->n_tracks);
    enum status status = parameters_create(&trainer->network.parameters, compute, true, random, error);
    for (int64_t k = 0; k < rta_slots(shape) && status == STATUS_OK; k++) {
        int64_t n = inputs->n_rows[k];
        status = table_create(&trainer->tables[k], compute, settings->sharded[k] ? settings->ranks : NULL, n, shape->d,
                              inputs->initial[k], error);
        inputs->initial[k] = NULL;
        if (status == STATUS_OK && settings->adam)
            status = create_zeros(compute, seconds_of(trainer, trainer->tables[k].on_device.n_rows),
                                  &trainer->table_seconds[k], error);
        trainer->row_indices[k] = malloc(((size_t)n + 1) * sizeof *trainer->row_indices[k]);
        if (!trainer->row_indices[k])
            status = error_no_memory(error);
        for (int64_t i = 0; status == STATUS_OK && i < n; i++)
            trainer->row_indices[k][i] = -1;
    }
    const struct optimiser_settings optimiser = {.kind = settings->adam ? OPTIMISER_ADAM : OPTIMISER_NESTEROV,
                                                 .momentum = schedule->momentum,
                                                 .weight_decay = schedule->decay,
                                                 .clip_norm = settings->clip};
    if (status == STATUS_OK)
        status = optimiser_open(&trainer->optimiser, &trainer->network.parameters, &optimiser, error);
    for (int64_t i = 0; i < shape->n_sets && status == STATUS_OK; i++)
        status = compute->ops->buffer_wrap(compute->device, inputs->sets[i].values,
                                           (size_t)(inputs->sets[i].n_rows * shape->sets[i].dim) * sizeof(float),
                                           &trainer->sets[i], error);
    return status;
}

void rta_trainer_close(struct rta_trainer *trainer)
{
    if (!trainer->compute)
        return;
    optimiser_close(&trainer->optimiser);
    parameters_destroy(&trainer->network.parameters);
    for (int k = 0; k < RTA_SLOTS; k++) {
        table_destroy(&trainer->tables[k]);
        trainer->compute->ops->buffer_destroy(trainer->table_seconds[k]);
        free(trainer->row_indices[k]);
    }
    for (int i = 0; i < RTA_SETS_MAX; i++)
        trainer->compute->ops->buffer_destroy(trainer->sets[i]);
    tape_close(&trainer->tape);
    tape_close(&trainer->chunk);
    free(trainer->host);
    *trainer = (struct rta_trainer){0};
}

void rta_trainer_state(const struct rta_trainer *trainer, struct checkpoint_list *list)
{
    optimiser_state(&trainer->optimiser, list);
    for (int slot = 0; slot < rta_slots(&trainer->network.shape); slot++) {
        const struct compute_table *table = &trainer->tables[slot].on_device;
        const char *name = rta_slot_names[slot];
        const int64_t n = table_rows(&trainer->tables[slot]);
        const size_t first = list->count;
        checkpoint_add(list, name, "", false, table->values.buffer, n * table->d);
        checkpoint_add_moments(list, name, ".velocity", table->velocity.buffer, n * table->d);
        checkpoint_add(list, name, ".last", true, table->last.buffer, n);
        checkpoint_add_moments(list, name, ".second", trainer->table_seconds[slot], seconds_of(trainer, n));
        for (size_t i = first; i < list->count; i++)
            list->items[i].shards = trainer->tables[slot].shards;
    }
}

bool rta_is_sharded(const struct rta_trainer *trainer)
{
    for (int slot = 0; slot < RTA_SLOTS; slot++)
        if (trainer->tables[slot].shards)
            return true;
    return false;
}

void rta_trainer_trim(struct rta_trainer *trainer)
{
    tape_trim(&trainer->tape);
    tape_trim(&trainer->chunk);
    free(trainer->host);
    trainer->host = NULL;
    trainer->host_size = 0;
}

void rta_number_rows(struct rta_trainer *trainer, struct rta_gradients *gradients, int slot)
{
    int32_t *index_of = trainer->row_indices[slot];
    int64_t count = 0;
    for (int64_t i = 0; i < gradients->n; i++) {
        int32_t row = rta_slot_row(&trainer->inputs, slot, gradients->tracks[i]);
        if (row >= 0 && index_of[row] < 0) {
            index_of[row] = (int32_t)count;
            gradients->rows[slot][count++] = row;
        }
        gradients->indices[slot][i] = row < 0 ? -1 : index_of[row];
    }
    gradients->n_rows[slot] = count;
    for (int64_t i = 0; i < count; i++)
        index_of[gradients->rows[slot][i]] = -1;
}

static int32_t *host_rows(struct rta_trainer *trainer, int64_t count)
{
    if ((size_t)count > trainer->host_size) {
        free(trainer->host);
        trainer->host = malloc((size_t)count * sizeof *trainer->host);
        trainer->host_size = trainer->host ? (size_t)count : 0;
    }
    return trainer->host;
}

/* Writes the embeddings of `n` tracks to y, with a row stride of y_stride: the row (MF), the mean of five (FM) or all
 * five (NN). */
static void read_songs(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n,
                       struct compute_slice y, int64_t y_stride)
{
    const struct rta_shape *shape = &trainer->network.shape;
    const struct compute_schedule schedule = schedule_on_device(&trainer->schedule);
    bool mean = shape->representer == RTA_FM;
    int32_t *rows = host_rows(trainer, n);
    if (!rows) {
        tape->status = tape->status == STATUS_OK ? error_no_memory(&tape->error) : tape->status;
        return;
    }
    for (int slot = 0; slot < rta_slots(shape); slot++) {
        const struct table_view view = table_view(&trainer->tables[slot], rta_table_step(trainer));
        for (int64_t i = 0; i < n; i++)
            rows[i] = table_index(&view, rta_slot_row(&trainer->inputs, slot, tracks[i]));
        struct compute_slice to = {y.buffer, y.offset + (mean ? 0 : (size_t)(slot * shape->d))};
        TAPE_RUN(tape, network.table_read, view.table, &schedule, view.step, n, tape_upload(tape, rows, n),
                 mean ? 1.0f / RTA_SLOTS : 1.0f, mean && slot > 0 ? 1.0f : 0.0f, to, y_stride);
    }
}

/* Whether a track has no features in this step: a function of step and track, because every track is represented twice
 * in a step (forward and backward), and the sets of a track are dropped together. */
static bool is_dropped(const struct rta_trainer *trainer, int32_t track)
{
    float rate = trainer->exporting ? 0 : trainer->settings.cover_dropout;
    uint64_t seed = trainer->settings.seed ^ random_mix((uint64_t)trainer->step);
    return rate > 0 && (double)random_mix(seed + (uint64_t)track) < (double)rate * 0x1p64;
}

/* The row of a track in a feature set; -1: none. */
static int32_t set_row(const struct rta_trainer *trainer, int64_t set, int32_t track)
{
    return is_dropped(trainer, track) ? -1 : trainer->inputs.sets[set].rows[track];
}

/* Gathers the rows of a feature set for some tracks. */
static void read_set(struct rta_trainer *trainer, struct tape *tape, int64_t set, const int32_t *tracks, int64_t n,
                     struct rta_set_rows *out)
{
    const struct rta_set_shape *shape = &trainer->network.shape.sets[set];
    int32_t *rows = host_rows(trainer, n);
    out->rows = tape_tensor(tape, n, shape->dim, false);
    if (!rows) {
        tape->status = tape->status == STATUS_OK ? error_no_memory(&tape->error) : tape->status;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        rows[i] = set_row(trainer, set, tracks[i]);
    TAPE_RUN(tape, network.gather, n, shape->dim, tape_upload(tape, rows, n), 1, trainer->inputs.sets[set].n_rows,
             (struct compute_slice){trainer->sets[set], 0}, 0, out->rows->value, shape->dim);
    if (!shape->masked)
        return;
    for (int64_t i = 0; i < n; i++)
        rows[i] = rows[i] < 0 ? -1 : (int32_t)i;
    out->kept = tape_upload(tape, rows, n);
}

/* The inputs of the gates for some tracks; NULL for other fusions. */
static struct tensor *read_popularity(const struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks,
                                      int64_t n)
{
    if (trainer->network.shape.fusion != RTA_GATE)
        return NULL;
    struct tensor *popularity = tape_host_memory(tape, sizeof *popularity);
    float *values = tape_host_memory(tape, (size_t)n * RTA_GATE_INPUTS * sizeof *values);
    if (!popularity || !values)
        return &tape->nothing;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < RTA_GATE_INPUTS; k++)
            values[i * RTA_GATE_INPUTS + k] = trainer->inputs.popularity[(int64_t)tracks[i] * RTA_GATE_INPUTS + k];
    *popularity = tensor_of(tape_upload(tape, values, n * RTA_GATE_INPUTS), n, RTA_GATE_INPUTS);
    return popularity;
}

/* φ of some tracks on a tape; *song is the tensor from which the tables' gradients are computed. */
static struct tensor *represent(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n,
                                struct tensor **song)
{
    const struct rta_shape *shape = &trainer->network.shape;
    *song = tape_tensor(tape, n, song_columns(shape), true);
    read_songs(trainer, tape, tracks, n, (*song)->value, (*song)->columns);
    struct rta_set_rows sets[RTA_SETS_MAX] = {0};
    for (int64_t i = 0; i < shape->n_sets; i++)
        read_set(trainer, tape, i, tracks, n, &sets[i]);
    const struct dropout dropout = {trainer->exporting ? 0 : trainer->settings.representer_dropout,
                                    (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step + 1)};
    return rta_represent(tape, &trainer->network, *song, sets, read_popularity(trainer, tape, tracks, n), dropout);
}

enum status rta_trainer_phi(struct rta_trainer *trainer, const int32_t *tracks, int64_t n, struct compute_slice y,
                            struct error *error)
{
    struct tape *tape = &trainer->chunk;
    int64_t width = rta_width(&trainer->network.shape);
    if (is_simple(&trainer->network.shape)) {
        tape_reset(tape, false);
        read_songs(trainer, tape, tracks, n, y, width);
        return tape_status(tape, error);
    }
    enum status status = STATUS_OK;
    int64_t chunk = chunk_of(&trainer->network.shape);
    for (int64_t first = 0; first < n && status == STATUS_OK; first += chunk) {
        int64_t count = n - first < chunk ? n - first : chunk;
        struct tensor *song;
        tape_reset(tape, false);
        struct tensor *phi = represent(trainer, tape, tracks + first, count, &song);
        TAPE_RUN(tape, network.add_scaled, count * width, 1, phi->value, 0,
                 (struct compute_slice){y.buffer, y.offset + (size_t)(first * width)});
        status = tape_status(tape, error);
    }
    return status;
}

enum status rta_trainer_phi_backward(struct rta_trainer *trainer, const struct rta_gradients *gradients,
                                     struct error *error)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct tape *tape = &trainer->chunk;
    int64_t width = rta_width(shape);
    bool mean = shape->representer == RTA_FM;
    enum status status = STATUS_OK;
    int64_t chunk = chunk_of(shape);
    for (int64_t first = 0; first < gradients->n && status == STATUS_OK; first += chunk) {
        int64_t count = gradients->n - first < chunk ? gradients->n - first : chunk;
        struct tensor *song;
        tape_reset(tape, true);
        struct tensor *phi = represent(trainer, tape, gradients->tracks + first, count, &song);
        phi->gradient = (struct compute_slice){gradients->phi.buffer, gradients->phi.offset + (size_t)(first * width)};
        phi->has_grad = true;
        tape_backward(tape);
        for (int slot = 0; slot < rta_slots(shape); slot++) {
            struct compute_slice x = {song->gradient.buffer,
                                      song->gradient.offset + (mean ? 0 : (size_t)(slot * shape->d))};
            TAPE_RUN(tape, network.scatter_add, count, shape->d,
                     tape_upload(tape, gradients->indices[slot] + first, count), mean ? 1.0f / RTA_SLOTS : 1.0f, x,
                     song->columns, gradients->n_rows[slot], gradients->sums[slot]);
        }
        status = tape_status(tape, error);
    }
    return status;
}

enum status rta_trainer_represent(struct rta_trainer *trainer, int64_t first, int64_t n, float *items,
                                  struct error *error)
{
    int64_t width = rta_width(&trainer->network.shape);
    int32_t *tracks = malloc(RTA_REPRESENTED * sizeof *tracks);
    if (!tracks)
        return error_no_memory(error);
    struct tape *tape = &trainer->tape;
    enum status status = STATUS_OK;
    trainer->exporting = true;
    for (int64_t done = 0; done < n && status == STATUS_OK; done += RTA_REPRESENTED) {
        int64_t count = n - done < RTA_REPRESENTED ? n - done : RTA_REPRESENTED;
        for (int64_t i = 0; i < count; i++)
            tracks[i] = (int32_t)(first + done + i);
        tape_reset(tape, false);
        struct compute_slice y = tape_memory(tape, count * width);
        rta_fetch_rows(trainer, tape, tracks, count);
        status = tape_status(tape, error);
        if (status == STATUS_OK)
            status = rta_trainer_phi(trainer, tracks, count, y, error);
        if (status == STATUS_OK) {
            tape_download(tape, y, items + done * width, (size_t)(count * width) * sizeof *items);
            status = tape_status(tape, error);
        }
    }
    trainer->exporting = false;
    free(tracks);
    return status;
}
