#ifndef SLEEVE_NN_DEVICE_READER_H
#define SLEEVE_NN_DEVICE_READER_H

#include <stdbool.h>

#include "gpu/compute.h"

/* Writes a buffer of the device to a file: memory that the host can read in place is passed on as it is, other memory
 * is copied part by part. */
struct device_reader {
    const struct compute *compute;
    const struct compute_buffer *buffer;
    size_t size; /* bytes */
    void *copy;  /* of a part; owned */
};

/* The `next` of a tensor_source, `context` a struct device_reader. */
enum status device_reader_next(void *context, size_t offset, const void **bytes, size_t *size, struct error *error);
void device_reader_free(struct device_reader *parts);

/* Passes the rows [n_rows x columns] of a buffer to `use` in order, some at a time, with the number of the first. With
 * `write`, its changes are written back. */
enum status device_rows_visit(const struct compute *compute, struct compute_buffer *buffer, int64_t n_rows,
                              int64_t columns, bool write,
                              void (*use)(void *context, int64_t first, int64_t count, float *rows), void *context,
                              struct error *error);

#endif
