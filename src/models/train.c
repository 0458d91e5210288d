#include <stdio.h>
#include <stdlib.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "models/kind.h"

/* Training: from playlists to a model's file. */

void model_weights_free(struct model_weights *weights)
{
    for (size_t i = 0; i < weights->count; i++)
        free(weights->items[i].values);
    weights->count = 0;
}

static const char *const matrix_dtypes[] = {[MATRIX_FLOAT32] = "F32", [MATRIX_INT32] = "I32", [MATRIX_INT64] = "I64"};

enum status model_weights_add_integers(struct model_weights *weights, const char *name, enum matrix_type type,
                                       int64_t rows, int64_t columns, void *values, struct error *error)
{
    if (!values)
        return error_no_memory(error);
    if (weights->count == MODEL_TENSORS_MAX) {
        free(values);
        return error_set(error, STATUS_FAILED, "A model has more than %d matrices: this is a fault of the program.",
                         MODEL_TENSORS_MAX);
    }
    weights->items[weights->count++] = (struct model_matrix){name, type, rows, columns, values};
    return STATUS_OK;
}

enum status model_weights_add(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                              float *values, struct error *error)
{
    return model_weights_add_integers(weights, name, MATRIX_FLOAT32, rows, columns, values, error);
}

static enum status add_popularity(const struct interactions *interactions, struct model_weights *weights,
                                  struct error *error)
{
    float *counts = calloc((size_t)interactions->n_tracks, sizeof *counts);
    if (counts)
        for (int64_t e = 0; e < interactions->starts[interactions->n_playlists]; e++)
            counts[interactions->tracks[e]]++;
    return model_weights_add(weights, "popularity", interactions->n_tracks, 1, counts, error);
}

void model_training_fingerprint(const struct interactions *interactions, char text[33])
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, interactions->playlist_ids, (size_t)interactions->n_playlists * sizeof *interactions->playlist_ids);
    hash_end(hash, text);
}

/* What the registry keeps: {"preset", "seed", "regularization", ...}. */
static char *describe(const struct settings *settings, uint64_t seed, const struct model_task *task)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_text(&json, "preset", settings->preset);
    json_pair_integer(&json, "seed", (int64_t)seed);
    json_pair_integer(&json, "playlists", task->interactions->n_playlists);
    char trained_on[33];
    model_training_fingerprint(task->interactions, trained_on);
    json_pair_text(&json, "trained_on", trained_on);
    for (size_t i = 0; i < settings->count; i++)
        json_pair_number(&json, settings->rules[i].key, settings->values[i]);
    if (task->report[0])
        json_pair_text(&json, "report", task->report);
    json_object_end(&json);
    if (text.failed) {
        buffer_free(&text);
        return NULL;
    }
    return text.data;
}

static enum status write_file(const struct recommender_ops *ops, const struct settings *settings,
                              const struct model_weights *weights, const struct interactions *interactions,
                              const char *fingerprint, const char *description, const char *path, struct error *error)
{
    struct tensor_source tensors[MODEL_TENSORS_MAX];
    struct metadata_pair pairs[SETTINGS_MAX + 4];
    char keys[SETTINGS_MAX][64], values[SETTINGS_MAX][32], n_tracks[32];
    for (size_t i = 0; i < weights->count; i++) {
        const struct model_matrix *matrix = &weights->items[i];
        tensors[i] = (struct tensor_source){.name = matrix->name,
                                            .dtype = matrix_dtypes[matrix->type],
                                            .rank = 2,
                                            .shape = {matrix->rows, matrix->columns},
                                            .bytes = matrix->values};
    }
    snprintf(n_tracks, sizeof n_tracks, "%lld", (long long)interactions->n_tracks);
    size_t count = 0;
    pairs[count++] = (struct metadata_pair){"kind", ops->kind};
    pairs[count++] = (struct metadata_pair){"fingerprint", fingerprint};
    pairs[count++] = (struct metadata_pair){"n_tracks", n_tracks};
    pairs[count++] = (struct metadata_pair){"settings", description};
    for (size_t i = 0; i < settings->count; i++) {
        snprintf(keys[i], sizeof keys[i], "setting.%s", settings->rules[i].key);
        settings_print(settings->values[i], values[i]);
        pairs[count++] = (struct metadata_pair){keys[i], values[i]};
    }
    return safetensors_write(path, tensors, weights->count, pairs, count, error);
}

static enum status unknown_kind(const char *kind, struct error *error)
{
    struct buffer known = {0};
    for (const char *const *name = model_kinds(); *name; name++)
        buffer_printf(&known, "%s%s", name == model_kinds() ? "" : ", ", *name);
    enum status status = error_set(error, STATUS_USAGE, "There is no kind of model \"%.80s\"; there are %s.", kind,
                                   known.failed ? "others" : known.data);
    buffer_free(&known);
    return status;
}

enum status model_train_file(const struct interactions *interactions, struct compute *compute,
                             const struct model_spec *spec, const char *fingerprint, const char *path,
                             char **settings_json, struct progress *progress, struct error *error)
{
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (!ops)
        return unknown_kind(spec->kind, error);
    if (interactions->n_tracks < 1 || interactions->n_playlists < 1)
        return error_set(error, STATUS_FAILED,
                         "There is nothing to train on: the catalogue has %lld tracks and %lld playlists in the chosen "
                         "sets. Import playlists first.",
                         (long long)interactions->n_tracks, (long long)interactions->n_playlists);
    struct settings settings;
    enum status status = settings_read(&settings, ops->rules, ops->n_rules, spec->preset, interactions->n_tracks,
                                       spec->settings, spec->n_settings, error);
    if (status != STATUS_OK)
        return status;
    struct model_task task = {.compute = compute,
                              .interactions = interactions,
                              .settings = &settings,
                              .seed = spec->seed,
                              .progress = progress};
    struct model_weights weights = {0};
    char *description = NULL;
    status = add_popularity(interactions, &weights, error);
    if (status == STATUS_OK)
        status = ops->train(&task, &weights, error);
    if (status == STATUS_OK && !(description = describe(&settings, spec->seed, &task)))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = write_file(ops, &settings, &weights, interactions, fingerprint, description, path, error);
    if (status == STATUS_OK && task.report[0])
        log_message(LOG_INFO, "%s", task.report);
    model_weights_free(&weights);
    if (status == STATUS_OK)
        *settings_json = description;
    else
        free(description);
    return status;
}
