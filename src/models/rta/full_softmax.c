#include "models/rta/full_softmax.h"

#include <stdlib.h>

#include "models/rta/trainer_internal.h"

/* A step of training on the rest of playlists: every track of the catalogue, or of the batch's part of it, is
 * represented and scored, and all rows are moved. */

/* int64 numbers onto the device, until the tape is reset. */
static struct compute_slice upload_longs(struct tape *tape, const int64_t *numbers, int64_t count)
{
    struct compute_slice slice = tape_upload(tape, numbers, 2 * count);
    slice.offset /= 2; /* tape memory is aligned to more than that */
    return slice;
}

/* Gradients of the step's tracks, and of all rows of the tables. */
static void make_gradients(struct rta_trainer *trainer, struct tape *tape, const struct rta_full_softmax_batch *batch,
                           struct rta_gradients *gradients)
{
    const struct rta_shape *shape = &trainer->network.shape;
    gradients->n = batch->tracks ? batch->n_tracks : trainer->inputs.n_tracks;
    size_t bytes = (size_t)gradients->n * sizeof(int32_t);
    gradients->tracks = tape_host_memory(tape, bytes);
    for (int32_t i = 0; gradients->tracks && i < gradients->n; i++)
        gradients->tracks[i] = batch->tracks ? batch->tracks[i] : i;
    for (int slot = 0; slot < rta_slots(shape) && tape->status == STATUS_OK; slot++) {
        gradients->n_rows[slot] = trainer->inputs.n_rows[slot];
        gradients->places[slot] = tape_host_memory(tape, bytes);
        for (int32_t i = 0; gradients->places[slot] && i < gradients->n; i++) {
            int32_t t = gradients->tracks[i];
            gradients->places[slot][i] = trainer->inputs.rows[slot] ? trainer->inputs.rows[slot][t] : t;
        }
        gradients->sums[slot] = tape_memory(tape, gradients->n_rows[slot] * shape->d);
        TAPE_RUN(tape, network.fill, gradients->n_rows[slot] * shape->d, 0, gradients->sums[slot]);
    }
}

static void update(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients,
                   const struct rta_full_softmax_step *step, struct compute_slice squares)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct optimiser *optimiser = &trainer->optimiser;
    optimiser_add_squares(optimiser, tape, squares);
    for (int slot = 0; slot < rta_slots(shape); slot++)
        TAPE_RUN(tape, network.sum_squares, gradients->n_rows[slot] * shape->d, gradients->sums[slot], squares);
    optimiser->step = trainer->step;
    optimiser->settings.weight_decay = step->network_decay;
    optimiser_move(optimiser, tape, step->rate, squares);
    for (int slot = 0; slot < rta_slots(shape); slot++) {
        const struct compute_table *table = &trainer->tables[slot].on_device;
        TAPE_RUN(tape, network.adam, table->n_rows * table->d, trainer->step + 1, step->rate, optimiser->settings.beta1,
                 optimiser->settings.beta2, step->table_decay, trainer->settings.clip, squares, gradients->sums[slot],
                 table->values, table->velocity, (struct compute_slice){trainer->table_seconds[slot], 0});
    }
}

/* What is added to the step's tracks' scores [n x 1]: their biases, and the corrections for those that were not drawn;
 * NULL: nothing. */
static struct tensor *added(struct rta_trainer *trainer, struct tape *tape, const struct rta_full_softmax_batch *batch)
{
    struct tensor *bias = trainer->network.shape.bias ? trainer->network.bias : NULL;
    if (!batch->tracks)
        return bias;
    if (bias) {
        struct compute_slice ids = tape_upload(tape, batch->tracks, batch->n_tracks);
        bias = nn_gather(tape, bias, batch->n_tracks, ids, bias, ids);
    }
    struct tensor *corrections = tape_host_memory(tape, sizeof *corrections);
    if (!corrections)
        return &tape->nothing;
    *corrections = tensor_of(tape_upload(tape, batch->corrections, batch->n_tracks), batch->n_tracks, 1);
    return bias ? nn_add(tape, bias, 1, corrections) : corrections;
}

/* The tracks' vectors, and the playlists', with what adds the tracks' own numbers to their products. */
static struct tensor *join_bias(struct tape *tape, struct tensor *x, struct tensor *bias)
{
    if (bias)
        return nn_concat(tape, x, bias);
    struct tensor *ones = tape_tensor(tape, x->rows, 1, false);
    TAPE_RUN(tape, network.fill, x->rows, 1, ones->value);
    return nn_concat(tape, x, ones);
}

enum status rta_full_softmax_trainer_step(struct rta_trainer *trainer, const struct rta_full_softmax_batch *batch,
                                          const struct rta_full_softmax_step *step, double *loss, struct error *error)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct tape *tape = &trainer->tape;
    int64_t width = rta_width(shape), places = batch->count * batch->length;
    const struct rta_dropouts dropouts = {
        {trainer->settings.dropout, (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step)},
        step->residual_dropout};
    tape_reset(tape, true);
    parameters_begin(&trainer->network.parameters);
    struct compute_slice sums = tape_memory(tape, 4); /* doubles: the loss, squares of the gradient */
    struct compute_slice losses = {sums.buffer, sums.offset / 2}, squares = {sums.buffer, sums.offset / 2 + 1};
    TAPE_RUN(tape, network.fill, 4, 0, sums);

    struct rta_gradients gradients = {0};
    make_gradients(trainer, tape, batch, &gradients);
    struct tensor *phi = tape_tensor(tape, gradients.n, width, true);
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi(trainer, gradients.tracks, gradients.n, phi->value, &tape->error);

    const struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    struct compute_slice ids = tape_upload(tape, batch->inputs, places);
    struct tensor *x = nn_gather(tape, phi, places, ids, phi, ids);
    struct tensor *q =
        rta_aggregate_whole(tape, &trainer->network, x, &sequences, tape_upload(tape, batch->positions, places),
                            tape_upload(tape, batch->ends, batch->count), &dropouts);
    struct tensor *items = phi, *numbers = added(trainer, tape, batch);
    if (numbers) {
        q = join_bias(tape, q, NULL);
        items = join_bias(tape, phi, numbers);
    }
    const struct ragged targets = {upload_longs(tape, batch->starts, batch->count + 1),
                                   tape_upload(tape, batch->targets, batch->starts[batch->count])};
    const struct ragged given = {upload_longs(tape, batch->given_starts, batch->count + 1),
                                 tape_upload(tape, batch->given, batch->given_starts[batch->count])};
    struct compute_slice weights = tape_memory(tape, batch->count);
    TAPE_RUN(tape, network.fill, batch->count, 1.0f / (float)batch->count, weights);
    nn_softmax_loss(tape, q, items, targets, given, weights, losses);
    tape_backward(tape);
    gradients.phi = phi->gradient;
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi_backward(trainer, &gradients, &tape->error);
    update(trainer, tape, &gradients, step, squares);
    if (tape->status == STATUS_OK)
        tape->status = tape->compute->ops->buffer_read(tape->compute->stream, sums.buffer, sums.offset * sizeof(float),
                                                       loss, sizeof *loss, &tape->error);
    if (tape->status == STATUS_OK)
        trainer->step++;
    return tape_status(tape, error);
}
