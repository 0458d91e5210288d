#ifndef SLEEVE_APP_ATTRIBUTE_WORK_H
#define SLEEVE_APP_ATTRIBUTE_WORK_H

#include "app/attribute_inputs.h"
#include "app/attribute_targets.h"
#include "app/attributes.h"
#include "attributes/quality.h"
#include "core/json.h"
#include "models/settings.h"

/* What the parts of app_attributes_train share. */

enum attribute_part { ATTRIBUTE_TRAIN, ATTRIBUTE_VALIDATION, ATTRIBUTE_TEST, ATTRIBUTE_PARTS };

/* The part of an artist: a function of it and the seed, whatever other artists there are. */
enum attribute_part attribute_part_of(int64_t artist, uint64_t seed, double test, double validation);

struct attribute_work {
    struct catalogue *catalogue;
    const struct attribute_train_settings *wanted;
    struct progress *progress;
    struct settings settings;
    struct attribute_inputs inputs;
    struct attribute_targets targets;
    struct attribute_model model;
    int64_t *artists;              /* [n] */
    uint8_t *parts;                /* [n] enum attribute_part, by artist */
    float *x;                      /* [n x width] standardised */
    struct buffer left_out, notes; /* columns, one a line; attributes and classes without enough labels, likewise */
    struct json_writer json;       /* of the report's attributes */
    struct buffer attributes;      /* what it writes to */
};

/* Trains one attribute, evaluates it and adds it to the model and the report. Not enough labels are STATUS_BAD_DATA. */
enum status attribute_learn(struct attribute_work *work, struct compute *compute, struct attribute_target *target,
                            struct error *error);

/* Classes without enough tracks in each part are left out and noted. STATUS_BAD_DATA where nothing is left. */
enum status attribute_check_labels(struct attribute_work *work, struct attribute_target *target, struct error *error);

#endif
