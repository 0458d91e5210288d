#ifndef SLEEVE_MODELS_FINITE_H
#define SLEEVE_MODELS_FINITE_H

#include <stdint.h>

#include "core/pool.h"

/* The index of the first value that is NaN or infinite; -1 if there is none. Uses the pool's threads and is limited by
 * memory bandwidth, because models with millions of tracks are checked when they are opened. The same reading gives a
 * checksum, which does not depend on the threads: `sum` (may be NULL) receives it. */
int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count, uint64_t *sum);
/* The same checksum of other bytes, whose number is a multiple of 4. */
uint64_t checksum_of(struct pool *pool, const void *bytes, size_t size);

#endif
