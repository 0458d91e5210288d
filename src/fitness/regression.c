#include "fitness/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 2000, POWER_STEPS = 40 };

#define GRADIENT_SMALL 1e-3 /* of the largest component; a song contributes up to |x| */

struct fit {
    struct compute *compute;
    const struct regression_data *data;
    int64_t n, wide, size;                /* training pairs; in + 1, with the column of ones; wide * out */
    const struct fitness_pair **training; /* [n] */
    struct compute_buffer *x, *w, *z, *g; /* [n x wide], [out x wide], [n x out], [out x wide] */
    float *w32, *z32;                     /* host: [out x wide], [n x out] */
    double lambda;
};

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static enum status write(const struct fit *fit, struct compute_buffer *to, const float *from, int64_t count,
                         struct error *error)
{
    return fit->compute->ops->buffer_write(fit->compute->stream, to, 0, from, (size_t)count * sizeof *from, error);
}

static enum status read(const struct fit *fit, const struct compute_buffer *from, float *to, int64_t count,
                        struct error *error)
{
    return fit->compute->ops->buffer_read(fit->compute->stream, from, 0, to, (size_t)count * sizeof *to, error);
}

static enum status load(struct fit *fit, struct error *error)
{
    const struct regression_data *data = fit->data;
    float *rows = malloc((size_t)(fit->n * fit->wide + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (int64_t i = 0; i < fit->n; i++) {
        memcpy(rows + i * fit->wide, data->x + fit->training[i]->song * data->in, (size_t)data->in * sizeof *rows);
        rows[i * fit->wide + data->in] = 1;
    }
    enum status status = write(fit, fit->x, rows, fit->n * fit->wide, error);
    free(rows);
    return status;
}

static enum status open_fit(struct fit *fit, struct error *error)
{
    const struct regression_data *data = fit->data;
    const struct compute_ops *ops = fit->compute->ops;
    fit->training = malloc(((size_t)data->n_pairs + 1) * sizeof *fit->training);
    for (int64_t i = 0; fit->training && i < data->n_pairs; i++)
        if (data->parts[data->pairs[i].song] == FITNESS_TRAINING)
            fit->training[fit->n++] = &data->pairs[i];
    const int64_t counts[] = {fit->n * fit->wide, fit->size, fit->n * data->out, fit->size};
    struct compute_buffer **const buffers[] = {&fit->x, &fit->w, &fit->z, &fit->g};
    fit->w32 = malloc((size_t)fit->size * sizeof(float));
    fit->z32 = malloc((size_t)(fit->n * data->out + 1) * sizeof(float));
    enum status status = fit->training && fit->w32 && fit->z32 ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && fit->n == 0)
        status = error_set(error, STATUS_BAD_DATA, "there are no songs to train with");
    for (int i = 0; status == STATUS_OK && i < 4; i++)
        status = ops->buffer_create(fit->compute->device, (size_t)counts[i] * sizeof(float), buffers[i], error);
    return status == STATUS_OK ? load(fit, error) : status;
}

static void close_fit(struct fit *fit)
{
    struct compute_buffer *const buffers[] = {fit->x, fit->w, fit->z, fit->g};
    for (int i = 0; i < 4; i++)
        if (buffers[i])
            fit->compute->ops->buffer_destroy(buffers[i]);
    free(fit->training);
    free(fit->w32);
    free(fit->z32);
}

/* scores -> ln of the sum of exponentials; replaces them by probabilities. */
static double softmax(float *scores, int32_t n)
{
    double most = (double)scores[0];
    for (int32_t c = 1; c < n; c++)
        most = fmax(most, (double)scores[c]);
    double sum = exp((double)scores[0] - most);
    for (int32_t c = 1; c < n; c++)
        sum += exp((double)scores[c] - most);
    for (int32_t c = 0; c < n; c++)
        scores[c] = (float)(exp((double)scores[c] - most) / sum);
    return most + log(sum);
}

/* The objective at w, and its gradient. */
static enum status evaluate(struct fit *fit, const double *w, double *gradient, double *value, struct error *error)
{
    const struct compute_ops *ops = fit->compute->ops;
    struct compute_stream *stream = fit->compute->stream;
    const int32_t out = fit->data->out;
    double sum = 0;
    for (int64_t i = 0; i < fit->size; i++)
        fit->w32[i] = (float)w[i];
    enum status status = write(fit, fit->w, fit->w32, fit->size, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, false, true, fit->n, out, fit->wide, 1, whole(fit->x), whole(fit->w), 0,
                           whole(fit->z), error);
    if (status == STATUS_OK)
        status = read(fit, fit->z, fit->z32, fit->n * out, error);
    for (int64_t i = 0; status == STATUS_OK && i < fit->n; i++) {
        float *scores = fit->z32 + i * out;
        const double own = (double)scores[fit->training[i]->class];
        sum += softmax(scores, out) - own;
        scores[fit->training[i]->class] -= 1;
    }
    if (status == STATUS_OK)
        status = write(fit, fit->z, fit->z32, fit->n * out, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, true, false, out, fit->wide, fit->n, 1, whole(fit->z), whole(fit->x), 0,
                           whole(fit->g), error);
    if (status == STATUS_OK)
        status = read(fit, fit->g, fit->w32, fit->size, error);
    for (int64_t i = 0; status == STATUS_OK && i < fit->size; i++) {
        const bool penalised = i % fit->wide < fit->data->in;
        gradient[i] = (double)fit->w32[i] + (penalised ? fit->lambda * w[i] : 0);
        sum += penalised ? fit->lambda / 2 * w[i] * w[i] : 0;
    }
    *value = sum;
    return status;
}

/* The largest eigenvalue of XᵀX over the training pairs, a little above, by the power method. */
static double largest(const struct fit *fit)
{
    const struct regression_data *data = fit->data;
    double *v = malloc((size_t)fit->wide * 2 * sizeof *v), value = 0;
    if (!v)
        return -1;
    double *next = v + fit->wide;
    for (int64_t j = 0; j < fit->wide; j++)
        v[j] = 1 + (double)(j % 7) / 10;
    for (int step = 0; step < POWER_STEPS; step++) {
        double norm = 0;
        memset(next, 0, (size_t)fit->wide * sizeof *next);
        for (int64_t i = 0; i < fit->n; i++) {
            const float *x = data->x + fit->training[i]->song * data->in;
            double dot = v[data->in];
            for (int64_t j = 0; j < data->in; j++)
                dot += (double)x[j] * v[j];
            for (int64_t j = 0; j < data->in; j++)
                next[j] += dot * (double)x[j];
            next[data->in] += dot;
        }
        for (int64_t j = 0; j < fit->wide; j++)
            norm += next[j] * next[j];
        value = sqrt(norm);
        for (int64_t j = 0; j < fit->wide; j++)
            v[j] = next[j] / value;
    }
    free(v);
    return 1.1 * value;
}

struct vectors {
    double *w, *y, *before, *gradient;
};

/* From v->w on. The Hessian of the cross-entropy is at most XᵀX / 2. */
static enum status minimise(struct fit *fit, struct vectors *v, double steepest, struct progress *progress,
                            double *left, struct error *error)
{
    const double rate = 1 / (steepest / 2 + fit->lambda);
    double t = 1, last = (double)INFINITY;
    memcpy(v->y, v->w, (size_t)fit->size * sizeof *v->y);
    for (int step = 0; step < STEPS_MAX; step++) {
        double value;
        enum status status = evaluate(fit, v->y, v->gradient, &value, error);
        if (status != STATUS_OK)
            return status;
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "interrupted");
        *left = 0;
        for (int64_t i = 0; i < fit->size; i++)
            *left = fmax(*left, fabs(v->gradient[i]));
        if (*left <= GRADIENT_SMALL)
            break;
        t = value > last ? 1 : t;
        const double next = (1 + sqrt(1 + 4 * t * t)) / 2, momentum = (t - 1) / next;
        memcpy(v->before, v->w, (size_t)fit->size * sizeof *v->w);
        for (int64_t i = 0; i < fit->size; i++) {
            v->w[i] = v->y[i] - rate * v->gradient[i];
            v->y[i] = v->w[i] + momentum * (v->w[i] - v->before[i]);
        }
        t = next;
        last = value;
    }
    memcpy(v->w, v->y, (size_t)fit->size * sizeof *v->w);
    return STATUS_OK;
}

static void predict(const struct fit *fit, const double *w, float *scores)
{
    const struct regression_data *data = fit->data;
    for (int64_t i = 0; i < data->n; i++)
        for (int32_t c = 0; c < data->out; c++) {
            const double *row = w + c * fit->wide;
            double sum = row[data->in];
            for (int64_t j = 0; j < data->in; j++)
                sum += row[j] * (double)data->x[i * data->in + j];
            scores[i * data->out + c] = (float)sum;
        }
}

/* Mean cross-entropy of the validation pairs. */
static double validate(const struct fit *fit, const float *scores, float *one)
{
    const struct regression_data *data = fit->data;
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const struct fitness_pair *pair = &data->pairs[i];
        if (data->parts[pair->song] != FITNESS_VALIDATION)
            continue;
        memcpy(one, scores + pair->song * data->out, (size_t)data->out * sizeof *one);
        const double own = (double)one[pair->class];
        sum += softmax(one, data->out) - own;
        count++;
    }
    return count > 0 ? sum / (double)count : (double)INFINITY;
}

/* From the largest λ down, each from the weights of the one before. */
static enum status choose(struct fit *fit, double lambda, struct vectors *v, double *best, float *scores, float *one,
                          struct progress *progress, struct regression_result *result, struct error *error)
{
    static const double lambdas[] = {10000, 3000, 1000, 300, 100, 30, 10, 3, 1};
    const int n = lambda > 0 ? 1 : (int)(sizeof lambdas / sizeof *lambdas);
    const double steepest = largest(fit);
    enum status status = steepest < 0 ? error_no_memory(error) : STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < n; i++) {
        double left = 0;
        fit->lambda = lambda > 0 ? lambda : lambdas[i];
        status = minimise(fit, v, steepest, progress, &left, error);
        if (status != STATUS_OK)
            break;
        predict(fit, v->w, scores);
        const double loss = validate(fit, scores, one);
        if (i > 0 && !(loss < result->validation))
            continue;
        *result = (struct regression_result){fit->lambda, left, loss};
        memcpy(best, v->w, (size_t)fit->size * sizeof *best);
    }
    if (status == STATUS_OK)
        predict(fit, best, scores);
    return status;
}

enum status fitness_regression(struct compute *compute, const struct regression_data *data, double lambda,
                               float *scores, struct progress *progress, struct regression_result *result,
                               struct error *error)
{
    struct fit fit = {.compute = compute, .data = data, .wide = data->in + 1, .size = data->out * (data->in + 1)};
    enum status status = open_fit(&fit, error);
    double *space = status == STATUS_OK ? calloc((size_t)fit.size * 5, sizeof *space) : NULL;
    float *one = status == STATUS_OK ? malloc((size_t)data->out * sizeof *one) : NULL;
    if (status == STATUS_OK && (!space || !one))
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        struct vectors v = {space, space + fit.size, space + 2 * fit.size, space + 3 * fit.size};
        status = choose(&fit, lambda, &v, space + 4 * fit.size, scores, one, progress, result, error);
    }
    free(space);
    free(one);
    close_fit(&fit);
    return status;
}
