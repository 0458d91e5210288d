#ifndef SLEEVE_MODELS_HYBRID_FIXED_H
#define SLEEVE_MODELS_HYBRID_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"

/* The fixed sections of all tracks [n x width]. They are larger than the learned vectors, and a step with a sampled
 * softmax uses few rows. So they can wait in a file without a name, from which rows are read; the system's page cache
 * holds as much of it as there is memory to spare. */
struct hybrid_fixed {
    int64_t n, width;
    float *values; /* [n x width]; NULL: they are in the file, or width is 0 */
    bool in_file;
    int file;
};

/* Computes rows first..first+count-1. */
typedef void hybrid_fixed_fill(const void *context, int64_t first, int64_t count, float *rows);

/* beside: a path in the folder of the file; NULL: in memory, as where no such file can be written. */
enum status hybrid_fixed_make(int64_t n, int64_t width, const char *beside, hybrid_fixed_fill *fill,
                              const void *context, struct hybrid_fixed *fixed, struct error *error);
void hybrid_fixed_free(struct hybrid_fixed *fixed);
/* Copies rows[0..n-1] to out [n x width]. */
enum status hybrid_fixed_read(const struct hybrid_fixed *fixed, struct pool *pool, const int32_t *rows, int64_t n,
                              float *out, struct error *error);

#endif
