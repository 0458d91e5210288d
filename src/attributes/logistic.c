#include "attributes/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 10, STEPS_MAX = 300, HALVINGS_MAX = 20 };

#define GRADIENT_SMALL 1e-5 /* of its norm, a training item */

struct fit {
    struct compute *compute;
    const struct dense_data *data;
    int64_t in, out, n, wide;             /* wide: in + 1, with the column of ones */
    struct compute_buffer *x, *w, *z, *g; /* [n x wide], [out x wide], [n x out], [out x wide] */
    float *w32, *z32, *y;                 /* host: [out x wide], [n x out], [n x out] */
    double lambda;
    int64_t size; /* out * wide */
};

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static enum status create(const struct fit *fit, int64_t count, struct compute_buffer **buffer, struct error *error)
{
    return fit->compute->ops->buffer_create(fit->compute->device, (size_t)count * sizeof(float), buffer, error);
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

/* Uploads the training items' inputs with a column of ones, and gathers their targets. */
static enum status load(struct fit *fit, struct error *error)
{
    float *rows = malloc((size_t)(fit->n * fit->wide) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (int64_t i = 0; i < fit->n; i++) {
        const int32_t item = fit->data->training[i];
        memcpy(rows + i * fit->wide, fit->data->x + item * fit->in, (size_t)fit->in * sizeof *rows);
        rows[i * fit->wide + fit->in] = 1;
        memcpy(fit->y + i * fit->out, fit->data->y + item * fit->out, (size_t)fit->out * sizeof *rows);
    }
    enum status status = write(fit, fit->x, rows, fit->n * fit->wide, error);
    free(rows);
    return status;
}

static enum status open_fit(struct fit *fit, struct compute *compute, const struct dense_data *data,
                            struct error *error)
{
    *fit = (struct fit){.compute = compute,
                        .data = data,
                        .in = data->in,
                        .out = data->out,
                        .n = data->n_training,
                        .wide = data->in + 1,
                        .size = data->out * (data->in + 1)};
    fit->w32 = malloc((size_t)fit->size * sizeof(float));
    fit->z32 = malloc((size_t)(fit->n * fit->out) * sizeof(float));
    fit->y = malloc((size_t)(fit->n * fit->out) * sizeof(float));
    enum status status = fit->w32 && fit->z32 && fit->y ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = create(fit, fit->n * fit->wide, &fit->x, error);
    if (status == STATUS_OK)
        status = create(fit, fit->size, &fit->w, error);
    if (status == STATUS_OK)
        status = create(fit, fit->n * fit->out, &fit->z, error);
    if (status == STATUS_OK)
        status = create(fit, fit->size, &fit->g, error);
    return status == STATUS_OK ? load(fit, error) : status;
}

static void close_fit(struct fit *fit)
{
    const struct compute_ops *ops = fit->compute->ops;
    ops->buffer_destroy(fit->x);
    ops->buffer_destroy(fit->w);
    ops->buffer_destroy(fit->z);
    ops->buffer_destroy(fit->g);
    free(fit->w32);
    free(fit->z32);
    free(fit->y);
}

/* ---- the objective ---- */

/* The loss of weights w [size], and its gradient. */
static enum status evaluate(struct fit *fit, const double *w, double *loss, double *gradient, struct error *error)
{
    const struct compute_ops *ops = fit->compute->ops;
    struct compute_stream *stream = fit->compute->stream;
    double sum = 0;
    for (int64_t i = 0; i < fit->size; i++)
        fit->w32[i] = (float)w[i];
    enum status status = write(fit, fit->w, fit->w32, fit->size, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, false, true, fit->n, fit->out, fit->wide, 1, whole(fit->x), whole(fit->w), 0,
                           whole(fit->z), error);
    if (status == STATUS_OK)
        status = read(fit, fit->z, fit->z32, fit->n * fit->out, error);
    for (int64_t i = 0; status == STATUS_OK && i < fit->n * fit->out; i++) {
        const double z = (double)fit->z32[i], t = (double)fit->y[i];
        sum += (z > 0 ? z : 0) - z * t + log1p(exp(-fabs(z)));
        fit->z32[i] = (float)(1 / (1 + exp(-z)) - t);
    }
    if (status == STATUS_OK)
        status = write(fit, fit->z, fit->z32, fit->n * fit->out, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, true, false, fit->out, fit->wide, fit->n, 1, whole(fit->z), whole(fit->x), 0,
                           whole(fit->g), error);
    if (status == STATUS_OK)
        status = read(fit, fit->g, fit->w32, fit->size, error);
    for (int64_t i = 0; status == STATUS_OK && i < fit->size; i++) {
        const bool penalised = i % fit->wide < fit->in;
        gradient[i] = (double)fit->w32[i] + (penalised ? fit->lambda * w[i] : 0);
        sum += penalised ? fit->lambda / 2 * w[i] * w[i] : 0;
    }
    *loss = sum;
    return status;
}

/* ---- L-BFGS ---- */

static double dot(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The last MEMORY steps s and changes of the gradient y, the newest last. */
struct memory {
    double *s, *y; /* [MEMORY x size] each */
    int count, newest;
};

static double *of(double *rows, int64_t size, int slot)
{
    return rows + slot * size;
}

/* direction = -H gradient. */
static void two_loops(const struct memory *memory, int64_t size, const double *gradient, double *direction)
{
    double alpha[MEMORY];
    for (int64_t i = 0; i < size; i++)
        direction[i] = -gradient[i];
    for (int k = 0; k < memory->count; k++) {
        const int slot = (memory->newest - k + MEMORY) % MEMORY;
        const double *s = of(memory->s, size, slot), *y = of(memory->y, size, slot);
        alpha[k] = dot(s, direction, size) / dot(s, y, size);
        for (int64_t i = 0; i < size; i++)
            direction[i] -= alpha[k] * y[i];
    }
    if (memory->count > 0) {
        const double *s = of(memory->s, size, memory->newest), *y = of(memory->y, size, memory->newest);
        const double scale = dot(s, y, size) / dot(y, y, size);
        for (int64_t i = 0; i < size; i++)
            direction[i] *= scale;
    }
    for (int k = memory->count - 1; k >= 0; k--) {
        const int slot = (memory->newest - k + MEMORY) % MEMORY;
        const double *s = of(memory->s, size, slot), *y = of(memory->y, size, slot);
        const double beta = dot(y, direction, size) / dot(s, y, size);
        for (int64_t i = 0; i < size; i++)
            direction[i] += (alpha[k] - beta) * s[i];
    }
}

/* Keeps the step unless its curvature is not positive, which rounding can make so. */
static void remember(struct memory *memory, int64_t size, const double *step, const double *change)
{
    if (!(dot(step, change, size) > 1e-12 * dot(change, change, size)))
        return;
    memory->newest = memory->count == 0 ? 0 : (memory->newest + 1) % MEMORY;
    memory->count += memory->count < MEMORY;
    memcpy(of(memory->s, size, memory->newest), step, (size_t)size * sizeof *step);
    memcpy(of(memory->y, size, memory->newest), change, (size_t)size * sizeof *change);
}

struct vectors {
    double *w, *gradient, *next, *next_gradient, *direction;
};

/* Goes along the direction by halves until the loss falls enough (Armijo). *moved is false where it does not. */
static enum status search(struct fit *fit, struct vectors *v, double *loss, double first, bool *moved,
                          struct error *error)
{
    const double slope = dot(v->gradient, v->direction, fit->size);
    double step = first, found = 0;
    *moved = false;
    for (int i = 0; i < HALVINGS_MAX && slope < 0 && !*moved; i++, step /= 2) {
        for (int64_t j = 0; j < fit->size; j++)
            v->next[j] = v->w[j] + step * v->direction[j];
        enum status status = evaluate(fit, v->next, &found, v->next_gradient, error);
        if (status != STATUS_OK)
            return status;
        *moved = found <= *loss + 1e-4 * step * slope;
    }
    if (*moved)
        *loss = found;
    return STATUS_OK;
}

static enum status minimise(struct fit *fit, struct vectors *v, struct memory *memory, struct progress *progress,
                            struct error *error)
{
    double loss;
    enum status status = evaluate(fit, v->w, &loss, v->gradient, error);
    for (int i = 0; status == STATUS_OK && i < STEPS_MAX; i++) {
        const double norm = sqrt(dot(v->gradient, v->gradient, fit->size));
        bool moved;
        if (norm <= GRADIENT_SMALL * (double)fit->n)
            break;
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "interrupted");
        two_loops(memory, fit->size, v->gradient, v->direction);
        status = search(fit, v, &loss, memory->count > 0 ? 1 : 1 / norm, &moved, error);
        if (status != STATUS_OK || !moved)
            break;
        for (int64_t j = 0; j < fit->size; j++) {
            v->w[j] = v->next[j] - v->w[j];
            v->gradient[j] = v->next_gradient[j] - v->gradient[j];
        }
        remember(memory, fit->size, v->w, v->gradient);
        memcpy(v->w, v->next, (size_t)fit->size * sizeof *v->w);
        memcpy(v->gradient, v->next_gradient, (size_t)fit->size * sizeof *v->w);
    }
    return status;
}

/* ---- λ ---- */

static void predict(const struct fit *fit, const double *w, float *predicted)
{
    for (int64_t i = 0; i < fit->data->n; i++)
        for (int64_t j = 0; j < fit->out; j++) {
            const float *x = fit->data->x + i * fit->in;
            const double *row = w + j * fit->wide;
            double sum = row[fit->in];
            for (int64_t k = 0; k < fit->in; k++)
                sum += row[k] * (double)x[k];
            predicted[i * fit->out + j] = (float)sum;
        }
}

/* From the largest λ down, each from the weights of the one before. */
static enum status choose(struct fit *fit, double lambda, struct vectors *v, struct memory *memory, float *predicted,
                          double *best, struct progress *progress, struct logistic_choice *choice, struct error *error)
{
    static const double lambdas[] = {1e4, 1e3, 1e2, 10, 1, 0.1, 0.01, 1e-3};
    const int n = lambda > 0 ? 1 : (int)(sizeof lambdas / sizeof *lambdas);
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < n; i++) {
        fit->lambda = lambda > 0 ? lambda : lambdas[i];
        memory->count = 0;
        status = minimise(fit, v, memory, progress, error);
        if (status != STATUS_OK)
            break;
        predict(fit, v->w, predicted);
        const double score =
            dense_score(DENSE_CROSS_ENTROPY, fit->data, predicted, fit->data->validation, fit->data->n_validation);
        if (i > 0 && !(score > choice->validation_score))
            continue;
        *choice = (struct logistic_choice){fit->lambda, lambda > 0 ? (double)NAN : score, i == 0 || i == n - 1};
        memcpy(best, v->w, (size_t)fit->size * sizeof *best);
    }
    choice->at_end = choice->at_end && n > 1;
    if (status == STATUS_OK)
        predict(fit, best, predicted);
    return status;
}

enum status logistic_fit(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                         struct progress *progress, struct logistic_choice *choice, struct error *error)
{
    struct fit fit;
    enum status status = open_fit(&fit, compute, data, error);
    double *space = status == STATUS_OK ? calloc((size_t)fit.size * (6 + 2 * MEMORY), sizeof *space) : NULL;
    if (status == STATUS_OK && !space)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        const int64_t size = fit.size;
        struct vectors v = {space, space + size, space + 2 * size, space + 3 * size, space + 4 * size};
        struct memory memory = {space + 6 * size, space + (6 + MEMORY) * size, 0, 0};
        status = choose(&fit, lambda, &v, &memory, predicted, space + 5 * size, progress, choice, error);
    }
    free(space);
    close_fit(&fit);
    return status;
}
