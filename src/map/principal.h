#ifndef SLEEVE_MAP_PRINCIPAL_H
#define SLEEVE_MAP_PRINCIPAL_H

#include <stdint.h>

#include "gpu/compute.h"

/* The first two principal components of X [n x d], whose columns have mean 0, by subspace iteration (Halko, Martinsson
 * and Tropp 2011): scores [n x 2] in float32. The sign of a component makes its largest loading positive. A component
 * beyond the rank of the data is zero. */
enum status principal_components(struct compute *compute, int64_t n, int64_t d, struct compute_slice x, uint64_t seed,
                                 float *scores, struct error *error);

#endif
