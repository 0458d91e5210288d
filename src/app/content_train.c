#include <stdio.h>
#include <string.h>

#include "app/content_internal.h"

/* A predictor from a feature set. */

struct training {
    struct device_use *device;
    const struct feature_fit_settings *wanted;
    struct content_model model;
};

static enum status take(void *context, const struct feature_fitted *fitted, struct error *error)
{
    struct training *training = context;
    const struct feature_fit_settings *wanted = training->wanted;
    const struct content_known known = {fitted->n_validation, fitted->out, fitted->validation, fitted->validated};
    enum status status = content_model_gain(&training->model, training->device, &known, error);
    const struct predictor predictor = {.model = wanted->model,
                                        .set = wanted->set,
                                        .method = fit_method_names[wanted->method],
                                        .settings = fitted->settings,
                                        .figures = fitted->figures,
                                        .vectors = training->model.vectors,
                                        .gain = training->model.result->gain.gain,
                                        .in = fitted->set->width,
                                        .out = fitted->out,
                                        .layers = fitted->network.layers,
                                        .hidden = fitted->network.hidden,
                                        .columns = (struct column_statistics *)(uintptr_t)fitted->columns,
                                        .mean = fitted->mean,
                                        .deviation = fitted->deviation,
                                        .weights = *fitted->weights,
                                        .held_out = fitted->held_out,
                                        .n_held_out = fitted->n_held_out};
    return status == STATUS_OK ? predictor_write(training->model.catalogue, wanted->name, &predictor, error) : status;
}

/* Only sets of tracks; the model must be able to take vectors. */
static enum status check(struct training *training, struct error *error)
{
    struct feature_set set;
    const struct feature_fit_settings *wanted = training->wanted;
    if (!feature_set_name_is_usable(wanted->name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a predictor", wanted->name);
    enum status status = feature_set_open(training->model.catalogue, wanted->set, &set, error);
    if (status != STATUS_OK)
        return status;
    bool albums = set.item != FEATURE_TRACKS;
    feature_set_close(&set);
    if (albums)
        return error_set(error, STATUS_USAGE, "the feature set %s is of albums; new songs need a set of tracks",
                         wanted->set);
    return content_model_check(&training->model, training->device, error);
}

enum status app_content_train(struct catalogue *catalogue, struct device_use *device,
                              const struct feature_fit_settings *wanted, struct progress *progress,
                              struct content_train_result *result, struct error *error)
{
    struct training training = {
        .device = device, .wanted = wanted, .model = {.catalogue = catalogue, .name = wanted->model, .result = result}};
    struct lock_file lock = {0};
    struct buffer checkpoint = {0};
    *result = (struct content_train_result){0};
    enum status status = check(&training, error);
    if (status == STATUS_OK)
        status = content_lock(catalogue, wanted->name, &lock, error);
    new_tracks_path(catalogue, wanted->name, ".fit", &checkpoint);
    if (status == STATUS_OK && checkpoint.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        const struct feature_fit_sink sink = {take, &training, checkpoint.data};
        struct feature_fit_settings settings = *wanted;
        settings.sink = &sink;
        status = app_feature_fit(catalogue, device, &settings, progress, &result->fit, error);
    }
    lock_file_release(&lock);
    buffer_free(&checkpoint);
    return status;
}
