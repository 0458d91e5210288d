#include "nn/checkpoint.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/safetensors.h"
#include "nn/device_reader.h"

enum { PART = 1 << 18 }; /* values that are read at a time */

void checkpoint_add(struct checkpoint_list *list, const char *prefix, const char *suffix, bool integers,
                    struct compute_buffer *buffer, int64_t count)
{
    if (!buffer)
        return;
    assert(list->count < CHECKPOINT_TENSORS_MAX);
    struct checkpoint_tensor *tensor = &list->items[list->count++];
    *tensor = (struct checkpoint_tensor){.integers = integers, .buffer = buffer, .count = count};
    int length = snprintf(tensor->name, sizeof tensor->name, "%s%s", prefix, suffix);
    assert(length > 0 && length < CHECKPOINT_NAME);
    (void)length;
}

void checkpoint_add_moments(struct checkpoint_list *list, const char *prefix, const char *suffix,
                            struct compute_buffer *buffer, int64_t count)
{
    const size_t before = list->count;
    checkpoint_add(list, prefix, suffix, false, buffer, count);
    if (list->count > before)
        list->items[before].moments = true;
}

static const char *dtype_of(const struct checkpoint_tensor *tensor)
{
    return tensor->integers ? "I32" : "F32";
}

bool checkpoint_is_sharded(const struct checkpoint_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].shards)
            return true;
    return false;
}

/* ---- sharded arrays, a block of rows at a time ---- */

/* The next block of an array, from row `first` on. */
struct block {
    size_t row_bytes;
    int64_t first, count;
};

static struct block block_at(const struct checkpoint_tensor *tensor, int64_t first)
{
    const int64_t n_rows = tensor->shards->n_rows, left = n_rows - first;
    const size_t row_bytes = (size_t)(tensor->count / n_rows) * sizeof(float);
    const int64_t most = shards_block(row_bytes);
    return (struct block){row_bytes, first, left < most ? left : most};
}

/* What rank 0 asks the others for while it writes a file, whose order is not that of the list. */
struct request {
    int64_t tensor; /* index in the list; -1: nothing more */
    int64_t first;  /* row */
};

static struct ranks *ranks_of(const struct checkpoint_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].shards)
            return list->items[i].shards->ranks;
    return NULL;
}

/* Of a sharded array: the `next` of a tensor_source at rank 0. */
struct shard_reader {
    const struct compute *compute;
    const struct checkpoint_list *list;
    size_t index;
    void *rows; /* of one block; owned */
};

static enum status next_of_shards(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct shard_reader *reader = context;
    const struct checkpoint_tensor *tensor = &reader->list->items[reader->index];
    struct block block = block_at(tensor, 0);
    if (!reader->rows && !(reader->rows = malloc((size_t)block.count * block.row_bytes)))
        return error_no_memory(error);
    block = block_at(tensor, (int64_t)(offset / block.row_bytes));
    struct request request = {(int64_t)reader->index, block.first};
    const enum status status = ranks_broadcast(tensor->shards->ranks, &request, sizeof request, error);
    *bytes = reader->rows;
    *size = (size_t)block.count * block.row_bytes;
    if (status != STATUS_OK)
        return status;
    return shards_gather(tensor->shards, reader->compute, tensor->buffer, block.row_bytes, block.first, block.count,
                         reader->rows, error);
}

enum status checkpoint_send(const struct compute *compute, const struct checkpoint_list *list, struct error *error)
{
    for (;;) {
        struct request request;
        char unused;
        enum status status = ranks_broadcast(ranks_of(list), &request, sizeof request, error);
        if (status != STATUS_OK || request.tensor < 0)
            return status;
        const struct checkpoint_tensor *tensor = &list->items[request.tensor];
        const struct block block = block_at(tensor, request.first);
        status = shards_gather(tensor->shards, compute, tensor->buffer, block.row_bytes, block.first, block.count,
                               &unused, error);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status end_requests(const struct checkpoint_list *list, struct error *error)
{
    struct request request = {.tensor = -1};
    return ranks_broadcast(ranks_of(list), &request, sizeof request, error);
}

/* Rank 0 reads the arrays in the order of the list. */
enum status checkpoint_receive(const struct compute *compute, const struct checkpoint_list *list, struct error *error)
{
    enum status status = STATUS_OK;
    char unused;
    for (size_t i = 0; i < list->count; i++) {
        const struct checkpoint_tensor *tensor = &list->items[i];
        for (int64_t first = 0; tensor->shards && first < tensor->shards->n_rows && status == STATUS_OK;) {
            const struct block block = block_at(tensor, first);
            status = shards_scatter(tensor->shards, compute, tensor->buffer, block.row_bytes, block.first, block.count,
                                    &unused, error);
            first += block.count;
        }
    }
    return status;
}

/* ---- writing ---- */

static enum status write_file(const struct compute *compute, const char *path, const struct checkpoint_list *list,
                              const struct metadata_pair *pairs, size_t n_pairs, struct error *error)
{
    struct tensor_source tensors[CHECKPOINT_TENSORS_MAX];
    struct device_reader readers[CHECKPOINT_TENSORS_MAX];
    struct shard_reader shard_readers[CHECKPOINT_TENSORS_MAX];
    for (size_t i = 0; i < list->count; i++) {
        const struct checkpoint_tensor *tensor = &list->items[i];
        shard_readers[i] = (struct shard_reader){.compute = compute, .list = list, .index = i};
        readers[i] = (struct device_reader){
            .compute = compute, .buffer = tensor->buffer, .size = (size_t)tensor->count * sizeof(float)};
        tensors[i] = (struct tensor_source){.name = tensor->name,
                                            .dtype = dtype_of(tensor),
                                            .rank = 1,
                                            .shape = {tensor->count},
                                            .next = device_reader_next,
                                            .context = &readers[i]};
        if (tensor->shards) {
            tensors[i].next = next_of_shards;
            tensors[i].context = &shard_readers[i];
        }
    }
    enum status status = safetensors_write(path, tensors, list->count, pairs, n_pairs, error);
    for (size_t i = 0; i < list->count; i++) {
        device_reader_free(&readers[i]);
        free(shard_readers[i].rows);
    }
    if (status == STATUS_OK)
        status = end_requests(list, error);
    return status;
}

enum status checkpoint_write(const struct compute *compute, const char *path, const char *identity,
                             const struct checkpoint_list *list, const struct checkpoint_position *position,
                             struct error *error)
{
    char epoch[32], step[32], best[40], best_epoch[32], taken[32];
    snprintf(epoch, sizeof epoch, "%lld", (long long)position->epoch);
    snprintf(step, sizeof step, "%lld", (long long)position->step);
    snprintf(best, sizeof best, "%.17g", position->best);
    snprintf(best_epoch, sizeof best_epoch, "%lld", (long long)position->best_epoch);
    snprintf(taken, sizeof taken, "%lld", (long long)position->taken);
    const struct metadata_pair pairs[] = {
        {"training", identity}, {"epoch", epoch},           {"step", step},
        {"best", best},         {"best_epoch", best_epoch}, {"steps", taken},
    };
    return write_file(compute, path, list, pairs, sizeof pairs / sizeof pairs[0], error);
}

/* ---- reading ---- */

static enum status read_number(const struct safetensors *file, const char *key, double low, double high, double *number,
                               struct error *error)
{
    const char *text = safetensors_metadata(file, key);
    char *end = NULL;
    *number = text ? strtod(text, &end) : 0;
    if (text && end != text && *end == '\0' && *number >= low && *number <= high)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA, "it has no valid \"%s\"", key);
}

static enum status read_position(const struct safetensors *file, const struct checkpoint_expected *expected,
                                 struct checkpoint_position *position, struct error *error)
{
    const double most = 1e15;
    double epoch = 0, step = 0, best_epoch = 0, taken = 0;
    enum status status = read_number(file, "epoch", 0, most, &epoch, error);
    if (status == STATUS_OK)
        status = read_number(file, "step", 0, most, &step, error);
    if (status == STATUS_OK)
        status = read_number(file, "best", expected->best_low, expected->best_high, &position->best, error);
    if (status == STATUS_OK)
        status = read_number(file, "best_epoch", 0, most, &best_epoch, error);
    if (status == STATUS_OK)
        status = read_number(file, "steps", 0, INT32_MAX, &taken, error);
    position->epoch = (int64_t)epoch;
    position->step = (int64_t)step;
    position->best_epoch = (int64_t)best_epoch;
    position->taken = (int64_t)taken;
    return status;
}

/* `first`: the index of the first value. */
static enum status check_values(const struct checkpoint_tensor *tensor, const void *values, int64_t first,
                                int64_t count, int64_t taken, struct error *error)
{
    const float *floats = values;
    const int32_t *integers = values;
    for (int64_t i = 0; i < count; i++)
        if (tensor->integers ? integers[i] < 0 || integers[i] > taken : !isfinite(floats[i]))
            return error_set(error, STATUS_BAD_DATA, "its \"%s\" holds an invalid value (at index %lld)", tensor->name,
                             (long long)(first + i));
    return STATUS_OK;
}

/* How many values are read at a time. */
static int64_t part_at(const struct checkpoint_tensor *tensor, int64_t at)
{
    const int64_t left = tensor->count - at;
    if (!tensor->shards)
        return left < PART ? left : PART;
    const int64_t columns = tensor->count / tensor->shards->n_rows;
    return block_at(tensor, at / columns).count * columns;
}

static enum status store_part(const struct compute *compute, const struct checkpoint_tensor *tensor, int64_t at,
                              int64_t count, const void *part, struct error *error)
{
    if (!tensor->shards)
        return compute->ops->buffer_write(compute->stream, tensor->buffer, (size_t)at * sizeof(float), part,
                                          (size_t)count * sizeof(float), error);
    const int64_t columns = tensor->count / tensor->shards->n_rows;
    return shards_scatter(tensor->shards, compute, tensor->buffer, (size_t)columns * sizeof(float), at / columns,
                          count / columns, part, error);
}

/* Part by part, so that the file is never in memory beside the array. */
static enum status read_tensor(const struct compute *compute, const struct safetensors *file,
                               const struct checkpoint_tensor *tensor, int64_t taken, struct error *error)
{
    const int64_t shape[1] = {tensor->count};
    const void *values;
    const struct tensor_view *view;
    enum status status = safetensors_values(file, tensor->name, dtype_of(tensor), 1, shape, &values, &view, error);
    for (int64_t at = 0; at < tensor->count && status == STATUS_OK;) {
        const int64_t count = part_at(tensor, at);
        const float *part = (const float *)values + at;
        status = check_values(tensor, part, at, count, taken, error);
        if (status == STATUS_OK)
            status = store_part(compute, tensor, at, count, part, error);
        safetensors_release(file, part, (size_t)count * sizeof *part);
        at += count;
    }
    return status;
}

static enum status check_identity(const struct safetensors *file, const struct checkpoint_expected *expected,
                                  struct error *error)
{
    const char *identity = safetensors_metadata(file, "training");
    for (const char *const *known = expected->identities; identity && *known; known++)
        if (strcmp(identity, *known) == 0)
            return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "it was made with other settings or other data; repeat the original command, or leave --resume "
                     "out to start over");
}

enum status checkpoint_read(const struct compute *compute, const char *path, const struct checkpoint_expected *expected,
                            const struct checkpoint_list *list, struct checkpoint_position *position,
                            struct error *error)
{
    struct safetensors *file = NULL;
    enum status status = safetensors_open(path, &file, error);
    if (status != STATUS_OK)
        return error_prefix(error, "training cannot be resumed (leave --resume out to start over)");
    status = check_identity(file, expected, error);
    if (status == STATUS_OK)
        status = read_position(file, expected, position, error);
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        status = read_tensor(compute, file, &list->items[i], position->taken, error);
    safetensors_close(file);
    if (status == STATUS_OK)
        return status;
    if (status == STATUS_USAGE) /* which says what to do */
        return error_prefix(error, "training cannot be resumed from %s", path);
    return error_prefix(error, "training cannot be resumed from %s (leave --resume out to start over)", path);
}
