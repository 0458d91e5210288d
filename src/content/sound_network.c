#include "content/sound_network.h"

#include <stdio.h>
#include <stdlib.h>

/* Of batch normalisation: TensorFlow's epsilon; running statistics that follow short trainings. */
#define EPSILON 1e-3F
#define PACE 0.1F

enum { FRAMES_PER_STATE = 2, LONG_POOL = 4 };

static const struct dropout no_dropout;

static const char *numbered(const char *word, int number, char name[16])
{
    snprintf(name, 16, "%s%d", word, number + 1);
    return name;
}

/* ---- convolutions ---- */

static struct window kernel_of(const struct sound_spec *spec)
{
    return (struct window){.time = spec->axes == SOUND_FREQUENCY ? 1 : 3,
                           .frequency = spec->axes == SOUND_TIME ? 1 : 3,
                           .padding = PADDING_SAME};
}

/* The last pool of a network over several patches is longer, so that its dense layers do not grow as much. */
static struct window pool_of(const struct sound_shape *shape, int i)
{
    const struct sound_pool *of_spec = &shape->spec->pools[i];
    struct window pool = {.time = of_spec->time, .frequency = of_spec->frequency};
    if (shape->patches > 1 && i == shape->spec->n_convolutions - 1 && shape->spec->axes != SOUND_FREQUENCY)
        pool.time *= LONG_POOL;
    return pool;
}

static struct image input_image(const struct sound_shape *shape, int64_t n)
{
    const int64_t frames = shape->patches * shape->frames;
    switch (shape->spec->axes) {
    case SOUND_TIME:
        return (struct image){n, frames, 1};
    case SOUND_FREQUENCY:
        return (struct image){n, 1, shape->bands};
    case SOUND_BOTH:
        break;
    }
    return (struct image){n, frames, shape->bands};
}

static int64_t input_channels(const struct sound_shape *shape)
{
    const struct image image = input_image(shape, 1);
    return sound_input_size(shape) / (image.time * image.frequency);
}

/* What the dense layers get of an input. */
static int64_t flat_size(const struct sound_shape *shape)
{
    if (shape->patches == 0)
        return shape->in;
    if (shape->spec->kind == SOUND_LSTM)
        return shape->patches * shape->frames / FRAMES_PER_STATE * SOUND_STATES_2;
    struct image image = input_image(shape, 1);
    for (int i = 0; i < shape->spec->n_convolutions; i++) {
        const struct window pool = pool_of(shape, i);
        if (pool.time > 0) {
            image.time /= pool.time;
            image.frequency /= pool.frequency;
        }
    }
    return image.time * image.frequency * SOUND_FILTERS;
}

static void declare_convolutions(struct sound_network *network)
{
    const struct sound_shape *shape = &network->shape;
    const struct window kernel = kernel_of(shape->spec);
    char name[16];
    for (int i = 0; i < shape->spec->n_convolutions; i++) {
        network->filters[i] =
            filters_declare(&network->parameters, "", numbered("conv", i, name), &kernel,
                            i == 0 ? input_channels(shape) : SOUND_FILTERS, SOUND_FILTERS, WEIGHTS_HE_NORMAL);
        if (shape->spec->norm)
            network->norms[i] =
                channel_norm_declare(&network->parameters, "", numbered("norm", i, name), SOUND_FILTERS, EPSILON, PACE);
    }
}

/* ELU commutes with the maximum, and costs less after it. */
static struct tensor *apply_convolutions(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                         int64_t n, bool training)
{
    const struct sound_shape *shape = &network->shape;
    struct image image = input_image(shape, n);
    x = nn_reshape(tape, x, n * image.time * image.frequency, input_channels(shape));
    for (int i = 0; i < shape->spec->n_convolutions; i++) {
        const struct window pool = pool_of(shape, i);
        x = filters_apply(tape, &network->filters[i], ACTIVATION_IDENTITY, x, &image);
        if (shape->spec->norm)
            x = channel_norm_apply(tape, &network->norms[i], x, &image, training);
        if (pool.time > 0)
            x = nn_max_pool(tape, x, &image, &pool);
        x = nn_activate(tape, ACTIVATION_ELU, x, NULL, no_dropout);
    }
    return x;
}

/* ---- LSTM ---- */

static void declare_lstm(struct sound_network *network)
{
    const int64_t in = FRAMES_PER_STATE * network->shape.bands;
    network->lstm[0] = lstm_declare(&network->parameters, "", "lstm1", in, SOUND_STATES_1);
    network->lstm[1] = lstm_declare(&network->parameters, "", "lstm2", SOUND_STATES_1, SOUND_STATES_2);
}

static struct tensor *apply_lstm(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n)
{
    const struct sound_shape *shape = &network->shape;
    const struct sequences sequences = {.batch = n, .length = shape->patches * shape->frames / FRAMES_PER_STATE};
    x = nn_reshape(tape, x, n * sequences.length, FRAMES_PER_STATE * shape->bands);
    x = lstm_apply(tape, &network->lstm[0], x, &sequences);
    return lstm_apply(tape, &network->lstm[1], x, &sequences);
}

/* ---- the whole ---- */

void sound_network_declare(struct sound_network *network, const struct sound_shape *shape)
{
    const struct sound_spec *spec = shape->spec;
    int64_t in = flat_size(shape);
    char name[16];
    network->shape = *shape;
    if (spec->kind == SOUND_CNN)
        declare_convolutions(network);
    if (spec->kind == SOUND_LSTM)
        declare_lstm(network);
    for (int i = 0; i < spec->n_dense; i++, in = spec->dense)
        network->dense[i] =
            linear_declare_as(&network->parameters, "", numbered("dense", i, name), in, spec->dense, WEIGHTS_HE_NORMAL);
    network->out = linear_declare_as(&network->parameters, "", "out", in, shape->out, WEIGHTS_ZERO);
    for (int i = 0; i < spec->n_convolutions && spec->norm; i++)
        channel_norm_declare_running(&network->parameters, "", numbered("norm", i, name), &network->norms[i]);
}

int64_t sound_parameters(const struct sound_shape *shape)
{
    struct sound_network *network = calloc(1, sizeof *network);
    int64_t count = 0;
    if (!network)
        return -1;
    sound_network_declare(network, shape);
    for (size_t i = 0; i < network->parameters.count; i++) {
        const struct parameter *parameter = &network->parameters.items[i];
        count += parameter->trained ? parameter->tensor.rows * parameter->tensor.columns : 0;
    }
    free(network);
    return count;
}

struct tensor *sound_network_apply(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n,
                                   bool training)
{
    const struct sound_spec *spec = network->shape.spec;
    if (spec->kind == SOUND_CNN)
        x = apply_convolutions(tape, network, x, n, training);
    if (spec->kind == SOUND_LSTM)
        x = apply_lstm(tape, network, x, n);
    x = nn_reshape(tape, x, n, flat_size(&network->shape));
    for (int i = 0; i < spec->n_dense; i++) {
        x = nn_linear(tape, x, network->dense[i].weight, NULL);
        x = nn_activate(tape, ACTIVATION_ELU, x, network->dense[i].bias, no_dropout);
    }
    return nn_linear(tape, x, network->out.weight, network->out.bias);
}
