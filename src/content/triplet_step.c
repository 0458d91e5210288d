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

bool triplet_draw(const struct triplet_songs *songs, int32_t anchor, struct random *random, int32_t *positive,
                  int32_t *negative)
{
    struct distance *distances = malloc((size_t)songs->n * sizeof *distances);
    const float *of_anchor = songs->vectors + anchor * songs->width;
    int64_t count = 0;
    if (!distances)
        return false;
    for (int64_t i = 0; i < songs->n; i++) {
        const float *vector = songs->vectors + songs->songs[i] * songs->width;
        double sum = 0;
        if (songs->songs[i] == anchor)
            continue;
        for (int64_t j = 0; j < songs->width; j++)
            sum += ((double)vector[j] - (double)of_anchor[j]) * ((double)vector[j] - (double)of_anchor[j]);
        distances[count++] = (struct distance){sum, songs->songs[i]};
    }
    qsort(distances, (size_t)count, sizeof *distances, by_distance);
    const int64_t near = at_most(TRIPLET_NEAR, count / 10), far = at_most(TRIPLET_FAR, count / 3);
    *positive = distances[random_below(random, (uint64_t)near)].song;
    *negative = distances[count - 1 - (int64_t)random_below(random, (uint64_t)far)].song;
    free(distances);
    return true;
}

/* Reads any input of a song. */
static enum status read_any(const struct sound_training *training, int32_t song, struct random *random, float *x,
                            struct error *error)
{
    const struct sound_inputs *inputs = &training->data->inputs;
    const int64_t count = inputs->count(inputs->context, song);
    return inputs->read(inputs->context, song, (int64_t)random_below(random, (uint64_t)count), x, error);
}

/* x [3 x n x size]: anchors, positives, negatives. */
static enum status read_triplets(struct sound_training *training, const struct sound_piece *piece, struct error *error)
{
    const struct sound_data *data = training->data;
    const int64_t size = sound_input_size(&training->settings->shape);
    const struct triplet_songs songs = {piece->recording ? data->training : data->validation,
                                        piece->recording ? data->n_training : data->n_validation, data->targets,
                                        data->width};
    for (int64_t i = 0; i < piece->n; i++) {
        const struct input *input = &piece->inputs[i];
        int32_t positive, negative;
        struct random random;
        random_seed(&random, random_mix(training->settings->seed) ^ random_mix(piece->draw + (uint64_t)i));
        if (!triplet_draw(&songs, input->song, &random, &positive, &negative))
            return error_no_memory(error);
        enum status status =
            data->inputs.read(data->inputs.context, input->song, input->which, training->x + i * size, error);
        if (status == STATUS_OK)
            status = read_any(training, positive, &random, training->x + (piece->n + i) * size, error);
        if (status == STATUS_OK)
            status = read_any(training, negative, &random, training->x + (2 * piece->n + i) * size, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
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
