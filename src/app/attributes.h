#ifndef SLEEVE_APP_ATTRIBUTES_H
#define SLEEVE_APP_ATTRIBUTES_H

#include "app/device.h"
#include "attributes/model_file.h"
#include "core/progress.h"

/* Attributes that people understand (Patwari et al. 2020): learned from labels of some tracks, predicted for all. */

struct attribute_train_settings {
    const char *name;             /* of the model */
    const char *features;         /* see app/attribute_inputs.h */
    const char *labels;           /* see app/attribute_targets.h */
    bool wanted[ATTRIBUTE_KINDS]; /* which attributes; none: all that have labels */
    const char *const *settings;  /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    bool resume; /* continues a training of this name that was stopped or killed */
};

/* Draws the artists into three parts (training, validation, test), trains a network for each attribute with early
 * stopping on the validation tracks, chooses the thresholds of classes there, and evaluates it and the baseline (ridge
 * or logistic regression on the same inputs) on the test tracks. Columns of the features that hold what is to be
 * learned are left out. Writes the model and appends its report, a JSON object, to *report.
 *
 * Too few labels, labels that are all the same, and classes without a track in each part are STATUS_BAD_DATA where the
 * attribute was wanted by name, otherwise named in the report. An interruption leaves an earlier model as it was,
 * and checkpoints for `resume`, which gives the same result. */
enum status app_attributes_train(struct catalogue *catalogue, struct device_use *device,
                                 const struct attribute_train_settings *settings, struct progress *progress,
                                 struct buffer *report, struct error *error);

/* A description of the settings, for help. */
void attributes_help(struct buffer *out);

struct attribute_applied {
    int64_t tracks, n_tracks; /* with a row, and of the catalogue */
    int columns;
};
/* Predicts all tracks that have inputs, and writes two feature sets of tracks: `set` with a column for each attribute
 * ("energy", "genre:metal"), values and probabilities from 0 to 1; and `set`.logits with what they are before σ and the
 * limits, for distances. With `test_only` only tracks of the artists of the test have rows, whose labels neither the
 * networks nor the thresholds have seen. Sets of these names that were not made here are not replaced: STATUS_USAGE. */
enum status app_attributes_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                                 const char *set, bool test_only, struct progress *progress,
                                 struct attribute_applied *applied, struct error *error);

#define ATTRIBUTE_SET "attributes" /* the set of predictions that searches, recipes and the explorer read */
#define ATTRIBUTE_EXTRACTOR "attributes"
#define ATTRIBUTE_GENRE_COLUMN "genre:"

#endif
