#include "app/training.h"

#include "eval/validation.h"
#include "features/feature_set.h"

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct training *training = context;
    struct model_spec spec = *training->spec;
    if (training->again)
        spec.resume = model_is_half_trained(training->catalogue, spec.name);
    training->again = true;
    const enum status status = model_train(training->catalogue, compute, &spec, training->progress, error);
    return device_status_shared(spec.ranks, status, error);
}

struct device_work training_work(struct training *training)
{
    return (struct device_work){run, training};
}

enum status app_train(struct catalogue *catalogue, struct device_use *device, const struct model_spec *spec,
                      struct progress *progress, struct error *error)
{
    struct model_spec evaluated_spec = *spec;
    struct validation *validation = NULL;
    enum status status = model_train_check(catalogue, spec, error);
    if (status == STATUS_OK && !(spec->split_sets & SPLIT_VALIDATION))
        status = validation_open(catalogue, &validation, error);
    evaluated_spec.evaluator = validation_evaluator(validation);
    struct training training = {.catalogue = catalogue, .spec = &evaluated_spec, .progress = progress};
    const struct device_work work = training_work(&training);
    for (size_t i = 0; i < spec->n_features && status == STATUS_OK; i++)
        feature_set_warn(catalogue, spec->features[i]);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    validation_close(validation);
    return status;
}
