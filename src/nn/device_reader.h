#ifndef SLEEVE_NN_DEVICE_READER_H
#define SLEEVE_NN_DEVICE_READER_H

#include <stdbool.h>

#include "gpu/compute.h"

/* A buffer of the device on its way to a file: what the host can read in place is given at once, anything else a part
 * at a time, so that it is never held twice. */
struct device_reader {
    const struct compute *compute;
    const struct compute_buffer *buffer;
    size_t size; /* bytes */
    void *room;  /* owned; for what is read from the device */
};

/* The `next` of a tensor_source, `context` a struct device_reader. */
enum status device_reader_next(void *context, size_t offset, const void **bytes, size_t *size, struct error *error);
void device_reader_free(struct device_reader *parts);

/* Numbers of a buffer handed to `use` in order and a part at a time, whole rows of `columns` [n_rows x columns] with
 * the number of the first; what it changes is written back when `write` is set. */
enum status device_rows_visit(const struct compute *compute, struct compute_buffer *buffer, int64_t n_rows,
                              int64_t columns, bool write,
                              void (*use)(void *context, int64_t first, int64_t count, float *rows), void *context,
                              struct error *error);

#endif
