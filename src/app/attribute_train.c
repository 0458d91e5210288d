#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribute_fit.h"
#include "core/log.h"
#include "core/random.h"
#include "db/artists.h"

#define RULE(key, value, low, high, whole, meaning)                                                                    \
    {                                                                                                                  \
        key, value, value, low, high, whole, meaning, NULL, NULL                                                       \
    }

static const struct setting_choice genre_choices[] = {{"adam", NULL}, {"adagrad", NULL}};

static const struct setting_rule rules[] = {
    RULE("test", 0.2, 0.01, 0.9, false, "share of the artists whose tracks are for the test"),
    RULE("validation", 0.15, 0.01, 0.9, false, "share of the artists that choose the epoch and the thresholds"),
    RULE("rate_factor", 1, 1e-4, 1e4, false, "multiplies the learning rates"),
    RULE("dropout", 0.3, 0, 0.95, false, "of the hidden layers"),
    RULE("weight_decay", 1e-4, 0, 10, false, "of all weights"),
    RULE("batch", 64, 1, 65536, true, "tracks a step"),
    RULE("epochs", 60, 1, 10000, true, "passes over the training tracks, at most"),
    RULE("patience", 8, 1, 10000, true, "epochs without a better result on the validation tracks"),
    {"genre_optimiser", 0, 0, 0, 1, true, "of genre; adagrad has the paper's rate of 0.05", genre_choices, NULL},
    {0},
};
static const struct setting_rules all_rules = {(const struct setting_rule *const[]){rules, NULL}, NULL};

void attributes_help(struct buffer *out)
{
    buffer_add_text(out, "Settings of train:\n");
    for (const struct setting_rule *rule = rules; rule->key; rule++) {
        char text[32];
        settings_print(rule, rule->small, false, text);
        buffer_printf(out, "  %s (%s): %s\n", rule->key, text, rule->meaning);
    }
}

/* ---- labels ---- */

enum { LEAST_TRAINING = 20, LEAST_OTHER = 5, LEAST_POSITIVE = 5 };

struct label_counts {
    int64_t tracks[ATTRIBUTE_PARTS], positives[ATTRIBUTE_PARTS];
    double low, high;
};

static void count_labels(const struct attribute_work *work, const struct attribute_target *target, int64_t class,
                         struct label_counts *counts)
{
    *counts = (struct label_counts){.low = INFINITY, .high = -INFINITY};
    for (int64_t t = 0; t < work->inputs.n; t++) {
        if (!target->known[t] || !work->inputs.present[t])
            continue;
        const double y = (double)target->y[t * target->out + class];
        counts->tracks[work->parts[t]]++;
        counts->positives[work->parts[t]] += y > 0;
        counts->low = fmin(counts->low, y);
        counts->high = fmax(counts->high, y);
    }
}

/* Enough tracks of both kinds in each part. */
static bool can_learn_class(const struct label_counts *counts)
{
    for (int part = 0; part < ATTRIBUTE_PARTS; part++) {
        const int64_t least = part == ATTRIBUTE_TRAIN ? LEAST_POSITIVE : 1;
        if (counts->positives[part] < least || counts->tracks[part] - counts->positives[part] < least)
            return false;
    }
    return true;
}

/* Removes column `class` of the labels. */
static void drop_class(struct attribute_target *target, int64_t n, int64_t class)
{
    float *to = target->y;
    for (int64_t t = 0; t < n; t++)
        for (int64_t c = 0; c < target->out; c++)
            if (c != class)
                *to++ = target->y[t * target->out + c];
    free(target->classes[class]);
    for (int64_t c = class; c + 1 < target->out; c++)
        target->classes[c] = target->classes[c + 1];
    target->classes[--target->out] = NULL;
}

static enum status check_classes(struct attribute_work *work, struct attribute_target *target, struct error *error)
{
    for (int64_t c = target->out; c-- > 0;) {
        struct label_counts counts;
        count_labels(work, target, c, &counts);
        if (can_learn_class(&counts))
            continue;
        if (target->kind != ATTRIBUTE_GENRE)
            return error_set(error, STATUS_BAD_DATA,
                             "%s has one class only in a part of the labelled tracks (%lld of %lld are %s); label "
                             "more tracks of both kinds",
                             target->classes[c],
                             (long long)(counts.positives[0] + counts.positives[1] + counts.positives[2]),
                             (long long)(counts.tracks[0] + counts.tracks[1] + counts.tracks[2]),
                             attribute_specs[target->kind].words[2]);
        buffer_printf(&work->notes,
                      "genre %s was left out: %lld tracks to train, %lld to validate and %lld for the test have it\n",
                      target->classes[c], (long long)counts.positives[0], (long long)counts.positives[1],
                      (long long)counts.positives[2]);
        drop_class(target, work->inputs.n, c);
    }
    return target->out > 0 ? STATUS_OK
                           : error_set(error, STATUS_BAD_DATA,
                                       "no genre is on enough labelled tracks and absent from others; label more "
                                       "tracks, with two genres at least");
}

enum status attribute_check_labels(struct attribute_work *work, struct attribute_target *target, struct error *error)
{
    const char *name = attribute_specs[target->kind].name;
    struct label_counts counts;
    if (target->n_known == 0)
        return error_set(error, STATUS_BAD_DATA, "no track has a label of %s", name);
    count_labels(work, target, 0, &counts);
    if (counts.tracks[ATTRIBUTE_TRAIN] < LEAST_TRAINING || counts.tracks[ATTRIBUTE_VALIDATION] < LEAST_OTHER ||
        counts.tracks[ATTRIBUTE_TEST] < LEAST_OTHER)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s has too few labelled tracks with features: %lld to train, %lld to validate and %lld for "
            "the test (%d, %d and %d are needed); label more tracks, of several artists, because those of an "
            "artist are in the same part",
            name, (long long)counts.tracks[0], (long long)counts.tracks[1], (long long)counts.tracks[2], LEAST_TRAINING,
            LEAST_OTHER, LEAST_OTHER);
    if (attribute_specs[target->kind].type != ATTRIBUTE_AMOUNT)
        return check_classes(work, target, error);
    return counts.low < counts.high
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA, "all labels of %s are %g; there is nothing to learn from them", name,
                           counts.low);
}

/* ---- inputs ---- */

/* Columns that hold what is learned. The catalogue's vocalness is made from instrumentalness. */
static bool holds_target(const char *column, const void *context)
{
    const struct attribute_work *work = context;
    for (int i = 0; i < ATTRIBUTE_KINDS; i++) {
        const char *name = attribute_specs[i].name;
        const size_t size = strlen(name);
        const bool same = strncmp(column, name, size) == 0 && (column[size] == '\0' || column[size] == ':');
        const bool source = i == ATTRIBUTE_VOCALNESS && strcmp(column, "instrumentalness") == 0;
        if ((same || source) && work->wanted->wanted[i])
            return true;
    }
    return false;
}

static enum status drop_columns(struct attribute_work *work, struct error *error)
{
    for (int64_t j = 0; j < work->inputs.width; j++)
        if (holds_target(work->inputs.columns[j], work))
            buffer_printf(&work->left_out, "%s%s", work->left_out.size > 0 ? "\n" : "", work->inputs.columns[j]);
    attribute_inputs_drop(&work->inputs, holds_target, work);
    if (work->inputs.width == 0)
        return error_set(error, STATUS_USAGE, "%s holds nothing but what is to be learned", work->wanted->features);
    return work->left_out.failed ? error_no_memory(error) : STATUS_OK;
}

enum attribute_part attribute_part_of(int64_t artist, uint64_t seed, double test, double validation)
{
    const uint64_t key = random_mix(seed) ^ random_mix((uint64_t)artist);
    const double draw = (double)(random_mix(key) >> 11) * 0x1p-53;
    return draw < test ? ATTRIBUTE_TEST : draw < test + validation ? ATTRIBUTE_VALIDATION : ATTRIBUTE_TRAIN;
}

/* Tracks of an unknown artist are by one artist if they are on one album, such as the files of a folder. */
static enum status split_unknown(struct attribute_work *work, const int64_t *albums, int64_t n, struct error *error)
{
    int64_t unknown = 0, last = 0;
    struct error why;
    enum status status = catalogue_artist_find(work->catalogue, "[unknown]", &unknown, &why);
    if (status == STATUS_BAD_DATA || (status == STATUS_OK && unknown == 0))
        return STATUS_OK;
    for (int64_t t = 0; t < n; t++) {
        last = work->artists[t] > last ? work->artists[t] : last;
        last = albums[t] > last ? albums[t] : last;
    }
    for (int64_t t = 0; status == STATUS_OK && t < n; t++)
        if (work->artists[t] == unknown)
            work->artists[t] = last + (albums[t] > 0 ? albums[t] : last + t + 1);
    return status == STATUS_OK ? status : error_set(error, status, "%s", why.text);
}

static enum status draw_parts(struct attribute_work *work, struct error *error)
{
    const double test = settings_value(&work->settings, "test"),
                 validation = settings_value(&work->settings, "validation");
    int64_t n = 0, *albums = NULL;
    if (test + validation > 0.95)
        return error_set(error, STATUS_USAGE, "test and validation together are at most 0.95, not %g",
                         test + validation);
    enum status status = catalogue_track_makers(work->catalogue, &n, &work->artists, &albums, error);
    if (status == STATUS_OK)
        status = split_unknown(work, albums, n, error);
    free(albums);
    if (status != STATUS_OK)
        return status;
    work->parts = malloc((size_t)n + 1);
    if (!work->parts || n != work->inputs.n)
        return error_no_memory(error);
    for (int64_t t = 0; t < n; t++)
        work->parts[t] = attribute_part_of(work->artists[t], work->wanted->seed, test, validation);
    return STATUS_OK;
}

/* By mean and deviation of the known values of the training artists' tracks; constant columns are 0. */
static enum status standardise(struct attribute_work *work, struct error *error)
{
    const struct attribute_inputs *inputs = &work->inputs;
    struct attribute_model *model = &work->model;
    model->in = inputs->width;
    model->mean = calloc((size_t)inputs->width, sizeof *model->mean);
    model->scale = calloc((size_t)inputs->width, sizeof *model->scale);
    work->x = malloc((size_t)(inputs->n * inputs->width + 1) * sizeof *work->x);
    if (!model->mean || !model->scale || !work->x)
        return error_no_memory(error);
    for (int64_t j = 0; j < inputs->width; j++) {
        double sum = 0, squares = 0;
        int64_t n = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t t = 0; t < inputs->n; t++) {
                const float value = inputs->values[t * inputs->width + j];
                if (work->parts[t] != ATTRIBUTE_TRAIN || !isfinite(value))
                    continue;
                const double difference = (double)value - (n > 0 ? sum / (double)n : 0);
                sum += pass == 0 ? (double)value : 0;
                squares += pass == 1 ? difference * difference : 0;
                n += pass == 0;
            }
        const double deviation = n > 0 ? sqrt(squares / (double)n) : 0;
        model->mean[j] = n > 0 ? (float)(sum / (double)n) : 0;
        model->scale[j] = deviation > 1e-12 ? (float)(1 / deviation) : 0;
    }
    memcpy(work->x, inputs->values, (size_t)(inputs->n * inputs->width) * sizeof *work->x);
    attribute_inputs_scale(model, inputs->n, work->x);
    return STATUS_OK;
}

/* ---- the report ---- */

static void add_lines(struct json_writer *json, const char *key, const struct buffer *lines)
{
    json_key(json, key);
    json_array_begin(json);
    for (const char *at = lines->data; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") > 0)
            json_text_sized(json, at, strcspn(at, "\n"));
    json_array_end(json);
}

static enum status write_report(struct attribute_work *work, struct buffer *report, struct error *error)
{
    const struct attribute_train_settings *wanted = work->wanted;
    struct json_writer json = {.out = report};
    json_object_begin(&json);
    json_pair_text(&json, "name", wanted->name);
    json_pair_text(&json, "features", wanted->features);
    add_lines(&json, "left_out", &work->left_out);
    json_pair_text(&json, "labels", wanted->labels);
    json_pair_integer(&json, "label_rows_skipped", work->targets.skipped);
    json_pair_text(&json, "first_skipped", work->targets.first_skipped);
    json_pair_integer(&json, "seed", (int64_t)wanted->seed);
    json_pair_integer(&json, "tracks", work->inputs.n);
    json_pair_integer(&json, "tracks_with_features", work->inputs.n_present);
    json_pair_integer(&json, "inputs", work->inputs.width);
    json_key(&json, "settings");
    json_object_begin(&json);
    for (size_t i = 0; i < work->settings.count; i++)
        json_pair_number(&json, work->settings.rules[i].key, work->settings.values[i]);
    json_object_end(&json);
    add_lines(&json, "notes", &work->notes);
    json_key(&json, "attributes");
    buffer_add(report, work->attributes.data, work->attributes.size);
    json_object_end(&json);
    work->model.report = report->failed || !report->data ? NULL : strdup(report->data);
    work->model.inputs = strdup(wanted->features);
    work->model.left_out = strdup(work->left_out.data ? work->left_out.data : "");
    const bool enough = work->model.report && work->model.inputs && work->model.left_out && !work->attributes.failed &&
                        !work->notes.failed;
    return enough ? STATUS_OK : error_no_memory(error);
}

/* ---- all of it ---- */

static enum status prepare(struct attribute_work *work, struct compute *compute, struct error *error)
{
    enum status status = attribute_inputs_load(work->catalogue, compute, work->wanted->features, &work->inputs, error);
    if (status == STATUS_OK)
        status = drop_columns(work, error);
    if (status == STATUS_OK)
        status = draw_parts(work, error);
    return status == STATUS_OK ? standardise(work, error) : status;
}

/* An attribute that was not named with --attribute may lack labels. */
static enum status learn_one(struct attribute_work *work, struct compute *compute, int kind, bool named,
                             struct error *error)
{
    struct error why;
    struct attribute_target *target = &work->targets.items[kind];
    enum status status = attribute_check_labels(work, target, &why);
    if (status == STATUS_OK)
        return attribute_learn(work, compute, target, error);
    if (status == STATUS_BAD_DATA && !named) {
        buffer_printf(&work->notes, "%s\n", why.text);
        return STATUS_OK;
    }
    return error_set(error, status, "%s", why.text);
}

struct run {
    struct attribute_work *work;
    bool named;
};

static void forget(struct attribute_work *work)
{
    attribute_model_free(&work->model);
    attribute_inputs_free(&work->inputs);
    buffer_free(&work->left_out);
    buffer_free(&work->notes);
    buffer_free(&work->attributes);
    free(work->artists);
    free(work->parts);
    free(work->x);
    work->artists = NULL;
    work->parts = NULL;
    work->x = NULL;
}

static enum status run(void *context, struct compute *compute, struct error *error)
{
    const struct run *run = context;
    struct attribute_work *work = run->work;
    forget(work); /* of a device that failed */
    work->json = (struct json_writer){.out = &work->attributes};
    enum status status = prepare(work, compute, error);
    json_array_begin(&work->json);
    for (int kind = 0; status == STATUS_OK && kind < ATTRIBUTE_KINDS; kind++)
        if (work->wanted->wanted[kind])
            status = learn_one(work, compute, kind, run->named, error);
    json_array_end(&work->json);
    if (status == STATUS_OK && work->model.n_networks == 0)
        status = error_set(error, STATUS_BAD_DATA, "no attribute could be learned: %.*s",
                           (int)strcspn(work->notes.data ? work->notes.data : "", "\n"),
                           work->notes.data ? work->notes.data : "");
    return status;
}

static enum status check(const struct attribute_train_settings *settings, struct error *error)
{
    return attribute_model_name_is_usable(settings->name)
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a model of attributes",
                           settings->name);
}

enum status app_attributes_train(struct catalogue *catalogue, struct device_use *device,
                                 const struct attribute_train_settings *settings, struct progress *progress,
                                 struct buffer *report, struct error *error)
{
    struct attribute_train_settings wanted = *settings;
    struct attribute_work work = {.catalogue = catalogue, .wanted = &wanted, .progress = progress};
    struct lock_file lock = {0};
    struct run context = {&work, false};
    const struct device_work training = {run, &context};
    enum status status =
        settings_read(&work.settings, &all_rules, NULL, 1, settings->settings, settings->n_settings, error);
    for (int i = 0; i < ATTRIBUTE_KINDS; i++)
        context.named = context.named || settings->wanted[i];
    if (status == STATUS_OK)
        status = check(settings, error);
    if (status == STATUS_OK)
        status = attribute_targets_load(catalogue, settings->labels, &work.targets, error);
    for (int i = 0; i < ATTRIBUTE_KINDS; i++)
        wanted.wanted[i] = settings->wanted[i] || (!context.named && work.targets.items[i].n_known > 0);
    if (status == STATUS_OK)
        status = attribute_model_lock(catalogue, settings->name, &lock, error);
    if (status == STATUS_OK)
        status = attribute_fit_check(&work, error);
    if (status == STATUS_OK)
        status = device_run(device, &training, error);
    if (status == STATUS_OK)
        status = write_report(&work, report, error);
    if (status == STATUS_OK)
        status = attribute_model_write(catalogue, settings->name, &work.model, error);
    if (status == STATUS_OK)
        attribute_fit_forget(catalogue, settings->name);
    if (status == STATUS_BAD_DATA && work.targets.skipped > 0) /* where there is a report, it says so */
        log_message(LOG_WARNING, "%lld rows of labels were skipped; the first: %s", (long long)work.targets.skipped,
                    work.targets.first_skipped);
    lock_file_release(&lock);
    forget(&work);
    attribute_targets_free(&work.targets);
    return status;
}
