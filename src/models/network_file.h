#ifndef SLEEVE_MODELS_NETWORK_FILE_H
#define SLEEVE_MODELS_NETWORK_FILE_H

#include "models/kind.h"
#include "nn/parameters.h"
#include "nn/trainer.h"

/* Shared by the kinds that are networks: parameters in a model's file, and validation by the models' evaluator. */

/* Creates the declared parameters and reads them from the model's file. A parameter that is missing, has another shape
 * or contains NaN or infinity is STATUS_BAD_DATA; shapes are checked before memory is allocated. */
enum status network_parameters_open(const struct recommender *recommender, struct parameters *parameters,
                                    struct error *error);
bool network_is_finite(const float *values, size_t count);
/* Adds a copy of a matrix. */
enum status network_matrix_add(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                               const float *values, struct error *error);

/* The scores as the training loop reports them; `score->diverged` is not set. */
void network_score(const struct model_scores *scores, struct trainer_score *score);
/* Whether the model that the task kept can still be opened (trainer_network.check_kept). */
enum status network_check_kept(const struct model_task *task, struct error *error);

#endif
