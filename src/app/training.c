#include "app/training.h"

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct training *training = context;
    struct model_spec spec = *training->spec;
    if (training->again)
        spec.resume = model_is_half_trained(training->catalogue, spec.name);
    training->again = true;
    return model_train(training->catalogue, compute, &spec, training->progress, error);
}

struct device_work training_work(struct training *training)
{
    return (struct device_work){run, training};
}
