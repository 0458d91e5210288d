#ifndef SLEEVE_APP_TRAINING_H
#define SLEEVE_APP_TRAINING_H

#include "app/device.h"
#include "models/recommender.h"

/* A training as a piece of work for a device: when the device fails, it goes on on the CPU from its last checkpoint, or
 * begins anew where there is none yet. */
struct training {
    struct catalogue *catalogue;
    const struct model_spec *spec;
    struct progress *progress;
    bool again; /* it has been begun before */
};

struct device_work training_work(struct training *training);

#endif
