#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "models/rta/rta.h"
#include "nn/device_reader.h"

/* The whole state of a training in one safetensors file: parameters and tables with their velocities, each row's last
 * step, and where the training was. Random numbers need no state: they are functions of seed and place. */

enum { TENSORS_MAX = 3 + 4 * RTA_SLOTS, NAME = 32 };

struct part {
    char name[NAME];
    const char *dtype;
    struct compute_buffer *buffer;
    int64_t count;
};

static size_t list_parts(const struct rta_trainer *trainer, struct part parts[TENSORS_MAX])
{
    const struct parameters *parameters = &trainer->network.parameters;
    size_t count = 0;
    if (parameters->n_values > 0)
        parts[count++] = (struct part){"parameters", "F32", parameters->values, (int64_t)parameters->n_values};
    if (parameters->n_trained > 0)
        parts[count++] = (struct part){"velocity", "F32", parameters->velocity, (int64_t)parameters->n_trained};
    if (trainer->second)
        parts[count++] = (struct part){"second", "F32", trainer->second, (int64_t)parameters->n_trained};
    for (int slot = 0; slot < rta_slots(&trainer->network.shape); slot++) {
        const struct compute_table *table = &trainer->tables[slot].on_device;
        struct part *three = parts + count;
        three[0] = (struct part){"", "F32", table->values.buffer, table->n_rows * table->d};
        three[1] = (struct part){"", "F32", table->velocity.buffer, table->n_rows * table->d};
        three[2] = (struct part){"", "I32", table->last.buffer, table->n_rows};
        snprintf(three[0].name, NAME, "%s", rta_slot_names[slot]);
        snprintf(three[1].name, NAME, "%s.velocity", rta_slot_names[slot]);
        snprintf(three[2].name, NAME, "%s.last", rta_slot_names[slot]);
        count += 3;
        if (trainer->table_seconds[slot]) {
            parts[count] = (struct part){"", "F32", trainer->table_seconds[slot], table->n_rows * table->d};
            snprintf(parts[count++].name, NAME, "%s.second", rta_slot_names[slot]);
        }
    }
    return count;
}

/* What the playlists hold and what is known of their tracks: both can change under the same names. */
static void fingerprint_contents(const struct model_task *task, char text[33])
{
    const struct interactions *interactions = task->interactions;
    const struct side_info *side = task->spec->side;
    size_t n = (size_t)interactions->n_tracks, n_playlists = (size_t)interactions->n_playlists;
    struct hash hash;
    hash_begin(&hash);
    hash_add_words(&hash, interactions->starts, (n_playlists + 1) * sizeof *interactions->starts);
    hash_add_words(&hash, interactions->tracks,
                   (size_t)interactions->starts[n_playlists] * sizeof *interactions->tracks);
    if (task->ops->uses_side_info) {
        hash_add_words(&hash, side->albums, n * sizeof *side->albums);
        hash_add_words(&hash, side->artists, n * sizeof *side->artists);
        hash_add_words(&hash, side->duration_ms, n * sizeof *side->duration_ms);
    }
    for (size_t i = 0; i < task->spec->n_features; i++)
        hash_add_words(&hash, side->features[i].rows, n * sizeof *side->features[i].rows);
    hash_end(hash, text);
}

/* All that must be equal for a training to go on as if it had not been stopped. */
static void describe(const struct model_task *task, struct buffer *text)
{
    char trained_on[33], contents[33], number[32], features[MODEL_FEATURES_TEXT];
    model_features_text(task->spec, features);
    model_training_fingerprint(task->interactions, trained_on);
    fingerprint_contents(task, contents);
    buffer_printf(text, "%s %s %s %s seed=%llu covers=%s%s", task->ops->kind, task->fingerprint, trained_on, contents,
                  (unsigned long long)task->seed, features, task->spec->evaluator ? " judged" : "");
    for (size_t i = 0; i < task->settings->count; i++) {
        settings_print(&task->settings->rules[i], task->settings->values[i], number);
        buffer_printf(text, " %s=%s", task->settings->rules[i].key, number);
    }
}

static enum status write_parts(const struct rta_trainer *trainer, const char *path, const struct metadata_pair *pairs,
                               size_t n_pairs, struct error *error)
{
    struct part parts[TENSORS_MAX];
    struct tensor_source tensors[TENSORS_MAX];
    struct device_reader sources[TENSORS_MAX];
    size_t count = list_parts(trainer, parts);
    for (size_t i = 0; i < count; i++) {
        sources[i] = (struct device_reader){
            .compute = trainer->compute, .buffer = parts[i].buffer, .size = (size_t)parts[i].count * sizeof(float)};
        tensors[i] = (struct tensor_source){.name = parts[i].name,
                                            .dtype = parts[i].dtype,
                                            .rank = 1,
                                            .shape = {parts[i].count},
                                            .next = device_reader_next,
                                            .context = &sources[i]};
    }
    enum status status = safetensors_write(path, tensors, count, pairs, n_pairs, error);
    for (size_t i = 0; i < count; i++)
        device_reader_free(&sources[i]);
    return status;
}

enum status rta_checkpoint_write(const struct model_task *task, const struct rta_trainer *trainer,
                                 const struct rta_progress *progress, struct error *error)
{
    struct buffer path = {0}, description = {0};
    char epoch[32], step[32], best[40], best_epoch[32], steps[32];
    model_checkpoint_path(task->path, &path);
    describe(task, &description);
    snprintf(epoch, sizeof epoch, "%lld", (long long)progress->epoch);
    snprintf(step, sizeof step, "%lld", (long long)progress->step);
    snprintf(best, sizeof best, "%.17g", progress->best);
    snprintf(best_epoch, sizeof best_epoch, "%lld", (long long)progress->best_epoch);
    snprintf(steps, sizeof steps, "%lld", (long long)trainer->step);
    enum status status = path.failed || description.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK) {
        const struct metadata_pair pairs[] = {
            {"training", description.data}, {"epoch", epoch}, {"step", step}, {"best", best},
            {"best_epoch", best_epoch},     {"steps", steps},
        };
        status = write_parts(trainer, path.data, pairs, sizeof pairs / sizeof pairs[0], error);
    }
    buffer_free(&path);
    buffer_free(&description);
    return status;
}

static enum status read_number(const struct safetensors *file, const char *key, double low, double high, double *number,
                               struct error *error)
{
    const char *text = safetensors_metadata(file, key);
    char *end = NULL;
    *number = text ? strtod(text, &end) : low - 1;
    if (text && end != text && *end == '\0' && *number >= low && *number <= high)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA, "it does not say a usable \"%s\"", key);
}

/* Velocities and values are numbers, and no row was last met after the steps there were. */
static enum status check_values(const struct part *part, const void *values, int64_t steps, struct error *error)
{
    const float *floats = values;
    const int32_t *whole = values;
    bool is_float = strcmp(part->dtype, "F32") == 0;
    for (int64_t i = 0; i < part->count; i++)
        if (is_float ? !isfinite(floats[i]) : whole[i] < 0 || whole[i] > steps)
            return error_set(error, STATUS_BAD_DATA, "its \"%s\" holds a value that no training has (at %lld)",
                             part->name, (long long)i);
    return STATUS_OK;
}

static enum status read_parts(const struct safetensors *file, struct rta_trainer *trainer, int64_t steps,
                              struct error *error)
{
    const struct compute *compute = trainer->compute;
    struct part parts[TENSORS_MAX];
    size_t count = list_parts(trainer, parts);
    for (size_t i = 0; i < count; i++) {
        const int64_t shape[1] = {parts[i].count};
        const void *values;
        const struct tensor_view *view;
        enum status status = safetensors_values(file, parts[i].name, parts[i].dtype, 1, shape, &values, &view, error);
        if (status == STATUS_OK)
            status = check_values(&parts[i], values, steps, error);
        if (status == STATUS_OK)
            status = compute->ops->buffer_write(compute->stream, parts[i].buffer, 0, values,
                                                (size_t)parts[i].count * sizeof(float), error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_file(const struct model_task *task, const struct safetensors *file, struct rta_trainer *trainer,
                             struct rta_progress *progress, struct error *error)
{
    const char *written = safetensors_metadata(file, "training");
    struct buffer own = {0};
    describe(task, &own);
    enum status status = own.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && (!written || strcmp(written, own.data) != 0))
        status = error_set(error, STATUS_USAGE,
                           "it is of a training with other settings, playlists or tracks; give the same command as "
                           "then, or leave --resume out to begin anew");
    buffer_free(&own);
    double epoch, step, best, best_epoch, steps;
    const double most = 1e15;
    if (status == STATUS_OK)
        status = read_number(file, "epoch", 0, most, &epoch, error);
    if (status == STATUS_OK)
        status = read_number(file, "step", 0, most, &step, error);
    if (status == STATUS_OK)
        status = read_number(file, "best", -1, 1, &best, error);
    if (status == STATUS_OK)
        status = read_number(file, "best_epoch", 0, most, &best_epoch, error);
    if (status == STATUS_OK)
        status = read_number(file, "steps", 0, INT32_MAX, &steps, error);
    if (status == STATUS_OK)
        status = read_parts(file, trainer, (int64_t)steps, error);
    if (status != STATUS_OK)
        return status;
    *progress = (struct rta_progress){(int64_t)epoch, (int64_t)step, best, (int64_t)best_epoch};
    trainer->step = (int64_t)steps;
    return STATUS_OK;
}

enum status rta_checkpoint_read(const struct model_task *task, struct rta_trainer *trainer,
                                struct rta_progress *progress, struct error *error)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    model_checkpoint_path(task->path, &path);
    enum status status = path.failed ? error_no_memory(error) : safetensors_open(path.data, &file, error);
    if (status == STATUS_OK) {
        status = read_file(task, file, trainer, progress, error);
        if (status != STATUS_OK)
            error_prefix(error, "The stopped training %s cannot go on", path.data);
        safetensors_close(file);
    }
    buffer_free(&path);
    return status;
}

void rta_checkpoint_remove(const struct model_task *task)
{
    struct buffer path = {0};
    model_checkpoint_path(task->path, &path);
    if (!path.failed)
        unlink(path.data);
    buffer_free(&path);
}
