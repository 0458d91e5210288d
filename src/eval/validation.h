#ifndef SLEEVE_EVAL_VALIDATION_H
#define SLEEVE_EVAL_VALIDATION_H

#include "models/recommender.h"

/* Evaluates a model during its training, on the validation playlists of the catalogue's split. */
struct validation;

/* *out is NULL if the split has no validation playlists. */
enum status validation_open(struct catalogue *catalogue, struct validation **out, struct error *error);
/* For struct model_spec; valid as long as `validation`. NULL for NULL. */
const struct model_evaluator *validation_evaluator(const struct validation *validation);
void validation_close(struct validation *validation);

#endif
