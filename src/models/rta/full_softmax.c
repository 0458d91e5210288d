#include "models/rta/full_softmax.h"

#include <stdlib.h>

#include "models/rta/exchange.h"

/* A step of full_softmax.h: represents and scores the tracks of the softmax, and updates all parameters and rows. */

static void list_all_rows(const struct rta_trainer *trainer, struct rta_gradients *gradients, int slot)
{
    gradients->n_rows[slot] = trainer->inputs.n_rows[slot];
    for (int64_t i = 0; i < gradients->n; i++)
        gradients->indices[slot][i] = rta_slot_row(&trainer->inputs, slot, gradients->tracks[i]);
}

/* Lists the step's tracks, and allocates the gradients of all rows of the tables, or of those that the step uses. */
static void list_tracks(struct rta_trainer *trainer, struct tape *tape, const struct rta_full_softmax_batch *batch,
                        struct rta_gradients *gradients)
{
    const struct rta_shape *shape = &trainer->network.shape;
    gradients->n = batch->tracks ? batch->n_tracks : trainer->inputs.n_tracks;
    size_t bytes = (size_t)gradients->n * sizeof(int32_t);
    gradients->tracks = tape_host_memory(tape, bytes);
    for (int32_t i = 0; gradients->tracks && i < gradients->n; i++)
        gradients->tracks[i] = batch->tracks ? batch->tracks[i] : i;
    for (int slot = 0; slot < rta_slots(shape) && tape->status == STATUS_OK; slot++) {
        gradients->indices[slot] = tape_host_memory(tape, bytes);
        if (trainer->settings.sparse)
            gradients->rows[slot] = tape_host_memory(tape, bytes);
        if (tape->status != STATUS_OK)
            return;
        if (trainer->settings.sparse)
            rta_number_rows(trainer, gradients, slot);
        else
            list_all_rows(trainer, gradients, slot);
        gradients->sums[slot] = tape_memory(tape, gradients->n_rows[slot] * shape->d);
        TAPE_RUN(tape, network.fill, gradients->n_rows[slot] * shape->d, 0, gradients->sums[slot]);
    }
}

static void move_table(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients, int slot,
                       const struct rta_full_softmax_step *step, struct compute_slice squares)
{
    const struct compute_table *table = &trainer->tables[slot].on_device;
    const struct optimiser_settings *adam = &trainer->optimiser.settings;
    const struct compute_slice seconds = {trainer->table_seconds[slot], 0};
    const int64_t n = gradients->n_rows[slot];
    if (gradients->rows[slot])
        TAPE_RUN(tape, network.adam_rows, table->n_rows, table->d, n, tape_upload(tape, gradients->rows[slot], n),
                 trainer->step + 1, step->rate, adam->beta1, adam->beta2, adam->epsilon, step->table_decay,
                 trainer->settings.clip, squares, gradients->sums[slot], table->values, table->velocity, seconds);
    else
        TAPE_RUN(tape, network.adam, table->n_rows * table->d, trainer->step + 1, step->rate, adam->beta1, adam->beta2,
                 adam->epsilon, step->table_decay, trainer->settings.clip, squares, gradients->sums[slot],
                 table->values, table->velocity, seconds);
}

static void update(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients,
                   const struct rta_full_softmax_step *step, struct compute_slice squares)
{
    const struct rta_shape *shape = &trainer->network.shape;
    struct optimiser *optimiser = &trainer->optimiser;
    rta_exchange_gradients(trainer, tape, gradients);
    rta_add_squares(trainer, tape, gradients, squares);
    optimiser->step = trainer->step;
    optimiser->settings.weight_decay = step->network_decay;
    optimiser_move(optimiser, tape, step->rate, squares);
    for (int slot = 0; slot < rta_slots(shape) && tape->status == STATUS_OK; slot++)
        move_table(trainer, tape, gradients, slot, step, squares);
}

/* What is added to the scores of the step's tracks [n x 1]: their biases, and the corrections of those that were
 * sampled. NULL: nothing. */
static struct tensor *score_offsets(struct rta_trainer *trainer, struct tape *tape,
                                    const struct rta_full_softmax_batch *batch)
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

/* The playlist vectors from the track vectors phi. */
static struct tensor *aggregate(struct rta_trainer *trainer, struct tape *tape,
                                const struct rta_full_softmax_batch *batch, float residual_dropout, struct tensor *phi)
{
    int64_t n = batch->count * batch->length;
    const struct rta_dropouts dropouts = {
        {trainer->settings.dropout, (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step)},
        residual_dropout};
    struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    sequences.before = batch->part.before;
    sequences.filled_before = batch->part.filled_before;
    struct compute_slice ids = tape_upload(tape, batch->inputs, n);
    struct tensor *x = nn_gather(tape, phi, n, ids, phi, ids);
    return rta_aggregate_whole(tape, &trainer->network, x, &sequences, tape_upload(tape, batch->positions, n),
                               tape_upload(tape, batch->ends, batch->count), &dropouts);
}

void rta_full_softmax_loss(struct tape *tape, const struct rta_full_softmax_batch *batch,
                           const struct scoring *scorings, int n_scorings, struct compute_slice loss)
{
    const struct ragged targets = {tape_upload_int64(tape, batch->starts, batch->count + 1),
                                   tape_upload(tape, batch->targets, batch->starts[batch->count])};
    const struct ragged seeds = {tape_upload_int64(tape, batch->given_starts, batch->count + 1),
                                 tape_upload(tape, batch->given, batch->given_starts[batch->count])};
    struct compute_slice weights = tape_memory(tape, batch->count);
    TAPE_RUN(tape, network.fill, batch->count, 1.0f / (float)rta_batch_total(&batch->part, batch->count), weights);
    nn_softmax_loss(tape, scorings, n_scorings, targets, seeds, weights, loss);
}

/* Adds the cross-entropy of the targets, given the playlist vectors q. */
static void score(struct rta_trainer *trainer, struct tape *tape, const struct rta_full_softmax_batch *batch,
                  struct tensor *q, struct tensor *phi, struct compute_slice loss)
{
    struct tensor *offsets = score_offsets(trainer, tape, batch);
    const struct scoring scorings[] = {{q, phi}, {offsets ? nn_ones(tape, q->rows) : NULL, offsets}};
    rta_full_softmax_loss(tape, batch, scorings, offsets ? 2 : 1, loss);
}

/* The loss of the batch, and the gradients of parameters and tables. */
static void add_gradients(struct rta_trainer *trainer, struct tape *tape, const struct rta_full_softmax_batch *batch,
                          const struct rta_full_softmax_step *step, struct rta_gradients *gradients,
                          struct compute_slice loss)
{
    struct tensor *phi = tape_tensor(tape, gradients->n, rta_width(&trainer->network.shape), true);
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi(trainer, gradients->tracks, gradients->n, phi->value, &tape->error);
    struct tensor *q = aggregate(trainer, tape, batch, step->residual_dropout, phi);
    score(trainer, tape, batch, q, phi, loss);
    tape_backward(tape);
    gradients->phi = phi->gradient;
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi_backward(trainer, gradients, &tape->error);
}

enum status rta_full_softmax_trainer_step(struct rta_trainer *trainer, const struct rta_full_softmax_batch *batch,
                                          const struct rta_full_softmax_step *step, double *loss, struct error *error)
{
    struct tape *tape = &trainer->tape;
    struct rta_gradients gradients = {0};
    tape_reset(tape, true);
    parameters_begin(&trainer->network.parameters);
    struct compute_slice losses = tape_doubles(tape, 1), squares = tape_doubles(tape, 1);
    list_tracks(trainer, tape, batch, &gradients);
    rta_fetch_rows(trainer, tape, gradients.tracks, batch->count > 0 ? gradients.n : 0);
    if (batch->count > 0) /* the last batch of an epoch may have fewer playlists than there are ranks */
        add_gradients(trainer, tape, batch, step, &gradients, losses);
    update(trainer, tape, &gradients, step, squares);
    tape_download_doubles(tape, losses, loss, 1);
    if (tape->status == STATUS_OK)
        tape->status = ranks_sum(trainer->settings.ranks, loss, 1, &tape->error);
    if (tape->status == STATUS_OK)
        trainer->step++;
    return tape_status(tape, error);
}
