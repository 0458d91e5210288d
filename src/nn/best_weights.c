#include "nn/best_weights.h"

#include <stdlib.h>
#include <string.h>

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

enum status best_weights_open(const struct parameters *parameters, const char *path, const char *identity,
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
