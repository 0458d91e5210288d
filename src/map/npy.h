#ifndef SLEEVE_MAP_NPY_H
#define SLEEVE_MAP_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* NumPy's .npy files (versions 1.0 to 3.0) with a matrix of little-endian float32 or float64 in C order; anything else
 * is refused with STATUS_BAD_DATA and a message that names the file. */

struct npy_matrix {
    int64_t rows, columns;
    float *values; /* allocated with malloc; owned by the holder of the struct */
};

void npy_free(struct npy_matrix *matrix);
enum status npy_read(const char *path, struct npy_matrix *matrix, struct error *error);
/* The same from memory; `name` is used in messages. */
enum status npy_parse(const void *bytes, size_t size, const char *name, struct npy_matrix *matrix, struct error *error);
/* Appends a float32 matrix in version 1.0. */
enum status npy_write(int64_t rows, int64_t columns, const float *values, struct buffer *out, struct error *error);

#endif
