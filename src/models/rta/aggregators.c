#include "models/rta/network_internal.h"

/* Aggregators: they turn a sequence of track vectors into one vector. */

static void declare_cnn(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    int64_t width = rta_width(shape);
    for (int i = 0; i < RTA_CONVOLUTIONS; i++)
        network->convolutions[i] = convolution_declare(parameters, "aggregator.", i, RTA_KERNEL,
                                                       i == 0 ? width : shape->channels, shape->channels);
    network->out = linear_declare_kaiming(parameters, "aggregator.", "out", shape->channels, width);
    for (int i = 0; i < RTA_CONVOLUTIONS; i++)
        convolution_declare_running(parameters, "aggregator.", i, &network->convolutions[i]);
}

static void declare_pool(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    int64_t width = rta_width(shape);
    if (shape->attention)
        network->pool = parameters_add(parameters, "aggregator.", "pool.weight", 1, width, INITIAL_ZERO, 0);
    if (shape->residual == 0)
        return;
    if (shape->mean_scale == 0)
        network->residual_norm = norm_declare(parameters, "aggregator.", "norm", width);
    network->residual_in = linear_declare(parameters, "aggregator.", "in", width, shape->residual);
    network->residual_out = linear_declare_zero(parameters, "aggregator.", "out", shape->residual, width);
}

static void declare_gru(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    int64_t width = rta_width(shape);
    network->gru[0] = recurrent_declare(parameters, "aggregator.", "gru0", width, shape->hidden);
    network->gru[1] = recurrent_declare(parameters, "aggregator.", "gru1", shape->hidden, shape->hidden);
    network->out = linear_declare(parameters, "aggregator.", "out", shape->hidden, width);
}

static void declare_transformer(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    int64_t width = rta_width(shape);
    network->positions =
        parameters_add(parameters, "", "positions", shape->window, width, INITIAL_NORMAL, shape->position_init_std);
    network->transformer = block_declare(parameters, "aggregator.block.", width, shape->heads, shape->feed_forward);
}

static struct tensor *aggregate_avg(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                    const struct sequences *sequences, struct compute_slice positions,
                                    struct dropout dropout)
{
    (void)network, (void)positions, (void)dropout;
    return nn_running_mean(tape, x, sequences);
}

static struct tensor *aggregate_cnn(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                    const struct sequences *sequences, struct compute_slice positions,
                                    struct dropout dropout)
{
    (void)positions;
    x = convolution_apply(tape, &network->convolutions[0], x, sequences, dropout_nth(dropout, 0));
    for (int i = 1; i < RTA_CONVOLUTIONS; i++) {
        struct tensor *y =
            convolution_apply(tape, &network->convolutions[i], x, sequences, dropout_nth(dropout, (uint32_t)i));
        x = (i - 1) % RTA_RESIDUAL_EVERY == 0 ? nn_add(tape, x, 1, y) : y;
    }
    x = nn_running_max(tape, x, sequences);
    return nn_linear(tape, x, network->out.weight, network->out.bias);
}

static struct tensor *aggregate_gru(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                    const struct sequences *sequences, struct compute_slice positions,
                                    struct dropout dropout)
{
    (void)positions, (void)dropout;
    x = recurrent_apply(tape, &network->gru[0], x, sequences);
    x = recurrent_apply(tape, &network->gru[1], x, sequences);
    x = nn_activate(tape, ACTIVATION_RELU, x, NULL, (struct dropout){0});
    return nn_linear(tape, x, network->out.weight, network->out.bias);
}

static struct tensor *aggregate_transformer(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                            const struct sequences *sequences, struct compute_slice positions,
                                            struct dropout dropout)
{
    struct tensor *rows = nn_gather(tape, network->positions, x->rows, positions, network->positions, positions);
    x = nn_add(tape, x, 1, rows);
    return block_apply(tape, &network->transformer, x, sequences, true, dropout);
}

static struct tensor *aggregate_pool(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                     const struct sequences *sequences, const struct rta_dropouts *dropouts)
{
    const int64_t before = sequences->before * x->columns;
    struct tensor *mean;
    if (network->shape.attention)
        mean = nn_pool(tape, x, nn_linear(tape, x, network->pool, NULL), sequences);
    else
        mean = nn_sequence_mean(tape, x, sequences);
    struct tensor *q = mean;
    if (dropouts->aggregator.rate > 0)
        q = nn_residual(tape, NULL, mean, NULL, dropout_after(dropout_nth(dropouts->aggregator, 0), before));
    if (network->shape.residual == 0)
        return q;
    const struct dropout second = {dropouts->residual, dropouts->aggregator.seed};
    struct tensor *h = network->shape.mean_scale > 0 ? nn_scale(tape, mean, network->shape.mean_scale)
                                                     : nn_layer_norm(tape, mean, network->residual_norm.gain,
                                                                     network->residual_norm.bias, NN_EPSILON);
    if (second.rate > 0)
        h = nn_residual(tape, NULL, h, NULL, dropout_after(dropout_nth(second, 1), before));
    h = nn_feed_forward(tape, h, network->residual_in.weight, network->residual_in.bias, ACTIVATION_GELU,
                        dropout_after(dropout_nth(second, 2), sequences->before * network->residual_in.weight->rows),
                        network->residual_out.weight);
    return nn_residual(tape, q, h, network->residual_out.bias, (struct dropout){0});
}

const struct rta_aggregator_ops rta_aggregators[RTA_AGGREGATORS] = {
    [RTA_AVG] = {.apply = aggregate_avg},
    [RTA_CNN] = {.declare = declare_cnn, .apply = aggregate_cnn},
    [RTA_GRU] = {.declare = declare_gru, .apply = aggregate_gru},
    [RTA_TRANSFORMER] = {.declare = declare_transformer, .apply = aggregate_transformer},
    [RTA_POOL] = {.declare = declare_pool, .apply_whole = aggregate_pool},
};

struct tensor *rta_aggregate(struct tape *tape, const struct rta_network *network, struct tensor *x,
                             const struct sequences *sequences, struct compute_slice positions, struct dropout dropout)
{
    return rta_aggregators[network->shape.aggregator].apply(tape, network, x, sequences, positions, dropout);
}

struct tensor *rta_aggregate_whole(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                   const struct sequences *sequences, struct compute_slice positions,
                                   struct compute_slice ends, const struct rta_dropouts *dropouts)
{
    const struct rta_aggregator_ops *aggregator = &rta_aggregators[network->shape.aggregator];
    if (aggregator->apply_whole)
        return aggregator->apply_whole(tape, network, x, sequences, dropouts);
    struct tensor *g = rta_aggregate(tape, network, x, sequences, positions, dropouts->aggregator);
    return nn_gather(tape, g, sequences->batch, ends, g, ends);
}

int32_t rta_position(const struct rta_shape *shape, int64_t t, int64_t length)
{
    int64_t row = shape->window - length + t;
    return (int32_t)(row < 1 ? 1 : row);
}
