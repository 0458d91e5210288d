#include <stdlib.h>
#include <string.h>

#include "models/network_file.h"
#include "models/rta/rta.h"

/* The weights in a model's file. φ of the whole catalogue is as large as the largest table, so it is computed in parts
 * while the file is written. */

/* Computes the vectors of the next tracks, each followed by its bias if there are biases. */
static enum status next_items(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct rta_weights *own = context;
    struct rta_trainer *trainer = own->trainer;
    int64_t width = rta_width(&trainer->network.shape), row = width + (own->bias != NULL);
    int64_t first = (int64_t)(offset / sizeof *own->items) / row, left = trainer->inputs.n_tracks - first;
    int64_t count = left < RTA_REPRESENTED ? left : RTA_REPRESENTED;
    enum status status = rta_trainer_represent(trainer, first, count, own->items, error);
    if (status != STATUS_OK)
        return status;
    for (int64_t i = count; own->bias && i-- > 0;) { /* from the last row to the first, because rows move to higher
                                                      * indices */
        memmove(own->items + i * row, own->items + i * width, (size_t)width * sizeof *own->items);
        own->items[i * row + width] = own->bias[first + i];
    }
    *bytes = own->items;
    *size = (size_t)(count * row) * sizeof *own->items;
    if (network_is_finite(own->items, (size_t)(count * row)))
        return STATUS_OK;
    own->diverged = true;
    return error_set(error, STATUS_FAILED, "training diverged: track vectors contain NaN or infinity");
}

static enum status add_parameters(struct rta_weights *own, struct model_weights *weights, struct error *error)
{
    const struct parameters *parameters = &own->trainer->network.parameters;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        const struct parameter *parameter = &parameters->items[i];
        size_t count = (size_t)(parameter->tensor.rows * parameter->tensor.columns);
        const float *values = own->parameters + parameter->offset;
        own->diverged = own->diverged || !network_is_finite(values, count);
        if (strcmp(parameter->name, "bias") == 0) {
            own->bias = own->parameters + parameter->offset;
            continue;
        }
        status = network_matrix_add(weights, parameter->name, parameter->tensor.rows, parameter->tensor.columns, values,
                                    error);
    }
    return status;
}

enum status rta_weights_add(struct rta_trainer *trainer, struct rta_weights *own, struct model_weights *weights,
                            struct error *error)
{
    const struct rta_shape *shape = &trainer->network.shape;
    const struct parameters *parameters = &trainer->network.parameters;
    int64_t row = rta_width(shape) + shape->bias;
    *own = (struct rta_weights){.trainer = trainer,
                                .parameters = malloc((parameters->n_values + 1) * sizeof(float)),
                                .items = malloc((size_t)(RTA_REPRESENTED * row) * sizeof(float))};
    enum status status = own->parameters && own->items ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = parameters_read(parameters, own->parameters, error);
    if (status == STATUS_OK)
        status = model_weights_add_parts(weights, "items", trainer->inputs.n_tracks, row, next_items, own, error);
    if (status == STATUS_OK)
        status = add_parameters(own, weights, error);
    return status;
}

void rta_weights_free(struct rta_weights *own)
{
    free(own->parameters);
    free(own->items);
    own->parameters = own->bias = own->items = NULL;
}
