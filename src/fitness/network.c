#include "fitness/network.h"

#include <math.h>
#include <stdio.h>

static const struct window kernel = {
    .time = 3, .frequency = 3, .padding = PADDING_GIVEN, .pad_time = 2, .pad_frequency = 2};
static const struct window halves = {.time = 2, .frequency = 2};
static const struct dropout no_dropout;

int64_t fitness_input_size(const struct fitness_shape *shape)
{
    return shape->kind == FITNESS_CNN ? shape->frames * shape->bands : shape->width;
}

int64_t fitness_flat_size(const struct fitness_shape *shape)
{
    int64_t frames = shape->frames, bands = shape->bands;
    for (int i = 0; i < FITNESS_LAYERS; i++) {
        frames = (frames + 2) / 2; /* a convolution adds 2 on the whole */
        bands = (bands + 2) / 2;
    }
    return frames * bands * shape->channels;
}

int64_t fitness_parameters(const struct fitness_shape *shape)
{
    const int64_t hidden = shape->hidden, classes = shape->n_classes, channels = shape->channels;
    if (shape->kind == FITNESS_HEAD && hidden == 0)
        return shape->members * classes * (shape->width + 1);
    if (shape->kind == FITNESS_HEAD)
        return shape->members * (hidden * (shape->width + 1) + classes * (hidden + 1));
    const int64_t cells = kernel.time * kernel.frequency;
    return channels * (cells + 1) + (FITNESS_LAYERS - 1) * channels * (cells * channels + 1) +
           classes * (fitness_flat_size(shape) + 1);
}

/* PyTorch's Conv2d: uniform in ± 1 / sqrt(fan_in), biases too. */
static struct filters declare_filters(struct parameters *parameters, int number, int64_t in, int64_t out)
{
    char name[PARAMETER_NAME];
    const float bound = (float)(1 / sqrt((double)(kernel.time * kernel.frequency * in)));
    struct filters filters = {.window = kernel};
    snprintf(name, sizeof name, "conv%d.weight", number);
    filters.weight =
        parameters_add(parameters, "", name, kernel.time * kernel.frequency * in, out, INITIAL_UNIFORM, bound);
    snprintf(name, sizeof name, "conv%d.bias", number);
    filters.bias = parameters_add(parameters, "", name, 1, out, INITIAL_UNIFORM, bound);
    return filters;
}

static void declare_member(struct fitness_network *network, int64_t member)
{
    const struct fitness_shape *shape = &network->shape;
    char first[PARAMETER_NAME], last[PARAMETER_NAME];
    snprintf(first, sizeof first, "first%lld", (long long)member);
    snprintf(last, sizeof last, "last%lld", (long long)member);
    if (shape->hidden > 0)
        network->first[member] = linear_declare_kaiming(&network->parameters, "", first, shape->width, shape->hidden);
    network->last[member] = linear_declare(&network->parameters, "", last,
                                           shape->hidden > 0 ? shape->hidden : shape->width, shape->n_classes);
    parameters_exclude_decay(&network->parameters); /* the bias */
}

void fitness_network_declare(struct fitness_network *network, const struct fitness_shape *shape)
{
    network->shape = *shape;
    if (shape->kind == FITNESS_HEAD) {
        for (int64_t m = 0; m < shape->members; m++)
            declare_member(network, m);
        return;
    }
    for (int i = 0; i < FITNESS_LAYERS; i++)
        network->filters[i] =
            declare_filters(&network->parameters, i + 1, i == 0 ? 1 : shape->channels, shape->channels);
    network->out = linear_declare(&network->parameters, "", "out", fitness_flat_size(shape), shape->n_classes);
}

/* ReLU commutes with the maximum, and costs less after it. */
static struct tensor *apply_cnn(struct tape *tape, struct fitness_network *network, struct tensor *x, int64_t n)
{
    const struct fitness_shape *shape = &network->shape;
    struct image image = {n, shape->frames, shape->bands};
    x = nn_reshape(tape, x, n * shape->frames * shape->bands, 1);
    for (int i = 0; i < FITNESS_LAYERS; i++) {
        x = filters_apply(tape, &network->filters[i], ACTIVATION_IDENTITY, x, &image);
        x = nn_max_pool(tape, x, &image, &halves);
        x = nn_activate(tape, ACTIVATION_RELU, x, NULL, no_dropout);
    }
    x = nn_reshape(tape, x, n, fitness_flat_size(shape));
    return nn_linear(tape, x, network->out.weight, network->out.bias);
}

static struct tensor *apply_member(struct tape *tape, struct fitness_network *network, int64_t m, struct tensor *x,
                                   struct dropout dropout)
{
    if (network->shape.hidden > 0) {
        x = nn_linear(tape, x, network->first[m].weight, NULL);
        x = nn_activate(tape, ACTIVATION_RELU, x, network->first[m].bias, dropout_nth(dropout, (uint32_t)m));
    }
    return nn_linear(tape, x, network->last[m].weight, network->last[m].bias);
}

int64_t fitness_network_apply(struct tape *tape, struct fitness_network *network, struct tensor *x, int64_t n,
                              struct dropout dropout, struct tensor *logits[FITNESS_MEMBERS_MAX])
{
    if (network->shape.kind == FITNESS_CNN) {
        logits[0] = apply_cnn(tape, network, x, n);
        return 1;
    }
    for (int64_t m = 0; m < network->shape.members; m++)
        logits[m] = apply_member(tape, network, m, x, dropout);
    return network->shape.members;
}
