#include <stdlib.h>
#include <string.h>

#include "content/sound_fit.h"
#include "content/sound_network.h"

/* A trained network on a device. */

struct sound_open {
    struct sound_network network;
    struct tape tape;
    int64_t piece;
    float *x, *y; /* [piece x input size], [piece x out] */
};

static enum status check_weights(const struct sound_network *network, const struct sound_weights *weights,
                                 struct error *error)
{
    const size_t n_values = network->parameters.n_values, n_pretrained = network->pretrained.n_values;
    if (weights->n_values == n_values && weights->n_pretrained == n_pretrained)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA,
                     "the predictor has %zu and %zu weights; the network %s has %zu and %zu; train it again with "
                     "`sleeve content train`",
                     weights->n_values, weights->n_pretrained, network->shape.spec->name, n_values, n_pretrained);
}

enum status sound_open(struct compute *compute, const struct sound_shape *shape, const struct sound_weights *weights,
                       struct sound_open **open, struct error *error)
{
    struct random random;
    struct sound_open *made = calloc(1, sizeof *made);
    *open = NULL;
    if (!made)
        return error_no_memory(error);
    random_seed(&random, 0);
    tape_open(&made->tape, compute);
    sound_network_declare(&made->network, shape);
    made->piece = sound_piece_rows(shape);
    made->x = malloc((size_t)(made->piece * sound_input_size(shape)) * sizeof *made->x);
    made->y = malloc((size_t)(made->piece * shape->out) * sizeof *made->y);
    enum status status = made->x && made->y ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = check_weights(&made->network, weights, error);
    if (status == STATUS_OK)
        status = sound_network_create(&made->network, compute, false, &random, error);
    if (status == STATUS_OK)
        status = parameters_write(&made->network.parameters, weights->values, error);
    if (status == STATUS_OK)
        status = parameters_write(&made->network.pretrained, weights->pretrained, error);
    if (status == STATUS_OK)
        *open = made;
    else
        sound_open_close(made);
    return status;
}

void sound_open_close(struct sound_open *open)
{
    if (!open)
        return;
    tape_close(&open->tape);
    sound_network_destroy(&open->network);
    free(open->x);
    free(open->y);
    free(open);
}

static enum status run_piece(struct sound_open *open, int64_t rows, struct error *error)
{
    const struct sound_shape *shape = &open->network.shape;
    const int64_t size = sound_input_size(shape);
    tape_reset(&open->tape, false);
    struct tensor x = tensor_of(tape_upload(&open->tape, open->x, rows * size), rows, size);
    const struct tensor *y = sound_network_apply(&open->tape, &open->network, &x, rows, false);
    tape_download(&open->tape, y->value, open->y, (size_t)(rows * shape->out) * sizeof *open->y);
    return tape_status(&open->tape, error);
}

enum status sound_open_run(struct sound_open *open, const struct sound_inputs *inputs, int32_t song, float *out,
                           struct error *error)
{
    const struct sound_shape *shape = &open->network.shape;
    const int64_t count = inputs->count(inputs->context, song), size = sound_input_size(shape);
    enum status status = STATUS_OK;
    memset(out, 0, (size_t)shape->out * sizeof *out);
    for (int64_t at = 0, rows; status == STATUS_OK && at < count; at += rows) {
        rows = count - at < open->piece ? count - at : open->piece;
        for (int64_t i = 0; status == STATUS_OK && i < rows; i++)
            status = inputs->read(inputs->context, song, at + i, open->x + i * size, error);
        if (status == STATUS_OK)
            status = run_piece(open, rows, error);
        for (int64_t i = 0; status == STATUS_OK && i < rows * shape->out; i++)
            out[i % shape->out] += open->y[i] / (float)count;
    }
    return status;
}

enum status sound_open_run_all(struct sound_open *open, const struct sound_inputs *inputs, const int32_t *songs,
                               int64_t n, float *vectors, struct progress *progress, struct error *error)
{
    enum status status = STATUS_OK;
    progress_stage(progress, "predicting", "songs", (double)n);
    for (int64_t i = 0; i < n && status == STATUS_OK; i++) {
        status = progress_cancelled(progress)
                     ? error_set(error, STATUS_INTERRUPTED, "stopped while vectors were predicted")
                     : sound_open_run(open, inputs, songs[i], vectors + i * open->network.shape.out, error);
        progress_step(progress, (double)i + 1);
    }
    progress_end(progress);
    return status;
}

/* ---- pictures ---- */

static enum status check_layer(const struct sound_spec *spec, int layer, struct error *error)
{
    if (spec->kind != SOUND_CNN)
        return error_set(error, STATUS_USAGE, "the network %s has no convolutions of its own to draw", spec->name);
    if (layer < 1 || layer > spec->n_convolutions)
        return error_set(error, STATUS_USAGE, "the network %s has the convolutions 1 to %d, not %d", spec->name,
                         spec->n_convolutions, layer);
    return STATUS_OK;
}

static enum status make_maps(int64_t height, int64_t width, struct sound_maps *maps, struct error *error)
{
    *maps = (struct sound_maps){.n = SOUND_FILTERS, .height = height, .width = width};
    maps->values = calloc((size_t)(SOUND_FILTERS * height * width) + 1, sizeof *maps->values);
    return maps->values ? STATUS_OK : error_no_memory(error);
}

enum status sound_open_filters(struct sound_open *open, int layer, struct sound_maps *maps, struct error *error)
{
    const struct sound_network *network = &open->network;
    enum status status = check_layer(network->shape.spec, layer, error);
    if (status != STATUS_OK)
        return status;
    const struct filters *filters = &network->filters[layer - 1];
    const int64_t time = filters->window.time, frequency = filters->window.frequency;
    const int64_t rows = filters->weight->rows, in = rows / (time * frequency);
    const size_t bytes = (size_t)(rows * SOUND_FILTERS) * sizeof(float);
    float *weights = malloc(bytes + 1);
    status = weights ? make_maps(frequency, time, maps, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        tape_reset(&open->tape, false);
        tape_download(&open->tape, filters->weight->value, weights, bytes);
        status = tape_status(&open->tape, error);
    }
    for (int64_t row = 0; status == STATUS_OK && row < rows; row++) {
        const int64_t t = row / in / frequency, f = row / in % frequency;
        for (int64_t k = 0; k < SOUND_FILTERS; k++)
            maps->values[(k * frequency + f) * time + t] += weights[row * SOUND_FILTERS + k] / (float)in;
    }
    free(weights);
    if (status != STATUS_OK)
        free(maps->values);
    return status;
}

enum status sound_open_activations(struct sound_open *open, const struct sound_inputs *inputs, int32_t song,
                                   int64_t which, int layer, struct sound_maps *maps, struct error *error)
{
    const struct sound_shape *shape = &open->network.shape;
    const int64_t size = sound_input_size(shape);
    struct image image;
    enum status status = check_layer(shape->spec, layer, error);
    if (status == STATUS_OK)
        status = inputs->read(inputs->context, song, which, open->x, error);
    if (status != STATUS_OK)
        return status;
    tape_reset(&open->tape, false);
    struct tensor x = tensor_of(tape_upload(&open->tape, open->x, size), 1, size);
    const struct tensor *y = sound_network_activations(&open->tape, &open->network, &x, 1, layer, &image);
    const int64_t places = image.time * image.frequency;
    float *values = malloc((size_t)(places * SOUND_FILTERS) * sizeof *values + 1);
    status = values ? make_maps(image.frequency, image.time, maps, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        tape_download(&open->tape, y->value, values, (size_t)(places * SOUND_FILTERS) * sizeof *values);
        status = tape_status(&open->tape, error);
    }
    for (int64_t at = 0; status == STATUS_OK && at < places; at++)
        for (int64_t k = 0; k < SOUND_FILTERS; k++)
            maps->values[(k * image.frequency + at % image.frequency) * image.time + at / image.frequency] =
                values[at * SOUND_FILTERS + k];
    free(values);
    if (status != STATUS_OK)
        free(maps->values);
    return status;
}
