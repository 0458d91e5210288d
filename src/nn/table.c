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

void schedule_halving(struct schedule *schedule, float rate, int64_t start, int64_t interval, float momentum,
                      float decay)
{
    *schedule = (struct schedule){.momentum = momentum, .decay = decay, .count = 1, .rates = {rate}};
    if (interval <= 0)
        return;
    for (int64_t i = 1; i < SCHEDULE_MAX; i++) {
        schedule->first[i] = start + i * interval;
        schedule->rates[i] = schedule->rates[i - 1] / 2;
    }
    schedule->count = SCHEDULE_MAX;
}

struct compute_schedule schedule_on_device(const struct schedule *schedule)
{
    return (struct compute_schedule){.count = schedule->count,
                                     .first = schedule->first,
                                     .rates = schedule->rates,
                                     .momentum = schedule->momentum,
                                     .decay = schedule->decay};
}

float schedule_rate(const struct schedule *schedule, int64_t step)
{
    int64_t i = schedule->count - 1;
    while (i > 0 && schedule->first[i] > step)
        i--;
    return schedule->rates[i];
}
