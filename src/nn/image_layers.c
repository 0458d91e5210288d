#include "nn/image_layers.h"

#include <math.h>
#include <stdio.h>

struct start {
    enum initial initial;
    double scale;
};

static struct start start_of(enum initialiser initialiser, int64_t fan_in, int64_t fan_out)
{
    switch (initialiser) {
    case INITIALISER_HE_NORMAL:
        return (struct start){INITIAL_NORMAL, sqrt(2 / (double)fan_in)};
    case INITIALISER_GLOROT_UNIFORM:
        return (struct start){INITIAL_UNIFORM, sqrt(6 / (double)(fan_in + fan_out))};
    case INITIALISER_ZERO:
        break;
    }
    return (struct start){INITIAL_ZERO, 0};
}

struct linear linear_declare_as(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                int64_t out, enum initialiser initialiser)
{
    struct start start = start_of(initialiser, in, out);
    struct linear linear;
    linear.weight = parameters_add_part(parameters, prefix, name, "weight", out, in, start.initial, start.scale);
    linear.bias = parameters_add_part(parameters, prefix, name, "bias", 1, out, INITIAL_ZERO, 0);
    return linear;
}

struct filters filters_declare(struct parameters *parameters, const char *prefix, const char *name,
                               const struct window *window, int64_t in, int64_t out, enum initialiser initialiser)
{
    int64_t taps = window->time * window->frequency;
    struct start start = start_of(initialiser, taps * in, taps * out);
    struct filters filters = {.window = *window};
    filters.weight =
        parameters_add_part(parameters, prefix, name, "weight", taps * in, out, start.initial, start.scale);
    filters.bias = parameters_add_part(parameters, prefix, name, "bias", 1, out, INITIAL_ZERO, 0);
    return filters;
}

struct tensor *filters_apply(struct tape *tape, const struct filters *filters, enum activation f, struct tensor *x,
                             struct image *image)
{
    return nn_convolution(tape, f, x, image, &filters->window, filters->weight, filters->bias);
}

struct channel_norm channel_norm_declare(struct parameters *parameters, const char *prefix, const char *name,
                                         int64_t width, float epsilon, float pace)
{
    return (struct channel_norm){
        .norm = norm_declare(parameters, prefix, name, width), .epsilon = epsilon, .pace = pace};
}

void channel_norm_declare_running(struct parameters *parameters, const char *prefix, const char *name,
                                  struct channel_norm *norm)
{
    char path[PARAMETER_NAME];
    if (snprintf(path, sizeof path, "%s.running", name) >= (int)sizeof path)
        parameters->misdeclared = true;
    norm->running = parameters_add_running(parameters, prefix, path, 2, norm->norm.gain->columns);
}

struct tensor *channel_norm_apply(struct tape *tape, const struct channel_norm *norm, struct tensor *x,
                                  const struct image *image, bool training)
{
    struct sequences positions = image_positions(image);
    return nn_batch_norm(tape, x, norm->norm.gain, norm->norm.bias, norm->running->value, &positions, training,
                         norm->epsilon, norm->pace);
}
