#ifndef SLEEVE_APP_ATTRIBUTE_FIT_H
#define SLEEVE_APP_ATTRIBUTE_FIT_H

#include "app/attribute_work.h"

/* The training of one attribute's network. Its checkpoint "NAME.KIND.training" stays beside the model until all
 * attributes are learned, so that a training that was stopped or killed continues with `resume`. */

/* Sets the checkpoint and the identity of `settings`, and trains (nn/dense.h). */
enum status attribute_fit(const struct attribute_work *work, struct compute *compute, enum attribute_kind kind,
                          const struct dense_data *data, struct dense_settings *settings, float *predicted,
                          float *weights, struct dense_result *result, struct error *error);

/* STATUS_USAGE for `resume` where none of the attributes has a checkpoint. */
enum status attribute_fit_check(const struct attribute_work *work, struct error *error);
/* Removes the checkpoints of a name. */
void attribute_fit_forget(const struct catalogue *catalogue, const char *name);

#endif
