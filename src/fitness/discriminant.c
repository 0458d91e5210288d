#include "fitness/discriminant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHRINKAGE 0.5
#define RIDGE 1e-3 /* of standardised columns: some do not vary within playlists */

enum { SCALE_STEPS = 50 };
#define SCALE_MAX 16.0
#define SMOOTHING 0.01

struct discriminant {
    struct compute *compute;
    const struct regression_data *data;
    int64_t n;      /* training pairs */
    double *counts; /* [out] of them */
    float *means;   /* [out x in] */
    float *rows;    /* [n x in] less their playlist's mean */
    float *matrix;  /* [in x in] */
    struct compute_buffer *on_device_rows, *on_device_matrix;
};

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static bool is_for_training(const struct regression_data *data, const struct fitness_pair *pair)
{
    return data->parts[pair->song] == FITNESS_TRAINING;
}

/* ------------------------------------------------------------------ means and covariance */

static void add_means(struct discriminant *d, double *sums)
{
    const struct regression_data *data = d->data;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const struct fitness_pair *pair = &data->pairs[i];
        if (!is_for_training(data, pair))
            continue;
        d->counts[pair->class]++;
        for (int64_t j = 0; j < data->in; j++)
            sums[pair->class * data->in + j] += (double)data->x[pair->song * data->in + j];
    }
    for (int64_t c = 0; c < data->out; c++)
        for (int64_t j = 0; j < data->in; j++)
            d->means[c * data->in + j] = (float)(sums[c * data->in + j] / fmax(d->counts[c], 1));
}

static void centre_rows(struct discriminant *d)
{
    const struct regression_data *data = d->data;
    int64_t at = 0;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const struct fitness_pair *pair = &data->pairs[i];
        if (!is_for_training(data, pair))
            continue;
        for (int64_t j = 0; j < data->in; j++)
            d->rows[at * data->in + j] = data->x[pair->song * data->in + j] - d->means[pair->class * data->in + j];
        at++;
    }
}

/* Σ of the products -> T. */
static void shrink(struct discriminant *d)
{
    const int64_t in = d->data->in;
    double used = 0;
    for (int64_t c = 0; c < d->data->out; c++)
        used += d->counts[c] > 0;
    const double freedom = fmax((double)d->n - used, 1);
    for (int64_t i = 0; i < in; i++)
        for (int64_t j = 0; j < in; j++) {
            const double s = (double)d->matrix[i * in + j] / freedom;
            d->matrix[i * in + j] = (float)(i == j ? s + RIDGE : (1 - SHRINKAGE) * s);
        }
}

/* weights [out x in] = M T⁻¹ of the means M. */
static enum status solve(struct discriminant *d, float *weights, struct error *error)
{
    const struct compute_ops *ops = d->compute->ops;
    struct compute_stream *stream = d->compute->stream;
    const int64_t in = d->data->in, out = d->data->out;
    const size_t square = (size_t)(in * in) * sizeof(float), wide = (size_t)(out * in) * sizeof(float);
    enum status status =
        ops->buffer_write(stream, d->on_device_rows, 0, d->rows, (size_t)(d->n * in) * sizeof(float), error);
    if (status == STATUS_OK)
        status = ops->gram(stream, d->n, in, whole(d->on_device_rows), 0, whole(d->on_device_matrix), error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, d->on_device_matrix, 0, d->matrix, square, error);
    if (status != STATUS_OK)
        return status;
    shrink(d);
    status = ops->buffer_write(stream, d->on_device_matrix, 0, d->matrix, square, error);
    if (status == STATUS_OK)
        status = ops->cholesky(stream, in, whole(d->on_device_matrix), error);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, d->on_device_rows, 0, d->means, wide, error);
    if (status == STATUS_OK)
        status = ops->cholesky_solve(stream, out, in, whole(d->on_device_matrix), whole(d->on_device_rows), error);
    return status == STATUS_OK ? ops->buffer_read(stream, d->on_device_rows, 0, weights, wide, error) : status;
}

/* solved [out x in] -> weights [out x (in + 1)] of scale 1. */
static void add_intercepts(const struct discriminant *d, const float *solved, float *weights)
{
    const struct regression_data *data = d->data;
    const int64_t in = data->in, wide = in + 1;
    for (int64_t c = 0; c < data->out; c++) {
        double half = 0;
        for (int64_t j = 0; j < in; j++)
            half += (double)d->means[c * in + j] * (double)solved[c * in + j] / 2;
        memcpy(weights + c * wide, solved + c * in, (size_t)in * sizeof *weights);
        weights[c * wide + in] = (float)(log((d->counts[c] + 0.5) / ((double)d->n + 0.5 * data->out)) - half);
    }
    for (int64_t j = 0; j < wide; j++) {
        double mean = 0;
        for (int64_t c = 0; c < data->out; c++)
            mean += (double)weights[c * wide + j] / data->out;
        for (int64_t c = 0; c < data->out; c++)
            weights[c * wide + j] -= (float)mean;
    }
}

/* ------------------------------------------------------------------ the scale */

/* The derivative of the smoothed cross-entropy of a pair by the scale: the logits' mean under the softmax, less that
 * under the target, to which all playlists together add nothing because logits sum to 0. */
static double slope_of(const float *logits, int32_t n, int32_t class, double scale)
{
    double most = (double)logits[0], sum = 0, mean = 0;
    for (int32_t c = 1; c < n; c++)
        most = fmax(most, (double)logits[c]);
    for (int32_t c = 0; c < n; c++) {
        const double share = exp(scale * ((double)logits[c] - most));
        sum += share;
        mean += share * (double)logits[c];
    }
    return mean / sum - (1 - SMOOTHING) * (double)logits[class];
}

/* The cross-entropy is convex in the scale: bisection. */
static enum status choose_scale(const struct regression_data *data, const float *weights, double *scale,
                                struct error *error)
{
    int64_t n = 0;
    float *logits = calloc((size_t)(data->n_pairs * data->out) + 1, sizeof *logits);
    int32_t *classes = malloc(((size_t)data->n_pairs + 1) * sizeof *classes);
    if (!logits || !classes) {
        free(logits);
        free(classes);
        return error_no_memory(error);
    }
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const struct fitness_pair *pair = &data->pairs[i];
        if (data->parts[pair->song] != FITNESS_VALIDATION)
            continue;
        fitness_linear_add(weights, data->in, data->out, data->x + pair->song * data->in, logits + n * data->out);
        classes[n++] = pair->class;
    }
    double low = 0, high = SCALE_MAX;
    for (int step = 0; step < SCALE_STEPS; step++) {
        const double middle = (low + high) / 2;
        double slope = 0;
        for (int64_t i = 0; i < n; i++)
            slope += slope_of(logits + i * data->out, data->out, classes[i], middle);
        if (slope > 0)
            high = middle;
        else
            low = middle;
    }
    *scale = n > 0 ? (low + high) / 2 : 1;
    free(logits);
    free(classes);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ all */

static enum status open_discriminant(struct discriminant *d, struct error *error)
{
    const struct regression_data *data = d->data;
    const struct compute_ops *ops = d->compute->ops;
    for (int64_t i = 0; i < data->n_pairs; i++)
        d->n += is_for_training(data, &data->pairs[i]);
    if (d->n == 0)
        return error_set(error, STATUS_BAD_DATA, "there are no songs to train with");
    const int64_t rows = d->n > data->out ? d->n : data->out; /* later the means */
    d->counts = calloc((size_t)data->out, sizeof *d->counts);
    d->means = malloc((size_t)(data->out * data->in) * sizeof *d->means);
    d->rows = malloc((size_t)(rows * data->in) * sizeof *d->rows);
    d->matrix = malloc((size_t)(data->in * data->in) * sizeof *d->matrix);
    if (!d->counts || !d->means || !d->rows || !d->matrix)
        return error_no_memory(error);
    enum status status =
        ops->buffer_create(d->compute->device, (size_t)(rows * data->in) * sizeof(float), &d->on_device_rows, error);
    return status == STATUS_OK ? ops->buffer_create(d->compute->device, (size_t)(data->in * data->in) * sizeof(float),
                                                    &d->on_device_matrix, error)
                               : status;
}

static void close_discriminant(struct discriminant *d)
{
    if (d->on_device_rows)
        d->compute->ops->buffer_destroy(d->on_device_rows);
    if (d->on_device_matrix)
        d->compute->ops->buffer_destroy(d->on_device_matrix);
    free(d->counts);
    free(d->means);
    free(d->rows);
    free(d->matrix);
}

static enum status fit(struct discriminant *d, float *weights, struct error *error)
{
    const size_t count = (size_t)(d->data->out * d->data->in);
    double *sums = calloc(count, sizeof *sums);
    float *solved = malloc(count * sizeof *solved);
    enum status status = sums && solved ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        add_means(d, sums);
        centre_rows(d);
        status = solve(d, solved, error);
    }
    if (status == STATUS_OK)
        add_intercepts(d, solved, weights);
    free(sums);
    free(solved);
    return status;
}

enum status fitness_discriminant(struct compute *compute, const struct regression_data *data, double *scale,
                                 float *weights, struct error *error)
{
    struct discriminant d = {.compute = compute, .data = data};
    enum status status = open_discriminant(&d, error);
    if (status == STATUS_OK)
        status = fit(&d, weights, error);
    if (status == STATUS_OK && !(*scale > 0))
        status = choose_scale(data, weights, scale, error);
    for (int64_t i = 0; status == STATUS_OK && i < data->out * (data->in + 1); i++)
        weights[i] = (float)(*scale * (double)weights[i]);
    close_discriminant(&d);
    return status;
}

void fitness_linear_add(const float *weights, int64_t in, int32_t out, const float *x, float *logits)
{
    for (int32_t c = 0; c < out; c++) {
        const float *row = weights + c * (in + 1);
        double sum = (double)row[in];
        for (int64_t j = 0; j < in; j++)
            sum += (double)row[j] * (double)x[j];
        logits[c] += (float)sum;
    }
}
