#include <string.h>

#include "content/sound_fit_internal.h"

/* A piece with the mean squared error. */

static enum status read_inputs(struct sound_training *training, const struct sound_piece *piece, struct error *error)
{
    const struct sound_data *data = training->data;
    const int64_t size = sound_input_size(&training->settings->shape), out = training->settings->shape.out;
    for (int64_t i = 0; i < piece->n; i++) {
        const struct input *input = &piece->inputs[i];
        enum status status =
            data->inputs.read(data->inputs.context, input->song, input->which, training->x + i * size, error);
        if (status != STATUS_OK)
            return status;
        memcpy(training->y + i * out, data->targets + input->song * out, (size_t)out * sizeof *training->y);
    }
    return STATUS_OK;
}

enum status sound_run_targets(struct sound_training *training, const struct sound_piece *piece, double *loss,
                              struct error *error)
{
    struct tape *tape = &training->tape;
    const int64_t size = sound_input_size(&training->settings->shape), out = training->settings->shape.out;
    double value = 0;
    enum status status = read_inputs(training, piece, error);
    if (status != STATUS_OK)
        return status;
    tape_reset(tape, piece->recording);
    training->input[0] = tensor_of(tape_upload(tape, training->x, piece->n * size), piece->n, size);
    struct tensor *y = sound_network_apply(tape, training->network, &training->input[0], piece->n, piece->recording);
    struct compute_slice sum = tape_doubles(tape, 1), targets = tape_upload(tape, training->y, piece->n * out);
    nn_element_loss(tape, ELEMENT_LOSS_SQUARE, y, targets, (struct compute_slice){0}, 1 / (float)(piece->of * out),
                    sum);
    if (piece->recording)
        tape_backward(tape);
    tape_download_doubles(tape, sum, &value, 1);
    *loss += value;
    return tape_status(tape, error);
}
