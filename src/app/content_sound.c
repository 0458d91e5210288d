#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/content_sound_internal.h"
#include "content/tones.h"
#include "core/log.h"

/* A predictor from sound. */

/* ---- settings ---- */

#define RULE(key, value, low, high, whole, meaning)                                                                    \
    {                                                                                                                  \
        key, value, value, low, high, whole, meaning, NULL, NULL                                                       \
    }

static const struct setting_rule sound_rules[] = {
    RULE("learning_rate", 1e-4, 1e-9, 10, false, "learning rate of Adam"),
    RULE("rate_decay", 1e-8, 0, 1, false, "learning_rate / (1 + rate_decay * step) is used"),
    RULE("weight_decay", 0, 0, 10, false, "of all weights"),
    RULE("adapted_rate", 1e-8, 0, 10, false, "learning rate of a pre-trained network that is adapted"),
    RULE("batch", 0, 0, 65536, true, "inputs a step; 0: 32, or 8 of 60 seconds"),
    RULE("epochs", 0, 0, 10000, true, "passes over the training songs, at most; 0: 5, or 50 of vectors (bag, triplet)"),
    RULE("patience", 0, 0, 10000, true, "epochs without a better result on the validation songs; 0: no limit"),
    RULE("windows", 0, 0, 100000, true, "inputs of a song in training, spread evenly; 0: all"),
    RULE("triplet_epochs", 2, 1, 10000, true, "passes over the training songs that train an embedding with triplets"),
    {"negatives", 0, 0, 0, 1, true,
     "of triplets: drawn among the 500 songs with the farthest vectors, or the semi-hard ones of the batch",
     (const struct setting_choice[]){{"far", NULL}, {"semi-hard", NULL}}, NULL},
    RULE("tones", 4000, 2, 65536, true, "of a bag of tones"),
    RULE("tone_batches", 2000, 1, 1e9, true, "batches of 1,024 frames that k-means takes, at most"),
    {0},
};

static const struct setting_rules rules = {(const struct setting_rule *const[]){fit_common_rules, sound_rules, NULL},
                                           NULL};

void content_sound_help(struct buffer *out)
{
    for (const struct setting_rule *rule = sound_rules; rule->key; rule++) {
        char value[32];
        settings_print(rule, rule->small, false, value);
        buffer_printf(out, "  %s (%s): %s\n", rule->key, value, rule->meaning);
    }
}

double content_sound_value(const struct content_sound_training *training, const char *key)
{
    return settings_value(&training->settings, key);
}

static void free_training(struct content_sound_training *training)
{
    spectrogram_cache_close(&training->cache);
    free(training->present);
    fit_items_free(&training->items);
    free(training->mean);
    free(training->deviation);
    free(training->targets);
    free(training->training);
    free(training->validation);
    free(training->held_out);
    free(training->columns);
    free(training->centres);
    free(training->embedding);
    sound_fitted_free(&training->fitted);
    free(training->validated);
    free(training->predicted);
    buffer_free(&training->checkpoint);
    buffer_free(&training->identity);
    buffer_free(&training->text);
}

void content_sound_result_free(struct content_sound_result *result)
{
    free(result->curve);
    *result = (struct content_sound_result){0};
}

/* ---- the result ---- */

static void undo_standardising(const struct content_sound_training *training, int64_t n, float *vectors)
{
    const int64_t out = training->items.out;
    for (int64_t i = 0; i < n * out; i++)
        vectors[i] = (float)((double)vectors[i] * training->deviation[i % out] + training->mean[i % out]);
}

static float *rows_of(const float *values, int64_t out, const int32_t *songs, int64_t n)
{
    float *rows = malloc((size_t)(n * out) * sizeof *rows + 1);
    for (int64_t i = 0; rows && i < n; i++)
        memcpy(rows + i * out, values + songs[i] * out, (size_t)out * sizeof *rows);
    return rows;
}

/* The loss of standardised vectors, then the retrieval of the model's. */
static enum status measure(struct content_sound_training *training, struct error *error)
{
    struct feature_fit_result *result = &training->result->train.fit;
    const int64_t n = result->n_held_out, out = training->items.out;
    float *targets = rows_of(training->targets, out, training->held_out, n);
    float *truth = rows_of(training->items.vectors, out, training->held_out, n);
    const struct fit_pairs standardised = {n, out, training->predicted, targets};
    const struct fit_pairs vectors = {n, out, training->predicted, truth};
    enum status status = targets && truth ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = fit_measure_loss(&standardised, result, error);
    undo_standardising(training, n, training->predicted);
    undo_standardising(training, result->n_validation, training->validated);
    if (status == STATUS_OK)
        status = fit_measure_retrieval(&vectors, training->wanted->seed, training->progress, result, error);
    free(targets);
    free(truth);
    return status;
}

static enum status take_curve(struct content_sound_training *training, struct error *error)
{
    struct content_sound_result *result = training->result;
    const struct sound_fitted *fitted = &training->fitted;
    const size_t size = (size_t)fitted->epochs * sizeof *result->curve;
    result->curve = malloc(size + 1);
    if (!result->curve)
        return error_no_memory(error);
    memcpy(result->curve, fitted->curve, size);
    result->n_inputs = fitted->n_inputs;
    snprintf(result->report, sizeof result->report, "%s", fitted->report);
    result->train.fit.item = FEATURE_TRACKS;
    for (int64_t t = 0; t < training->n_tracks; t++)
        result->train.fit.n_rows += training->present[t];
    result->train.fit.in = (int)sound_input_size(&training->shape);
    result->train.fit.out = (int)training->items.out;
    result->train.fit.epochs = fitted->epochs;
    result->train.fit.best_epoch = fitted->best_epoch;
    result->train.fit.validation_r2 = 1 - (double)fitted->curve[fitted->best_epoch - 1].validation;
    return STATUS_OK;
}

static enum status store(struct content_sound_training *training, struct error *error)
{
    const struct feature_fit_result *result = &training->result->train.fit;
    const struct sound_fitted *fitted = &training->fitted;
    const bool bag = training->spec->kind == SOUND_BAG;
    const bool embedded = training->spec->kind == SOUND_EMBEDDING;
    const struct sound_weights front = {.values = bag        ? training->centres
                                                  : embedded ? training->embedding
                                                             : fitted->pretrained,
                                        .n_values = bag        ? (size_t)(training->shape.in * MFCC_WIDTH)
                                                    : embedded ? training->n_embedding
                                                               : fitted->n_pretrained};
    struct buffer figures = {0};
    fit_measures_json(result, &figures);
    const struct predictor predictor = {.model = training->wanted->model,
                                        .set = training->spec->preset,
                                        .method = "sound",
                                        .settings = training->text.data,
                                        .figures = figures.data,
                                        .vectors = training->model.vectors,
                                        .gain = training->result->train.gain.gain,
                                        .in = bag ? MFCC_WIDTH : training->cache.width,
                                        .out = training->items.out,
                                        .columns = training->columns,
                                        .mean = training->mean,
                                        .deviation = training->deviation,
                                        .weights = {fitted->weights, fitted->n_weights},
                                        .held_out = training->held_out,
                                        .n_held_out = result->n_held_out,
                                        .spec = training->spec,
                                        .seconds = training->wanted->seconds,
                                        .curve = fitted->curve,
                                        .epochs = fitted->epochs,
                                        .best_epoch = fitted->best_epoch,
                                        .front = front.values,
                                        .n_front = (int64_t)front.n_values};
    enum status status = figures.failed
                             ? error_no_memory(error)
                             : predictor_write(training->catalogue, training->wanted->name, &predictor, error);
    buffer_free(&figures);
    return status;
}

/* ---- all of it ---- */

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct content_sound_training *training = context;
    enum status status = training->shape.spec ? STATUS_OK : content_sound_prepare(training, compute, error);
    if (status == STATUS_OK)
        status = content_sound_fit(training, compute, error);
    training->again = true;
    return status;
}

static enum status train(struct content_sound_training *training, struct error *error)
{
    const struct device_work work = {run, training};
    struct feature_fit_result *result = &training->result->train.fit;
    enum status status = device_run(training->device, &work, error);
    if (status == STATUS_OK)
        status = take_curve(training, error);
    if (status == STATUS_OK)
        status = measure(training, error);
    if (status != STATUS_OK)
        return status;
    const struct content_known known = {result->n_validation, training->items.out, training->validation,
                                        training->validated};
    status = content_model_gain(&training->model, training->device, &known, error);
    if (status == STATUS_OK)
        status = store(training, error);
    if (status != STATUS_OK)
        return status;
    sound_fit_forget(training->checkpoint.data);
    struct buffer embedded = {0};
    buffer_printf(&embedded, "%s.embedded", training->checkpoint.data);
    if (!embedded.failed)
        unlink(embedded.data);
    buffer_free(&embedded);
    return status;
}

static enum status check(struct content_sound_training *training, struct error *error)
{
    const struct content_sound_settings *wanted = training->wanted;
    if (!feature_set_name_is_usable(wanted->name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a predictor", wanted->name);
    training->spec = sound_spec_find(wanted->network);
    if (!training->spec)
        return error_set(error, STATUS_USAGE, "there is no network \"%.40s\"; see: sleeve content networks",
                         wanted->network);
    if (sound_patches_of(training->spec, wanted->seconds) == 0)
        return error_set(error, STATUS_USAGE, "inputs are 6, 18 or 60 seconds long, not %lld",
                         (long long)wanted->seconds);
    if (training->spec->kind == SOUND_BAG && wanted->seconds != 6)
        return error_set(error, STATUS_USAGE, "a bag of tones is of the whole song; leave --seconds out");
    if (wanted->weights && !sound_is_transfer(training->spec))
        return error_set(error, STATUS_USAGE, "--weights is for networks of transfer, which %s is not",
                         wanted->network);
    if (!wanted->weights && sound_is_transfer(training->spec))
        log_message(LOG_WARNING,
                    "%s starts at random weights, because --weights names no file of published ones: nothing is "
                    "transferred",
                    wanted->network);
    enum status status =
        settings_read(&training->settings, &rules, NULL, 1, wanted->settings, wanted->n_settings, error);
    if (status == STATUS_OK)
        status = content_model_check(&training->model, training->device, error);
    if (status == STATUS_OK)
        status = spectrogram_cache_open(training->catalogue, spectrogram_preset(training->spec->preset),
                                        &training->cache, error);
    return status == STATUS_OK ? content_sound_find(training, error) : status;
}

enum status app_content_train_sound(struct catalogue *catalogue, struct device_use *device,
                                    const struct content_sound_settings *wanted, struct progress *progress,
                                    struct content_sound_result *result, struct error *error)
{
    *result = (struct content_sound_result){0};
    struct content_sound_training training = {
        .catalogue = catalogue,
        .device = device,
        .wanted = wanted,
        .progress = progress,
        .result = result,
        .model = {.catalogue = catalogue, .name = wanted->model, .result = &result->train}};
    struct lock_file lock = {0};
    enum status status = check(&training, error);
    if (status == STATUS_OK)
        status = content_lock(catalogue, wanted->name, &lock, error);
    new_tracks_path(catalogue, wanted->name, ".fit", &training.checkpoint);
    if (status == STATUS_OK && training.checkpoint.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = train(&training, error);
    lock_file_release(&lock);
    free_training(&training);
    return status;
}
