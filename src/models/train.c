#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "db/titles.h"
#include "models/als_regularization.h"
#include "models/kind.h"
#include "models/set_aside.h"
#include "models/title_index.h"
#include "models/train_ratings.h"

/* Training: from playlists to a model's file. */

void model_weights_cut(struct model_weights *weights, size_t count)
{
    while (weights->count > count)
        free(weights->items[--weights->count].values);
}

void model_weights_free(struct model_weights *weights)
{
    model_weights_cut(weights, 0);
}

static const char *const matrix_dtypes[] = {[MATRIX_FLOAT32] = "F32", [MATRIX_INT32] = "I32", [MATRIX_INT64] = "I64"};

static enum status add(struct model_weights *weights, const char *name, const struct model_matrix *matrix,
                       struct error *error)
{
    if (weights->count == MODEL_TENSORS_MAX) {
        free(matrix->values);
        return error_set(error, STATUS_FAILED, "a model has more than %d matrices (internal error)", MODEL_TENSORS_MAX);
    }
    struct model_matrix *added = &weights->items[weights->count++];
    *added = *matrix;
    snprintf(added->name, sizeof added->name, "%s", name);
    return STATUS_OK;
}

enum status model_weights_add_integers(struct model_weights *weights, const char *name, enum matrix_type type,
                                       int64_t rows, int64_t columns, void *values, struct error *error)
{
    const struct model_matrix matrix = {.type = type, .rows = rows, .columns = columns, .values = values};
    return values ? add(weights, name, &matrix, error) : error_no_memory(error);
}

enum status model_weights_add_parts(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                                    enum status (*next)(void *context, size_t offset, const void **bytes, size_t *size,
                                                        struct error *error),
                                    void *context, struct error *error)
{
    const struct model_matrix matrix = {
        .type = MATRIX_FLOAT32, .rows = rows, .columns = columns, .next = next, .context = context};
    return add(weights, name, &matrix, error);
}

/* The bytes of a file, then zeros up to a multiple of 8. */
static enum status next_of_file(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    (void)error;
    static const unsigned char zeros[sizeof(int64_t)];
    size_t length;
    const unsigned char *begin = safetensors_bytes(context, &length);
    *bytes = offset < length ? begin + offset : zeros;
    *size = offset < length ? length - offset : sizeof zeros - length % sizeof zeros;
    return STATUS_OK;
}

enum status model_weights_add_file(struct model_weights *weights, const char *name, struct safetensors *file,
                                   struct error *error)
{
    size_t size;
    safetensors_bytes(file, &size);
    const struct model_matrix matrix = {.type = MATRIX_INT64,
                                        .rows = (int64_t)((size + sizeof(int64_t) - 1) / sizeof(int64_t)),
                                        .columns = 1,
                                        .next = next_of_file,
                                        .context = file};
    return add(weights, name, &matrix, error);
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
    if (interactions->n_cold > 0)
        hash_add(&hash, interactions->cold, (size_t)interactions->n_cold * sizeof *interactions->cold);
    if (interactions->rated[0])
        hash_add(&hash, interactions->rated, sizeof interactions->rated);
    hash_end(hash, text);
}

/* A model with a single set of covers is described as in version 0.1. */
static const char *features_key(const struct model_task *task)
{
    bool covers = task->spec->n_features == 1 && task->spec->side->features[0].item == FEATURE_ALBUMS;
    return covers ? "covers" : "features";
}

void model_features_text(const struct model_spec *spec, char text[MODEL_FEATURES_TEXT])
{
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < spec->n_features && size < MODEL_FEATURES_TEXT; i++)
        size += (size_t)snprintf(text + size, MODEL_FEATURES_TEXT - size, "%s%s", i == 0 ? "" : ",", spec->features[i]);
}

static void describe_weights(const struct model_task *task, int titled, struct json_writer *json, const char *key)
{
    struct buffer weights = {0};
    for (size_t i = 0; i < task->spec->members.count; i++)
        buffer_printf(&weights, "%s%.9g", i == 0 ? "" : ",", task->member_weights[titled][i]);
    if (weights.failed)
        json->out->failed = true;
    else
        json_pair_text(json, key, weights.data);
    buffer_free(&weights);
}

static void describe_members(const struct model_task *task, struct json_writer *json)
{
    const struct model_members *members = &task->spec->members;
    struct buffer names = {0};
    for (size_t i = 0; i < members->count; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : ",", members->names[i]);
    if (names.failed)
        json->out->failed = true;
    if (names.data && !names.failed) {
        json_pair_text(json, "members", names.data);
        describe_weights(task, 0, json, "weights");
        describe_weights(task, 1, json, "weights_by_title");
    }
    buffer_free(&names);
}

/* Ratings of playlists that a model may be trained on do not make it one that has seen the answers: what it was trained
 * on is stored without them, too, unless the person's own playlists are in it. */
static void describe_ratings(const struct model_task *task, struct json_writer *json)
{
    const struct training_ratings *ratings = task->spec->ratings;
    if (!ratings)
        return;
    json_pair_integer(json, "good_ratings", ratings->good + ratings->present);
    json_pair_integer(json, "bad_ratings", ratings->bad);
    json_pair_integer(json, "own_playlists", ratings->own);
    if (ratings->own == 0)
        json_pair_text(json, "without_ratings", ratings->before);
}

/* Appends what became of the ratings to the report. */
static void report_ratings(struct model_task *task)
{
    struct buffer text = {0};
    const size_t used = strlen(task->report);
    if (!task->spec->ratings)
        return;
    training_ratings_describe(task->spec->ratings, task->ops->kind, task->bad_use, &text);
    if (!text.failed)
        snprintf(task->report + used, sizeof task->report - used, "%s%s", used > 0 ? "; " : "", text.data);
    buffer_free(&text);
}

/* The settings that the registry stores: {"preset", "seed", "regularization", ...}. */
static char *describe(const struct model_task *task)
{
    char features[MODEL_FEATURES_TEXT];
    model_features_text(task->spec, features);
    const struct settings *settings = task->settings;
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_text(&json, "preset", settings->preset);
    json_pair_integer(&json, "seed", (int64_t)task->seed);
    json_pair_integer(&json, "playlists", task->interactions->n_playlists);
    char trained_on[33];
    model_training_fingerprint(task->interactions, trained_on);
    json_pair_text(&json, "trained_on", trained_on);
    describe_ratings(task, &json);
    if (task->spec->n_features > 0)
        json_pair_text(&json, features_key(task), features);
    describe_members(task, &json);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting_rule *rule = &settings->rules[i];
        char choice[32];
        settings_print(rule, settings->values[i], false, choice);
        if (rule->choices)
            json_pair_text(&json, rule->key, choice);
        else
            json_pair_number(&json, rule->key, settings->values[i]);
    }
    if (task->report[0])
        json_pair_text(&json, "report", task->report);
    json_object_end(&json);
    if (text.failed) {
        buffer_free(&text);
        return NULL;
    }
    return text.data;
}

/* Only rank 0 writes. */
static enum status write_file(const struct model_task *task, const struct model_weights *weights, const char *path,
                              struct error *error)
{
    const struct settings *settings = task->settings;
    if (ranks_rank(task->spec->ranks) > 0)
        return STATUS_OK;
    struct tensor_source tensors[MODEL_TENSORS_MAX];
    struct metadata_pair pairs[SETTINGS_MAX + 8];
    char keys[SETTINGS_MAX][64], values[SETTINGS_MAX][32], n_tracks[32];
    char features[MODEL_FEATURES_TEXT];
    model_features_text(task->spec, features);
    char *description = describe(task);
    if (!description)
        return error_no_memory(error);
    for (size_t i = 0; i < weights->count; i++) {
        const struct model_matrix *matrix = &weights->items[i];
        tensors[i] = (struct tensor_source){.name = matrix->name,
                                            .dtype = matrix_dtypes[matrix->type],
                                            .rank = 2,
                                            .shape = {matrix->rows, matrix->columns},
                                            .bytes = matrix->values,
                                            .next = matrix->next,
                                            .context = matrix->context};
    }
    snprintf(n_tracks, sizeof n_tracks, "%lld", (long long)task->interactions->n_tracks);
    size_t count = 0;
    pairs[count++] = (struct metadata_pair){"kind", task->ops->kind};
    pairs[count++] = (struct metadata_pair){"fingerprint", task->fingerprint};
    pairs[count++] = (struct metadata_pair){"n_tracks", n_tracks};
    pairs[count++] = (struct metadata_pair){"settings", description};
    if (task->spec->n_features > 0)
        pairs[count++] = (struct metadata_pair){features_key(task), features};
    for (size_t i = 0; i < settings->count; i++) {
        snprintf(keys[i], sizeof keys[i], "setting.%s", settings->rules[i].key);
        settings_print(&settings->rules[i], settings->values[i], false, values[i]);
        pairs[count++] = (struct metadata_pair){keys[i], values[i]};
    }
    enum status status = safetensors_write(path, tensors, weights->count, pairs, count, error);
    free(description);
    return status;
}

enum status model_task_write(struct model_task *task, const struct model_weights *weights, struct error *error)
{
    enum status status = write_file(task, weights, task->path, error);
    task->kept = task->kept || status == STATUS_OK;
    return status;
}

static enum status evaluate_file(const struct model_task *task, const char *path, struct model_scores *scores,
                                 struct error *error)
{
    struct recommender *recommender;
    enum status status = recommender_open_file(task->compute, path, &recommender, error);
    if (status != STATUS_OK)
        return status;
    status = task->spec->evaluator->evaluate(task->spec->evaluator->context, recommender, scores, error);
    recommender_close(recommender);
    return status;
}

static enum status candidate_path(const struct model_task *task, struct buffer *path, struct error *error)
{
    buffer_printf(path, "%s.candidate", task->path);
    return path->failed ? error_no_memory(error) : STATUS_OK;
}

enum status model_task_validate(struct model_task *task, const struct model_weights *weights,
                                struct model_scores *scores, struct error *error)
{
    *scores = (struct model_scores){0};
    struct buffer candidate = {0};
    enum status status = candidate_path(task, &candidate, error);
    if (status == STATUS_OK)
        status = write_file(task, weights, candidate.data, error);
    if (status == STATUS_OK && task->spec->evaluator)
        status = evaluate_file(task, candidate.data, scores, error);
    if (status != STATUS_OK && candidate.data)
        unlink(candidate.data);
    buffer_free(&candidate);
    return status;
}

enum status model_task_keep(struct model_task *task, bool better, struct error *error)
{
    struct buffer candidate = {0};
    enum status status = candidate_path(task, &candidate, error);
    if (status == STATUS_OK && better && rename(candidate.data, task->path) != 0)
        status =
            error_set(error, STATUS_FAILED, "the model cannot be written to %s; is its folder writable?", task->path);
    task->kept = task->kept || (better && status == STATUS_OK);
    if (candidate.data)
        unlink(candidate.data);
    buffer_free(&candidate);
    return status;
}

void model_checkpoint_path(const char *path, struct buffer *checkpoint)
{
    buffer_printf(checkpoint, "%s.checkpoint", path);
}

enum status model_train_file(const struct interactions *interactions, struct compute *compute,
                             const struct model_spec *spec, const char *fingerprint, const char *path,
                             char **settings_json, struct progress *progress, struct error *error)
{
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (!ops)
        return model_kind_unknown(spec->kind, error);
    if (interactions->n_tracks < 1 || interactions->n_playlists < 1)
        return error_set(error, STATUS_FAILED,
                         "there is nothing to train on: the catalogue has %lld tracks and %lld playlists in the chosen "
                         "sets; import playlists first",
                         (long long)interactions->n_tracks, (long long)interactions->n_playlists);
    struct settings settings;
    enum status status = settings_read(&settings, &ops->settings, spec->preset, interactions->n_tracks, spec->settings,
                                       spec->n_settings, error);
    if (status != STATUS_OK)
        return status;
    if (spec->n_features > 0 && !ops->takes_features)
        return error_set(error, STATUS_USAGE, "a model of kind \"%s\" takes no feature sets", ops->kind);
    status = side_info_check_names(spec->features, spec->n_features, error);
    if (status == STATUS_OK && spec->n_features > 0 && (!spec->side || spec->side->n_features < spec->n_features))
        status = error_set(error, STATUS_FAILED, "the feature sets were not loaded; this is a fault of the program");
    if (status != STATUS_OK)
        return status;
    status = als_lower_regularization(interactions, spec, &settings, error);
    if (status == STATUS_OK) /* a processor of another type rounds otherwise */
        status = ranks_broadcast(spec->ranks, settings.values, sizeof settings.values, error);
    if (status != STATUS_OK)
        return status;
    struct model_task task = {.ops = ops,
                              .spec = spec,
                              .compute = compute,
                              .interactions = interactions,
                              .settings = &settings,
                              .seed = spec->seed,
                              .progress = progress,
                              .fingerprint = fingerprint,
                              .path = path};
    struct model_weights weights = {0};
    struct set_aside aside = {0};
    char *description = NULL;
    status = add_popularity(interactions, &weights, error);
    if (status == STATUS_OK && spec->titles && ops->titles == TITLES_JOINED && ranks_rank(spec->ranks) == 0)
        status = title_index_save(interactions, spec->titles, 0, task.seed, &weights, error);
    if (spec->own_titles && ops->titles == TITLES_JOINED && !ops->trains_on_titles)
        playlist_titles_free(spec->own_titles);
    if (status == STATUS_OK)
        set_aside_weights(&aside, path, &weights);
    if (status == STATUS_OK)
        status = ops->train(&task, &weights, error);
    report_ratings(&task);
    if (status == STATUS_OK && !task.kept)
        status = write_file(&task, &weights, path, error);
    if (status == STATUS_OK && ranks_rank(spec->ranks) == 0)
        status = model_report_known(&task, error);
    if (status == STATUS_OK && !(description = describe(&task)))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        log_message(LOG_INFO, "%s", task.report);
    model_weights_free(&weights);
    set_aside_close(&aside);
    if (status == STATUS_OK)
        *settings_json = description;
    else
        free(description);
    return status;
}
