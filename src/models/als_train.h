#ifndef SLEEVE_MODELS_ALS_TRAIN_H
#define SLEEVE_MODELS_ALS_TRAIN_H

#include "models/kind.h"

/* Shared by the kinds that are based on ALS track factors. */

extern const struct setting_rule als_rules[]; /* ended by a rule without a key */

/* Fits the playlists, reports how many singular directions the regularization leaves, and stores the track factors,
 * times setting "scale", as matrix "tracks" in addition to the given `weights`. */
enum status als_train_tracks(struct model_task *task, struct model_weights *weights, struct error *error);

#endif
