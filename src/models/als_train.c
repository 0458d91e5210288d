#include "models/als_train.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/als_fit.h"
#include "models/rta/rta.h"
#include "nn/device_reader.h"

const struct setting_rule als_rules[] = {
    {"factors", 128, 128, 1, 4096, true, "length of a track's vector", NULL, NULL},
    {"iterations", 10, 10, 1, 1000, true, "alternating solves of playlists and tracks", NULL, NULL},
    {"regularization", 12, 8, 1e-6, 1e9, false, "weight of the squared norms, lambda", NULL, NULL},
    {"alpha", 0, 0, 0, 1e9, false, "extra confidence of a playlist's tracks; 0: a faster method", NULL, NULL},
    {"scale", 1, 1, 1e-6, 1e6, false, "factor on the stored track vectors", NULL, NULL},
    {0},
};

/* YᵀY of the stored track factors, which opening the model needs. */
static enum status add_gram(struct compute *compute, const struct als_factors *factors, struct model_weights *weights,
                            struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    int64_t d = factors->d;
    size_t bytes = (size_t)(d * d) * sizeof(float);
    struct compute_buffer *gram = NULL;
    float *values = malloc(bytes);
    enum status status = values ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, bytes, &gram, error);
    if (status == STATUS_OK)
        status = ops->gram(compute->stream, factors->n_tracks, d, (struct compute_slice){factors->tracks, 0}, 0,
                           (struct compute_slice){gram, 0}, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, gram, 0, values, bytes, error);
    if (gram)
        ops->buffer_destroy(gram);
    if (status == STATUS_OK)
        return model_weights_add(weights, "gram", d, d, values, error);
    free(values);
    return status;
}

static enum status write_tracks(struct model_task *task, struct model_weights *weights,
                                const struct als_factors *factors, struct error *error)
{
    size_t others = weights->count, bytes = (size_t)(factors->n_tracks * factors->d) * sizeof(float);
    struct device_reader parts = {.compute = task->compute, .buffer = factors->tracks, .size = bytes};
    enum status status =
        model_weights_add_parts(weights, "tracks", factors->n_tracks, factors->d, device_reader_next, &parts, error);
    if (status == STATUS_OK)
        status = model_task_write(task, weights, error);
    model_weights_cut(weights, others);
    device_reader_free(&parts);
    return status;
}

static enum status fit(struct model_task *task, const struct als_settings *settings, struct model_weights *weights,
                       struct error *error)
{
    struct als_factors factors;
    enum status status = als_fit(task->compute, task->interactions, settings, task->progress, &factors, error);
    if (status != STATUS_OK)
        return status;
    int64_t survivors = 0;
    if (settings->alpha == 0) {
        status = als_effective_rank(task->interactions, settings, &factors, &survivors, error);
        snprintf(task->report, sizeof task->report, "%lld of %lld singular directions survive regularization %g",
                 (long long)survivors, (long long)settings->factors, (double)settings->regularization);
    }
    if (status == STATUS_OK)
        status = als_factors_scale(&factors, (float)settings_value(task->settings, "scale"), error);
    if (status == STATUS_OK)
        status = add_gram(task->compute, &factors, weights, error);
    if (status == STATUS_OK)
        status = write_tracks(task, weights, &factors, error);
    als_factors_free(&factors);
    return status;
}

enum status als_train_tracks(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct buffer checkpoint = {0}, identity = {0};
    model_checkpoint_path(task->path, &checkpoint);
    rta_identity(task, false, &identity);
    const struct als_settings settings = {
        .factors = (int64_t)settings_value(task->settings, "factors"),
        .iterations = (int)settings_value(task->settings, "iterations"),
        .regularization = (float)settings_value(task->settings, "regularization"),
        .alpha = (float)settings_value(task->settings, "alpha"),
        .seed = task->seed,
        .ranks = task->spec->ranks,
        .checkpoint = checkpoint.data,
        .identity = identity.data,
        .resume = task->spec->resume,
    };
    task->bad_use = BAD_ALREADY;
    enum status status =
        checkpoint.failed || identity.failed ? error_no_memory(error) : fit(task, &settings, weights, error);
    buffer_free(&checkpoint);
    buffer_free(&identity);
    return status;
}
