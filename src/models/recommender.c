#include "models/recommender.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/fallback.h"
#include "models/finite.h"
#include "models/kind.h"

/* Opens a model's file. */

/* find_nonfinite, whose checksum joins that of the model. */
static int64_t check_values(const struct recommender *recommender, const float *values, int64_t count)
{
    uint64_t sum = 0;
    const int64_t bad = find_nonfinite(recommender->compute->pool, values, count, &sum);
    *recommender->checksum = random_mix(*recommender->checksum ^ sum);
    return bad;
}

enum status recommender_matrix(const struct recommender *recommender, const char *name, int64_t columns,
                               const float **values, int64_t *got, struct error *error)
{
    const int64_t shape[2] = {recommender->n_tracks, columns};
    const struct tensor_view *view = NULL;
    enum status status = safetensors_floats(recommender->file, name, 2, shape, values, &view, error);
    if (status != STATUS_OK)
        return status;
    if (view->shape[1] < 1 || view->shape[1] > MODEL_WIDTH_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "matrix \"%s\" of the model has %lld columns, not 1 to %d; train it again", name,
                         (long long)view->shape[1], MODEL_WIDTH_MAX);
    int64_t bad = check_values(recommender, *values, view->shape[0] * view->shape[1]);
    if (bad >= 0)
        return error_set(error, STATUS_BAD_DATA,
                         "matrix \"%s\" of the model contains NaN or infinity (row %lld); train it again", name,
                         (long long)(bad / view->shape[1]));
    if (got)
        *got = view->shape[1];
    return STATUS_OK;
}

enum status recommender_floats(const struct recommender *recommender, const char *name, int64_t rows, int64_t columns,
                               const float **values, struct error *error)
{
    const int64_t shape[2] = {rows, columns};
    enum status status = safetensors_floats(recommender->file, name, 2, shape, values, NULL, error);
    if (status == STATUS_OK && check_values(recommender, *values, rows * columns) >= 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "matrix \"%s\" of the model contains NaN or infinity; train it again", name);
    return status;
}

enum status recommender_integers(const struct recommender *recommender, const char *name, enum matrix_type type,
                                 const void **values, int64_t *n, struct error *error)
{
    const int64_t shape[2] = {-1, 1};
    const struct tensor_view *view = NULL;
    enum status status = safetensors_values(recommender->file, name, type == MATRIX_INT64 ? "I64" : "I32", 2, shape,
                                            values, &view, error);
    if (status == STATUS_OK)
        *n = view->shape[0];
    return status;
}

static const char *stored_setting(const struct recommender *recommender, const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "setting.%s", key ? key : "");
    return safetensors_metadata(recommender->file, name);
}

enum status recommender_setting(const struct recommender *recommender, const char *key, double *value,
                                struct error *error)
{
    struct setting_rule list[SETTINGS_MAX];
    const struct setting_rule *rule =
        settings_find(list, settings_list(&recommender->ops->settings, list), key, strlen(key));
    assert(rule);
    const char *text = stored_setting(recommender, rule->key);
    if (!text)
        text = stored_setting(recommender, rule->alias);
    if (text && settings_parse(rule, text, value))
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA, "the model file has no valid \"%s\"; train the model again", key);
}

static enum status read_stored(const void *context, const char *key, double *value, struct error *error)
{
    return recommender_setting(context, key, value, error);
}

struct setting_source recommender_settings(const struct recommender *recommender)
{
    return (struct setting_source){read_stored, recommender};
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* Maps a count to an integer so that larger counts give smaller integers. Negative counts, which only a damaged file
 * has, are ordered, too. */
static uint32_t descending(float count)
{
    uint32_t bits;
    memcpy(&bits, &count, sizeof bits);
    return bits >> 31 ? bits : ~bits & 0x7fffffff;
}

/* Sorts rows by count, largest first, equal counts by row: a stable radix sort. `spare` has the same size as `rows`. */
static void sort_by_count(const float *counts, int64_t n, int32_t *rows, int32_t *spare)
{
    int32_t *from = rows, *to = spare;
    for (int64_t i = 0; i < n; i++)
        from[i] = (int32_t)i;
    for (int shift = 0; shift < 32; shift += DIGIT_BITS) {
        int64_t starts[DIGITS + 1] = {0};
        for (int64_t i = 0; i < n; i++)
            starts[((descending(counts[i]) >> shift) & (DIGITS - 1)) + 1]++;
        bool one = false; /* all counts have this digit: the order stays */
        for (int digit = 0; digit < DIGITS; digit++) {
            one = one || starts[digit + 1] == n;
            starts[digit + 1] += starts[digit];
        }
        for (int64_t i = 0; i < n && !one; i++)
            to[starts[(descending(counts[from[i]]) >> shift) & (DIGITS - 1)]++] = from[i];
        int32_t *other = from;
        from = one ? from : to;
        to = one ? to : other;
    }
    if (from != rows)
        memcpy(rows, from, (size_t)n * sizeof *rows);
}

static enum status read_popularity(struct recommender *recommender, struct error *error)
{
    enum status status = recommender_matrix(recommender, "popularity", 1, &recommender->popularity, NULL, error);
    if (status != STATUS_OK)
        return status;
    recommender->popular = malloc((size_t)recommender->n_tracks * sizeof *recommender->popular);
    int32_t *spare = malloc((size_t)recommender->n_tracks * sizeof *spare);
    if (recommender->popular && spare)
        sort_by_count(recommender->popularity, recommender->n_tracks, recommender->popular, spare);
    else
        status = error_no_memory(error);
    free(spare);
    return status;
}

static enum status read_header(struct recommender *recommender, struct error *error)
{
    const char *kind = safetensors_metadata(recommender->file, "kind");
    const char *n_tracks = safetensors_metadata(recommender->file, "n_tracks");
    recommender->ops = kind ? model_kind_find(kind) : NULL;
    if (!recommender->ops)
        return error_set(error, STATUS_BAD_DATA,
                         "the file holds a model of kind \"%.40s\", which this program does not know; train it again",
                         kind ? kind : "");
    char *end = NULL;
    recommender->n_tracks = n_tracks ? strtoll(n_tracks, &end, 10) : 0;
    if (!n_tracks || *end || recommender->n_tracks < 1 || recommender->n_tracks > INT32_MAX)
        return error_set(error, STATUS_BAD_DATA, "the model file has no valid number of tracks; train the model again");
    return STATUS_OK;
}

/* A part of a score is found by its name. */
static enum status check_feature_names(const struct recommender *recommender, struct error *error)
{
    bool usable = true;
    for (size_t i = 0; i < recommender->n_features; i++) {
        usable = usable && feature_set_name_is_usable(recommender->features[i]);
        for (size_t j = 0; j < i; j++)
            usable = usable && strcmp(recommender->features[i], recommender->features[j]) != 0;
    }
    return usable ? STATUS_OK
                  : error_set(error, STATUS_BAD_DATA,
                              "the model file has no valid names of feature sets; train the model again");
}

/* "covers": the only set of a model over covers. "features": several sets, or sets of other items, separated by commas.
 */
static enum status read_feature_names(struct recommender *recommender, struct error *error)
{
    const char *covers = safetensors_metadata(recommender->file, "covers");
    const char *features = safetensors_metadata(recommender->file, "features");
    if (!covers && !features)
        return STATUS_OK;
    recommender->feature_text = strdup(covers ? covers : features);
    if (!recommender->feature_text)
        return error_no_memory(error);
    char *rest = recommender->feature_text;
    if (covers) {
        recommender->features[recommender->n_features++] = rest;
        return check_feature_names(recommender, error);
    }
    while (rest && recommender->n_features < FEATURE_SETS_MAX)
        recommender->features[recommender->n_features++] = strsep(&rest, ",");
    if (!rest)
        return check_feature_names(recommender, error);
    return error_set(error, STATUS_BAD_DATA, "the model names more than %d feature sets; train it again",
                     FEATURE_SETS_MAX);
}

enum status recommender_open_parsed(struct compute *compute, struct safetensors *file, struct recommender **out,
                                    struct error *error)
{
    struct recommender *recommender = calloc(1, sizeof *recommender);
    if (!recommender) {
        safetensors_close(file);
        return error_no_memory(error);
    }
    recommender->compute = compute;
    recommender->file = file;
    recommender->checksum = &recommender->sum_of_values;
    enum status status = read_header(recommender, error);
    if (status == STATUS_OK)
        status = read_feature_names(recommender, error);
    if (status == STATUS_OK)
        status = read_popularity(recommender, error);
    if (status == STATUS_OK)
        status = recommender->ops->open(recommender, error);
    if (status == STATUS_OK)
        *out = recommender;
    else
        recommender_close(recommender);
    return status;
}

enum status recommender_open_file(struct compute *compute, const char *path, struct recommender **out,
                                  struct error *error)
{
    struct safetensors *file = NULL;
    enum status status = safetensors_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    status = recommender_open_parsed(compute, file, out, error);
    return status == STATUS_OK ? status : error_prefix(error, "%s", path);
}

enum status recommender_track_vectors(const struct recommender *recommender, struct track_vectors *vectors,
                                      struct error *error)
{
    if (!recommender->ops->track_vectors)
        return error_set(
            error, STATUS_USAGE,
            "a model of kind \"%s\" has no vectors of tracks; use als, hybrid or a network (mf-..., fm-..., "
            "nn-...)",
            recommender->ops->kind);
    *vectors = (struct track_vectors){.n_tracks = recommender->n_tracks, .playlists = recommender->popularity};
    recommender->ops->track_vectors(recommender, vectors);
    return STATUS_OK;
}

void recommender_close(struct recommender *recommender)
{
    if (!recommender)
        return;
    if (recommender->new_tracks)
        recommender->close_new_tracks(recommender->new_tracks);
    if (recommender->ops)
        recommender->ops->close(recommender);
    if (recommender->index)
        safetensors_close(recommender->index);
    if (recommender->file)
        safetensors_close(recommender->file);
    fallback_close(recommender->fallback);
    free(recommender->catalogue_path);
    model_list_free(&recommender->record);
    if (recommender->close_titles)
        recommender->close_titles(recommender->titles);
    free(recommender->feature_text);
    free(recommender->popular);
    free(recommender);
}

void recommender_take_record(struct recommender *recommender, struct model_list *record)
{
    *record = recommender->record;
    recommender->record = (struct model_list){0};
}

const char *recommender_kind(const struct recommender *recommender)
{
    return recommender->ops->kind;
}

int64_t recommender_tracks(const struct recommender *recommender)
{
    return recommender->n_tracks;
}

size_t recommender_features(const struct recommender *recommender, const char *names[FEATURE_SETS_MAX])
{
    if (recommender->ops->features)
        return recommender->ops->features(recommender, names);
    for (size_t i = 0; i < recommender->n_features; i++)
        names[i] = recommender->features[i];
    return recommender->n_features;
}

const char *recommender_first_part(const struct recommender *recommender)
{
    return recommender->rest ? recommender->rest : "song";
}

size_t recommender_parts(const struct recommender *recommender, const char *names[SCORE_PARTS_MAX])
{
    const char *const *named = recommender->ops->parts;
    size_t count = 0;
    for (; named && named[count]; count++)
        names[count] = named[count];
    for (; !named && count < recommender->n_features; count++)
        names[count] = recommender->features[count];
    return count;
}
