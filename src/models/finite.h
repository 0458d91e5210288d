#ifndef SLEEVE_MODELS_FINITE_H
#define SLEEVE_MODELS_FINITE_H

#include <stdint.h>

#include "core/pool.h"

/* The place of the first of these values that is no finite number; -1 when all are. Reads at the speed of memory, on
 * the pool's threads: a model of millions of tracks is looked through before its first answer. */
int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count);

#endif
