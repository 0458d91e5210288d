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

/* ---- writing ---- */

static enum status write_file(const struct compute *compute, const char *path, const struct checkpoint_list *list,
                              const struct metadata_pair *pairs, size_t n_pairs, struct error *error)
{
    struct tensor_source tensors[CHECKPOINT_TENSORS_MAX];
    struct device_reader readers[CHECKPOINT_TENSORS_MAX];
    for (size_t i = 0; i < list->count; i++) {
        const struct checkpoint_tensor *tensor = &list->items[i];
        readers[i] = (struct device_reader){
            .compute = compute, .buffer = tensor->buffer, .size = (size_t)tensor->count * sizeof(float)};
        tensors[i] = (struct tensor_source){.name = tensor->name,
                                            .dtype = dtype_of(tensor),
                                            .rank = 1,
                                            .shape = {tensor->count},
                                            .next = device_reader_next,
                                            .context = &readers[i]};
    }
    enum status status = safetensors_write(path, tensors, list->count, pairs, n_pairs, error);
    for (size_t i = 0; i < list->count; i++)
        device_reader_free(&readers[i]);
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

/* Part by part, so that the file is never in memory beside the array. */
static enum status read_tensor(const struct compute *compute, const struct safetensors *file,
                               const struct checkpoint_tensor *tensor, int64_t taken, struct error *error)
{
    const int64_t shape[1] = {tensor->count};
    const void *values;
    const struct tensor_view *view;
    enum status status = safetensors_values(file, tensor->name, dtype_of(tensor), 1, shape, &values, &view, error);
    for (int64_t at = 0; at < tensor->count && status == STATUS_OK; at += PART) {
        const int64_t left = tensor->count - at, count = left < PART ? left : PART;
        const float *part = (const float *)values + at;
        status = check_values(tensor, part, at, count, taken, error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_write(compute->stream, tensor->buffer, (size_t)at * sizeof *part, part,
                                                (size_t)count * sizeof *part, error);
        safetensors_release(file, part, (size_t)count * sizeof *part);
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
