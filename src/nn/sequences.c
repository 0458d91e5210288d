#include "nn/functions.h"

/* Functions over sequences: attention, recurrent layers, convolution windows, pooling. */

struct sequences nn_sequences(struct tape *tape, int64_t batch, int64_t length, const int32_t *lengths)
{
    struct sequences sequences = {.batch = batch, .length = length, .lengths = tape_upload(tape, lengths, batch)};
    size_t bytes = (size_t)(batch * length) * sizeof(int32_t);
    int32_t *filled = tape_host_memory(tape, bytes), *filled_index = tape_host_memory(tape, bytes);
    if (!filled || !filled_index)
        return sequences;
    int64_t count = 0;
    for (int64_t row = 0; row < batch * length; row++) {
        filled_index[row] = row % length < lengths[row / length] ? (int32_t)count : -1;
        if (filled_index[row] >= 0)
            filled[count++] = (int32_t)row;
    }
    if (count == batch * length)
        return sequences;
    sequences.n_filled = count;
    sequences.filled = tape_upload(tape, filled, count);
    sequences.filled_index = tape_upload(tape, filled_index, batch * length);
    return sequences;
}

struct over_time {
    struct tensor *x, *y;
    struct sequences sequences;
    struct compute_slice kept; /* saved by the forward pass for the backward pass */
    int64_t number;            /* number of heads, or the kernel's width */
    bool causal;
    struct dropout dropout;
    struct tensor *weight, *bias;
};

static void attention_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    TAPE_RUN(tape, network.attention_backward, c->sequences.batch, c->sequences.length, c->number,
             c->y->columns / c->number, c->causal, c->sequences.lengths, c->x->value, c->dropout, c->kept,
             c->y->gradient, beta, d_x);
}

struct tensor *nn_attention(struct tape *tape, struct tensor *qkv, const struct sequences *sequences, int64_t heads,
                            bool causal, struct dropout dropout)
{
    int64_t batch = sequences->batch, length = sequences->length;
    struct tensor *y = tape_tensor(tape, qkv->rows, qkv->columns / 3, qkv->requires_grad);
    const struct over_time c = {.x = qkv,
                                .y = y,
                                .sequences = *sequences,
                                .kept = tape_memory(tape, batch * heads * length * length),
                                .number = heads,
                                .causal = causal,
                                .dropout = dropout};
    TAPE_RUN(tape, network.attention, batch, length, heads, y->columns / heads, causal, sequences->lengths, qkv->value,
             dropout, c.kept, y->value);
    tape_record(tape, attention_backward, &c, sizeof c);
    return y;
}

static void gru_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    int64_t h = c->y->columns;
    float beta, beta_parameters;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_weight = tape_gradient(tape, c->weight, &beta_parameters);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta_parameters);
    TAPE_RUN(tape, network.gru_backward, c->sequences.batch, c->sequences.length, h, c->weight->value, c->kept,
             c->y->value, c->y->gradient, beta, d_x, beta_parameters, d_weight, d_bias,
             tape_memory(tape, c->sequences.batch * 5 * h));
}

struct tensor *nn_gru(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias,
                      const struct sequences *sequences)
{
    int64_t h = weight->columns;
    struct tensor *y = tape_tensor(tape, x->rows, h, x->requires_grad || weight->requires_grad);
    const struct over_time c = {.x = x,
                                .y = y,
                                .sequences = *sequences,
                                .kept = tape_memory(tape, x->rows * 4 * h),
                                .weight = weight,
                                .bias = bias};
    TAPE_RUN(tape, network.gru, sequences->batch, sequences->length, h, x->value, weight->value, bias->value, c.kept,
             y->value);
    tape_record(tape, gru_backward, &c, sizeof c);
    return y;
}

static void lstm_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    int64_t h = c->y->columns;
    float beta, beta_parameters;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_weight = tape_gradient(tape, c->weight, &beta_parameters);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta_parameters);
    TAPE_RUN(tape, network.lstm_backward, c->sequences.batch, c->sequences.length, h, c->weight->value, c->kept,
             c->y->value, c->y->gradient, beta, d_x, beta_parameters, d_weight, d_bias,
             tape_memory(tape, c->sequences.batch * 6 * h));
}

struct tensor *nn_lstm(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias,
                       const struct sequences *sequences)
{
    int64_t h = weight->columns;
    struct tensor *y = tape_tensor(tape, x->rows, h, x->requires_grad || weight->requires_grad);
    const struct over_time c = {.x = x,
                                .y = y,
                                .sequences = *sequences,
                                .kept = tape_memory(tape, x->rows * 5 * h),
                                .weight = weight,
                                .bias = bias};
    TAPE_RUN(tape, network.lstm, sequences->batch, sequences->length, h, x->value, weight->value, bias->value, c.kept,
             y->value);
    tape_record(tape, lstm_backward, &c, sizeof c);
    return y;
}

static void unfold_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.unfold_backward, c->sequences.batch, c->sequences.length, c->x->columns, c->number,
                 c->y->gradient, beta, d_x);
}

struct tensor *nn_unfold(struct tape *tape, struct tensor *x, int64_t kernel, const struct sequences *sequences)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns * kernel, x->requires_grad);
    TAPE_RUN(tape, network.unfold, sequences->batch, sequences->length, x->columns, kernel, x->value, y->value);
    const struct over_time c = {.x = x, .y = y, .sequences = *sequences, .number = kernel};
    tape_record(tape, unfold_backward, &c, sizeof c);
    return y;
}

static void running_mean_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.running_mean_backward, c->sequences.batch, c->sequences.length, c->x->columns,
                 c->y->gradient, beta, d_x);
}

struct tensor *nn_running_mean(struct tape *tape, struct tensor *x, const struct sequences *sequences)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, x->requires_grad);
    TAPE_RUN(tape, network.running_mean, sequences->batch, sequences->length, x->columns, x->value, y->value);
    const struct over_time c = {.x = x, .y = y, .sequences = *sequences};
    tape_record(tape, running_mean_backward, &c, sizeof c);
    return y;
}

static void running_max_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.running_max_backward, c->sequences.batch, c->sequences.length, c->x->columns, c->kept,
                 c->y->gradient, beta, d_x);
}

struct tensor *nn_running_max(struct tape *tape, struct tensor *x, const struct sequences *sequences)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, x->requires_grad);
    const struct over_time c = {
        .x = x, .y = y, .sequences = *sequences, .kept = tape_memory(tape, x->rows * x->columns)};
    TAPE_RUN(tape, network.running_max, sequences->batch, sequences->length, x->columns, x->value, c.kept, y->value);
    tape_record(tape, running_max_backward, &c, sizeof c);
    return y;
}

static void sequence_mean_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.sequence_mean_backward, c->sequences.batch, c->sequences.length, c->x->columns,
                 c->sequences.lengths, c->y->gradient, beta, d_x);
}

struct tensor *nn_sequence_mean(struct tape *tape, struct tensor *x, const struct sequences *sequences)
{
    struct tensor *y = tape_tensor(tape, sequences->batch, x->columns, x->requires_grad);
    TAPE_RUN(tape, network.sequence_mean, sequences->batch, sequences->length, x->columns, sequences->lengths, x->value,
             y->value);
    const struct over_time c = {.x = x, .y = y, .sequences = *sequences};
    tape_record(tape, sequence_mean_backward, &c, sizeof c);
    return y;
}

static void pool_backward(struct tape *tape, void *closure)
{
    const struct over_time *c = closure;
    float beta, beta_logits;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_logits = tape_gradient(tape, c->weight, &beta_logits);
    TAPE_RUN(tape, network.pool_backward, c->sequences.batch, c->sequences.length, c->x->columns, c->sequences.lengths,
             c->x->value, c->kept, c->y->gradient, beta, d_x, beta_logits, d_logits);
}

struct tensor *nn_pool(struct tape *tape, struct tensor *x, struct tensor *logits, const struct sequences *sequences)
{
    struct tensor *y = tape_tensor(tape, sequences->batch, x->columns, x->requires_grad || logits->requires_grad);
    const struct over_time c = {
        .x = x, .y = y, .sequences = *sequences, .kept = tape_memory(tape, x->rows), .weight = logits};
    TAPE_RUN(tape, network.pool, sequences->batch, sequences->length, x->columns, sequences->lengths, x->value,
             logits->value, c.kept, y->value);
    tape_record(tape, pool_backward, &c, sizeof c);
    return y;
}
