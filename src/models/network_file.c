#include "models/network_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file contains every matrix in its shape, so it bounds the memory that is then allocated. */
static enum status check_shapes(const struct recommender *recommender, const struct parameters *parameters,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        const struct parameter *parameter = &parameters->items[i];
        const int64_t shape[2] = {parameter->tensor.rows, parameter->tensor.columns};
        const float *values;
        status = safetensors_floats(recommender->file, parameter->name, 2, shape, &values, NULL, error);
    }
    return status;
}

static enum status read_values(const struct recommender *recommender, struct parameters *parameters,
                               struct error *error)
{
    float *values = calloc(parameters->n_values + 1, sizeof *values);
    enum status status = values ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        const struct parameter *parameter = &parameters->items[i];
        const float *from;
        int64_t rows = parameter->tensor.rows, columns = parameter->tensor.columns;
        status = recommender_floats(recommender, parameter->name, rows, columns, &from, error);
        if (status == STATUS_OK)
            memcpy(values + parameter->offset, from, (size_t)(rows * columns) * sizeof *values);
    }
    if (status == STATUS_OK)
        status = parameters_write(parameters, values, error);
    free(values);
    return status;
}

enum status network_parameters_open(const struct recommender *recommender, struct parameters *parameters,
                                    struct error *error)
{
    struct random random;
    random_seed(&random, 0);
    enum status status = check_shapes(recommender, parameters, error);
    if (status == STATUS_OK)
        status = parameters_create(parameters, recommender->compute, false, &random, error);
    return status == STATUS_OK ? read_values(recommender, parameters, error) : status;
}

bool network_is_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

enum status network_matrix_add(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                               const float *values, struct error *error)
{
    size_t bytes = (size_t)(rows * columns) * sizeof *values;
    float *copy = malloc(bytes + 1);
    if (copy)
        memcpy(copy, values, bytes);
    return model_weights_add(weights, name, rows, columns, copy, error);
}

void network_score(const struct model_scores *scores, struct trainer_score *score)
{
    score->value = scores->ndcg;
    snprintf(score->text, sizeof score->text, "NDCG %.2f %%, recall %.2f %%, R-precision %.2f %%, clicks %.2f",
             100 * scores->ndcg, 100 * scores->recall, 100 * scores->r_precision, scores->clicks);
}

enum status network_check_kept(const struct model_task *task, struct error *error)
{
    struct recommender *kept = NULL;
    enum status status = recommender_open_file(task->compute, task->path, &kept, error);
    recommender_close(kept);
    return status;
}
