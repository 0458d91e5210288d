#include "nn/best_weights.h"

#include <stdlib.h>
#include <string.h>

#include "core/safetensors.h"

enum status best_weights_write(const struct parameters *parameters, const char *path, const char *identity,
                               struct error *error)
{
    float *values = malloc((parameters->n_values + 1) * sizeof *values);
    enum status status = values ? parameters_read(parameters, values, error) : error_no_memory(error);
    const struct tensor_source source = {
        .name = "values", .dtype = "F32", .rank = 1, .shape = {(int64_t)parameters->n_values}, .bytes = values};
    const struct metadata_pair pair = {"identity", identity};
    if (status == STATUS_OK)
        status = safetensors_write(path, &source, 1, &pair, 1, error);
    free(values);
    return status;
}

/* The values stay valid until the file is closed; close it after a failure, too. */
static enum status open_values(const struct parameters *parameters, const char *path, const char *identity,
                               struct safetensors **file, const float **values, struct error *error)
{
    const struct tensor_view *view;
    const int64_t shape[] = {(int64_t)parameters->n_values};
    enum status status = safetensors_open(path, file, error);
    if (status != STATUS_OK)
        return status;
    const char *stored = safetensors_metadata(*file, "identity");
    if (!stored || strcmp(stored, identity) != 0)
        return error_set(error, STATUS_BAD_DATA, "%s is of another training", path);
    return safetensors_floats(*file, "values", 1, shape, values, &view, error);
}

enum status best_weights_check(const struct parameters *parameters, const char *path, const char *identity,
                               struct error *error)
{
    struct safetensors *file = NULL;
    const float *values;
    enum status status = open_values(parameters, path, identity, &file, &values, error);
    safetensors_close(file);
    return status;
}

enum status best_weights_load(struct parameters *parameters, const char *path, const char *identity,
                              struct error *error)
{
    struct safetensors *file = NULL;
    const float *values;
    enum status status = open_values(parameters, path, identity, &file, &values, error);
    if (status == STATUS_OK)
        status = parameters_write(parameters, values, error);
    safetensors_close(file);
    return status;
}

enum status best_weights_copy(const struct parameters *parameters, const char *path, const char *identity,
                              float **values, struct error *error)
{
    struct safetensors *file = NULL;
    const float *stored;
    enum status status = open_values(parameters, path, identity, &file, &stored, error);
    *values = status == STATUS_OK ? malloc((parameters->n_values + 1) * sizeof **values) : NULL;
    if (*values)
        memcpy(*values, stored, parameters->n_values * sizeof **values);
    else if (status == STATUS_OK)
        status = error_no_memory(error);
    safetensors_close(file);
    return status;
}
