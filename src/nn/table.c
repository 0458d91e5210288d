#include "nn/table.h"

static enum status create_zeros(struct table *table, size_t bytes, struct compute_slice *slice, struct error *error)
{
    const struct compute *compute = table->compute;
    enum status status = compute->ops->buffer_create(compute->device, bytes, &slice->buffer, error);
    if (status == STATUS_OK) /* the bits of 0.0f are those of 0 */
        status = compute->ops->network.fill(compute->stream, (int64_t)(bytes / sizeof(float)), 0, *slice, error);
    return status;
}

enum status table_create(struct table *table, struct compute *compute, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error)
{
    *table = (struct table){.compute = compute, .on_device = {.n_rows = n_rows, .d = d, .values = {values, 0}}};
    size_t bytes = (size_t)(n_rows * d) * sizeof(float);
    enum status status = values ? STATUS_OK : create_zeros(table, bytes, &table->on_device.values, error);
    if (status == STATUS_OK)
        status = create_zeros(table, bytes, &table->on_device.velocity, error);
    if (status == STATUS_OK)
        status = create_zeros(table, (size_t)n_rows * sizeof(int32_t), &table->on_device.last, error);
    return status;
}

void table_destroy(struct table *table)
{
    if (!table->compute)
        return;
    table->compute->ops->buffer_destroy(table->on_device.values.buffer);
    table->compute->ops->buffer_destroy(table->on_device.velocity.buffer);
    table->compute->ops->buffer_destroy(table->on_device.last.buffer);
    *table = (struct table){0};
}
