#ifndef SLEEVE_APP_TRAINING_H
#define SLEEVE_APP_TRAINING_H

#include "app/device.h"
#include "models/recommender.h"

/* Trains and stores a model (models/recommender.h, model_train). It is evaluated on the validation playlists of the
 * split during training, unless it trains on them. When the device fails, training continues on the CPU. */
enum status app_train(struct catalogue *catalogue, struct device_use *device, const struct model_spec *spec,
                      struct progress *progress, struct error *error);

/* Training as work for a device: when the device fails, it continues on the CPU from its last checkpoint, or starts
 * again where there is none yet. */
struct training {
    struct catalogue *catalogue;
    const struct model_spec *spec;
    struct progress *progress;
    bool again; /* it was started before */
};

struct device_work training_work(struct training *training);

#endif
