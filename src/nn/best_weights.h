#ifndef SLEEVE_NN_BEST_WEIGHTS_H
#define SLEEVE_NN_BEST_WEIGHTS_H

#include "core/safetensors.h"
#include "nn/parameters.h"

/* The best weights of a training that is not over, in a file of their own beside its checkpoint: values [n_values],
 * F32, and the metadata "identity" of the training. */

enum status best_weights_write(const struct parameters *parameters, const char *path, const char *identity,
                               struct error *error);
/* The values stay valid until the file is closed; close it after a failure, too. STATUS_BAD_DATA: it is damaged, or of
 * another training. */
enum status best_weights_open(const struct parameters *parameters, const char *path, const char *identity,
                              struct safetensors **file, const float **values, struct error *error);

#endif
