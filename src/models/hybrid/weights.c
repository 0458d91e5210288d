#include <stdlib.h>
#include <string.h>

#include "models/hybrid/training.h"
#include "models/network_file.h"

/* The weights in a model's file. The tracks' vectors are computed in parts while the file is written. */

static enum status next_items(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct hybrid_training *training = context;
    struct tape *tape = &training->tape;
    int64_t row = hybrid_row(&training->network.shape), first = (int64_t)(offset / sizeof(float)) / row;
    int64_t left = training->tracks.n - first, count = left < HYBRID_REPRESENTED ? left : HYBRID_REPRESENTED;
    const int32_t *tracks = training->everything + first;
    tape_reset(tape, false);
    struct hybrid_vectors vectors = hybrid_training_represent(training, tape, tracks, count, false);
    struct tensor *const sections[] = {vectors.learned, vectors.bias,
                                       hybrid_training_fixed(training, tape, tracks, count)};
    const struct tensor *items = nn_concat_all(tape, sections, sections[2] ? 3 : 2);
    *size = (size_t)(count * row) * sizeof *training->items;
    *bytes = training->items;
    tape_download(tape, items->value, training->items, *size);
    enum status status = tape_status(tape, error);
    if (status != STATUS_OK || network_is_finite(training->items, (size_t)(count * row)))
        return status;
    training->diverged = true;
    return error_set(error, STATUS_FAILED, "training diverged: track vectors contain NaN or infinity");
}

/* Adds the parameters of the playlist's network. */
static enum status add_query(struct hybrid_training *training, struct model_weights *weights, struct error *error)
{
    const struct parameters *parameters = &training->network.parameters;
    float *values = malloc((parameters->n_values + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    enum status status = parameters_read(parameters, values, error);
    training->diverged = status == STATUS_OK && !network_is_finite(values, parameters->n_values);
    for (size_t i = 0; i < parameters->count && status == STATUS_OK; i++) {
        const struct parameter *parameter = &parameters->items[i];
        if (strncmp(parameter->name, "query.", 6) == 0)
            status = network_matrix_add(weights, parameter->name, parameter->tensor.rows, parameter->tensor.columns,
                                        values + parameter->offset, error);
    }
    free(values);
    return status;
}

enum status hybrid_add_weights(struct hybrid_training *training, struct error *error)
{
    struct model_weights *weights = training->weights;
    int64_t n = training->tracks.n, inputs = training->network.shape.inputs;
    for (int64_t t = 0; t < n; t++)
        hybrid_tracks_mark(&training->tracks, (int32_t)t);
    enum status status = add_query(training, weights, error);
    if (status == STATUS_OK)
        status = network_matrix_add(weights, "inputs", n, inputs, training->tracks.inputs, error);
    if (status == STATUS_OK)
        status = model_weights_add_parts(weights, "items", n, hybrid_row(&training->network.shape), next_items,
                                         training, error);
    return status;
}
