#include "nn/functions.h"

/* Normalisation, weighted sums, scores and losses. */

struct scaled {
    struct tensor *x, *gain, *bias, *y;
    struct compute_slice stats;
    struct sequences sequences;
    bool training;
};

static void layer_norm_backward(struct tape *tape, void *closure)
{
    const struct scaled *c = closure;
    float beta, beta_parameters;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_gain = tape_gradient(tape, c->gain, &beta_parameters);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta_parameters);
    TAPE_RUN(tape, network.layer_norm_backward, c->x->rows, c->x->columns, c->x->value, c->gain->value, c->stats,
             c->y->gradient, beta, d_x, beta_parameters, d_gain, d_bias);
}

struct tensor *nn_layer_norm(struct tape *tape, struct tensor *x, struct tensor *gain, struct tensor *bias,
                             float epsilon)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, x->requires_grad || gain->requires_grad);
    const struct scaled c = {.x = x, .gain = gain, .bias = bias, .y = y, .stats = tape_memory(tape, 2 * x->rows)};
    TAPE_RUN(tape, network.layer_norm, x->rows, x->columns, epsilon, x->value, gain->value, bias->value, c.stats,
             y->value);
    tape_record(tape, layer_norm_backward, &c, sizeof c);
    return y;
}

static void batch_norm_backward(struct tape *tape, void *closure)
{
    const struct scaled *c = closure;
    float beta, beta_parameters;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_gain = tape_gradient(tape, c->gain, &beta_parameters);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta_parameters);
    TAPE_RUN(tape, network.batch_norm_backward, c->training, c->sequences.batch, c->sequences.length, c->x->columns,
             c->sequences.lengths, c->x->value, c->gain->value, c->stats, c->y->gradient, beta, d_x, beta_parameters,
             d_gain, d_bias);
}

struct tensor *nn_batch_norm(struct tape *tape, struct tensor *x, struct tensor *gain, struct tensor *bias,
                             struct compute_slice running, const struct sequences *sequences, bool training,
                             float epsilon, float pace)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, x->requires_grad || gain->requires_grad);
    const struct scaled c = {.x = x,
                             .gain = gain,
                             .bias = bias,
                             .y = y,
                             .stats = tape_memory(tape, 2 * x->columns),
                             .sequences = *sequences,
                             .training = training};
    TAPE_RUN(tape, network.batch_norm, training, epsilon, pace, sequences->batch, sequences->length, x->columns,
             sequences->lengths, x->value, gain->value, bias->value, running, c.stats, y->value);
    tape_record(tape, batch_norm_backward, &c, sizeof c);
    return y;
}

static void weighted_sum_backward(struct tape *tape, void *closure)
{
    const struct scaled *c = closure;
    float beta, beta_parameters;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    struct compute_slice d_weight = tape_gradient(tape, c->gain, &beta_parameters);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta_parameters);
    TAPE_RUN(tape, network.weighted_sum_backward, c->y->rows, c->gain->columns, c->y->columns, c->x->value,
             c->gain->value, c->y->gradient, beta, d_x, beta_parameters, d_weight, d_bias);
}

struct tensor *nn_weighted_sum(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias)
{
    int64_t slots = weight->columns;
    struct tensor *y = tape_tensor(tape, x->rows, x->columns / slots, x->requires_grad || weight->requires_grad);
    TAPE_RUN(tape, network.weighted_sum, x->rows, slots, y->columns, x->value, weight->value, bias->value, y->value);
    const struct scaled c = {.x = x, .gain = weight, .bias = bias, .y = y};
    tape_record(tape, weighted_sum_backward, &c, sizeof c);
    return y;
}

struct dots {
    struct tensor *q, *x, *s;
};

static void batched_dot_backward(struct tape *tape, void *closure)
{
    const struct dots *c = closure;
    float beta_q, beta_x;
    struct compute_slice d_q = tape_gradient(tape, c->q, &beta_q);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta_x);
    TAPE_RUN(tape, network.batched_dot_backward, c->s->rows, c->s->columns, c->q->columns, c->q->value, c->x->value,
             c->s->gradient, beta_q, d_q, beta_x, d_x);
}

struct tensor *nn_batched_dot(struct tape *tape, struct tensor *q, struct tensor *x)
{
    struct tensor *s = tape_tensor(tape, q->rows, x->rows / q->rows, q->requires_grad || x->requires_grad);
    TAPE_RUN(tape, network.batched_dot, s->rows, s->columns, q->columns, q->value, x->value, s->value);
    const struct dots c = {q, x, s};
    tape_record(tape, batched_dot_backward, &c, sizeof c);
    return s;
}

void nn_log_sigmoid_loss(struct tape *tape, float sign, struct tensor *scores, struct compute_slice weights,
                         struct compute_slice loss)
{
    float beta;
    struct compute_slice d_scores = tape_gradient(tape, scores, &beta);
    TAPE_RUN(tape, network.log_sigmoid_loss, scores->rows * scores->columns, sign, scores->value, weights, loss,
             d_scores);
}

struct choice {
    struct scoring scorings[SCORINGS_MAX];
    int count;
    struct compute_slice d_scores;
};

static void softmax_loss_backward(struct tape *tape, void *closure)
{
    const struct choice *c = closure;
    for (int i = 0; i < c->count; i++) {
        struct tensor *q = c->scorings[i].q, *x = c->scorings[i].x;
        int64_t rows = q->rows, n = x->rows, d = q->columns;
        float beta;
        struct compute_slice d_q = tape_gradient(tape, q, &beta);
        if (d_q.buffer)
            TAPE_RUN(tape, gemm, 0, 0, rows, d, n, 1, c->d_scores, x->value, beta, d_q);
        struct compute_slice d_x = tape_gradient(tape, x, &beta);
        if (d_x.buffer)
            TAPE_RUN(tape, gemm, 1, 0, n, d, rows, 1, c->d_scores, q->value, beta, d_x);
    }
}

void nn_softmax_loss(struct tape *tape, const struct scoring *scorings, int count, struct ragged targets,
                     struct ragged masked, struct compute_slice weights, struct compute_slice loss)
{
    int64_t rows = scorings->q->rows, n = scorings->x->rows;
    struct choice c = {.count = count, .d_scores = tape_memory(tape, rows * n)};
    for (int i = 0; i < count; i++) {
        const struct scoring *scoring = &scorings[i];
        c.scorings[i] = *scoring;
        TAPE_RUN(tape, gemm, 0, 1, rows, n, scoring->q->columns, 1, scoring->q->value, scoring->x->value, i > 0,
                 c.d_scores);
    }
    TAPE_RUN(tape, network.set_entries, rows, n, masked.starts, masked.columns, -1e30f, c.d_scores);
    TAPE_RUN(tape, network.softmax_loss, rows, n, c.d_scores, targets.starts, targets.columns, weights, loss);
    tape_record(tape, softmax_loss_backward, &c, sizeof c);
}
