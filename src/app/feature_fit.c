#include "app/feature_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/feature_fit_items.h"
#include "app/fit_measures.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/json_reader.h"
#include "core/log.h"
#include "core/random.h"
#include "features/extractor.h"
#include "features/projection.h"
#include "models/new_tracks.h"
#include "models/recommender.h"
#include "models/settings.h"

const char *const fit_method_names[FIT_METHODS] = {[FIT_RIDGE] = "ridge", [FIT_NETWORK] = "network"};

/* ---- settings ---- */

#define RULE(key, value, low, high, whole, meaning)                                                                    \
    {                                                                                                                  \
        key, value, value, low, high, whole, meaning, NULL, NULL                                                       \
    }

static const struct setting_choice split_choices[] = {{"items", NULL}, {"artists", NULL}};

const struct setting_rule fit_common_rules[] = {
    RULE("min_entries", 2, 1, 1e9, true, "playlist entries that make an item known"),
    RULE("held_out", 0.2, 0.01, 0.9, false, "share of the known items that is held out"),
    RULE("validation", 0.1, 0.01, 0.9, false, "share of the known items that chooses lambda or the epoch"),
    {"split", 0, 0, 0, 1, true, "what is drawn: items, or artists with all their items", split_choices, NULL},
    {0},
};

static const struct setting_rule ridge_rules[] = {
    RULE("lambda", 0, 0, 1e9, false, "regularization, in units of a column's variance; 0: chosen on validation items"),
    {0},
};

static const struct setting_rule network_rules[] = {
    RULE("layers", 1, 1, 2, true, "hidden layers"),
    RULE("hidden", 128, 1, 65536, true, "their width"),
    RULE("dropout", 0.8, 0, 0.95, false, "of the hidden layers"),
    RULE("learning_rate", 1e-3, 1e-9, 10, false, "initial learning rate of Adam, falling to 0"),
    RULE("weight_decay", 1e-4, 0, 10, false, "of all weights"),
    RULE("batch", 128, 1, 65536, true, "items a step"),
    RULE("epochs", 60, 1, 10000, true, "passes over the training items, at most"),
    RULE("patience", 10, 1, 10000, true, "epochs without a better result on the validation items"),
    {0},
};

static const struct setting_rules methods[FIT_METHODS] = {
    [FIT_RIDGE] = {(const struct setting_rule *const[]){fit_common_rules, ridge_rules, NULL}, NULL},
    [FIT_NETWORK] = {(const struct setting_rule *const[]){fit_common_rules, network_rules, NULL}, NULL},
};

static void describe_rules(const char *title, const struct setting_rule *rules, struct buffer *out)
{
    buffer_printf(out, "%s:\n", title);
    for (; rules->key; rules++) {
        char value[32];
        settings_print(rules, rules->small, false, value);
        buffer_printf(out, "  %s (%s): %s\n", rules->key, value, rules->meaning);
    }
}

void feature_fit_help(struct buffer *out)
{
    describe_rules("Settings of both methods", fit_common_rules, out);
    describe_rules("Settings of ridge", ridge_rules, out);
    describe_rules("Settings of network", network_rules, out);
}

/* ---- a fit ---- */

struct fit {
    struct catalogue *catalogue;
    const struct feature_fit_settings *wanted;
    struct progress *progress;
    struct feature_fit_result *result;
    struct settings settings;
    struct feature_set set;
    struct fit_items items;
    char *kind, *trained_on;  /* of the model */
    float *x, *y, *predicted; /* [n x in], [n x out] standardised, [n x out] */
    double *mean, *deviation; /* [out] of the vectors */
    int32_t *training, *validation, *held_out;
    struct column_statistics *columns; /* [in] of the training items */
    float *validated;                  /* [n_validation x out] for the sink */
    struct projection_weights weights; /* for the sink */
    bool again;                        /* the device failed before */
};

static double value(const struct fit *fit, const char *key)
{
    return settings_value(&fit->settings, key);
}

static void free_fit(struct fit *fit)
{
    if (fit->set.owner)
        feature_set_close(&fit->set);
    fit_items_free(&fit->items);
    free(fit->kind);
    free(fit->trained_on);
    free(fit->x);
    free(fit->y);
    free(fit->predicted);
    free(fit->mean);
    free(fit->deviation);
    free(fit->training);
    free(fit->validation);
    free(fit->held_out);
    free(fit->columns);
    free(fit->validated);
    free(fit->weights.values);
}

/* ---- the model ---- */

/* Whether the comma-separated names contain `name`. */
static bool has_name(const char *names, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = names; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        if (strcspn(at, ",") == size && strncmp(at, name, size) == 0)
            return true;
    return false;
}

/* The kind of the model and the playlists that it was trained on. Warns if it was trained with the feature set. */
static enum status read_record(struct fit *fit, const struct recommender *recommender, struct error *error)
{
    struct model_list records = {0};
    struct json_document settings;
    enum status status = catalogue_model_find(fit->catalogue, fit->wanted->model, &records, error);
    if (status == STATUS_OK && records.count == 1 &&
        json_read(records.items[0].settings, strlen(records.items[0].settings), &settings, NULL) == STATUS_OK) {
        const char *sets = json_get_text(json_member(&settings.root, "features"), "");
        const char *covers = json_get_text(json_member(&settings.root, "covers"), "");
        if (has_name(sets, fit->wanted->set) || has_name(covers, fit->wanted->set))
            log_message(LOG_WARNING,
                        "%s was trained with the feature set %s, so its vectors may depend on what they are predicted "
                        "from",
                        fit->wanted->model, fit->wanted->set);
        fit->trained_on = strdup(json_get_text(json_member(&settings.root, "trained_on"), ""));
        json_document_free(&settings);
    }
    model_list_free(&records);
    if (!fit->trained_on)
        fit->trained_on = strdup("");
    fit->kind = strdup(recommender_kind(recommender));
    return status == STATUS_OK && (!fit->trained_on || !fit->kind) ? error_no_memory(error) : status;
}

static enum status load_items(struct fit *fit, struct compute *compute, struct error *error)
{
    struct recommender *recommender = NULL;
    struct track_vectors tracks;
    enum status status = recommender_open(fit->catalogue, compute, fit->wanted->model, &recommender, error);
    if (status == STATUS_OK)
        status = fit->wanted->sink ? new_tracks_targets(recommender, &tracks, error)
                                   : recommender_track_vectors(recommender, &tracks, error);
    if (status == STATUS_OK)
        status = read_record(fit, recommender, error);
    if (status == STATUS_OK)
        status = fit_items_load(fit->catalogue, &fit->set, &tracks, value(fit, "split") > 0, &fit->items, error);
    recommender_close(recommender);
    return status;
}

/* ---- the parts ---- */

static enum status list_part(const struct fit *fit, enum fit_part part, int32_t **list, struct error *error)
{
    *list = malloc(((size_t)fit->items.counts[part] + 1) * sizeof **list);
    if (!*list)
        return error_no_memory(error);
    fit_items_list(&fit->items, part, *list);
    return STATUS_OK;
}

static enum status draw_parts(struct fit *fit, struct error *error)
{
    enum { LEAST = 10 };
    const int64_t *counts = fit->items.counts;
    struct feature_fit_result *result = fit->result;
    double held_out = value(fit, "held_out"), validation = value(fit, "validation");
    if (held_out + validation > 0.95)
        return error_set(error, STATUS_USAGE, "held_out and validation together are at most 0.95, not %g",
                         held_out + validation);
    fit_items_draw(&fit->items, &fit->set, (int64_t)value(fit, "min_entries"), held_out, validation, fit->wanted->seed);
    result->n_training = counts[PART_TRAINING];
    result->n_validation = counts[PART_VALIDATION];
    result->n_held_out = counts[PART_HELD_OUT];
    result->n_known = result->n_training + result->n_validation + result->n_held_out;
    if (result->n_training < LEAST || result->n_validation < LEAST || result->n_held_out < LEAST)
        return error_set(error, STATUS_FAILED,
                         "%lld %s are known (with a row in %s and %lld playlist entries), too few: %lld to train, %lld "
                         "to validate and %lld held out, where %d of each are needed; lower min_entries or import more "
                         "playlists",
                         (long long)result->n_known, feature_item_name(fit->set.item), fit->wanted->set,
                         (long long)value(fit, "min_entries"), (long long)result->n_training,
                         (long long)result->n_validation, (long long)result->n_held_out, LEAST);
    enum status status = list_part(fit, PART_TRAINING, &fit->training, error);
    if (status == STATUS_OK)
        status = list_part(fit, PART_VALIDATION, &fit->validation, error);
    return status == STATUS_OK ? list_part(fit, PART_HELD_OUT, &fit->held_out, error) : status;
}

/* ---- standardised matrices ---- */

/* By mean and deviation of the training items. Missing rows and constant columns are 0. */
static enum status make_inputs(struct fit *fit, struct error *error)
{
    size_t n = (size_t)fit->set.n_rows, width = (size_t)fit->set.width;
    bool *training = calloc(n + 1, sizeof *training);
    fit->columns = malloc(width * sizeof *fit->columns);
    fit->x = malloc(n * width * sizeof *fit->x + 1);
    enum status status = fit->columns && training && fit->x ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        struct feature_set known = fit->set;
        for (int64_t i = 0; i < fit->result->n_training; i++)
            training[fit->training[i]] = true;
        known.present = training;
        feature_set_statistics(&known, fit->columns);
        feature_set_standardise(&fit->set, fit->columns, fit->x);
    }
    free(training);
    return status;
}

static enum status make_targets(struct fit *fit, struct error *error)
{
    const struct fit_items *items = &fit->items;
    size_t out = (size_t)items->out;
    fit->y = calloc((size_t)items->n * out + 1, sizeof *fit->y);
    fit->mean = calloc(out, sizeof *fit->mean);
    fit->deviation = calloc(out, sizeof *fit->deviation);
    if (!fit->y || !fit->mean || !fit->deviation)
        return error_no_memory(error);
    fit_items_targets(items, fit->training, fit->mean, fit->deviation, fit->y);
    return STATUS_OK;
}

/* ---- fitting ---- */

static void checkpoint_path(const struct fit *fit, struct buffer *path)
{
    struct buffer relative = {0};
    if (fit->wanted->sink) {
        buffer_add_text(path, fit->wanted->sink->checkpoint);
        return;
    }
    buffer_printf(&relative, "embeddings/%s.fit", fit->wanted->name);
    if (relative.failed)
        path->failed = true;
    else
        catalogue_sidecar(fit->catalogue, relative.data, path);
    buffer_free(&relative);
}

/* Everything that a training depends on. */
static void identify(const struct fit *fit, struct buffer *text)
{
    size_t n = (size_t)fit->items.n;
    struct hash hash;
    char contents[33];
    hash_begin(&hash);
    hash_add_words(&hash, fit->x, n * (size_t)fit->set.width * sizeof *fit->x);
    hash_add_words(&hash, fit->y, n * (size_t)fit->items.out * sizeof *fit->y);
    hash_add(&hash, fit->items.parts, n);
    hash_end(hash, contents);
    buffer_printf(text, "projection %s seed=%llu", contents, (unsigned long long)fit->wanted->seed);
    for (size_t i = 0; i < fit->settings.count; i++) {
        char number[32];
        settings_print(&fit->settings.rules[i], fit->settings.values[i], false, number);
        buffer_printf(text, " %s=%s", fit->settings.rules[i].key, number);
    }
}

static struct projection_network_settings network_settings(const struct fit *fit)
{
    return (struct projection_network_settings){
        .layers = (int64_t)value(fit, "layers"),
        .hidden = (int64_t)value(fit, "hidden"),
        .dropout = (float)value(fit, "dropout"),
        .learning_rate = (float)value(fit, "learning_rate"),
        .weight_decay = (float)value(fit, "weight_decay"),
        .batch = (int64_t)value(fit, "batch"),
        .epochs = (int64_t)value(fit, "epochs"),
        .patience = (int64_t)value(fit, "patience"),
        .seed = fit->wanted->seed,
    };
}

static enum status fit_network(struct fit *fit, struct compute *compute, const struct dense_data *data,
                               struct error *error)
{
    struct buffer identity = {0}, checkpoint = {0};
    struct projection_network_result network;
    identify(fit, &identity);
    checkpoint_path(fit, &checkpoint);
    enum status status = identity.failed || checkpoint.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK) {
        struct projection_network_settings settings = network_settings(fit);
        settings.identity = identity.data;
        settings.checkpoint = checkpoint.data;
        settings.weights = fit->wanted->sink ? &fit->weights : NULL;
        settings.keep_checkpoint = true; /* until what follows the training is done, too */
        settings.resume = fit->again ? access(checkpoint.data, F_OK) == 0 : fit->wanted->resume;
        status = projection_network_fit(compute, data, &settings, fit->predicted, fit->progress, &network, error);
    }
    if (status == STATUS_OK) {
        fit->result->epochs = network.epochs;
        fit->result->best_epoch = network.best_epoch;
        fit->result->validation_r2 = network.validation_r2;
    }
    buffer_free(&identity);
    buffer_free(&checkpoint);
    return status;
}

static enum status fit_ridge(struct fit *fit, struct compute *compute, const struct dense_data *data,
                             struct error *error)
{
    struct ridge_choice choice;
    enum status status = ridge_fit_weights(compute, data, value(fit, "lambda"), fit->predicted,
                                           fit->wanted->sink ? &fit->weights : NULL, fit->progress, &choice, error);
    if (status == STATUS_OK) {
        fit->result->lambda = choice.lambda;
        fit->result->lambda_at_end = choice.at_end;
        fit->result->validation_r2 = choice.validation_r2;
    }
    return status;
}

/* The validation items as they are predicted without them: a network is not fitted to them, ridge regression is fitted
 * again. */
static enum status predict_validation(struct fit *fit, struct compute *compute, const struct dense_data *data,
                                      struct error *error)
{
    size_t out = (size_t)data->out;
    const bool again = fit->wanted->method == FIT_RIDGE;
    struct dense_data without = *data;
    struct ridge_choice choice;
    without.n_validation = 0;
    float *predicted = again ? malloc((size_t)data->n * out * sizeof *predicted + 1) : fit->predicted;
    free(fit->validated);
    fit->validated = malloc((size_t)data->n_validation * out * sizeof *fit->validated + 1);
    enum status status = predicted && fit->validated ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && again)
        status = ridge_fit(compute, &without, fit->result->lambda, predicted, fit->progress, &choice, error);
    for (int64_t i = 0; i < data->n_validation && status == STATUS_OK; i++)
        memcpy(fit->validated + (size_t)i * out, predicted + (size_t)data->validation[i] * out,
               out * sizeof *predicted);
    if (again)
        free(predicted);
    return status;
}

/* ---- the held-out items ---- */

/* The rows of the held-out items [n_held_out x out]. */
static float *held_out_rows(const struct fit *fit, const float *values)
{
    size_t out = (size_t)fit->items.out, n = (size_t)fit->result->n_held_out;
    float *rows = malloc(n * out * sizeof *rows + 1);
    for (size_t i = 0; rows && i < n; i++)
        memcpy(rows + i * out, values + (size_t)fit->held_out[i] * out, out * sizeof *rows);
    return rows;
}

/* With `loss` in standardised columns, otherwise as the model's vectors. */
static enum status measure(const struct fit *fit, bool loss, struct error *error)
{
    float *predicted = held_out_rows(fit, fit->predicted);
    float *truth = held_out_rows(fit, loss ? fit->y : fit->items.vectors);
    const struct fit_pairs pairs = {fit->result->n_held_out, fit->items.out, predicted, truth};
    enum status status = predicted && truth ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = loss ? fit_measure_loss(&pairs, fit->result, error)
                      : fit_measure_retrieval(&pairs, fit->wanted->seed, fit->progress, fit->result, error);
    free(predicted);
    free(truth);
    return status;
}

/* Back to the model's space: zeros for items without a row. */
static void undo_standardising(struct fit *fit)
{
    int64_t out = fit->items.out;
    for (int64_t i = 0; fit->validated && i < fit->result->n_validation * out; i++)
        fit->validated[i] = (float)((double)fit->validated[i] * fit->deviation[i % out] + fit->mean[i % out]);
    for (int64_t i = 0; i < fit->items.n; i++)
        for (int64_t j = 0; j < out; j++) {
            float *p = &fit->predicted[i * out + j];
            *p = feature_set_has(&fit->set, i) ? (float)((double)*p * fit->deviation[j] + fit->mean[j]) : 0;
        }
}

/* ---- the new set ---- */

static void normalise(struct fit *fit)
{
    int64_t out = fit->items.out;
    for (int64_t i = 0; i < fit->items.n; i++) {
        double squares = 0;
        float *row = fit->predicted + i * out;
        for (int64_t j = 0; j < out; j++)
            squares += (double)row[j] * (double)row[j];
        for (int64_t j = 0; squares > 0 && j < out; j++)
            row[j] = (float)((double)row[j] / sqrt(squares));
    }
}

static void describe_settings(const struct fit *fit, struct buffer *text)
{
    for (size_t i = 0; i < fit->settings.count; i++) {
        char number[32];
        bool lambda = strcmp(fit->settings.rules[i].key, "lambda") == 0;
        settings_print(&fit->settings.rules[i], lambda ? fit->result->lambda : fit->settings.values[i], false, number);
        buffer_printf(text, "%s%s=%s", i > 0 ? " " : "", fit->settings.rules[i].key, number);
    }
}

static enum status write_set(struct fit *fit, struct error *error)
{
    char seed[24];
    struct buffer figures = {0}, settings = {0};
    struct feature_set made = fit->set;
    normalise(fit);
    fit_measures_json(fit->result, &figures);
    describe_settings(fit, &settings);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)fit->wanted->seed);
    const struct metadata_pair more[] = {
        {"fit.set", fit->wanted->set},
        {"fit.model", fit->wanted->model},
        {"fit.kind", fit->kind},
        {"fit.trained_on", fit->trained_on},
        {"fit.settings", settings.data},
        {"fit.method", fit_method_names[fit->wanted->method]},
        {"fit.seed", seed},
        {"fit.held_out", figures.data},
    };
    made.width = (int)fit->items.out;
    made.values = fit->predicted;
    made.columns = NULL;
    made.sources = NULL; /* of the set that was fitted */
    made.made_with = NULL;
    made.extractor = "fit";
    enum status status = figures.failed || settings.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = feature_set_write(fit->catalogue, fit->wanted->name, &made, more, sizeof more / sizeof *more, error);
    buffer_free(&figures);
    buffer_free(&settings);
    return status;
}

/* ---- all of it ---- */

static enum status prepare(struct fit *fit, struct compute *compute, struct error *error)
{
    enum status status = load_items(fit, compute, error);
    if (status == STATUS_OK)
        status = draw_parts(fit, error);
    if (status == STATUS_OK)
        status = make_inputs(fit, error);
    if (status == STATUS_OK)
        status = make_targets(fit, error);
    if (status == STATUS_OK) {
        fit->predicted = calloc((size_t)(fit->items.n * fit->items.out) + 1, sizeof *fit->predicted);
        status = fit->predicted ? STATUS_OK : error_no_memory(error);
    }
    return status;
}

static enum status run(void *context, struct compute *compute, struct error *error)
{
    struct fit *fit = context;
    enum status status = fit->again ? STATUS_OK : prepare(fit, compute, error);
    if (status != STATUS_OK)
        return status;
    const struct dense_data data = {.n = fit->items.n,
                                    .in = fit->set.width,
                                    .out = fit->items.out,
                                    .x = fit->x,
                                    .y = fit->y,
                                    .training = fit->training,
                                    .n_training = fit->result->n_training,
                                    .validation = fit->validation,
                                    .n_validation = fit->result->n_validation};
    free(fit->weights.values);
    fit->weights = (struct projection_weights){0};
    status = fit->wanted->method == FIT_NETWORK ? fit_network(fit, compute, &data, error)
                                                : fit_ridge(fit, compute, &data, error);
    if (status == STATUS_OK && fit->wanted->sink)
        status = predict_validation(fit, compute, &data, error);
    fit->again = true;
    return status;
}

/* Sets that were fitted can be replaced, others not. */
static enum status check_name(struct catalogue *catalogue, const struct feature_fit_settings *wanted,
                              struct error *error)
{
    struct feature_set there;
    if (!feature_set_name_is_usable(wanted->name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a feature set", wanted->name);
    if (extractor_find(wanted->name))
        return error_set(error, STATUS_USAGE,
                         "%s is the name of the set that `sleeve embed %s` makes; choose another "
                         "--name",
                         wanted->name, wanted->name);
    if (feature_set_open(catalogue, wanted->name, &there, NULL) != STATUS_OK)
        return STATUS_OK;
    bool ours = strcmp(there.extractor, "fit") == 0;
    feature_set_close(&there);
    return ours ? STATUS_OK
                : error_set(error, STATUS_USAGE,
                            "there is a feature set %s already that was not fitted; choose another --name, or remove "
                            "it first: sleeve features rm %s",
                            wanted->name, wanted->name);
}

/* Gives the sink what was fitted. */
static enum status give(struct fit *fit, struct error *error)
{
    const struct feature_fit_sink *sink = fit->wanted->sink;
    struct buffer figures = {0}, settings = {0};
    fit_measures_json(fit->result, &figures);
    describe_settings(fit, &settings);
    struct feature_fitted fitted = {.set = &fit->set,
                                    .out = fit->items.out,
                                    .columns = fit->columns,
                                    .mean = fit->mean,
                                    .deviation = fit->deviation,
                                    .predicted = fit->predicted,
                                    .validation = fit->validation,
                                    .validated = fit->validated,
                                    .n_validation = fit->result->n_validation,
                                    .held_out = fit->held_out,
                                    .n_held_out = fit->result->n_held_out,
                                    .settings = settings.data,
                                    .figures = figures.data,
                                    .weights = &fit->weights};
    if (fit->wanted->method == FIT_NETWORK)
        fitted.network = network_settings(fit);
    enum status status =
        figures.failed || settings.failed ? error_no_memory(error) : sink->take(sink->context, &fitted, error);
    buffer_free(&figures);
    buffer_free(&settings);
    return status;
}

static enum status remove_checkpoint(const struct fit *fit, struct error *error)
{
    struct buffer checkpoint = {0};
    checkpoint_path(fit, &checkpoint);
    const bool failed = checkpoint.failed;
    if (!failed)
        projection_checkpoint_remove(checkpoint.data);
    buffer_free(&checkpoint);
    return failed ? error_no_memory(error) : STATUS_OK;
}

static enum status fit_and_store(struct fit *fit, struct device_use *device, struct error *error)
{
    const struct device_work work = {run, fit};
    enum status status = feature_set_open(fit->catalogue, fit->wanted->set, &fit->set, error);
    if (status == STATUS_OK)
        feature_set_warn(fit->catalogue, fit->wanted->set);
    if (status == STATUS_OK)
        status = device_run(device, &work, error);
    if (status == STATUS_OK)
        status = measure(fit, true, error);
    if (status != STATUS_OK)
        return status;
    fit->result->item = fit->set.item;
    fit->result->n_rows = fit->set.n_present;
    fit->result->in = fit->set.width;
    fit->result->out = (int)fit->items.out;
    undo_standardising(fit);
    status = measure(fit, false, error);
    if (status == STATUS_INTERRUPTED && fit->wanted->method == FIT_NETWORK)
        return error_set(error, status,
                         "stopped while the network was compared with the held-out items; it is trained, and the same "
                         "command with --resume compares it again");
    if (status != STATUS_OK)
        return status;
    status = fit->wanted->sink ? give(fit, error) : write_set(fit, error);
    return status == STATUS_OK && fit->wanted->method == FIT_NETWORK ? remove_checkpoint(fit, error) : status;
}

enum status app_feature_fit(struct catalogue *catalogue, struct device_use *device,
                            const struct feature_fit_settings *settings, struct progress *progress,
                            struct feature_fit_result *result, struct error *error)
{
    struct fit fit = {.catalogue = catalogue, .wanted = settings, .progress = progress, .result = result};
    struct lock_file lock = {0};
    *result = (struct feature_fit_result){.validation_r2 = NAN};
    enum status status = settings_read(&fit.settings, &methods[settings->method], NULL, 1, settings->settings,
                                       settings->n_settings, error);
    if (status == STATUS_OK && !settings->sink)
        status = check_name(catalogue, settings, error);
    if (status == STATUS_OK && !settings->sink)
        status = feature_set_lock(catalogue, settings->name, &lock, error);
    if (status == STATUS_OK)
        status = fit_and_store(&fit, device, error);
    lock_file_release(&lock);
    free_fit(&fit);
    return status;
}
