#include <stdlib.h>

#include "features/projection.h"
#include "nn/dense.h"

static struct dense_shape shape_of(const struct dense_data *data, const struct projection_network_settings *settings)
{
    return (struct dense_shape){data->in, data->out, (int)settings->layers, {settings->hidden, settings->hidden}};
}

/* Memory for the weights, if they are to be kept. */
static enum status make_weights(const struct dense_data *data, const struct projection_network_settings *settings,
                                struct error *error)
{
    const struct dense_shape shape = shape_of(data, settings);
    int64_t size = dense_size(&shape);
    if (!settings->weights || size < 0) /* dense_fit refuses a network that is too large */
        return STATUS_OK;
    settings->weights->count = (size_t)size;
    settings->weights->values = malloc((size_t)size * sizeof *settings->weights->values + 1);
    return settings->weights->values ? STATUS_OK : error_no_memory(error);
}

enum status projection_network_fit(struct compute *compute, const struct dense_data *data,
                                   const struct projection_network_settings *settings, float *predicted,
                                   struct progress *progress, struct projection_network_result *result,
                                   struct error *error)
{
    const struct dense_settings dense = {.n_hidden = (int)settings->layers,
                                         .hidden = {settings->hidden, settings->hidden},
                                         .loss = DENSE_SQUARED_ERROR,
                                         .optimiser = OPTIMISER_ADAM,
                                         .dropout = settings->dropout,
                                         .learning_rate = settings->learning_rate,
                                         .weight_decay = settings->weight_decay,
                                         .batch = settings->batch,
                                         .epochs = settings->epochs,
                                         .patience = settings->patience,
                                         .seed = settings->seed,
                                         .identity = settings->identity,
                                         .checkpoint = settings->checkpoint,
                                         .resume = settings->resume,
                                         .keep_checkpoint = settings->keep_checkpoint};
    struct dense_result trained;
    enum status status = make_weights(data, settings, error);
    if (status == STATUS_OK)
        status = dense_fit(compute, data, &dense, predicted, settings->weights ? settings->weights->values : NULL,
                           progress, &trained, error);
    if (status == STATUS_OK)
        *result = (struct projection_network_result){trained.epochs, trained.best_epoch, trained.validation_score};
    return status;
}

void projection_checkpoint_remove(const char *checkpoint)
{
    dense_checkpoint_remove(checkpoint);
}

enum status projection_network_predict(struct compute *compute, const struct dense_data *data,
                                       const struct projection_network_settings *settings,
                                       const struct projection_weights *weights, float *predicted, struct error *error)
{
    const struct dense_shape shape = shape_of(data, settings);
    int64_t size = dense_size(&shape);
    if (size < 0 || weights->count != (size_t)size)
        return error_set(error, STATUS_BAD_DATA, "the network has %zu weights, not %lld", weights->count,
                         (long long)size);
    return dense_predict(compute, &shape, weights->values, data->n, data->x, predicted, error);
}
