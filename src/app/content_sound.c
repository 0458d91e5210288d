#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/content_internal.h"
#include "app/feature_fit_items.h"
#include "app/fit_measures.h"
#include "content/sound_fit.h"
#include "content/tones.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "models/recommender.h"
#include "models/settings.h"

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
    RULE("epochs", 0, 0, 10000, true, "passes over the training songs, at most; 0: 5, or 50 of a bag of tones"),
    RULE("patience", 0, 0, 10000, true, "epochs without a better result on the validation songs; 0: no limit"),
    RULE("windows", 0, 0, 100000, true, "inputs of a song in training, spread evenly; 0: all"),
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

/* ---- a training ---- */

struct training {
    struct catalogue *catalogue;
    struct device_use *device;
    const struct content_sound_settings *wanted;
    struct progress *progress;
    struct content_sound_result *result;
    struct content_model model;
    const struct sound_spec *spec;
    struct settings settings;
    struct spectrogram_cache cache;
    int64_t n_tracks;
    bool *present; /* [n_tracks] */
    struct fit_items items;
    double *mean, *deviation; /* [out] */
    float *targets;           /* [n_tracks x out] */
    int32_t *training, *validation, *held_out;
    struct column_statistics *columns;
    float *centres; /* of tones */
    struct sound_shape shape;
    struct sound_fitted fitted;
    float *validated, *predicted; /* [n_validation x out], [n_held_out x out] standardised */
    struct buffer checkpoint, identity, text;
    bool again; /* the device failed before */
};

static double value(const struct training *training, const char *key)
{
    return settings_value(&training->settings, key);
}

static void free_training(struct training *training)
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

/* ---- songs ---- */

/* Tracks with spectrograms, as a feature set without values. */
static struct feature_set present_set(const struct training *training)
{
    return (struct feature_set){
        .item = FEATURE_TRACKS, .n_rows = training->n_tracks, .width = 1, .present = training->present};
}

static enum status find_present(struct training *training, struct error *error)
{
    struct catalogue_counts counts = {0};
    enum status status = catalogue_count(training->catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    training->n_tracks = counts.tracks;
    training->present = calloc((size_t)counts.tracks + 1, sizeof *training->present);
    if (!training->present)
        return error_no_memory(error);
    for (int64_t t = 0; t < counts.tracks; t++)
        training->present[t] = sound_song_is_usable(&training->cache, training->spec, (int32_t)t);
    return STATUS_OK;
}

static enum status list_part(const struct training *training, enum fit_part part, int32_t **list, struct error *error)
{
    *list = malloc(((size_t)training->items.counts[part] + 1) * sizeof **list);
    if (!*list)
        return error_no_memory(error);
    fit_items_list(&training->items, part, *list);
    return STATUS_OK;
}

static enum status draw_parts(struct training *training, struct error *error)
{
    enum { LEAST = 10 };
    const struct feature_set set = present_set(training);
    const int64_t *counts = training->items.counts;
    struct feature_fit_result *fit = &training->result->train.fit;
    const double held_out = value(training, "held_out"), validation = value(training, "validation");
    if (held_out + validation > 0.95)
        return error_set(error, STATUS_USAGE, "held_out and validation together are at most 0.95, not %g",
                         held_out + validation);
    fit_items_draw(&training->items, &set, (int64_t)value(training, "min_entries"), held_out, validation,
                   training->wanted->seed);
    fit->n_training = counts[PART_TRAINING];
    fit->n_validation = counts[PART_VALIDATION];
    fit->n_held_out = counts[PART_HELD_OUT];
    fit->n_known = fit->n_training + fit->n_validation + fit->n_held_out;
    if (fit->n_training < LEAST || fit->n_validation < LEAST || fit->n_held_out < LEAST)
        return error_set(error, STATUS_FAILED,
                         "%lld songs are known (with a spectrogram and %lld playlist entries), too few: %lld to train, "
                         "%lld to validate and %lld held out; lower min_entries, import more playlists, or run "
                         "`sleeve audio compute --preset %s` again",
                         (long long)fit->n_known, (long long)value(training, "min_entries"), (long long)fit->n_training,
                         (long long)fit->n_validation, (long long)fit->n_held_out, training->spec->preset);
    enum status status = list_part(training, PART_TRAINING, &training->training, error);
    if (status == STATUS_OK)
        status = list_part(training, PART_VALIDATION, &training->validation, error);
    return status == STATUS_OK ? list_part(training, PART_HELD_OUT, &training->held_out, error) : status;
}

static enum status load_songs(struct training *training, struct compute *compute, struct error *error)
{
    const struct feature_set set = present_set(training);
    struct recommender *recommender = NULL;
    struct track_vectors tracks;
    enum status status = recommender_open(training->catalogue, compute, training->wanted->model, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_targets(recommender, &tracks, error);
    if (status == STATUS_OK)
        status =
            fit_items_load(training->catalogue, &set, &tracks, value(training, "split") > 0, &training->items, error);
    recommender_close(recommender);
    if (status == STATUS_OK)
        status = draw_parts(training, error);
    if (status != STATUS_OK)
        return status;
    const size_t out = (size_t)training->items.out;
    training->mean = calloc(out, sizeof *training->mean);
    training->deviation = calloc(out, sizeof *training->deviation);
    training->targets = calloc((size_t)training->n_tracks * out + 1, sizeof *training->targets);
    if (!training->mean || !training->deviation || !training->targets)
        return error_no_memory(error);
    fit_items_targets(&training->items, training->training, training->mean, training->deviation, training->targets);
    return STATUS_OK;
}

/* ---- what networks get ---- */

static enum status make_columns(struct training *training, struct error *error)
{
    const bool bag = training->spec->kind == SOUND_BAG;
    const struct sound_frames frames = {&training->cache, bag ? MFCC_WIDTH : training->cache.width,
                                        bag ? tones_frames_read : sound_bands_read};
    training->columns = calloc((size_t)frames.width, sizeof *training->columns);
    return training->columns ? sound_statistics(&frames, training->training, training->result->train.fit.n_training,
                                                training->columns, error)
                             : error_no_memory(error);
}

/* Fewer tones than wanted where there are too few frames. */
static enum status count_tones(struct training *training, int64_t *tones, struct error *error)
{
    const int64_t wanted = (int64_t)value(training, "tones");
    *tones = tones_possible(&training->cache, training->training, training->result->train.fit.n_training, wanted);
    if (*tones < 2)
        return error_set(error, STATUS_FAILED,
                         "the training songs have too few frames for tones; compute the "
                         "spectrograms of more songs");
    if (*tones < wanted)
        log_message(LOG_WARNING, "%lld tones are used instead of %lld: the training songs have only %lld0 frames",
                    (long long)*tones, (long long)wanted, (long long)*tones);
    return STATUS_OK;
}

static enum status make_centres(struct training *training, struct compute *compute, struct error *error)
{
    const struct tones_settings settings = {.tones = training->shape.in,
                                            .batches = (int64_t)value(training, "tone_batches"),
                                            .seed = training->wanted->seed};
    float *centres = malloc((size_t)(training->shape.in * MFCC_WIDTH) * sizeof *centres);
    enum status status =
        centres ? tones_learn(compute, &training->cache, training->training, training->result->train.fit.n_training,
                              training->columns, &settings, centres, training->progress, error)
                : error_no_memory(error);
    if (status == STATUS_OK)
        training->centres = centres;
    else
        free(centres);
    return status;
}

static enum status hash_weights(const struct training *training, struct hash *hash, struct error *error)
{
    struct mapped_file file = {0};
    if (!training->wanted->weights)
        return STATUS_OK;
    enum status status = mapped_file_open(training->wanted->weights, &file, error);
    if (status == STATUS_OK)
        hash_add_words(hash, file.bytes, file.size);
    mapped_file_close(&file);
    return status;
}

/* Everything that a training depends on. */
static enum status identify(struct training *training, struct error *error)
{
    struct hash hash;
    char contents[33];
    hash_begin(&hash);
    hash_add_words(&hash, training->targets,
                   (size_t)(training->n_tracks * training->items.out) * sizeof *training->targets);
    hash_add(&hash, training->items.parts, (size_t)training->n_tracks);
    for (size_t i = 0; i < training->cache.n_entries; i++) {
        const struct spectrogram_cache_entry *entry = &training->cache.entries[i];
        const int64_t numbers[] = {entry->track, entry->frames, entry->size, entry->modified};
        hash_add(&hash, numbers, sizeof numbers);
    }
    enum status status = hash_weights(training, &hash, error);
    if (status != STATUS_OK)
        return status;
    hash_end(hash, contents);
    buffer_printf(&training->identity, "sound %s network=%s seconds=%lld seed=%llu", contents, training->spec->name,
                  (long long)training->wanted->seconds, (unsigned long long)training->wanted->seed);
    for (size_t i = 0; i < training->settings.count; i++) {
        char number[32];
        settings_print(&training->settings.rules[i], training->settings.values[i], false, number);
        buffer_printf(&training->identity, " %s=%s", training->settings.rules[i].key, number);
        buffer_printf(&training->text, "%s%s=%s", i > 0 ? " " : "", training->settings.rules[i].key, number);
    }
    return training->identity.failed || training->text.failed ? error_no_memory(error) : STATUS_OK;
}

static enum status prepare(struct training *training, struct compute *compute, struct error *error)
{
    int64_t tones = 0;
    enum status status = load_songs(training, compute, error);
    if (status == STATUS_OK)
        status = make_columns(training, error);
    if (status == STATUS_OK && training->spec->kind == SOUND_BAG)
        status = count_tones(training, &tones, error);
    if (status != STATUS_OK)
        return status;
    training->shape = sound_shape_of(training->spec, sound_patches_of(training->spec, training->wanted->seconds), tones,
                                     training->items.out);
    training->result->parameters = sound_parameters(&training->shape);
    training->result->tones = tones;
    return identify(training, error);
}

/* ---- training and predicting ---- */

static struct sound_fit_settings fit_settings(const struct training *training)
{
    const int64_t batch = (int64_t)value(training, "batch"), epochs = (int64_t)value(training, "epochs");
    const bool bag = training->spec->kind == SOUND_BAG;
    return (struct sound_fit_settings){
        .shape = training->shape,
        .learning_rate = (float)value(training, "learning_rate"),
        .rate_decay = (float)value(training, "rate_decay"),
        .weight_decay = (float)value(training, "weight_decay"),
        .adapted_rate = (float)value(training, "adapted_rate"),
        .weights = training->wanted->weights,
        .batch = batch > 0                     ? batch
                 : training->shape.patches > 3 ? 8
                                               : 32,
        .epochs = epochs > 0 ? epochs
                  : bag      ? 50
                             : 5,
        .patience = (int64_t)value(training, "patience"),
        .seed = training->wanted->seed,
        .checkpoint = training->checkpoint.data,
        .identity = training->identity.data,
        .resume = training->again ? access(training->checkpoint.data, F_OK) == 0 : training->wanted->resume,
    };
}

static enum status predict_part(struct training *training, struct sound_open *open, const struct sound_inputs *inputs,
                                const int32_t *songs, int64_t n, float **vectors, struct error *error)
{
    const int64_t out = training->items.out;
    enum status status = STATUS_OK;
    free(*vectors);
    *vectors = malloc((size_t)(n * out) * sizeof **vectors + 1);
    if (!*vectors)
        return error_no_memory(error);
    progress_stage(training->progress, "predicting", "songs", (double)n);
    for (int64_t i = 0; i < n && status == STATUS_OK; i++) {
        status = progress_cancelled(training->progress)
                     ? error_set(error, STATUS_INTERRUPTED, "the training was stopped while predicting")
                     : sound_open_run(open, inputs, songs[i], *vectors + i * out, error);
        progress_step(training->progress, (double)i + 1);
    }
    progress_end(training->progress);
    return status;
}

static enum status open_fitted(const struct training *training, struct compute *compute, struct sound_open **open,
                               struct error *error)
{
    const struct sound_fitted *fitted = &training->fitted;
    const struct sound_weights weights = {fitted->weights, fitted->pretrained, fitted->n_weights, fitted->n_pretrained};
    return sound_open(compute, &training->shape, &weights, open, error);
}

/* `all`: every input of a song; `inputs` are those of training. */
static enum status fit(struct training *training, struct compute *compute, const struct sound_inputs *inputs,
                       const struct sound_inputs *all, struct error *error)
{
    const struct sound_fit_settings settings = fit_settings(training);
    const struct feature_fit_result *counts = &training->result->train.fit;
    const struct sound_data data = {.inputs = *inputs,
                                    .targets = training->targets,
                                    .training = training->training,
                                    .validation = training->validation,
                                    .n_training = counts->n_training,
                                    .n_validation = counts->n_validation};
    struct sound_open *open = NULL;
    sound_fitted_free(&training->fitted);
    enum status status = sound_fit(compute, &data, &settings, training->progress, &training->fitted, error);
    if (status == STATUS_OK)
        status = open_fitted(training, compute, &open, error);
    if (status == STATUS_OK)
        status =
            predict_part(training, open, all, training->validation, counts->n_validation, &training->validated, error);
    if (status == STATUS_OK)
        status = predict_part(training, open, all, training->held_out, counts->n_held_out, &training->predicted, error);
    sound_open_close(open);
    return status;
}

static enum status fit_windows(struct training *training, struct compute *compute, struct error *error)
{
    struct sound_windows all = {.cache = &training->cache,
                                .settings = spectrogram_preset(training->spec->preset),
                                .columns = training->columns,
                                .shape = training->shape};
    struct sound_windows some = all;
    some.most = (int64_t)value(training, "windows");
    const struct sound_inputs inputs = sound_windows_inputs(&some), every = sound_windows_inputs(&all);
    enum status status = sound_windows_check(&all, error);
    return status == STATUS_OK ? fit(training, compute, &inputs, &every, error) : status;
}

static enum status fit_tones(struct training *training, struct compute *compute, struct error *error)
{
    bool *known = calloc((size_t)training->n_tracks + 1, sizeof *known);
    if (!known)
        return error_no_memory(error);
    for (int64_t t = 0; t < training->n_tracks; t++)
        known[t] = training->items.parts[t] != PART_NONE;
    enum status status = training->centres ? STATUS_OK : make_centres(training, compute, error);
    struct tones tones = {.n = training->shape.in,
                          .centres = training->centres,
                          .columns = training->columns,
                          .n_songs = training->n_tracks};
    if (status == STATUS_OK)
        status = tones_histograms(compute, &training->cache, known, &tones, training->progress, error);
    free(known);
    if (status != STATUS_OK)
        return status;
    const struct sound_inputs inputs = tones_inputs(&tones);
    status = fit(training, compute, &inputs, &inputs, error);
    tones_free(&tones);
    return status;
}

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct training *training = context;
    enum status status = training->shape.spec ? STATUS_OK : prepare(training, compute, error);
    if (status == STATUS_OK)
        status = training->spec->kind == SOUND_BAG ? fit_tones(training, compute, error)
                                                   : fit_windows(training, compute, error);
    training->again = true;
    return status;
}

/* ---- the result ---- */

static void undo_standardising(const struct training *training, int64_t n, float *vectors)
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
static enum status measure(struct training *training, struct error *error)
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

static enum status take_curve(struct training *training, struct error *error)
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

static enum status store(struct training *training, struct error *error)
{
    const struct feature_fit_result *result = &training->result->train.fit;
    const struct sound_fitted *fitted = &training->fitted;
    const bool bag = training->spec->kind == SOUND_BAG;
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
                                        .front = bag ? training->centres : fitted->pretrained,
                                        .n_front =
                                            bag ? training->shape.in * MFCC_WIDTH : (int64_t)fitted->n_pretrained};
    enum status status = figures.failed
                             ? error_no_memory(error)
                             : predictor_write(training->catalogue, training->wanted->name, &predictor, error);
    buffer_free(&figures);
    return status;
}

static enum status train(struct training *training, struct error *error)
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
    if (status == STATUS_OK)
        sound_fit_forget(training->checkpoint.data);
    return status;
}

static enum status check(struct training *training, struct error *error)
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
    return status == STATUS_OK ? find_present(training, error) : status;
}

enum status app_content_train_sound(struct catalogue *catalogue, struct device_use *device,
                                    const struct content_sound_settings *wanted, struct progress *progress,
                                    struct content_sound_result *result, struct error *error)
{
    *result = (struct content_sound_result){0};
    struct training training = {.catalogue = catalogue,
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
