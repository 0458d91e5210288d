#include "app/seen_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json_reader.h"
#include "eval/slices.h"
#include "eval/split.h"

static const struct {
    const char *name, *text;
} infos[SEEN_ANSWERS] = {
    [SEEN_NO] = {"no", ""},
    [SEEN_PERHAPS] = {"perhaps", "may have seen the answers"},
    [SEEN_SURELY] = {"surely", "has seen the answers"},
};

const char *seen_answers_text(enum seen_answers seen)
{
    return infos[seen].text;
}

const char *seen_answers_name(enum seen_answers seen)
{
    return infos[seen].name;
}

/* ---- the check ---- */

/* Without cold tracks the numbers of the playlists are enough. Otherwise a playlist may be left out, which only its
 * tracks show. */
static enum status fingerprint(struct catalogue *catalogue, int sets, bool cold, char text[33], struct error *error)
{
    struct interactions interactions = {0};
    size_t count = 0;
    enum status status = cold ? catalogue_interactions_load(catalogue, sets, &interactions, error)
                              : catalogue_split_playlists(catalogue, sets, &interactions.playlist_ids, &count, error);
    if (!cold)
        interactions.n_playlists = (int64_t)count;
    if (status == STATUS_OK)
        model_training_fingerprint(&interactions, text);
    interactions_free(&interactions);
    return status;
}

enum status training_check_make(struct catalogue *catalogue, enum split_set set, struct training_check *check,
                                struct error *error)
{
    const int allowed[] = {SPLIT_TRAIN, slice_training_sets(set)};
    struct split_totals totals;
    *check = (struct training_check){0};
    enum status status = catalogue_split_count(catalogue, &totals, error);
    for (int i = 0; status == STATUS_OK && i < 2; i++)
        status = fingerprint(catalogue, allowed[i], totals.cold > 0, check->fingerprints[i], error);
    if (status == STATUS_OK)
        check->others = totals.train + (set == SPLIT_TEST ? totals.validation : totals.test);
    return status;
}

enum seen_answers training_check_model(const struct training_check *check, const struct model_record *record)
{
    for (int i = 0; i < 2; i++)
        if (strstr(record->settings, check->fingerprints[i]))
            return SEEN_NO;
    struct json_document settings;
    if (json_read(record->settings, strlen(record->settings), &settings, NULL) != STATUS_OK)
        return SEEN_PERHAPS;
    int64_t playlists = json_get_integer(json_member(&settings.root, "playlists"), 0, INT64_MAX, 0);
    json_document_free(&settings);
    return playlists > check->others ? SEEN_SURELY : SEEN_PERHAPS;
}

static bool is_allowed(const struct training_check *check, const char *fingerprint)
{
    return strcmp(fingerprint, check->fingerprints[0]) == 0 || strcmp(fingerprint, check->fingerprints[1]) == 0;
}

/* Whether the set was fitted to a model that was trained on other playlists. */
static bool set_has_seen(struct catalogue *catalogue, const struct training_check *check, const char *set)
{
    struct buffer fingerprint = {0};
    bool read = feature_set_metadata_read(catalogue, set, "fit.trained_on", &fingerprint, NULL) == STATUS_OK;
    bool seen = read && fingerprint.size > 0 && !is_allowed(check, fingerprint.data);
    buffer_free(&fingerprint);
    return seen;
}

enum seen_answers training_check_features(struct catalogue *catalogue, const struct training_check *check,
                                          const struct model_record *record, char set[FEATURE_NAME_MAX + 1])
{
    static const char *const keys[] = {"features", "covers"};
    enum seen_answers seen = SEEN_NO;
    struct json_document settings;
    if (json_read(record->settings, strlen(record->settings), &settings, NULL) != STATUS_OK)
        return SEEN_NO;
    for (int i = 0; i < 2 && seen == SEEN_NO; i++) {
        const char *at = json_get_text(json_member(&settings.root, keys[i]), "");
        for (size_t size; seen == SEEN_NO && (size = strcspn(at, ",")) > 0; at += size + (at[size] == ',')) {
            snprintf(set, FEATURE_NAME_MAX + 1, "%.*s", size < FEATURE_NAME_MAX ? (int)size : FEATURE_NAME_MAX, at);
            seen = set_has_seen(catalogue, check, set) ? SEEN_PERHAPS : SEEN_NO;
        }
    }
    json_document_free(&settings);
    return seen;
}

/* ---- what is stored ---- */

/* *set is the set that the model was evaluated on, 0 where it was not. SEEN_ANSWERS: the results do not say it. */
static enum seen_answers read_results(const struct model_record *record, enum split_set *set)
{
    struct json_document results;
    *set = 0;
    if (json_read(record->results, strlen(record->results), &results, NULL) != STATUS_OK)
        return SEEN_NO;
    const char *name = json_get_text(json_member(&results.root, "seen_answers"), "");
    *set = split_set_named(json_get_text(json_member(&results.root, "on"), ""));
    int seen = 0;
    while (seen < SEEN_ANSWERS && strcmp(infos[seen].name, name) != 0)
        seen++;
    json_document_free(&results);
    return (enum seen_answers)seen;
}

enum seen_answers seen_answers_read(const struct model_record *record)
{
    enum split_set set;
    enum seen_answers seen = read_results(record, &set);
    return seen < SEEN_ANSWERS ? seen : SEEN_NO;
}

enum status seen_answers_last(struct model_list *models, struct error *error)
{
    struct model_record *ordered = arena_alloc(&models->memory, (models->count + 1) * sizeof *ordered);
    size_t count = 0;
    if (!ordered)
        return error_no_memory(error);
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < models->count; i++)
            if ((seen_answers_read(&models->items[i]) != SEEN_NO) == last)
                ordered[count++] = models->items[i];
    models->items = ordered;
    return STATUS_OK;
}

/* Writes the member at the front of the object. */
static enum status add_member(struct model_list *models, size_t at, enum seen_answers seen, struct error *error)
{
    struct model_record *record = &models->items[at];
    const char *rest = strchr(record->results, '{');
    struct buffer text = {0};
    buffer_printf(&text, "{\"seen_answers\":\"%s\",%s", infos[seen].name, rest ? rest + 1 : "}");
    char *copy = text.failed ? NULL : arena_copy_text(&models->memory, text.data, text.size);
    if (copy)
        record->results = copy;
    buffer_free(&text);
    return copy ? STATUS_OK : error_no_memory(error);
}

enum status seen_answers_complete(struct catalogue *catalogue, struct model_list *models, struct error *error)
{
    struct training_check checks[2];
    bool made[2] = {false, false}, split = false;
    enum status status = catalogue_has_split(catalogue, &split, error);
    for (size_t i = 0; split && status == STATUS_OK && i < models->count; i++) {
        enum split_set set;
        bool unknown = read_results(&models->items[i], &set) == SEEN_ANSWERS;
        int which = set == SPLIT_TEST;
        if (!unknown || (set != SPLIT_TEST && set != SPLIT_VALIDATION))
            continue;
        if (!made[which])
            status = training_check_make(catalogue, set, &checks[which], error);
        made[which] = true;
        if (status == STATUS_OK)
            status = add_member(models, i, training_check_model(&checks[which], &models->items[i]), error);
    }
    return status;
}
