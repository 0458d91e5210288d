#include "models/rta/trainer_internal.h"

#include <stdlib.h>

/* Each distinct track of a batch is represented once, without a tape; the aggregator and the losses are computed from
 * these vectors on a tape; then the tracks that got a gradient (windows and chosen negatives) are represented again, a
 * chunk at a time, with a tape, which carries the gradient on to parameters and tables. Memory stays that of a chunk
 * however many negatives are drawn. */

enum { LOSSES = 2 };

static bool is_simple(const struct rta_shape *shape)
{
    return shape->representer != RTA_NN && shape->cover_dim == 0 && !shape->extra;
}

/* Tracks represented together: few of the wide layers of an NN, which stay near the processor so; enough of the others
 * that a layer is worth two threads. */
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
        status = table_create(&trainer->tables[k], compute, n, shape->d, inputs->initial[k], error);
        inputs->initial[k] = NULL;
        if (status == STATUS_OK && settings->adam)
            status = create_zeros(compute, n * shape->d, &trainer->table_seconds[k], error);
        trainer->places[k] = malloc(((size_t)n + 1) * sizeof *trainer->places[k]);
        if (!trainer->places[k])
            status = error_no_memory(error);
        for (int64_t i = 0; status == STATUS_OK && i < n; i++)
            trainer->places[k][i] = -1;
    }
    if (status == STATUS_OK && settings->adam && trainer->network.parameters.n_trained > 0)
        status = create_zeros(compute, (int64_t)trainer->network.parameters.n_trained, &trainer->second, error);
    if (status == STATUS_OK && shape->cover_dim > 0)
        status = compute->ops->buffer_wrap(compute->device, inputs->covers,
                                           (size_t)(inputs->n_covers * shape->cover_dim) * sizeof *inputs->covers,
                                           &trainer->covers, error);
    return status;
}

void rta_trainer_close(struct rta_trainer *trainer)
{
    if (!trainer->compute)
        return;
    parameters_destroy(&trainer->network.parameters);
    for (int k = 0; k < RTA_SLOTS; k++) {
        table_destroy(&trainer->tables[k]);
        trainer->compute->ops->buffer_destroy(trainer->table_seconds[k]);
        free(trainer->places[k]);
    }
    trainer->compute->ops->buffer_destroy(trainer->second);
    trainer->compute->ops->buffer_destroy(trainer->covers);
    tape_close(&trainer->tape);
    tape_close(&trainer->chunk);
    free(trainer->host);
    *trainer = (struct rta_trainer){0};
}

void rta_trainer_trim(struct rta_trainer *trainer)
{
    tape_trim(&trainer->tape);
    tape_trim(&trainer->chunk);
    free(trainer->host);
    trainer->host = NULL;
    trainer->host_size = 0;
}

static int32_t *host_room(struct rta_trainer *trainer, int64_t count)
{
    if ((size_t)count > trainer->host_size) {
        free(trainer->host);
        trainer->host = malloc((size_t)count * sizeof *trainer->host);
        trainer->host_size = trainer->host ? (size_t)count : 0;
    }
    return trainer->host;
}

/* Rows of a slot's table for tracks; a track that has none gets -1. */
static int32_t slot_row(const struct rta_inputs *inputs, int slot, int32_t track)
{
    return inputs->rows[slot] ? inputs->rows[slot][track] : track;
}

/* The embeddings of `n` tracks into y, rows y_stride apart: the row (MF), the mean of five (FM) or all five (NN). */
static void read_songs(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n,
                       struct compute_slice y, int64_t y_stride)
{
    const struct rta_shape *shape = &trainer->network.shape;
    const struct compute_schedule schedule = schedule_on_device(&trainer->schedule);
    bool mean = shape->representer == RTA_FM;
    int32_t *rows = host_room(trainer, n);
    if (!rows) {
        tape->status = tape->status == STATUS_OK ? error_no_memory(&tape->error) : tape->status;
        return;
    }
    for (int slot = 0; slot < rta_slots(shape); slot++) {
        for (int64_t i = 0; i < n; i++)
            rows[i] = slot_row(&trainer->inputs, slot, tracks[i]);
        struct compute_slice to = {y.buffer, y.offset + (mean ? 0 : (size_t)(slot * shape->d))};
        TAPE_RUN(tape, network.table_read, &trainer->tables[slot].on_device, &schedule,
                 trainer->settings.adam ? 0 : trainer->step, n, tape_upload(tape, rows, n),
                 mean ? 1.0f / RTA_SLOTS : 1.0f, mean && slot > 0 ? 1.0f : 0.0f, to, y_stride);
    }
}

static struct tensor *read_covers(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n)
{
    const struct rta_shape *shape = &trainer->network.shape;
    int32_t *rows = host_room(trainer, n);
    if (shape->cover_dim == 0 || !rows)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        rows[i] = trainer->inputs.cover_rows[tracks[i]];
    struct tensor *covers = tape_tensor(tape, n, shape->cover_dim, false);
    TAPE_RUN(tape, network.gather, n, shape->cover_dim, tape_upload(tape, rows, n), 1, trainer->inputs.n_covers,
             (struct compute_slice){trainer->covers, 0}, 0, covers->value, shape->cover_dim);
    return covers;
}

/* φ of some tracks on a tape; *song is what the tables' gradients are taken from. */
static struct tensor *represent(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n,
                                struct tensor **song)
{
    const struct rta_shape *shape = &trainer->network.shape;
    *song = tape_tensor(tape, n, song_columns(shape), true);
    read_songs(trainer, tape, tracks, n, (*song)->value, (*song)->columns);
    struct tensor *covers = read_covers(trainer, tape, tracks, n);
    const struct dropout dropout = {trainer->settings.representer_dropout,
                                    (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step + 1)};
    return rta_represent(tape, &trainer->network, *song, covers, dropout);
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

/* ---- the tracks that got a gradient ---- */

/* Chosen negatives (local numbers) become places among the tracks with a gradient, where the first `n_first` of the
 * batch are already. `place_of` [batch->n_tracks] is scratch. */
static void number_selected(const struct rta_batch *batch, int64_t n_first, const int32_t *selected, int64_t n_selected,
                            struct rta_gradients *gradients, int32_t *place_of, int32_t *places)
{
    for (int64_t i = 0; i < n_first; i++) {
        gradients->tracks[i] = batch->tracks[i];
        place_of[i] = (int32_t)i;
    }
    gradients->n = n_first;
    for (int64_t i = n_first; i < batch->n_tracks; i++)
        place_of[i] = -1;
    for (int64_t i = 0; i < n_selected; i++) {
        int32_t local = selected[i];
        if (place_of[local] < 0) {
            place_of[local] = (int32_t)gradients->n;
            gradients->tracks[gradients->n++] = batch->tracks[local];
        }
        places[i] = place_of[local];
    }
}

static void number_rows(struct rta_trainer *trainer, struct rta_gradients *gradients, int slot)
{
    int32_t *place_of = trainer->places[slot];
    int64_t count = 0;
    for (int64_t i = 0; i < gradients->n; i++) {
        int32_t row = slot_row(&trainer->inputs, slot, gradients->tracks[i]);
        if (row >= 0 && place_of[row] < 0) {
            place_of[row] = (int32_t)count;
            gradients->rows[slot][count++] = row;
        }
        gradients->places[slot][i] = row < 0 ? -1 : place_of[row];
    }
    gradients->n_rows[slot] = count;
    for (int64_t i = 0; i < count; i++)
        place_of[gradients->rows[slot][i]] = -1;
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
                     tape_upload(tape, gradients->places[slot] + first, count), mean ? 1.0f / RTA_SLOTS : 1.0f, x,
                     song->columns, gradients->n_rows[slot], gradients->sums[slot]);
        }
        status = tape_status(tape, error);
    }
    return status;
}

static void take_step(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients,
                      struct compute_slice squares)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct parameters *parameters = &trainer->network.parameters;
    const struct compute_schedule schedule = schedule_on_device(&trainer->schedule);
    struct compute_slice all = {parameters->gradients, 0};
    int64_t n = (int64_t)parameters->n_trained;
    if (tape->status == STATUS_OK)
        tape->status = parameters_complete_gradients(parameters, &tape->error);
    if (n > 0)
        TAPE_RUN(tape, network.sum_squares, n, all, squares);
    for (int slot = 0; slot < rta_slots(shape); slot++)
        TAPE_RUN(tape, network.sum_squares, gradients->n_rows[slot] * shape->d, gradients->sums[slot], squares);
    if (n > 0)
        TAPE_RUN(tape, network.nesterov, n, schedule_rate(&trainer->schedule, trainer->step), schedule.momentum,
                 schedule.decay, trainer->settings.clip, squares, all, (struct compute_slice){parameters->values, 0},
                 (struct compute_slice){parameters->velocity, 0});
    for (int slot = 0; slot < rta_slots(shape); slot++)
        TAPE_RUN(tape, network.table_step, &trainer->tables[slot].on_device, &schedule, trainer->step,
                 gradients->n_rows[slot], tape_upload(tape, gradients->rows[slot], gradients->n_rows[slot]),
                 trainer->settings.clip, squares, gradients->sums[slot]);
}

/* ---- the step ---- */

static enum status read_back(struct tape *tape, struct compute_slice slice, void *host, size_t bytes)
{
    if (tape->status == STATUS_OK)
        tape->status = tape->compute->ops->buffer_read(tape->compute->stream, slice.buffer,
                                                       slice.offset * sizeof(float), host, bytes, &tape->error);
    return tape->status;
}

static bool make_room(struct tape *tape, struct rta_gradients *gradients, int64_t most, int64_t slots)
{
    gradients->tracks = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
    for (int slot = 0; slot < slots; slot++) {
        gradients->rows[slot] = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
        gradients->places[slot] = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
    }
    return tape->status == STATUS_OK;
}

enum status rta_trainer_step(struct rta_trainer *trainer, const struct rta_batch *batch, int64_t n_negatives,
                             struct rta_loss *loss, struct error *error)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct tape *tape = &trainer->tape;
    int64_t width = rta_width(shape), places = batch->count * batch->length;
    int64_t chosen = trainer->settings.n_easy + trainer->settings.n_hard, n_selected = batch->count * chosen;
    const struct dropout dropout = {trainer->settings.dropout,
                                    (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step)};
    tape_reset(tape, true);
    parameters_begin(&trainer->network.parameters);
    struct compute_slice losses = tape_memory(tape, 8); /* doubles: positive, negative, squares of the gradient */
    struct compute_slice loss_positive = {losses.buffer, losses.offset / 2},
                         loss_negative = {losses.buffer, losses.offset / 2 + 1},
                         squares = {losses.buffer, losses.offset / 2 + 2};
    TAPE_RUN(tape, network.fill, 8, 0, losses);

    struct tensor phi = tensor_of(tape_memory(tape, batch->n_tracks * width), batch->n_tracks, width);
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi(trainer, batch->tracks, batch->n_tracks, phi.value, &tape->error);

    /* With dropout the masks of φ must be met again, and those are counted over the tracks represented together. */
    int64_t n_first = trainer->settings.representer_dropout > 0 ? batch->n_tracks : batch->n_windows;
    int64_t most = n_first + n_selected;
    struct tensor d_phi = {.rows = most, .columns = width, .requires_grad = true};
    struct rta_gradients gradients = {0};
    const struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    struct compute_slice inputs = tape_upload(tape, batch->inputs, places),
                         targets = tape_upload(tape, batch->targets, places);
    struct compute_slice positions = tape_upload(tape, batch->positions, places);
    struct tensor *x = nn_gather(tape, &phi, places, inputs, &d_phi, inputs);
    struct tensor *g = rta_aggregate(tape, &trainer->network, x, &sequences, positions, dropout);
    struct tensor *next = nn_gather(tape, &phi, places, targets, &d_phi, targets);
    nn_log_sigmoid_loss(tape, 1, nn_batched_dot(tape, g, next), tape_upload(tape, batch->weights, places),
                        loss_positive);

    struct tensor *q = nn_sequence_mean(tape, g, &sequences);
    struct compute_slice selected = tape_memory(tape, n_selected), selected_places = tape_memory(tape, n_selected);
    TAPE_RUN(tape, network.select_negatives, batch->count, n_negatives, trainer->settings.n_easy,
             trainer->settings.n_hard, width, q->value, batch->n_tracks, phi.value,
             tape_upload(tape, batch->negatives, batch->count * n_negatives), selected,
             tape_memory(tape, batch->count * n_negatives));
    struct tensor *others = nn_gather(tape, &phi, n_selected, selected, &d_phi, selected_places);
    struct tensor *scores = nn_batched_dot(tape, q, others);
    struct compute_slice shares = tape_memory(tape, n_selected);
    TAPE_RUN(tape, network.fill, n_selected, 1.0f / (float)n_selected, shares);
    nn_log_sigmoid_loss(tape, -1, scores, shares, loss_negative);

    int32_t *host = tape_host_memory(tape, (size_t)(2 * n_selected + batch->n_tracks) * sizeof *host);
    if (host && make_room(tape, &gradients, most, rta_slots(shape)) &&
        read_back(tape, selected, host, (size_t)n_selected * sizeof *host) == STATUS_OK) {
        number_selected(batch, n_first, host, n_selected, &gradients, host + 2 * n_selected, host + n_selected);
        tape->status = tape->compute->ops->buffer_write(tape->compute->stream, selected_places.buffer,
                                                        selected_places.offset * sizeof(int32_t), host + n_selected,
                                                        (size_t)n_selected * sizeof(int32_t), &tape->error);
    }
    tape_backward(tape);
    gradients.phi = d_phi.gradient;
    for (int slot = 0; slot < rta_slots(shape) && tape->status == STATUS_OK; slot++) {
        number_rows(trainer, &gradients, slot);
        gradients.sums[slot] = tape_memory(tape, gradients.n_rows[slot] * shape->d);
        TAPE_RUN(tape, network.fill, gradients.n_rows[slot] * shape->d, 0, gradients.sums[slot]);
    }
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi_backward(trainer, &gradients, &tape->error);
    take_step(trainer, tape, &gradients, squares);
    double values[LOSSES];
    if (read_back(tape, losses, values, sizeof values) == STATUS_OK) {
        *loss = (struct rta_loss){values[0], values[1]};
        trainer->step++;
    }
    return tape_status(tape, error);
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
    for (int64_t done = 0; done < n && status == STATUS_OK; done += RTA_REPRESENTED) {
        int64_t count = n - done < RTA_REPRESENTED ? n - done : RTA_REPRESENTED;
        for (int64_t i = 0; i < count; i++)
            tracks[i] = (int32_t)(first + done + i);
        tape_reset(tape, false);
        struct compute_slice y = tape_memory(tape, count * width);
        status = tape_status(tape, error);
        if (status == STATUS_OK)
            status = rta_trainer_phi(trainer, tracks, count, y, error);
        if (status == STATUS_OK)
            status = read_back(tape, y, items + done * width, (size_t)(count * width) * sizeof *items);
    }
    free(tracks);
    return status;
}
