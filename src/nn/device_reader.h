#ifndef SLEEVE_NN_DEVICE_READER_H
#define SLEEVE_NN_DEVICE_READER_H

#include <stdbool.h>

#include "gpu/compute.h"

/* Reads a device buffer for writing it to a file: memory that the host can read in place is passed on directly, other
 * memory is copied in parts. */
struct device_reader {
    const struct compute *compute;
    const struct compute_buffer *buffer;
    size_t size; /* bytes */
    void *copy;  /* of one part; owned */
};

/* The `next` of a tensor_source, `context` a struct device_reader. */
enum status device_reader_next(void *context, size_t offset, const void **bytes, size_t *size, struct error *error);
void device_reader_free(struct device_reader *parts);

/* Calls `use` with the rows [n_rows x columns] of a buffer in order, some at a time, and with the number of the first
 * one. With `write`, the changes that `use` makes are written back. */
enum status device_rows_visit(const struct compute *compute, struct compute_buffer *buffer, int64_t n_rows,
                              int64_t columns, bool write,
                              void (*use)(void *context, int64_t first, int64_t count, float *rows), void *context,
                              struct error *error);

#endif
