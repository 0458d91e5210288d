#include "nn/functions.h"

/* Dense layers; gather, concatenation and scaling. */

static const struct compute_slice none;

static struct compute_slice value_of(const struct tensor *tensor)
{
    return tensor ? tensor->value : none;
}

static bool wants(const struct tensor *tensor)
{
    return tensor && tensor->requires_grad;
}

struct product {
    struct tensor *x, *weight, *bias, *y;
};

static void linear_backward(struct tape *tape, void *closure)
{
    const struct product *c = closure;
    int64_t rows = c->x->rows, in = c->x->columns, out = c->y->columns;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, gemm, 0, 0, rows, in, out, 1, c->y->gradient, c->weight->value, beta, d_x);
    struct compute_slice d_weight = tape_gradient(tape, c->weight, &beta);
    if (d_weight.buffer)
        TAPE_RUN(tape, gemm, 1, 0, out, in, rows, 1, c->y->gradient, c->x->value, beta, d_weight);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    if (d_bias.buffer)
        TAPE_RUN(tape, network.column_sums, rows, out, c->y->gradient, beta, d_bias);
}

struct tensor *nn_linear(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias)
{
    int64_t rows = x->rows, in = x->columns, out = weight->rows;
    struct tensor *y = tape_tensor(tape, rows, out, wants(x) || wants(weight) || wants(bias));
    TAPE_RUN(tape, gemm, 0, 1, rows, out, in, 1, x->value, weight->value, 0, y->value);
    if (bias)
        TAPE_RUN(tape, network.residual, rows, out, none, y->value, bias->value, (struct dropout){0}, y->value);
    const struct product c = {x, weight, bias, y};
    tape_record(tape, linear_backward, &c, sizeof c);
    return y;
}

struct feed_forward {
    struct tensor *x, *in, *bias, *out, *y;
    struct compute_slice hidden, slopes; /* [rows x width] */
};

/* The gradient before the activation overwrites the hidden layer, which is not needed once the second weight's gradient
 * is computed. So a step uses two wide arrays instead of three. */
static void feed_forward_backward(struct tape *tape, void *closure)
{
    const struct feed_forward *c = closure;
    if (!c->y->requires_grad)
        return;
    int64_t rows = c->x->rows, first = c->x->columns, width = c->in->rows, last = c->out->rows;
    float beta;
    struct compute_slice d_y = c->y->gradient, d_u = c->hidden;
    struct compute_slice d_out = tape_gradient(tape, c->out, &beta);
    if (d_out.buffer)
        TAPE_RUN(tape, gemm, 1, 0, last, width, rows, 1, d_y, c->hidden, beta, d_out);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    TAPE_RUN(tape, network.dense_backward, rows, width, last, c->out->value, c->slopes, d_y, d_u, beta, d_bias);
    struct compute_slice d_in = tape_gradient(tape, c->in, &beta);
    if (d_in.buffer)
        TAPE_RUN(tape, gemm, 1, 0, width, first, rows, 1, d_u, c->x->value, beta, d_in);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, gemm, 0, 0, rows, first, width, 1, d_u, c->in->value, beta, d_x);
}

struct tensor *nn_feed_forward(struct tape *tape, struct tensor *x, struct tensor *in, struct tensor *bias,
                               enum activation f, struct dropout dropout, struct tensor *out)
{
    int64_t rows = x->rows, width = in->rows;
    struct tensor *y = tape_tensor(tape, rows, out->rows, wants(x) || wants(in) || wants(bias) || wants(out));
    const struct feed_forward c = {.x = x,
                                   .in = in,
                                   .bias = bias,
                                   .out = out,
                                   .y = y,
                                   .hidden = tape_memory(tape, rows * width),
                                   .slopes = y->requires_grad ? tape_memory(tape, rows * width) : none};
    TAPE_RUN(tape, network.dense, f, rows, x->columns, width, x->value, in->value, value_of(bias), dropout, c.slopes,
             c.hidden);
    TAPE_RUN(tape, gemm, 0, 1, rows, out->rows, width, 1, c.hidden, out->value, 0, y->value);
    tape_record(tape, feed_forward_backward, &c, sizeof c);
    return y;
}

struct activate {
    enum activation f;
    struct tensor *x, *bias, *y;
    struct dropout dropout;
};

static void activate_backward(struct tape *tape, void *closure)
{
    const struct activate *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    TAPE_RUN(tape, network.activate_backward, c->f, c->x->rows, c->x->columns, c->x->value, value_of(c->bias),
             c->dropout, c->y->gradient, beta, d_x);
    /* The bias has the same gradient as X, which is a product without its bias: nothing else has been added to X's
     * gradient. */
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    if (d_bias.buffer)
        TAPE_RUN(tape, network.column_sums, c->x->rows, c->x->columns, d_x, beta, d_bias);
}

struct tensor *nn_activate(struct tape *tape, enum activation f, struct tensor *x, struct tensor *bias,
                           struct dropout dropout)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, wants(x));
    TAPE_RUN(tape, network.activate, f, x->rows, x->columns, x->value, value_of(bias), dropout, y->value);
    const struct activate c = {f, x, bias, y, dropout};
    tape_record(tape, activate_backward, &c, sizeof c);
    return y;
}

struct residual {
    struct tensor *x, *a, *bias, *y;
    struct dropout dropout;
};

static void residual_backward(struct tape *tape, void *closure)
{
    const struct residual *c = closure;
    int64_t count = c->y->rows * c->y->columns;
    float beta;
    struct compute_slice d_a = tape_gradient(tape, c->a, &beta);
    TAPE_RUN(tape, network.dropout_backward, count, c->dropout, c->y->gradient, beta, d_a);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    if (d_bias.buffer)
        TAPE_RUN(tape, network.column_sums, c->y->rows, c->y->columns, d_a, beta, d_bias);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.add_scaled, count, 1, c->y->gradient, beta, d_x);
}

struct tensor *nn_residual(struct tape *tape, struct tensor *x, struct tensor *a, struct tensor *bias,
                           struct dropout dropout)
{
    struct tensor *y = tape_tensor(tape, a->rows, a->columns, wants(x) || wants(a));
    TAPE_RUN(tape, network.residual, a->rows, a->columns, value_of(x), a->value, value_of(bias), dropout, y->value);
    const struct residual c = {x, a, bias, y, dropout};
    tape_record(tape, residual_backward, &c, sizeof c);
    return y;
}

struct add {
    struct tensor *x, *a, *y;
    float factor;
};

static void add_backward(struct tape *tape, void *closure)
{
    const struct add *c = closure;
    int64_t count = c->y->rows * c->y->columns;
    float beta;
    struct compute_slice d_a = tape_gradient(tape, c->a, &beta);
    if (d_a.buffer)
        TAPE_RUN(tape, network.add_scaled, count, c->factor, c->y->gradient, beta, d_a);
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.add_scaled, count, 1, c->y->gradient, beta, d_x);
}

struct tensor *nn_add(struct tape *tape, struct tensor *x, float factor, struct tensor *a)
{
    int64_t count = x->rows * x->columns;
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, wants(x) || wants(a));
    TAPE_RUN(tape, network.add_scaled, count, 1, x->value, 0, y->value);
    TAPE_RUN(tape, network.add_scaled, count, factor, a->value, 1, y->value);
    const struct add c = {x, a, y, factor};
    tape_record(tape, add_backward, &c, sizeof c);
    return y;
}

static void scale_backward(struct tape *tape, void *closure)
{
    const struct add *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.add_scaled, c->x->rows * c->x->columns, c->factor, c->y->gradient, beta, d_x);
}

struct tensor *nn_scale(struct tape *tape, struct tensor *x, float factor)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns, wants(x));
    TAPE_RUN(tape, network.add_scaled, x->rows * x->columns, factor, x->value, 0, y->value);
    const struct add c = {.x = x, .y = y, .factor = factor};
    tape_record(tape, scale_backward, &c, sizeof c);
    return y;
}

struct glu {
    struct tensor *x, *bias, *y;
};

static void glu_backward(struct tape *tape, void *closure)
{
    const struct glu *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->x, &beta);
    TAPE_RUN(tape, network.glu_backward, c->y->rows, c->y->columns, c->x->value, c->bias->value, c->y->gradient, beta,
             d_x);
    struct compute_slice d_bias = tape_gradient(tape, c->bias, &beta);
    if (d_bias.buffer)
        TAPE_RUN(tape, network.column_sums, c->x->rows, c->x->columns, d_x, beta, d_bias);
}

struct tensor *nn_glu(struct tape *tape, struct tensor *x, struct tensor *bias)
{
    struct tensor *y = tape_tensor(tape, x->rows, x->columns / 2, wants(x));
    TAPE_RUN(tape, network.glu, y->rows, y->columns, x->value, bias->value, y->value);
    const struct glu c = {x, bias, y};
    tape_record(tape, glu_backward, &c, sizeof c);
    return y;
}

struct join {
    struct tensor *parts[NN_PARTS], *y;
};

static void join_backward(struct tape *tape, void *closure)
{
    const struct join *c = closure;
    size_t column = 0;
    for (int i = 0; i < NN_PARTS && c->parts[i]; i++) {
        struct tensor *part = c->parts[i];
        float beta;
        struct compute_slice d_part = tape_gradient(tape, part, &beta);
        struct compute_slice d_y = {c->y->gradient.buffer, c->y->gradient.offset + column};
        if (d_part.buffer)
            TAPE_RUN(tape, network.copy_columns, c->y->rows, part->columns, 1, d_y, c->y->columns, beta, d_part,
                     part->columns);
        column += (size_t)part->columns;
    }
}

struct tensor *nn_ones(struct tape *tape, int64_t rows)
{
    struct tensor *ones = tape_tensor(tape, rows, 1, false);
    TAPE_RUN(tape, network.fill, rows, 1, ones->value);
    return ones;
}

struct tensor *nn_concat_all(struct tape *tape, struct tensor *const *parts, int count)
{
    struct join c = {.y = NULL};
    int64_t columns = 0, column = 0;
    bool wanted = false;
    for (int i = 0; i < count; i++) {
        columns += parts[i]->columns;
        wanted = wanted || wants(parts[i]);
        c.parts[i] = parts[i];
    }
    struct tensor *y = c.y = tape_tensor(tape, parts[0]->rows, columns, wanted);
    for (int i = 0; i < count; i++) {
        struct compute_slice to = {y->value.buffer, y->value.offset + (size_t)column};
        TAPE_RUN(tape, network.copy_columns, y->rows, parts[i]->columns, 1, parts[i]->value, parts[i]->columns, 0, to,
                 columns);
        column += parts[i]->columns;
    }
    tape_record(tape, join_backward, &c, sizeof c);
    return y;
}

struct tensor *nn_concat(struct tape *tape, struct tensor *a, struct tensor *b)
{
    struct tensor *const parts[] = {a, b};
    return nn_concat_all(tape, parts, 2);
}

struct rows {
    struct tensor *to, *y;
    struct compute_slice ids;
};

static void rows_backward(struct tape *tape, void *closure)
{
    const struct rows *c = closure;
    float beta;
    struct compute_slice d_to = tape_gradient(tape, c->to, &beta);
    if (!d_to.buffer)
        return;
    if (beta == 0)
        TAPE_RUN(tape, network.fill, c->to->rows * c->to->columns, 0, d_to);
    TAPE_RUN(tape, network.scatter_add, c->y->rows, c->y->columns, c->ids, 1, c->y->gradient, c->y->columns,
             c->to->rows, d_to);
}

struct tensor *nn_gather(struct tape *tape, const struct tensor *x, int64_t n, struct compute_slice ids,
                         struct tensor *to, struct compute_slice gradient_ids)
{
    struct tensor *y = tape_tensor(tape, n, x->columns, wants(to));
    TAPE_RUN(tape, network.gather, n, x->columns, ids, 1, x->rows, x->value, 0, y->value, x->columns);
    const struct rows c = {to, y, gradient_ids};
    tape_record(tape, rows_backward, &c, sizeof c);
    return y;
}

void nn_add_rows(struct tape *tape, struct tensor *y, const struct tensor *x, struct compute_slice ids,
                 struct tensor *to, struct compute_slice gradient_ids)
{
    TAPE_RUN(tape, network.gather, y->rows, x->columns, ids, 1, x->rows, x->value, 1, y->value, y->columns);
    const struct rows c = {to, y, gradient_ids};
    tape_record(tape, rows_backward, &c, sizeof c);
}

static void take_backward(struct tape *tape, void *closure)
{
    const struct rows *c = closure; /* here `ids` is the inverse */
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->to, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.gather, c->to->rows, c->to->columns, c->ids, 1, c->y->rows, c->y->gradient, beta, d_x,
                 c->to->columns);
}

struct tensor *nn_select(struct tape *tape, struct tensor *x, int64_t n, struct compute_slice ids,
                         struct compute_slice inverse)
{
    struct tensor *y = tape_tensor(tape, n, x->columns, wants(x));
    TAPE_RUN(tape, network.gather, n, x->columns, ids, 1, x->rows, x->value, 0, y->value, x->columns);
    const struct rows c = {x, y, inverse};
    tape_record(tape, take_backward, &c, sizeof c);
    return y;
}

static void reshape_backward(struct tape *tape, void *closure)
{
    const struct rows *c = closure;
    float beta;
    struct compute_slice d_x = tape_gradient(tape, c->to, &beta);
    if (d_x.buffer)
        TAPE_RUN(tape, network.add_scaled, c->to->rows * c->to->columns, 1, c->y->gradient, beta, d_x);
}

struct tensor *nn_reshape(struct tape *tape, struct tensor *x, int64_t rows, int64_t columns)
{
    struct tensor *y = tape_host_memory(tape, sizeof *y);
    if (!y)
        return &tape->nothing;
    *y = tensor_of(x->value, rows, columns);
    y->requires_grad = wants(x) && tape->recording;
    const struct rows c = {.to = x, .y = y};
    tape_record(tape, reshape_backward, &c, sizeof c);
    return y;
}
