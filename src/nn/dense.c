#include "nn/dense.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_AT_ONCE = 4096 };

void dense_declare(struct parameters *parameters, const struct dense_shape *shape, struct dense *dense)
{
    int64_t in = shape->in;
    dense->n_hidden = shape->n_hidden;
    for (int i = 0; i < shape->n_hidden; i++) {
        char name[24];
        snprintf(name, sizeof name, "hidden%d", i + 1);
        dense->hidden[i] = linear_declare_kaiming(parameters, "", name, in, shape->hidden[i]);
        in = shape->hidden[i];
    }
    dense->last = linear_declare(parameters, "", "last", in, shape->out);
}

struct tensor *dense_apply(struct tape *tape, const struct dense *dense, struct tensor *x, struct dropout dropout)
{
    const struct linear *end = dense->hidden + dense->n_hidden - 1;
    /* The last hidden layer's dropout has the number 2, that before it 1. */
    for (int i = 0, left = dense->n_hidden - 1; i < dense->n_hidden - 1; i++, left--) {
        x = nn_linear(tape, x, dense->hidden[i].weight, NULL);
        x = nn_activate(tape, ACTIVATION_RELU, x, dense->hidden[i].bias,
                        dropout_nth(dropout, left == 1 ? 1 : (uint32_t)left + 1));
    }
    x = nn_feed_forward(tape, x, end->weight, end->bias, ACTIVATION_RELU, dropout_nth(dropout, 2), dense->last.weight);
    return nn_residual(tape, NULL, x, dense->last.bias, (struct dropout){0});
}

int64_t dense_size(const struct dense_shape *shape)
{
    int64_t in = shape->in, size = 0;
    for (int i = 0; i <= shape->n_hidden; i++) {
        const int64_t out = i < shape->n_hidden ? shape->hidden[i] : shape->out;
        if (in < 1 || out < 1 || in > INT32_MAX || out > INT32_MAX || size > INT64_MAX / 4 - (in + 1) * out)
            return -1;
        size += (in + 1) * out;
        in = out;
    }
    return size;
}

static size_t size_of(const struct parameter *parameter)
{
    return (size_t)(parameter->tensor.rows * parameter->tensor.columns);
}

/* In the arrays of `parameters` each has an aligned place. */
enum status dense_read_weights(const struct parameters *parameters, float *weights, struct error *error)
{
    float *values = malloc((parameters->n_values + 1) * sizeof *values);
    enum status status = values ? parameters_read(parameters, values, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < parameters->count; i++) {
        memcpy(weights, values + parameters->items[i].offset, size_of(&parameters->items[i]) * sizeof *values);
        weights += size_of(&parameters->items[i]);
    }
    free(values);
    return status;
}

static enum status write_weights(struct parameters *parameters, const float *weights, struct error *error)
{
    float *values = calloc(parameters->n_values + 1, sizeof *values);
    enum status status = values ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < parameters->count; i++) {
        memcpy(values + parameters->items[i].offset, weights, size_of(&parameters->items[i]) * sizeof *values);
        weights += size_of(&parameters->items[i]);
    }
    if (status == STATUS_OK)
        status = parameters_write(parameters, values, error);
    free(values);
    return status;
}

static enum status predict(struct tape *tape, const struct dense *dense, const struct dense_shape *shape, int64_t n,
                           const float *x, float *out, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t first = 0; first < n && status == STATUS_OK; first += ROWS_AT_ONCE) {
        const int64_t count = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;
        tape_reset(tape, false);
        struct tensor rows = tensor_of(tape_upload(tape, x + first * shape->in, count * shape->in), count, shape->in);
        const struct tensor *y = dense_apply(tape, dense, &rows, (struct dropout){0});
        tape_download(tape, y->value, out + first * shape->out, (size_t)(count * shape->out) * sizeof *out);
        status = tape_status(tape, error);
    }
    return status;
}

enum status dense_predict(struct compute *compute, const struct dense_shape *shape, const float *weights, int64_t n,
                          const float *x, float *out, struct error *error)
{
    struct parameters parameters = {0};
    struct dense dense;
    struct random random;
    struct tape tape;
    random_seed(&random, 0);
    tape_open(&tape, compute);
    dense_declare(&parameters, shape, &dense);
    enum status status = parameters_create(&parameters, compute, false, &random, error);
    if (status == STATUS_OK)
        status = write_weights(&parameters, weights, error);
    if (status == STATUS_OK)
        status = predict(&tape, &dense, shape, n, x, out, error);
    if (parameters.compute)
        parameters_destroy(&parameters);
    tape_close(&tape);
    return status;
}

/* ---- scores ---- */

static double r2(const struct dense_data *data, const float *predicted, const int32_t *items, int64_t n_items)
{
    double error = 0, total = 0;
    for (int64_t i = 0; i < n_items; i++) {
        const float *y = data->y + items[i] * data->out, *p = predicted + items[i] * data->out;
        for (int64_t j = 0; j < data->out; j++) {
            error += ((double)y[j] - (double)p[j]) * ((double)y[j] - (double)p[j]);
            total += (double)y[j] * (double)y[j];
        }
    }
    return total > 0 ? 1 - error / total : 0;
}

/* -t ln σ(x) - (1 - t) ln(1 - σ(x)), without overflow. */
static double cross_entropy(double x, double t)
{
    return (x > 0 ? x : 0) - x * t + log1p(exp(-fabs(x)));
}

static double entropy(double p)
{
    return p > 0 && p < 1 ? -p * log(p) - (1 - p) * log1p(-p) : 0;
}

static double explained(const struct dense_data *data, const float *predicted, const int32_t *items, int64_t n_items)
{
    double loss = 0, base = 0;
    for (int64_t j = 0; j < data->out; j++) {
        double sum = 0;
        for (int64_t i = 0; i < n_items; i++) {
            const double t = (double)data->y[items[i] * data->out + j];
            sum += t;
            loss += cross_entropy((double)predicted[items[i] * data->out + j], t);
        }
        base += (double)n_items * entropy(sum / (double)n_items);
    }
    return base > 0 ? 1 - loss / base : -loss;
}

double dense_score(enum dense_loss loss, const struct dense_data *data, const float *predicted, const int32_t *items,
                   int64_t n_items)
{
    return loss == DENSE_SQUARED_ERROR ? r2(data, predicted, items, n_items)
                                       : explained(data, predicted, items, n_items);
}
