#include "features/projection.h"
#include "nn/dense.h"

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
                                         .resume = settings->resume};
    struct dense_result trained;
    enum status status = dense_fit(compute, data, &dense, predicted, NULL, progress, &trained, error);
    if (status == STATUS_OK)
        *result = (struct projection_network_result){trained.epochs, trained.best_epoch, trained.validation_score};
    return status;
}
