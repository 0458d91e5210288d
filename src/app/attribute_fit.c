#include "app/attribute_fit.h"

#include <stdio.h>

#include "core/file.h"
#include "core/hash.h"

static enum status checkpoint_path(const struct catalogue *catalogue, const char *name, int kind, struct buffer *path,
                                   struct error *error)
{
    char suffix[64];
    snprintf(suffix, sizeof suffix, ".%s.training", attribute_specs[kind].name);
    return attribute_model_path(catalogue, name, suffix, path, error);
}

/* All that the result depends on: inputs, labels, parts and settings. */
static enum status describe(const struct attribute_work *work, const struct dense_data *data,
                            const struct dense_settings *settings, struct buffer *identity, struct error *error)
{
    struct hash hash;
    char text[33];
    hash_begin(&hash);
    hash_add(&hash, data->x, (size_t)(data->n * data->in) * sizeof *data->x);
    hash_add(&hash, data->y, (size_t)(data->n * data->out) * sizeof *data->y);
    hash_add(&hash, data->training, (size_t)data->n_training * sizeof *data->training);
    hash_add(&hash, data->validation, (size_t)data->n_validation * sizeof *data->validation);
    hash_end(hash, text);
    buffer_printf(identity, "attributes 1 seed %llu, optimiser %d, in %lld, out %lld, %s",
                  (unsigned long long)settings->seed, (int)settings->optimiser, (long long)data->in,
                  (long long)data->out, text);
    for (size_t i = 0; i < work->settings.count; i++)
        buffer_printf(identity, " %s=%.17g", work->settings.rules[i].key, work->settings.values[i]);
    return identity->failed ? error_no_memory(error) : STATUS_OK;
}

enum status attribute_fit(const struct attribute_work *work, struct compute *compute, enum attribute_kind kind,
                          const struct dense_data *data, struct dense_settings *settings, float *predicted,
                          float *weights, struct dense_result *result, struct error *error)
{
    struct buffer checkpoint = {0}, identity = {0};
    enum status status = checkpoint_path(work->catalogue, work->wanted->name, (int)kind, &checkpoint, error);
    if (status == STATUS_OK)
        status = describe(work, data, settings, &identity, error);
    if (status == STATUS_OK) {
        settings->checkpoint = checkpoint.data;
        settings->identity = identity.data;
        settings->resume = work->wanted->resume && file_exists(checkpoint.data);
        settings->keep_checkpoint = true;
        status = dense_fit(compute, data, settings, predicted, weights, work->progress, result, error);
    }
    settings->checkpoint = settings->identity = NULL;
    buffer_free(&checkpoint);
    buffer_free(&identity);
    return status;
}

enum status attribute_fit_check(const struct attribute_work *work, struct error *error)
{
    bool any = false;
    enum status status = STATUS_OK;
    for (int kind = 0; status == STATUS_OK && work->wanted->resume && kind < ATTRIBUTE_KINDS; kind++) {
        struct buffer path = {0};
        status = checkpoint_path(work->catalogue, work->wanted->name, kind, &path, error);
        any = any || (status == STATUS_OK && work->wanted->wanted[kind] && file_exists(path.data));
        buffer_free(&path);
    }
    if (status == STATUS_OK && work->wanted->resume && !any)
        status = error_set(error, STATUS_USAGE,
                           "there is no interrupted training of these attributes to resume; leave --resume out");
    return status;
}

void attribute_fit_forget(const struct catalogue *catalogue, const char *name)
{
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++) {
        struct buffer path = {0};
        if (checkpoint_path(catalogue, name, kind, &path, NULL) == STATUS_OK)
            dense_checkpoint_remove(path.data);
        buffer_free(&path);
    }
}
