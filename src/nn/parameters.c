#include "nn/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNED = 16 }; /* floats: a cache line */

static struct tensor *add(struct parameters *parameters, const char *prefix, const char *name, int64_t rows,
                          int64_t columns, enum initial initial, float scale, bool trained)
{
    if (trained && parameters->n_trained != parameters->n_values)
        parameters->misdeclared = true;
    if (parameters->count ==
        PARAMETERS_MAX) { /* parameters_create will fail; until then the last parameter is returned */
        parameters->misdeclared = true;
        return &parameters->items[PARAMETERS_MAX - 1].tensor;
    }
    struct parameter *parameter = &parameters->items[parameters->count++];
    *parameter = (struct parameter){.initial = initial, .scale = scale, .trained = trained};
    if (snprintf(parameter->name, sizeof parameter->name, "%s%s", prefix, name) >= (int)sizeof parameter->name)
        parameters->misdeclared = true;
    parameter->tensor = (struct tensor){.rows = rows, .columns = columns, .requires_grad = trained};
    parameter->offset = parameters->n_values;
    parameters->n_values += ((size_t)(rows * columns) + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (trained)
        parameters->n_trained = parameters->n_values;
    return &parameter->tensor;
}

struct tensor *parameters_add(struct parameters *parameters, const char *prefix, const char *name, int64_t rows,
                              int64_t columns, enum initial initial, float scale)
{
    return add(parameters, prefix, name, rows, columns, initial, scale, true);
}

struct tensor *parameters_add_part(struct parameters *parameters, const char *prefix, const char *name,
                                   const char *part, int64_t rows, int64_t columns, enum initial initial, double scale)
{
    char path[PARAMETER_NAME];
    if (snprintf(path, sizeof path, "%s.%s", name, part) >= (int)sizeof path)
        parameters->misdeclared = true;
    return parameters_add(parameters, prefix, path, rows, columns, initial, (float)scale);
}

struct tensor *parameters_add_running(struct parameters *parameters, const char *prefix, const char *name, int64_t rows,
                                      int64_t columns)
{
    return add(parameters, prefix, name, rows, columns, INITIAL_RUNNING, 0, false);
}

void parameters_exclude_decay(struct parameters *parameters)
{
    parameters->items[parameters->count - 1].no_decay = true;
}

static float draw(const struct parameter *parameter, int64_t index, struct random *random)
{
    switch (parameter->initial) {
    case INITIAL_ONE:
        return 1;
    case INITIAL_UNIFORM:
        return parameter->scale * (float)(2 * random_uniform(random) - 1);
    case INITIAL_NORMAL:
        return parameter->scale * (float)random_normal(random);
    case INITIAL_RUNNING:
        return index * 2 < parameter->tensor.rows * parameter->tensor.columns ? 0 : 1;
    case INITIAL_ZERO:
        break;
    }
    return 0;
}

static enum status create_buffer(struct parameters *parameters, size_t count, const float *values,
                                 struct compute_buffer **buffer, struct error *error)
{
    const struct compute *compute = parameters->compute;
    enum status status = compute->ops->buffer_create(compute->device, count * sizeof *values, buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, *buffer, 0, values, count * sizeof *values, error);
    return status;
}

enum status parameters_create(struct parameters *parameters, struct compute *compute, bool training,
                              struct random *random, struct error *error)
{
    parameters->compute = compute;
    if (parameters->misdeclared)
        return error_set(error, STATUS_FAILED, "a network's parameters are declared inconsistently (internal error)");
    if (parameters->n_values == 0)
        return STATUS_OK;
    float *values = calloc(parameters->n_values, sizeof *values);
    if (!values)
        return error_no_memory(error);
    enum status status = STATUS_OK;
    if (training && parameters->n_trained > 0) {
        status = create_buffer(parameters, parameters->n_trained, values, &parameters->gradients, error);
        if (status == STATUS_OK)
            status = create_buffer(parameters, parameters->n_trained, values, &parameters->velocity, error);
    }
    for (size_t i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->items[i];
        for (int64_t j = 0; j < parameter->tensor.rows * parameter->tensor.columns; j++)
            values[parameter->offset + (size_t)j] = draw(parameter, j, random);
    }
    if (status == STATUS_OK)
        status = create_buffer(parameters, parameters->n_values, values, &parameters->values, error);
    free(values);
    for (size_t i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->items[i];
        parameter->tensor.value = (struct compute_slice){parameters->values, parameter->offset};
        if (parameter->trained && parameters->gradients)
            parameter->tensor.gradient = (struct compute_slice){parameters->gradients, parameter->offset};
    }
    return status;
}

void parameters_destroy(struct parameters *parameters)
{
    if (!parameters->compute)
        return;
    const struct compute_ops *ops = parameters->compute->ops;
    ops->buffer_destroy(parameters->values);
    ops->buffer_destroy(parameters->gradients);
    ops->buffer_destroy(parameters->velocity);
    parameters->values = parameters->gradients = parameters->velocity = NULL;
}

void parameters_begin(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++)
        parameters->items[i].tensor.has_grad = false;
}

enum status parameters_complete_gradients(struct parameters *parameters, struct error *error)
{
    const struct compute *compute = parameters->compute;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        struct tensor *tensor = &parameters->items[i].tensor;
        if (!parameters->items[i].trained || tensor->has_grad)
            continue;
        status =
            compute->ops->network.fill(compute->stream, tensor->rows * tensor->columns, 0, tensor->gradient, error);
        tensor->has_grad = status == STATUS_OK;
    }
    return status;
}

const struct parameter *parameters_find(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->items[i].name, name) == 0)
            return &parameters->items[i];
    return NULL;
}

enum status parameters_read(const struct parameters *parameters, float *values, struct error *error)
{
    if (parameters->n_values == 0)
        return STATUS_OK;
    const struct compute *compute = parameters->compute;
    return compute->ops->buffer_read(compute->stream, parameters->values, 0, values,
                                     parameters->n_values * sizeof *values, error);
}

enum status parameters_write(struct parameters *parameters, const float *values, struct error *error)
{
    if (parameters->n_values == 0)
        return STATUS_OK;
    const struct compute *compute = parameters->compute;
    return compute->ops->buffer_write(compute->stream, parameters->values, 0, values,
                                      parameters->n_values * sizeof *values, error);
}
