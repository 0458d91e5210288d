#include "nn/table.h"

#include <stdlib.h>

#include "nn/exchange.h"

static enum status create_zeros(struct table *table, size_t bytes, struct compute_slice *slice, struct error *error)
{
    const struct compute *compute = table->compute;
    enum status status = compute->ops->buffer_create(compute->device, bytes, &slice->buffer, error);
    if (status == STATUS_OK) /* the bits of 0.0f are those of 0 */
        status = compute->ops->network.fill(compute->stream, (int64_t)(bytes / sizeof(float)), 0, *slice, error);
    return status;
}

/* Replaces the values of the whole table by those of this rank's rows. */
static enum status keep_own(struct table *table, struct error *error)
{
    const struct compute *compute = table->compute;
    const struct ranks_part own = shards_own(table->shards);
    const int64_t d = table->on_device.d;
    struct compute_slice all = table->on_device.values, kept = {0};
    enum status status =
        compute->ops->buffer_create(compute->device, (size_t)(own.count * d) * sizeof(float), &kept.buffer, error);
    if (status == STATUS_OK && own.count > 0)
        status = compute->ops->network.add_scaled(compute->stream, own.count * d, 1,
                                                  (struct compute_slice){all.buffer, (size_t)(own.first * d)}, 0, kept,
                                                  error);
    compute->ops->buffer_destroy(all.buffer);
    table->on_device.values = kept;
    return status;
}

static enum status divide(struct table *table, struct ranks *ranks, struct error *error)
{
    const int64_t n_rows = table->on_device.n_rows;
    enum status status = shards_create(ranks, n_rows, &table->shards, error);
    if (status != STATUS_OK)
        return status;
    table->on_device.n_rows = shards_own(table->shards).count;
    table->fetched.index = malloc(((size_t)n_rows + 1) * sizeof *table->fetched.index);
    if (!table->fetched.index)
        return error_no_memory(error);
    for (int64_t i = 0; i < n_rows; i++)
        table->fetched.index[i] = -1;
    return table->on_device.values.buffer ? keep_own(table, error) : STATUS_OK;
}

enum status table_create(struct table *table, struct compute *compute, struct ranks *ranks, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error)
{
    *table = (struct table){.compute = compute, .on_device = {.n_rows = n_rows, .d = d, .values = {values, 0}}};
    enum status status = ranks_size(ranks) > 1 ? divide(table, ranks, error) : STATUS_OK;
    const size_t own = (size_t)table->on_device.n_rows, bytes = own * (size_t)d * sizeof(float);
    if (status == STATUS_OK && !table->on_device.values.buffer)
        status = create_zeros(table, bytes, &table->on_device.values, error);
    if (status == STATUS_OK)
        status = create_zeros(table, bytes, &table->on_device.velocity, error);
    if (status == STATUS_OK)
        status = create_zeros(table, own * sizeof(int32_t), &table->on_device.last, error);
    return status;
}

void table_destroy(struct table *table)
{
    if (!table->compute)
        return;
    table->compute->ops->buffer_destroy(table->on_device.values.buffer);
    table->compute->ops->buffer_destroy(table->on_device.velocity.buffer);
    table->compute->ops->buffer_destroy(table->on_device.last.buffer);
    shards_destroy(table->shards);
    free(table->fetched.rows);
    free(table->fetched.index);
    *table = (struct table){0};
}

int64_t table_rows(const struct table *table)
{
    return table->shards ? table->shards->n_rows : table->on_device.n_rows;
}

/* ---- fetching ---- */

/* Lists the distinct rows, and marks them in `index`. */
static enum status list_distinct(struct table_fetched *fetched, int64_t n, const int32_t *rows, struct error *error)
{
    for (int64_t i = 0; i < fetched->n; i++)
        fetched->index[fetched->rows[i]] = -1;
    fetched->n = 0;
    if ((size_t)n > fetched->capacity) {
        free(fetched->rows);
        fetched->rows = malloc((size_t)n * sizeof *fetched->rows);
        fetched->capacity = fetched->rows ? (size_t)n : 0;
        if (!fetched->rows)
            return error_no_memory(error);
    }
    for (int64_t i = 0; i < n; i++)
        if (rows[i] >= 0 && fetched->index[rows[i]] < 0) {
            fetched->index[rows[i]] = 0;
            fetched->rows[fetched->n++] = rows[i];
        }
    return STATUS_OK;
}

/* What a fetch sends and receives, by rank: the rows that this rank reads, and those that others read here. */
struct request {
    int64_t *bounds, *asked_bounds; /* [ranks + 1] */
    int32_t *asked;                 /* counted from the first row of the shard */
};

/* Puts the rows into the order of the ranks that have them, and sends these their numbers. */
static enum status ask(const struct shards *shards, struct table_fetched *fetched, struct request *request,
                       struct error *error)
{
    const size_t size = (size_t)ranks_size(shards->ranks), n = (size_t)fetched->n;
    int32_t *order = malloc((2 * n + 1) * sizeof *order);
    request->bounds = malloc(2 * (size + 1) * sizeof *request->bounds);
    if (!order || !request->bounds) {
        free(order);
        return error_no_memory(error);
    }
    int32_t *grouped = order + n;
    request->asked_bounds = request->bounds + size + 1;
    shards_group(shards, fetched->n, fetched->rows, request->bounds, grouped, order);
    for (size_t i = 0; i < n; i++) {
        fetched->rows[i] = grouped[i];
        fetched->index[grouped[i]] = (int32_t)i;
    }
    free(order);
    return shards_send(shards, request->bounds, fetched->rows, request->asked_bounds, &request->asked, error);
}

/* Sends the rows that other ranks have requested, and receives those of this request. */
static void answer(struct table *table, struct tape *tape, const struct compute_schedule *schedule, int64_t step,
                   const struct request *request)
{
    struct table_fetched *fetched = &table->fetched;
    struct ranks *ranks = table->shards->ranks;
    const int64_t d = table->on_device.d, n_asked = request->asked_bounds[ranks_size(ranks)];
    const struct compute_slice out = tape_memory(tape, n_asked * d), values = tape_memory(tape, fetched->n * d),
                               last = tape_memory(tape, fetched->n);
    if (n_asked > 0)
        TAPE_RUN(tape, network.table_read, &table->on_device, schedule, step, n_asked,
                 tape_upload(tape, request->asked, n_asked), 1, 0, out, d);
    TAPE_RUN(tape, network.fill, fetched->n, 0, last);
    if (tape->status == STATUS_OK)
        tape->status = exchange_blocks(ranks, table->compute, d, request->asked_bounds, out, request->bounds, values,
                                       &tape->error);
    /* Rows of step 0 are read as they are, without their velocity. */
    fetched->on_device =
        (struct compute_table){.n_rows = fetched->n, .d = d, .values = values, .velocity = values, .last = last};
}

void table_fetch(struct table *table, struct tape *tape, const struct compute_schedule *schedule, int64_t step,
                 int64_t n, const int32_t *rows)
{
    struct request request = {0};
    if (!table->shards || tape->status != STATUS_OK)
        return;
    tape->status = list_distinct(&table->fetched, n, rows, &tape->error);
    if (tape->status == STATUS_OK)
        tape->status = ask(table->shards, &table->fetched, &request, &tape->error);
    if (tape->status == STATUS_OK)
        answer(table, tape, schedule, step, &request);
    free(request.bounds);
    free(request.asked);
}

struct table_view table_view(const struct table *table, int64_t step)
{
    if (!table->shards)
        return (struct table_view){.table = &table->on_device, .step = step};
    return (struct table_view){.table = &table->fetched.on_device, .index = table->fetched.index};
}
