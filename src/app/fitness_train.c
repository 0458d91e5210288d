#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fitness_report.h"
#include "app/fitness_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/random.h"
#include "fitness/runner.h"

/* ------------------------------------------------------------------ the work */

/* Standardises rows [n_tracks x width] by the training songs: means and scales. Constant columns become 0. */
void fitness_standardise(const struct fitness_songs *songs, int64_t width, float *rows, float *mean, float *scale)
{
    for (int64_t j = 0; j < width; j++) {
        double sum = 0, squares = 0, n = 0;
        for (int64_t i = 0; i < songs->n_pairs; i++) {
            const int32_t song = songs->pairs[i].song;
            const double x = (double)rows[song * width + j];
            if (songs->parts[song] != FITNESS_TRAINING || !isfinite(x))
                continue;
            sum += x;
            squares += x * x;
            n++;
        }
        const double middle = n > 0 ? sum / n : 0, variance = n > 0 ? squares / n - middle * middle : 0;
        mean[j] = (float)middle;
        scale[j] = variance > 1e-12 * (1 + middle * middle) ? (float)(1 / sqrt(variance)) : 0;
    }
    for (int64_t t = 0; t < songs->n_tracks; t++)
        for (int64_t j = 0; j < width; j++) {
            float *x = &rows[t * width + j];
            *x = isfinite(*x) ? (*x - mean[j]) * scale[j] : 0;
        }
}

static enum status prepare_inputs(struct fitness_work *work, struct error *error)
{
    struct fitness_songs_inputs *inputs = &work->inputs;
    struct fitness_model *model = &work->model;
    if (work->kind == FITNESS_CNN) {
        inputs->log = fitness_setting(work, "log") > 0;
        inputs->augment = (struct fitness_augment){
            .time_masks = (int64_t)fitness_setting(work, "time_masks"),
            .time_mask = fitness_frames(inputs->spectrogram, fitness_setting(work, "time_mask")),
            .frequency_masks = (int64_t)fitness_setting(work, "frequency_masks"),
            .frequency_mask = (int64_t)fitness_setting(work, "frequency_mask"),
            .crop = fitness_setting(work, "crop") > 0,
        };
        const int64_t width = 2 * inputs->bands;
        float *scales = malloc((size_t)width * 2 * sizeof *scales);
        enum status status = scales ? fitness_inputs_bands(inputs, &work->bands, error) : error_no_memory(error);
        if (status == STATUS_OK)
            fitness_standardise(&work->songs, width, work->bands, scales, scales + width);
        free(scales);
        return status;
    }
    inputs->augment = (struct fitness_augment){.noise = fitness_setting(work, "noise"),
                                               .dropout = fitness_setting(work, "input_dropout")};
    model->mean = malloc((size_t)inputs->width * sizeof *model->mean);
    model->scale = malloc((size_t)inputs->width * sizeof *model->scale);
    if (!model->mean || !model->scale)
        return error_no_memory(error);
    if (work->wanted->folds > 0) /* standardised for each fold */
        return STATUS_OK;
    fitness_standardise(&work->songs, inputs->width, inputs->values, model->mean, model->scale);
    return STATUS_OK;
}

static void set_shape(struct fitness_work *work)
{
    struct fitness_shape *shape = &work->model.shape;
    *shape = (struct fitness_shape){.kind = work->kind, .n_classes = work->songs.n_classes};
    if (work->kind == FITNESS_CNN) {
        shape->frames = work->inputs.frames;
        shape->bands = work->inputs.bands;
        shape->channels = (int64_t)fitness_setting(work, "channels");
    } else {
        shape->width = work->inputs.width;
        shape->hidden = (int64_t)fitness_setting(work, "hidden");
        shape->members = (int64_t)fitness_setting(work, "members");
    }
}

/* Everything that a training depends on: settings, seed, playlists, parts and inputs. */
static enum status describe(struct fitness_work *work, struct error *error)
{
    const struct fitness_songs *songs = &work->songs;
    struct hash hash;
    char text[33];
    hash_begin(&hash);
    hash_add(&hash, songs->pairs, (size_t)songs->n_pairs * sizeof *songs->pairs);
    hash_add(&hash, songs->parts, (size_t)songs->n_tracks);
    if (work->kind == FITNESS_HEAD)
        hash_add(&hash, work->inputs.values, (size_t)(songs->n_tracks * work->inputs.width) * sizeof(float));
    else
        hash_add(&hash, work->bands, (size_t)(songs->n_tracks * 2 * work->inputs.bands) * sizeof(float));
    hash_end(hash, text);
    buffer_printf(&work->identity, "fitness 1 %s %s seed %llu %s", work->wanted->kind, work->features,
                  (unsigned long long)work->wanted->seed, text);
    for (size_t i = 0; i < work->settings.count; i++)
        buffer_printf(&work->identity, " %s=%.17g", work->settings.rules[i].key, work->settings.values[i]);
    return work->identity.failed ? error_no_memory(error) : STATUS_OK;
}

static void set_fit(struct fitness_work *work)
{
    const bool cnn = work->kind == FITNESS_CNN;
    work->fit = (struct fitness_fit_settings){
        .shape = work->model.shape,
        .loss = fitness_setting(work, "loss") > 0 ? FITNESS_BINARY : FITNESS_SOFTMAX,
        .balanced = fitness_setting(work, "balanced") > 0,
        .learning_rate = (float)fitness_setting(work, "learning_rate"),
        .weight_decay = (float)fitness_setting(work, "weight_decay"),
        .dropout = cnn ? 0 : (float)fitness_setting(work, "hidden_dropout"),
        .cosine = !cnn || fitness_setting(work, "cosine") > 0,
        .batch = (int64_t)fitness_setting(work, "batch"),
        .epochs = (int64_t)fitness_setting(work, "epochs"),
        .patience = cnn ? 0 : (int64_t)fitness_setting(work, "patience"),
        .keep_last = cnn && fitness_setting(work, "keep_best") <= 0,
        .seed = work->wanted->seed,
        .checkpoint = work->checkpoint.data,
        .identity = work->identity.data,
        .resume = work->wanted->resume,
    };
}

/* ------------------------------------------------------------------ scores of all songs */

static enum status score_all(struct fitness_work *work, struct compute *compute, struct error *error)
{
    const struct fitness_songs *songs = &work->songs;
    const int64_t size = fitness_input_size(&work->model.shape);
    struct fitness_open *open = NULL;
    float *x = malloc((size_t)size * sizeof *x);
    enum status status =
        x ? fitness_open(compute, &work->model.shape, work->fitted.weights, work->model.linear, &open, error)
          : error_no_memory(error);
    progress_stage(work->progress, "evaluating", "songs", (double)songs->n_pairs);
    for (int64_t i = 0; status == STATUS_OK && i < songs->n_pairs; i++) {
        const int32_t song = songs->pairs[i].song;
        if ((i > 0 && song == songs->pairs[i - 1].song) || songs->parts[song] == FITNESS_TRAINING)
            continue;
        status = fitness_inputs_read(&work->inputs, song, 0, x, error);
        if (status == STATUS_OK)
            status = fitness_open_run(open, x, 1, work->scores + (int64_t)song * songs->n_classes, error);
        if (status == STATUS_OK && progress_cancelled(work->progress))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted");
        progress_step(work->progress, (double)i);
    }
    progress_end(work->progress);
    fitness_open_close(open);
    free(x);
    return status;
}

enum status fitness_fit_discriminant(struct fitness_work *work, struct compute *compute,
                                     const struct fitness_songs *songs, double *scale, struct error *error)
{
    const struct regression_data data = fitness_regression_data(work, songs);
    if (!work->model.linear)
        work->model.linear = malloc((size_t)(data.out * (data.in + 1)) * sizeof *work->model.linear);
    return work->model.linear ? fitness_discriminant(compute, &data, scale, work->model.linear, error)
                              : error_no_memory(error);
}

int64_t fitness_count_parameters(const struct fitness_work *work)
{
    const struct fitness_shape *shape = &work->model.shape;
    return fitness_parameters(shape) + (fitness_has_discriminant(work) ? shape->n_classes * (shape->width + 1) : 0);
}

static enum status compute_all(void *context, struct compute *compute, struct error *error)
{
    struct fitness_work *work = context;
    const struct fitness_songs *songs = &work->songs;
    const struct fitness_data data = {.n_songs = songs->n_tracks,
                                      .pairs = songs->pairs,
                                      .n_pairs = songs->n_pairs,
                                      .parts = songs->parts,
                                      .inputs = {fitness_inputs_read, &work->inputs}};
    const bool cnn = work->kind == FITNESS_CNN;
    double scale = 0;
    struct regression_data linear = fitness_regression_data(work, songs);
    if (cnn) {
        linear.in = 2 * work->inputs.bands;
        linear.x = work->bands;
    }
    fitness_fitted_free(&work->fitted);
    if (work->wanted->folds > 0)
        return fitness_cross_validate(work, compute, error);
    enum status status = fitness_regression(compute, &linear, fitness_setting(work, "lambda"), work->logistic_scores,
                                            work->progress, &work->logistic, error);
    if (status == STATUS_OK)
        status = fitness_fit(compute, &data, &work->fit, work->progress, &work->fitted, error);
    if (status == STATUS_OK && fitness_has_discriminant(work))
        status = fitness_fit_discriminant(work, compute, songs, &scale, error);
    return status == STATUS_OK ? score_all(work, compute, error) : status;
}

/* ------------------------------------------------------------------ the report */

void fitness_write_settings(const struct fitness_work *work, struct json_writer *json)
{
    json_key(json, "settings");
    json_object_begin(json);
    for (size_t i = 0; i < work->settings.count; i++)
        json_pair_number(json, work->settings.rules[i].key, work->settings.values[i]);
    json_object_end(json);
}

static void write_curve(const struct fitness_work *work, struct json_writer *json)
{
    json_key(json, "curve");
    json_array_begin(json);
    for (int64_t e = 0; e < work->fitted.epochs; e++) {
        json_object_begin(json);
        json_pair_number(json, "training", (double)work->fitted.curve[e].training);
        json_pair_number(json, "validation", (double)work->fitted.curve[e].validation);
        json_object_end(json);
    }
    json_array_end(json);
    json_pair_integer(json, "best_epoch", work->fitted.best_epoch);
}

static enum status write_report(struct fitness_work *work, struct error *error)
{
    const struct fitness_songs *songs = &work->songs;
    struct json_writer json = {.out = &work->report};
    int64_t counts[FITNESS_PARTS] = {0};
    for (int64_t i = 0; i < songs->n_pairs; i++)
        counts[songs->parts[songs->pairs[i].song]]++;
    json_object_begin(&json);
    json_pair_text(&json, "name", work->wanted->name);
    json_pair_text(&json, "model", work->wanted->kind);
    json_pair_text(&json, "features", work->features);
    json_pair_text(&json, "of", fitness_class_names[work->wanted->classes]);
    json_pair_integer(&json, "classes", songs->n_classes);
    json_pair_integer(&json, "too_small", songs->n_small);
    json_pair_integer(&json, "too_many", songs->n_more);
    json_pair_integer(&json, "training_songs", counts[FITNESS_TRAINING]);
    json_pair_integer(&json, "validation_songs", counts[FITNESS_VALIDATION]);
    json_pair_integer(&json, "test_songs", counts[FITNESS_TEST]);
    json_pair_integer(&json, "seed", (int64_t)work->wanted->seed);
    json_pair_integer(&json, "parameters", fitness_count_parameters(work));
    json_pair_text(&json, "logistic_inputs",
                   work->kind == FITNESS_CNN ? "means and deviations of the bands" : "the same");
    json_pair_number(&json, "logistic_lambda", work->logistic.lambda);
    fitness_write_settings(work, &json);
    write_curve(work, &json);
    enum status status =
        fitness_report_quality(songs, work->model.names, work->scores, work->logistic_scores, &json, error);
    json_object_end(&json);
    return status == STATUS_OK && work->report.failed ? error_no_memory(error) : status;
}

/* ------------------------------------------------------------------ all */

static enum status read_settings(struct fitness_work *work, struct error *error)
{
    const struct fitness_train_settings *wanted = work->wanted;
    if (strcmp(wanted->kind, "cnn") != 0 && strcmp(wanted->kind, "head") != 0)
        return error_set(error, STATUS_USAGE, "--model is head or cnn, not \"%.40s\"", wanted->kind);
    work->kind = wanted->kind[0] == 'c' ? FITNESS_CNN : FITNESS_HEAD;
    work->features = wanted->features            ? wanted->features
                     : work->kind == FITNESS_CNN ? "spectrogram"
                                                 : "musicnn,musicnn-max";
    const bool spectrogram = fitness_input_kind_of(work->features) == FITNESS_SPECTROGRAM;
    if (spectrogram != (work->kind == FITNESS_CNN))
        return error_set(
            error, STATUS_USAGE,
            "--model cnn learns from --features spectrogram, and head from feature sets of tracks or bands");
    if (wanted->folds > 0 && work->kind == FITNESS_CNN)
        return error_set(error, STATUS_USAGE, "--folds goes with --model head");
    return settings_read(&work->settings, &fitness_rules_of[work->kind], "small", 0, wanted->settings,
                         wanted->n_settings, error);
}

static enum status load(struct fitness_work *work, struct error *error)
{
    struct fitness_songs_inputs *inputs = &work->inputs;
    const double seconds = work->kind == FITNESS_CNN ? fitness_setting(work, "seconds") : 0;
    enum status status = fitness_inputs_open(work->catalogue, work->features, seconds, inputs, error);
    if (status == STATUS_OK)
        status = fitness_songs_load(work->catalogue, work->wanted->classes, inputs->present, inputs->n_tracks,
                                    (int64_t)fitness_setting(work, "min_songs"),
                                    (int64_t)fitness_setting(work, "max_classes"), &work->songs, error);
    if (status == STATUS_OK)
        status = prepare_inputs(work, error);
    if (status != STATUS_OK)
        return status;
    set_shape(work);
    if (work->kind == FITNESS_CNN && fitness_flat_size(&work->model.shape) < 1)
        return error_set(error, STATUS_USAGE, "the spectrogram is too short for the network; raise seconds");
    const size_t n = (size_t)(work->songs.n_tracks * work->songs.n_classes);
    work->scores = calloc(n + 1, sizeof *work->scores);
    work->logistic_scores = calloc(n + 1, sizeof *work->logistic_scores);
    work->model.inputs = strdup(inputs->log ? "spectrogram+log" : work->features);
    work->model.loss = strdup(fitness_setting(work, "loss") > 0 ? "binary" : "softmax");
    work->model.classes = strdup(work->songs.names.data);
    work->model.keys = strdup(work->songs.keys.data);
    if (!work->scores || !work->logistic_scores || !work->model.inputs || !work->model.loss || !work->model.classes ||
        !work->model.keys)
        return error_no_memory(error);
    return fitness_model_split_names(&work->model, error);
}

static enum status store(struct fitness_work *work, struct buffer *report, struct error *error)
{
    enum status status = write_report(work, error);
    if (status != STATUS_OK)
        return status;
    work->model.report = strdup(work->report.data);
    work->model.weights = work->fitted.weights;
    work->model.n_weights = work->fitted.n_weights;
    work->fitted.weights = NULL;
    if (!work->model.report)
        return error_no_memory(error);
    status = fitness_model_write(work->catalogue, work->wanted->name, &work->model, error);
    buffer_add(report, work->report.data, work->report.size);
    return status == STATUS_OK && report->failed ? error_no_memory(error) : status;
}

static enum status show_folds(struct fitness_work *work, struct buffer *report, struct error *error)
{
    enum status status = fitness_folds_report(work, error);
    buffer_add(report, work->report.data, work->report.size);
    return status == STATUS_OK && report->failed ? error_no_memory(error) : status;
}

static void free_work(struct fitness_work *work)
{
    fitness_fitted_free(&work->fitted);
    fitness_model_free(&work->model);
    fitness_songs_free(&work->songs);
    fitness_inputs_free(&work->inputs);
    free(work->scores);
    free(work->logistic_scores);
    free(work->bands);
    free(work->fold_lambdas);
    buffer_free(&work->checkpoint);
    buffer_free(&work->identity);
    buffer_free(&work->report);
}

enum status app_fitness_train(struct catalogue *catalogue, struct device_use *device,
                              const struct fitness_train_settings *settings, struct progress *progress,
                              struct buffer *report, struct error *error)
{
    struct fitness_work work = {.catalogue = catalogue, .wanted = settings, .progress = progress};
    struct lock_file lock = {0};
    const struct device_work on_device = {compute_all, &work};
    enum status status = fitness_model_path(catalogue, settings->name, ".checkpoint", &work.checkpoint, error);
    if (status == STATUS_OK)
        status = read_settings(&work, error);
    if (status == STATUS_OK)
        status = fitness_model_lock(catalogue, settings->name, &lock, error);
    if (status == STATUS_OK)
        status = load(&work, error);
    if (status == STATUS_OK)
        status = describe(&work, error);
    if (status == STATUS_OK) {
        set_fit(&work);
        status = device_run(device, &on_device, error);
    }
    if (status == STATUS_OK && settings->folds > 0)
        status = show_folds(&work, report, error);
    else if (status == STATUS_OK)
        status = store(&work, report, error);
    lock_file_release(&lock);
    free_work(&work);
    return status;
}
