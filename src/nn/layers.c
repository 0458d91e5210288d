#include "nn/layers.h"

#include <math.h>
#include <stdio.h>

struct linear linear_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                             int64_t out)
{
    double bound = 1 / sqrt((double)in);
    struct linear linear;
    linear.weight = parameters_add_part(parameters, prefix, name, "weight", out, in, INITIAL_UNIFORM, bound);
    linear.bias = parameters_add_part(parameters, prefix, name, "bias", 1, out, INITIAL_UNIFORM, bound);
    return linear;
}

struct linear linear_declare_kaiming(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                     int64_t out)
{
    struct linear linear;
    linear.weight =
        parameters_add_part(parameters, prefix, name, "weight", out, in, INITIAL_NORMAL, sqrt(2 / (double)in));
    linear.bias = parameters_add_part(parameters, prefix, name, "bias", 1, out, INITIAL_UNIFORM, 1 / sqrt((double)in));
    return linear;
}

struct linear linear_declare_zero(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                  int64_t out)
{
    struct linear linear;
    linear.weight = parameters_add_part(parameters, prefix, name, "weight", out, in, INITIAL_ZERO, 0);
    linear.bias = parameters_add_part(parameters, prefix, name, "bias", 1, out, INITIAL_ZERO, 0);
    return linear;
}

struct norm norm_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t width)
{
    struct norm norm;
    norm.gain = parameters_add_part(parameters, prefix, name, "gain", 1, width, INITIAL_ONE, 0);
    norm.bias = parameters_add_part(parameters, prefix, name, "bias", 1, width, INITIAL_ZERO, 0);
    return norm;
}

struct block block_declare(struct parameters *parameters, const char *prefix, int64_t width, int64_t heads,
                           int64_t feed_forward)
{
    struct block block = {.heads = heads};
    /* The bound of Glorot and Bengio 2010 for the three projections as one matrix; biases 0. */
    block.attention_in.weight = parameters_add_part(parameters, prefix, "attention.in", "weight", 3 * width, width,
                                                    INITIAL_UNIFORM, sqrt(6.0 / (double)(4 * width)));
    block.attention_in.bias =
        parameters_add_part(parameters, prefix, "attention.in", "bias", 1, 3 * width, INITIAL_ZERO, 0);
    block.attention_out.weight = parameters_add_part(parameters, prefix, "attention.out", "weight", width, width,
                                                     INITIAL_UNIFORM, 1 / sqrt((double)width));
    block.attention_out.bias =
        parameters_add_part(parameters, prefix, "attention.out", "bias", 1, width, INITIAL_ZERO, 0);
    block.norm1 = norm_declare(parameters, prefix, "norm1", width);
    block.norm2 = norm_declare(parameters, prefix, "norm2", width);
    block.forward_in = linear_declare(parameters, prefix, "forward.in", width, feed_forward);
    block.forward_out = linear_declare(parameters, prefix, "forward.out", feed_forward, width);
    block.norm3 = norm_declare(parameters, prefix, "norm3", width);
    return block;
}

struct tensor *block_apply(struct tape *tape, const struct block *block, struct tensor *x,
                           const struct sequences *sequences, bool causal, struct dropout dropout)
{
    const int64_t before = sequences->before * sequences->length, width = x->columns;
    struct tensor *qkv = nn_linear(tape, x, block->attention_in.weight, block->attention_in.bias);
    struct tensor *a = nn_attention(tape, qkv, sequences, block->heads, causal,
                                    dropout_after(dropout_nth(dropout, 0), before * block->heads * sequences->length));
    a = nn_linear(tape, a, block->attention_out.weight, NULL);
    x = nn_residual(tape, x, a, block->attention_out.bias, dropout_after(dropout_nth(dropout, 1), before * width));
    x = nn_layer_norm(tape, x, block->norm1.gain, block->norm1.bias, NN_EPSILON);
    x = nn_layer_norm(tape, x, block->norm2.gain, block->norm2.bias, NN_EPSILON);
    struct tensor *h = x;
    if (sequences->n_filled > 0)
        h = nn_select(tape, h, sequences->n_filled, sequences->filled, sequences->filled_index);
    h = nn_feed_forward(
        tape, h, block->forward_in.weight, block->forward_in.bias, ACTIVATION_GELU,
        dropout_after(dropout_nth(dropout, 2), sequences->filled_before * block->forward_in.weight->rows),
        block->forward_out.weight);
    if (sequences->n_filled > 0)
        h = nn_select(tape, h, x->rows, sequences->filled_index, sequences->filled);
    x = nn_residual(tape, x, h, block->forward_out.bias, dropout_after(dropout_nth(dropout, 3), before * width));
    return nn_layer_norm(tape, x, block->norm3.gain, block->norm3.bias, NN_EPSILON);
}

static struct recurrent declare_gates(struct parameters *parameters, const char *prefix, const char *name,
                                      int64_t gates, int64_t in, int64_t hidden)
{
    double bound = 1 / sqrt((double)hidden);
    int64_t rows = gates * hidden;
    struct recurrent recurrent;
    char path[PARAMETER_NAME];
    snprintf(path, sizeof path, "%s.in", name);
    recurrent.in.weight = parameters_add_part(parameters, prefix, path, "weight", rows, in, INITIAL_UNIFORM, bound);
    recurrent.in.bias = parameters_add_part(parameters, prefix, path, "bias", 1, rows, INITIAL_UNIFORM, bound);
    snprintf(path, sizeof path, "%s.state", name);
    recurrent.state.weight =
        parameters_add_part(parameters, prefix, path, "weight", rows, hidden, INITIAL_UNIFORM, bound);
    recurrent.state.bias = parameters_add_part(parameters, prefix, path, "bias", 1, rows, INITIAL_UNIFORM, bound);
    return recurrent;
}

struct recurrent recurrent_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                   int64_t hidden)
{
    return declare_gates(parameters, prefix, name, 3, in, hidden);
}

struct tensor *recurrent_apply(struct tape *tape, const struct recurrent *recurrent, struct tensor *x,
                               const struct sequences *sequences)
{
    struct tensor *in = nn_linear(tape, x, recurrent->in.weight, recurrent->in.bias);
    return nn_gru(tape, in, recurrent->state.weight, recurrent->state.bias, sequences);
}

struct recurrent lstm_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                              int64_t hidden)
{
    return declare_gates(parameters, prefix, name, 4, in, hidden);
}

struct tensor *lstm_apply(struct tape *tape, const struct recurrent *lstm, struct tensor *x,
                          const struct sequences *sequences)
{
    struct tensor *in = nn_linear(tape, x, lstm->in.weight, lstm->in.bias);
    return nn_lstm(tape, in, lstm->state.weight, lstm->state.bias, sequences);
}

struct convolution convolution_declare(struct parameters *parameters, const char *prefix, int number, int64_t kernel,
                                       int64_t in, int64_t channels)
{
    struct convolution convolution = {.kernel = kernel};
    char name[PARAMETER_NAME];
    snprintf(name, sizeof name, "convolution%d", number);
    convolution.filters = linear_declare(parameters, prefix, name, kernel * in, 2 * channels);
    snprintf(name, sizeof name, "norm%d", number);
    convolution.norm = norm_declare(parameters, prefix, name, channels);
    return convolution;
}

void convolution_declare_running(struct parameters *parameters, const char *prefix, int number,
                                 struct convolution *convolution)
{
    char name[PARAMETER_NAME];
    snprintf(name, sizeof name, "norm%d.running", number);
    convolution->running = parameters_add_running(parameters, prefix, name, 2, convolution->norm.gain->columns);
}

struct tensor *convolution_apply(struct tape *tape, const struct convolution *convolution, struct tensor *x,
                                 const struct sequences *sequences, struct dropout dropout)
{
    struct tensor *seen = nn_unfold(tape, x, convolution->kernel, sequences);
    struct tensor *both = nn_linear(tape, seen, convolution->filters.weight, NULL);
    struct tensor *y = nn_glu(tape, both, convolution->filters.bias);
    y = nn_batch_norm(tape, y, convolution->norm.gain, convolution->norm.bias, convolution->running->value, sequences,
                      tape->recording, NN_EPSILON, NN_PACE);
    return dropout.rate > 0 ? nn_residual(tape, NULL, y, NULL, dropout) : y;
}
