#ifndef SLEEVE_NN_PARAMETERS_H
#define SLEEVE_NN_PARAMETERS_H

#include "core/random.h"
#include "nn/tape.h"

/* The dense parameters of a network: one array each for values, gradients and velocities, so that an optimiser's step
 * is one operation. Declare all parameters, then create. */

enum { PARAMETERS_MAX = 512, PARAMETER_NAME = 48 };

enum initial {
    INITIAL_ZERO,
    INITIAL_ONE,
    INITIAL_UNIFORM, /* in ± scale */
    INITIAL_NORMAL,  /* standard deviation scale */
    INITIAL_RUNNING, /* running statistics: the first half (means) is 0, the second half (variances) is 1 */
};

struct parameter {
    char name[PARAMETER_NAME];
    struct tensor tensor;
    enum initial initial;
    float scale;
    size_t offset; /* index of its first value in the arrays */
    bool trained;  /* false: running statistics, which have no gradient */
    bool no_decay; /* excluded from weight decay */
};

struct parameters {
    struct compute *compute;
    struct parameter items[PARAMETERS_MAX];
    size_t count;
    size_t n_trained, n_values; /* trained parameters come first */
    struct compute_buffer *values, *gradients, *velocity;
    bool misdeclared; /* too many parameters, a name that is too long, or the wrong order: parameters_create fails */
};

/* Declares a parameter. Its tensor can be used after parameters_create and lives as long as `parameters`, which must
 * not be moved in memory. Declare trained parameters before running statistics. */
struct tensor *parameters_add(struct parameters *parameters, const char *prefix, const char *name, int64_t rows,
                              int64_t columns, enum initial initial, float scale);
/* The same for a part of a layer, with the name NAME.PART. */
struct tensor *parameters_add_part(struct parameters *parameters, const char *prefix, const char *name,
                                   const char *part, int64_t rows, int64_t columns, enum initial initial, double scale);
struct tensor *parameters_add_running(struct parameters *parameters, const char *prefix, const char *name, int64_t rows,
                                      int64_t columns);
/* Excludes the parameter that was declared last from weight decay. */
void parameters_exclude_decay(struct parameters *parameters);
/* Allocates on the device: values as declared, gradients and velocities 0; without `training`, values only. */
enum status parameters_create(struct parameters *parameters, struct compute *compute, bool training,
                              struct random *random, struct error *error);
void parameters_destroy(struct parameters *parameters);
/* Call before each step: marks all gradients as not written. */
void parameters_begin(struct parameters *parameters);
/* Sets gradients that were not written to 0, so that all can be used as one array. */
enum status parameters_complete_gradients(struct parameters *parameters, struct error *error);
const struct parameter *parameters_find(const struct parameters *parameters, const char *name);
/* Values from and to host memory, [n_values]. */
enum status parameters_read(const struct parameters *parameters, float *values, struct error *error);
enum status parameters_write(struct parameters *parameters, const float *values, struct error *error);

#endif
