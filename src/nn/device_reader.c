#include "nn/device_reader.h"

#include <stdlib.h>

enum { PART_BYTES = 1 << 22 };

enum status device_reader_next(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct device_reader *parts = context;
    const struct compute_ops *ops = parts->compute->ops;
    const char *host = ops->buffer_host(parts->buffer);
    size_t left = parts->size - offset;
    if (host) { /* a write or an operation may still be running */
        *bytes = host + offset;
        *size = left;
        return ops->stream_synchronise(parts->compute->stream, error);
    }
    if (!parts->copy && !(parts->copy = malloc(PART_BYTES)))
        return error_no_memory(error);
    *bytes = parts->copy;
    *size = left < PART_BYTES ? left : PART_BYTES;
    return ops->buffer_read(parts->compute->stream, parts->buffer, offset, parts->copy, *size, error);
}

void device_reader_free(struct device_reader *parts)
{
    free(parts->copy);
    parts->copy = NULL;
}

enum status device_rows_visit(const struct compute *compute, struct compute_buffer *buffer, int64_t n_rows,
                              int64_t columns, bool write,
                              void (*use)(void *context, int64_t first, int64_t count, float *rows), void *context,
                              struct error *error)
{
    size_t row_bytes = (size_t)columns * sizeof(float);
    int64_t at_once = PART_BYTES / (int64_t)row_bytes + 1;
    float *rows = malloc((size_t)at_once * row_bytes);
    enum status status = rows ? STATUS_OK : error_no_memory(error);
    for (int64_t first = 0; first < n_rows && status == STATUS_OK; first += at_once) {
        int64_t count = n_rows - first < at_once ? n_rows - first : at_once;
        size_t offset = (size_t)first * row_bytes, bytes = (size_t)count * row_bytes;
        status = compute->ops->buffer_read(compute->stream, buffer, offset, rows, bytes, error);
        if (status != STATUS_OK)
            break;
        use(context, first, count, rows);
        if (write)
            status = compute->ops->buffer_write(compute->stream, buffer, offset, rows, bytes, error);
    }
    free(rows);
    return status;
}
