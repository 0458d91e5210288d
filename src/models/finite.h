#ifndef SLEEVE_MODELS_FINITE_H
#define SLEEVE_MODELS_FINITE_H

#include <stdint.h>

#include "core/pool.h"

/* The index of the first value that is NaN or infinite; -1 if there is none. Uses the pool's threads and is limited by
 * memory bandwidth, because models with millions of tracks are checked when they are opened. */
int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count);

#endif
