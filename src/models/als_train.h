#ifndef SLEEVE_MODELS_ALS_TRAIN_H
#define SLEEVE_MODELS_ALS_TRAIN_H

#include "models/kind.h"

/* What the kinds that stand on ALS track factors have in common. */

extern const struct setting_rule als_rules[]; /* ended by a rule without a key */

/* Fits the playlists, reports how many singular directions survive the regularization, and writes the model with the
 * track factors, times setting "scale", as matrix "tracks" beside the `weights` given. */
enum status als_train_tracks(struct model_task *task, struct model_weights *weights, struct error *error);

#endif
