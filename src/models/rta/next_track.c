#include "models/rta/exchange.h"

/* One step of the published objective (Bendada et al. 2023). At every position of a window the loss is -ln σ(score) for
 * the next track and -ln σ(-score) for tracks outside the playlist. Only some of the negatives drawn for a playlist
 * count: the first n_easy, and the n_hard with the highest scores. */

struct next_track_step {
    struct rta_trainer *trainer;
    const struct rta_batch *batch;
    int64_t n_negatives;
    int64_t n_selected;  /* number of negatives that count in the whole batch */
    int64_t n_first;     /* tracks of the batch that always get a gradient; they are the first in d_phi */
    struct tensor phi;   /* [batch->n_tracks x width] vectors of the batch's tracks, computed without a tape */
    struct tensor d_phi; /* [n_first + n_selected x width] has no values: it collects gradients of phi */
    struct compute_slice selected, selected_rows; /* int32 [n_selected] rows in phi and in d_phi */
    struct compute_slice sums;                    /* doubles: positive loss, negative loss, sum of squares of the
                                                   * gradient */
    struct rta_gradients gradients;
};

enum { POSITIVE, NEGATIVE, SQUARES, SUMS };

static struct compute_slice sum_at(const struct next_track_step *step, size_t index)
{
    return (struct compute_slice){step->sums.buffer, step->sums.offset + index};
}

static void begin(struct next_track_step *step, struct tape *tape)
{
    struct rta_trainer *trainer = step->trainer;
    const struct rta_step_settings *settings = &trainer->settings;
    const struct rta_batch *batch = step->batch;
    int64_t width = rta_width(&trainer->network.shape);
    tape_reset(tape, true);
    parameters_begin(&trainer->network.parameters);
    step->sums = tape_doubles(tape, SUMS);
    step->phi = tensor_of(tape_memory(tape, batch->n_tracks * width), batch->n_tracks, width);
    rta_fetch_rows(trainer, tape, batch->tracks, batch->n_tracks);
    if (tape->status == STATUS_OK && batch->count > 0)
        tape->status = rta_trainer_phi(trainer, batch->tracks, batch->n_tracks, step->phi.value, &tape->error);
    step->n_selected = batch->count * (settings->n_easy + settings->n_hard);
    /* Dropout masks are indexed over the tracks that are represented together, those of all ranks, and the backward
     * pass needs the same masks. */
    step->n_first = settings->representer_dropout > 0 ? batch->n_tracks : batch->n_windows;
    step->d_phi = (struct tensor){.rows = step->n_first + step->n_selected, .columns = width, .requires_grad = true};
}

/* The aggregator's output at every position, and the loss of the next tracks. */
static struct tensor *score_next(struct next_track_step *step, struct tape *tape, const struct sequences *sequences)
{
    const struct rta_trainer *trainer = step->trainer;
    const struct rta_batch *batch = step->batch;
    int64_t n_inputs = batch->count * batch->length;
    const struct dropout dropout = {trainer->settings.dropout,
                                    (uint32_t)random_mix(trainer->settings.seed + 2 * (uint64_t)trainer->step)};
    struct compute_slice inputs = tape_upload(tape, batch->inputs, n_inputs),
                         targets = tape_upload(tape, batch->targets, n_inputs);
    struct compute_slice positions = tape_upload(tape, batch->positions, n_inputs);
    struct tensor *x = nn_gather(tape, &step->phi, n_inputs, inputs, &step->d_phi, inputs);
    struct tensor *g = rta_aggregate(tape, &trainer->network, x, sequences, positions, dropout);
    struct tensor *next = nn_gather(tape, &step->phi, n_inputs, targets, &step->d_phi, targets);
    nn_log_sigmoid_loss(tape, 1, nn_batched_dot(tape, g, next), tape_upload(tape, batch->weights, n_inputs),
                        sum_at(step, POSITIVE));
    return g;
}

/* Selects the negatives by their score with the mean of a playlist's outputs, and adds their loss. */
static void score_negatives(struct next_track_step *step, struct tape *tape, struct tensor *g,
                            const struct sequences *sequences)
{
    const struct rta_step_settings *settings = &step->trainer->settings;
    const struct rta_batch *batch = step->batch;
    int64_t n_drawn = batch->count * step->n_negatives, n_selected = step->n_selected;
    struct tensor *q = nn_sequence_mean(tape, g, sequences);
    step->selected = tape_memory(tape, n_selected);
    step->selected_rows = tape_memory(tape, n_selected);
    TAPE_RUN(tape, network.select_negatives, batch->count, step->n_negatives, settings->n_easy, settings->n_hard,
             q->columns, q->value, batch->n_tracks, step->phi.value, tape_upload(tape, batch->negatives, n_drawn),
             step->selected, tape_memory(tape, n_drawn));
    struct tensor *negatives =
        nn_gather(tape, &step->phi, n_selected, step->selected, &step->d_phi, step->selected_rows);
    struct tensor *scores = nn_batched_dot(tape, q, negatives);
    struct compute_slice weights = tape_memory(tape, n_selected);
    TAPE_RUN(tape, network.fill, n_selected,
             1.0f / (float)(rta_batch_total(&batch->part, batch->count) * (settings->n_easy + settings->n_hard)),
             weights);
    nn_log_sigmoid_loss(tape, -1, scores, weights, sum_at(step, NEGATIVE));
}

/* ---- backward ---- */

static bool allocate_gradients(struct tape *tape, struct rta_gradients *gradients, int64_t most, int64_t slots)
{
    gradients->tracks = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
    for (int slot = 0; slot < slots; slot++) {
        gradients->rows[slot] = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
        gradients->indices[slot] = tape_host_memory(tape, (size_t)most * sizeof(int32_t));
    }
    return tape->status == STATUS_OK;
}

/* Lists the tracks that get a gradient: the first n_first of the batch, then the selected negatives. Finds the row of
 * each selected negative in that list. `row_of` [batch->n_tracks] is scratch. */
static void list_tracks(const struct next_track_step *step, const int32_t *selected, struct rta_gradients *gradients,
                        int32_t *row_of, int32_t *selected_rows)
{
    const struct rta_batch *batch = step->batch;
    for (int64_t i = 0; i < step->n_first; i++) {
        gradients->tracks[i] = batch->tracks[i];
        row_of[i] = (int32_t)i;
    }
    gradients->n = step->n_first;
    for (int64_t i = step->n_first; i < batch->n_tracks; i++)
        row_of[i] = -1;
    for (int64_t i = 0; i < step->n_selected; i++) {
        int32_t local = selected[i];
        if (row_of[local] < 0) {
            row_of[local] = (int32_t)gradients->n;
            gradients->tracks[gradients->n++] = batch->tracks[local];
        }
        selected_rows[i] = row_of[local];
    }
}

/* The rows of d_phi depend on the selected negatives, so the selection is read back before the backward pass. */
static void find_selected_rows(struct next_track_step *step, struct tape *tape)
{
    const struct compute *compute = tape->compute;
    size_t n = (size_t)step->n_selected, bytes = n * sizeof(int32_t);
    int32_t *selected = tape_host_memory(tape, (2 * n + (size_t)step->batch->n_tracks) * sizeof *selected);
    if (!selected ||
        !allocate_gradients(tape, &step->gradients, step->d_phi.rows, rta_slots(&step->trainer->network.shape)))
        return;
    tape_download(tape, step->selected, selected, bytes);
    if (tape->status != STATUS_OK)
        return;
    int32_t *rows = selected + n;
    list_tracks(step, selected, &step->gradients, rows + n, rows);
    tape->status = compute->ops->buffer_write(compute->stream, step->selected_rows.buffer,
                                              step->selected_rows.offset * sizeof(int32_t), rows, bytes, &tape->error);
}

static void backward(struct next_track_step *step, struct tape *tape)
{
    struct rta_trainer *trainer = step->trainer;
    const struct rta_shape *shape = &trainer->network.shape;
    struct rta_gradients *gradients = &step->gradients;
    find_selected_rows(step, tape);
    tape_backward(tape);
    gradients->phi = step->d_phi.gradient;
    for (int slot = 0; slot < rta_slots(shape) && tape->status == STATUS_OK; slot++) {
        rta_number_rows(trainer, gradients, slot);
        gradients->sums[slot] = tape_memory(tape, gradients->n_rows[slot] * shape->d);
        TAPE_RUN(tape, network.fill, gradients->n_rows[slot] * shape->d, 0, gradients->sums[slot]);
    }
    if (tape->status == STATUS_OK)
        tape->status = rta_trainer_phi_backward(trainer, gradients, &tape->error);
}

static void update(struct next_track_step *step, struct tape *tape)
{
    struct rta_trainer *trainer = step->trainer;
    struct rta_gradients *gradients = &step->gradients;
    const struct rta_shape *shape = &trainer->network.shape;
    const struct compute_schedule schedule = schedule_on_device(&trainer->schedule);
    struct compute_slice squares = sum_at(step, SQUARES);
    rta_exchange_gradients(trainer, tape, gradients);
    rta_add_squares(trainer, tape, gradients, squares);
    trainer->optimiser.step = trainer->step;
    optimiser_move(&trainer->optimiser, tape, schedule_rate(&trainer->schedule, trainer->step), squares);
    for (int slot = 0; slot < rta_slots(shape); slot++)
        TAPE_RUN(tape, network.table_step, &trainer->tables[slot].on_device, &schedule, trainer->step,
                 gradients->n_rows[slot], tape_upload(tape, gradients->rows[slot], gradients->n_rows[slot]),
                 trainer->settings.clip, squares, gradients->sums[slot]);
}

enum status rta_trainer_step(struct rta_trainer *trainer, const struct rta_batch *batch, int64_t n_negatives,
                             struct rta_loss *loss, struct error *error)
{
    struct tape *tape = &trainer->tape;
    struct next_track_step step = {.trainer = trainer, .batch = batch, .n_negatives = n_negatives};
    begin(&step, tape);
    if (batch->count > 0) { /* the last batch of an epoch may have fewer playlists than there are ranks */
        struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
        sequences.before = batch->part.before;
        sequences.filled_before = batch->part.filled_before;
        struct tensor *g = score_next(&step, tape, &sequences);
        score_negatives(&step, tape, g, &sequences);
        backward(&step, tape);
    } else {
        allocate_gradients(tape, &step.gradients, 1, rta_slots(&trainer->network.shape)); /* lists without rows */
    }
    update(&step, tape);
    double losses[] = {[POSITIVE] = 0, [NEGATIVE] = 0};
    tape_download_doubles(tape, step.sums, losses, SQUARES);
    if (tape->status == STATUS_OK)
        tape->status = ranks_sum(trainer->settings.ranks, losses, SQUARES, &tape->error);
    if (tape->status == STATUS_OK) {
        *loss = (struct rta_loss){losses[POSITIVE], losses[NEGATIVE]};
        trainer->step++;
    }
    return tape_status(tape, error);
}
