#ifndef SLEEVE_NN_BEST_WEIGHTS_H
#define SLEEVE_NN_BEST_WEIGHTS_H

#include "nn/parameters.h"

/* The best weights of a training that is not over, in a file of their own beside its checkpoint: values [n_values],
 * F32, and the metadata "identity" of the training. */

enum status best_weights_write(const struct parameters *parameters, const char *path, const char *identity,
                               struct error *error);
/* STATUS_BAD_DATA: the file is damaged, or of another training. */
enum status best_weights_check(const struct parameters *parameters, const char *path, const char *identity,
                               struct error *error);
/* The same, and writes them to the parameters. */
enum status best_weights_load(struct parameters *parameters, const char *path, const char *identity,
                              struct error *error);
/* The same, and copies them to *values [n_values], which is malloc'ed. */
enum status best_weights_copy(const struct parameters *parameters, const char *path, const char *identity,
                              float **values, struct error *error);

#endif
