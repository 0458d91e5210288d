#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/projection.h"

/* Ridge regression in closed form: W = Yᵀ X (Xᵀ X + λ n I)⁻¹ with one Gram matrix, one Cholesky factor and one
 * triangular solve for each λ. */

double projection_r2(const struct dense_data *data, const float *predicted, const int32_t *items, int64_t n_items)
{
    return dense_score(DENSE_SQUARED_ERROR, data, predicted, items, n_items);
}

enum { ROWS_AT_ONCE = 8192 };

struct ridge {
    struct compute *compute;
    const struct dense_data *data;
    float *gram, *cross;                     /* [in x in], [out x in]: XᵀX and YᵀX of the training items */
    float *scratch;                          /* [in x in] */
    struct compute_buffer *matrix, *weights; /* [in x in], [out x in] */
    struct compute_buffer *rows, *results;   /* [ROWS_AT_ONCE x in], [ROWS_AT_ONCE x out] */
    float *host;                             /* [ROWS_AT_ONCE x max(in, out)] */
};

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static enum status create(const struct ridge *ridge, int64_t count, struct compute_buffer **buffer, struct error *error)
{
    return ridge->compute->ops->buffer_create(ridge->compute->device, (size_t)count * sizeof(float), buffer, error);
}

static enum status open_ridge(struct ridge *ridge, struct compute *compute, const struct dense_data *data,
                              struct error *error)
{
    int64_t in = data->in, out = data->out, wide = in > out ? in : out;
    *ridge = (struct ridge){.compute = compute,
                            .data = data,
                            .gram = calloc((size_t)(in * in), sizeof(float)),
                            .cross = calloc((size_t)(out * in), sizeof(float)),
                            .scratch = malloc((size_t)(in * in) * sizeof(float)),
                            .host = malloc((size_t)(ROWS_AT_ONCE * wide) * sizeof(float))};
    enum status status =
        ridge->gram && ridge->cross && ridge->scratch && ridge->host ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = create(ridge, in * in, &ridge->matrix, error);
    if (status == STATUS_OK)
        status = create(ridge, out * in, &ridge->weights, error);
    if (status == STATUS_OK)
        status = create(ridge, ROWS_AT_ONCE * in, &ridge->rows, error);
    if (status == STATUS_OK)
        status = create(ridge, ROWS_AT_ONCE * out, &ridge->results, error);
    return status;
}

static void close_ridge(struct ridge *ridge)
{
    const struct compute_ops *ops = ridge->compute->ops;
    ops->buffer_destroy(ridge->matrix);
    ops->buffer_destroy(ridge->weights);
    ops->buffer_destroy(ridge->rows);
    ops->buffer_destroy(ridge->results);
    free(ridge->gram);
    free(ridge->cross);
    free(ridge->scratch);
    free(ridge->host);
}

/* Copies rows of a matrix [.. x columns] to the device: those of `items`, or all from `first` on if it is NULL. */
static enum status write_rows(const struct ridge *ridge, const float *values, int64_t columns, const int32_t *items,
                              int64_t first, int64_t count, struct compute_buffer *buffer, struct error *error)
{
    const float *from = values + first * columns;
    if (items) {
        for (int64_t i = 0; i < count; i++)
            memcpy(ridge->host + i * columns, values + items[first + i] * columns, (size_t)columns * sizeof *values);
        from = ridge->host;
    }
    return ridge->compute->ops->buffer_write(ridge->compute->stream, buffer, 0, from,
                                             (size_t)(count * columns) * sizeof *values, error);
}

static enum status read(const struct ridge *ridge, const struct compute_buffer *buffer, int64_t count, float *to,
                        struct error *error)
{
    return ridge->compute->ops->buffer_read(ridge->compute->stream, buffer, 0, to, (size_t)count * sizeof *to, error);
}

static void add(float *sums, const float *part, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        sums[i] += part[i];
}

/* Adds the products of some items to gram and cross, in parts that fit the buffers. */
static enum status add_items(struct ridge *ridge, const int32_t *items, int64_t n_items, struct error *error)
{
    const struct dense_data *data = ridge->data;
    const struct compute_ops *ops = ridge->compute->ops;
    struct compute_stream *stream = ridge->compute->stream;
    int64_t in = data->in, out = data->out;
    enum status status = STATUS_OK;
    for (int64_t first = 0; first < n_items && status == STATUS_OK; first += ROWS_AT_ONCE) {
        int64_t count = n_items - first < ROWS_AT_ONCE ? n_items - first : ROWS_AT_ONCE;
        status = write_rows(ridge, data->x, in, items, first, count, ridge->rows, error);
        if (status == STATUS_OK)
            status = write_rows(ridge, data->y, out, items, first, count, ridge->results, error);
        if (status == STATUS_OK)
            status = ops->gram(stream, count, in, whole(ridge->rows), 0, whole(ridge->matrix), error);
        if (status == STATUS_OK)
            status = read(ridge, ridge->matrix, in * in, ridge->scratch, error);
        if (status == STATUS_OK) {
            add(ridge->gram, ridge->scratch, in * in);
            status = ops->gemm(stream, true, false, out, in, count, 1, whole(ridge->results), whole(ridge->rows), 0,
                               whole(ridge->weights), error);
        }
        float *part = status == STATUS_OK ? malloc((size_t)(out * in) * sizeof *part) : NULL;
        if (status == STATUS_OK)
            status = part ? read(ridge, ridge->weights, out * in, part, error) : error_no_memory(error);
        if (status == STATUS_OK)
            add(ridge->cross, part, out * in);
        free(part);
    }
    return status;
}

/* The weights for one λ. *solved is false where float32 has no Cholesky factor. */
static enum status solve(struct ridge *ridge, double lambda, int64_t n_items, bool *solved, struct error *error)
{
    const struct compute_ops *ops = ridge->compute->ops;
    struct compute_stream *stream = ridge->compute->stream;
    int64_t in = ridge->data->in, out = ridge->data->out;
    memcpy(ridge->scratch, ridge->gram, (size_t)(in * in) * sizeof(float));
    for (int64_t i = 0; i < in; i++)
        ridge->scratch[i * in + i] += (float)(lambda * (double)n_items);
    enum status status =
        ops->buffer_write(stream, ridge->matrix, 0, ridge->scratch, (size_t)(in * in) * sizeof(float), error);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, ridge->weights, 0, ridge->cross, (size_t)(out * in) * sizeof(float), error);
    if (status == STATUS_OK)
        status = ops->cholesky(stream, in, whole(ridge->matrix), error);
    if (status == STATUS_OK)
        status = ops->stream_synchronise(stream, error);
    *solved = status == STATUS_OK;
    if (status != STATUS_OK && status != STATUS_DEVICE)
        return STATUS_OK;
    return status == STATUS_OK
               ? ops->cholesky_solve(stream, out, in, whole(ridge->matrix), whole(ridge->weights), error)
               : status;
}

/* Predicts some items (NULL: all) into their rows of `predicted`. */
static enum status predict(struct ridge *ridge, const int32_t *items, int64_t n_items, float *predicted,
                           struct error *error)
{
    const struct dense_data *data = ridge->data;
    int64_t in = data->in, out = data->out;
    enum status status = STATUS_OK;
    for (int64_t first = 0; first < n_items && status == STATUS_OK; first += ROWS_AT_ONCE) {
        int64_t count = n_items - first < ROWS_AT_ONCE ? n_items - first : ROWS_AT_ONCE;
        status = write_rows(ridge, data->x, in, items, first, count, ridge->rows, error);
        if (status == STATUS_OK)
            status =
                ridge->compute->ops->gemm(ridge->compute->stream, false, true, count, out, in, 1, whole(ridge->rows),
                                          whole(ridge->weights), 0, whole(ridge->results), error);
        if (status == STATUS_OK)
            status = read(ridge, ridge->results, count * out, ridge->host, error);
        for (int64_t i = 0; status == STATUS_OK && i < count; i++)
            memcpy(predicted + (items ? items[first + i] : first + i) * out, ridge->host + i * out,
                   (size_t)out * sizeof *predicted);
    }
    return status;
}

static enum status none_solved(struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "ridge regression has no solution: the features are not finite, or lambda is too small");
}

/* Tries every λ on the validation items. */
static enum status choose(struct ridge *ridge, float *predicted, struct progress *progress, struct ridge_choice *choice,
                          struct error *error)
{
    enum { LAMBDAS = 13 };
    const struct dense_data *data = ridge->data;
    enum status status = STATUS_OK;
    int tried = 0, best = -1;
    progress_stage(progress, "choosing lambda", "values", LAMBDAS);
    for (int i = 0; i < LAMBDAS && status == STATUS_OK; i++) {
        double lambda = pow(10, -3 + i / 2.0);
        bool solved = false;
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "stopped; nothing was stored");
        status = solve(ridge, lambda, data->n_training, &solved, error);
        if (status == STATUS_OK && solved)
            status = predict(ridge, data->validation, data->n_validation, predicted, error);
        progress_step(progress, i + 1);
        if (status != STATUS_OK || !solved)
            continue;
        double r2 = projection_r2(data, predicted, data->validation, data->n_validation);
        if (isfinite(r2) && (best < 0 || r2 > choice->validation_r2)) {
            *choice =
                (struct ridge_choice){.lambda = lambda, .validation_r2 = r2, .at_end = tried == 0 || i + 1 == LAMBDAS};
            best = i;
        }
        tried++;
    }
    progress_end(progress);
    return status == STATUS_OK && best < 0 ? none_solved(error) : status;
}

/* Writes the weights for the caller. */
static enum status keep_weights(const struct ridge *ridge, struct projection_weights *weights, struct error *error)
{
    weights->count = (size_t)(ridge->data->in * ridge->data->out);
    weights->values = malloc(weights->count * sizeof *weights->values + 1);
    return weights->values ? read(ridge, ridge->weights, (int64_t)weights->count, weights->values, error)
                           : error_no_memory(error);
}

static enum status fit(struct ridge *ridge, double lambda, float *predicted, struct projection_weights *weights,
                       struct progress *progress, struct ridge_choice *choice, struct error *error)
{
    const struct dense_data *data = ridge->data;
    bool solved = false;
    *choice = (struct ridge_choice){.lambda = lambda, .validation_r2 = NAN};
    enum status status = add_items(ridge, data->training, data->n_training, error);
    if (status == STATUS_OK && lambda <= 0)
        status = choose(ridge, predicted, progress, choice, error);
    if (status == STATUS_OK)
        status = add_items(ridge, data->validation, data->n_validation, error);
    if (status == STATUS_OK)
        status = solve(ridge, choice->lambda, data->n_training + data->n_validation, &solved, error);
    if (status == STATUS_OK && !solved)
        status = none_solved(error);
    if (status == STATUS_OK && weights)
        status = keep_weights(ridge, weights, error);
    return status == STATUS_OK ? predict(ridge, NULL, data->n, predicted, error) : status;
}

enum status ridge_fit_weights(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                              struct projection_weights *weights, struct progress *progress,
                              struct ridge_choice *choice, struct error *error)
{
    struct ridge ridge;
    enum status status = open_ridge(&ridge, compute, data, error);
    if (status == STATUS_OK)
        status = fit(&ridge, lambda, predicted, weights, progress, choice, error);
    close_ridge(&ridge);
    return status;
}

enum status ridge_fit(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                      struct progress *progress, struct ridge_choice *choice, struct error *error)
{
    return ridge_fit_weights(compute, data, lambda, predicted, NULL, progress, choice, error);
}

enum status ridge_predict(struct compute *compute, const struct dense_data *data,
                          const struct projection_weights *weights, float *predicted, struct error *error)
{
    struct ridge ridge;
    if (weights->count != (size_t)(data->in * data->out))
        return error_set(error, STATUS_BAD_DATA, "the regression has %zu weights, not %lld x %lld", weights->count,
                         (long long)data->out, (long long)data->in);
    enum status status = open_ridge(&ridge, compute, data, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, ridge.weights, 0, weights->values,
                                            weights->count * sizeof *weights->values, error);
    if (status == STATUS_OK)
        status = predict(&ridge, NULL, data->n, predicted, error);
    close_ridge(&ridge);
    return status;
}
