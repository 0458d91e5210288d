#include "nn/epoch_record.h"

#include <stdlib.h>

static size_t size_of(const struct epoch_record *record)
{
    return (size_t)(record->epochs * record->columns) * sizeof *record->values;
}

enum status epoch_record_open(struct epoch_record *record, struct compute *compute, int64_t epochs, int columns,
                              struct error *error)
{
    *record = (struct epoch_record){.compute = compute, .epochs = epochs, .columns = columns};
    record->values = calloc((size_t)(epochs * columns) + 1, sizeof *record->values);
    if (!record->values)
        return error_no_memory(error);
    enum status status = compute->ops->buffer_create(compute->device, size_of(record), &record->buffer, error);
    return status == STATUS_OK ? epoch_record_write(record, error) : status;
}

void epoch_record_close(struct epoch_record *record)
{
    if (record->buffer)
        record->compute->ops->buffer_destroy(record->buffer);
    free(record->values);
    *record = (struct epoch_record){0};
}

enum status epoch_record_read(const struct epoch_record *record, struct error *error)
{
    const struct compute *compute = record->compute;
    return compute->ops->buffer_read(compute->stream, record->buffer, 0, record->values, size_of(record), error);
}

enum status epoch_record_write(const struct epoch_record *record, struct error *error)
{
    const struct compute *compute = record->compute;
    return compute->ops->buffer_write(compute->stream, record->buffer, 0, record->values, size_of(record), error);
}

void epoch_record_list(const struct epoch_record *record, struct checkpoint_list *list)
{
    checkpoint_add(list, "curve", "", false, record->buffer, record->epochs * record->columns);
}
