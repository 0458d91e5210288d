#include <stdlib.h>

#include "content/sound_fit_internal.h"
#include "nn/triplets.h"

/* A piece with the loss of triplets. */

struct distance {
    double value;
    int32_t song;
};

static int by_distance(const void *left, const void *right)
{
    const struct distance *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->song > b->song) - (a->song < b->song);
}

static int64_t at_most(int64_t most, int64_t part)
{
    return part < 1 ? 1 : part < most ? part : most;
}

/* The other songs by their distance from one; malloc'ed, [songs->n - 1]. NULL: out of memory. */
static struct distance *list_distances(const struct triplet_songs *songs, int32_t anchor)
{
    struct distance *distances = malloc((size_t)songs->n * sizeof *distances);
    const float *of_anchor = songs->vectors + anchor * songs->width;
    int64_t count = 0;
    for (int64_t i = 0; distances && i < songs->n; i++) {
        const float *vector = songs->vectors + songs->songs[i] * songs->width;
        double sum = 0;
        if (songs->songs[i] == anchor)
            continue;
        for (int64_t j = 0; j < songs->width; j++)
            sum += ((double)vector[j] - (double)of_anchor[j]) * ((double)vector[j] - (double)of_anchor[j]);
        distances[count++] = (struct distance){sum, songs->songs[i]};
    }
    if (distances)
        qsort(distances, (size_t)count, sizeof *distances, by_distance);
    return distances;
}

static int64_t near_count(const struct triplet_songs *songs)
{
    return at_most(TRIPLET_NEAR, (songs->n - 1) / 10);
}

bool triplet_draw(const struct triplet_songs *songs, int32_t anchor, struct random *random, int32_t *positive,
                  int32_t *negative)
{
    struct distance *distances = list_distances(songs, anchor);
    const int64_t count = songs->n - 1, far = at_most(TRIPLET_FAR, count / 3);
    if (!distances)
        return false;
    *positive = distances[random_below(random, (uint64_t)near_count(songs))].song;
    *negative = distances[count - 1 - (int64_t)random_below(random, (uint64_t)far)].song;
    free(distances);
    return true;
}

bool triplet_mine(const struct triplet_songs *songs, int64_t n, const int32_t *of_rows, const float *embedded,
                  int64_t width, int32_t *negatives)
{
    const int64_t rows = 2 * n;
    uint8_t *allowed = malloc((size_t)(n * rows));
    int32_t *pairs = malloc((size_t)rows * sizeof *pairs);
    bool made = allowed && pairs;
    for (int64_t i = 0; made && i < n; i++) {
        struct distance *distances = list_distances(songs, of_rows[i]);
        made = distances;
        for (int64_t row = 0; made && row < rows; row++) {
            bool is_near = of_rows[row] == of_rows[i];
            for (int64_t k = 0; k < near_count(songs); k++)
                is_near = is_near || distances[k].song == of_rows[row];
            allowed[i * rows + row] = !is_near;
        }
        pairs[i] = (int32_t)i;
        pairs[n + i] = (int32_t)(n + i);
        free(distances);
    }
    if (made)
        triplets_mine(embedded, rows, width, n, pairs, pairs + n, allowed, negatives);
    free(allowed);
    free(pairs);
    return made;
}

/* ---- pieces ---- */

static struct triplet_songs songs_of(const struct sound_training *training, bool recording)
{
    const struct sound_data *data = training->data;
    return (struct triplet_songs){recording ? data->training : data->validation,
                                  recording ? data->n_training : data->n_validation, data->targets, data->width};
}

/* An input of a song, drawn. */
static struct input any_input(const struct sound_training *training, int32_t song, struct random *random)
{
    const struct sound_inputs *inputs = &training->data->inputs;
    const int64_t count = inputs->count(inputs->context, song);
    return (struct input){song, (int32_t)random_below(random, (uint64_t)count)};
}

/* Input i of a piece, its positive and its negative. */
static bool draw_inputs(const struct sound_training *training, const struct sound_piece *piece, int64_t i,
                        struct input *triplet)
{
    const struct triplet_songs songs = songs_of(training, piece->recording);
    int32_t positive, negative;
    struct random random;
    random_seed(&random, random_mix(training->settings->seed) ^ random_mix(piece->draw + (uint64_t)i));
    if (!triplet_draw(&songs, piece->inputs[i].song, &random, &positive, &negative))
        return false;
    triplet[0] = piece->inputs[i];
    triplet[1] = any_input(training, positive, &random);
    triplet[2] = any_input(training, negative, &random);
    return true;
}

static enum status read_input(struct sound_training *training, const struct input *input, int64_t row,
                              struct error *error)
{
    const struct sound_inputs *inputs = &training->data->inputs;
    return inputs->read(inputs->context, input->song, input->which,
                        training->x + row * sound_input_size(&training->settings->shape), error);
}

/* x [3 x n x size]: anchors, positives, negatives. */
static enum status read_triplets(struct sound_training *training, const struct sound_piece *piece, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t i = 0; i < piece->n && status == STATUS_OK; i++) {
        struct input triplet[INPUTS_OF_TRIPLET];
        if (!draw_inputs(training, piece, i, triplet))
            return error_no_memory(error);
        if (piece->negatives)
            triplet[2] = piece->negatives[i];
        for (int part = 0; part < INPUTS_OF_TRIPLET && status == STATUS_OK; part++)
            status = read_input(training, &triplet[part], part * piece->n + i, error);
    }
    return status;
}

/* What the network makes of inputs [n] now: embedded [n x out]. */
static enum status embed(struct sound_training *training, const struct input *inputs, int64_t n, float *embedded,
                         struct error *error)
{
    struct tape *tape = &training->tape;
    const int64_t size = sound_input_size(&training->settings->shape), out = training->settings->shape.out;
    enum status status = STATUS_OK;
    for (int64_t at = 0, rows; at < n && status == STATUS_OK; at += rows) {
        rows = n - at < training->piece ? n - at : training->piece;
        for (int64_t i = 0; i < rows && status == STATUS_OK; i++)
            status = read_input(training, &inputs[at + i], i, error);
        if (status != STATUS_OK)
            return status;
        tape_reset(tape, false);
        struct tensor x = tensor_of(tape_upload(tape, training->x, rows * size), rows, size);
        const struct tensor *y = sound_network_apply(tape, training->network, &x, rows, false);
        tape_download(tape, y->value, embedded + at * out, (size_t)(rows * out) * sizeof *embedded);
        status = tape_status(tape, error);
    }
    return status;
}

enum status sound_mine_negatives(struct sound_training *training, const struct sound_piece *batch,
                                 struct input *negatives, struct error *error)
{
    const struct triplet_songs songs = songs_of(training, true);
    const int64_t n = batch->n, out = training->settings->shape.out;
    struct input *inputs = malloc((size_t)(2 * n) * sizeof *inputs); /* anchors, then positives */
    int32_t *of_rows = malloc((size_t)(2 * n) * sizeof *of_rows), *rows = malloc((size_t)n * sizeof *rows);
    float *embedded = malloc((size_t)(2 * n * out) * sizeof *embedded);
    bool made = inputs && of_rows && rows && embedded;
    for (int64_t i = 0; i < n && made; i++) {
        struct input triplet[INPUTS_OF_TRIPLET];
        made = draw_inputs(training, batch, i, triplet);
        inputs[i] = triplet[0];
        inputs[n + i] = triplet[1];
        negatives[i] = triplet[2];
        of_rows[i] = triplet[0].song;
        of_rows[n + i] = triplet[1].song;
    }
    enum status status = made ? embed(training, inputs, 2 * n, embedded, error) : error_no_memory(error);
    if (status == STATUS_OK && !triplet_mine(&songs, n, of_rows, embedded, out, rows))
        status = error_no_memory(error);
    for (int64_t i = 0; i < n && status == STATUS_OK; i++)
        if (rows[i] >= 0)
            negatives[i] = inputs[rows[i]];
    free(inputs);
    free(of_rows);
    free(rows);
    free(embedded);
    return status;
}

/* Without recording there is no gradient to write. */
enum status sound_run_triplets(struct sound_training *training, const struct sound_piece *piece, double *loss,
                               struct error *error)
{
    struct tape *tape = &training->tape;
    const int64_t size = sound_input_size(&training->settings->shape), n = piece->n;
    struct tensor *y[INPUTS_OF_TRIPLET];
    double value = 0;
    enum status status = read_triplets(training, piece, error);
    if (status != STATUS_OK)
        return status;
    tape_reset(tape, piece->recording);
    for (int part = 0; part < INPUTS_OF_TRIPLET; part++) {
        training->input[part] = tensor_of(tape_upload(tape, training->x + part * n * size, n * size), n, size);
        y[part] = sound_network_apply(tape, training->network, &training->input[part], n, piece->recording);
    }
    struct compute_slice sum = tape_doubles(tape, 1);
    nn_triplet_loss(tape, y[0], y[1], y[2], false, TRIPLET_MARGIN, 1 / (float)piece->of, sum);
    if (piece->recording)
        tape_backward(tape);
    tape_download_doubles(tape, sum, &value, 1);
    *loss += value;
    return tape_status(tape, error);
}
