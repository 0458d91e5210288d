#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/content_sound_internal.h"
#include "content/tones.h"
#include "core/hash.h"
#include "core/log.h"
#include "models/recommender.h"

/* The songs of a training, and what networks get of them. */

/* ---- songs ---- */

/* Tracks with spectrograms, as a feature set without values. */
static struct feature_set present_set(const struct content_sound_training *training)
{
    return (struct feature_set){
        .item = FEATURE_TRACKS, .n_rows = training->n_tracks, .width = 1, .present = training->present};
}

enum status content_sound_find(struct content_sound_training *training, struct error *error)
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

static enum status list_part(const struct content_sound_training *training, enum fit_part part, int32_t **list,
                             struct error *error)
{
    *list = malloc(((size_t)training->items.counts[part] + 1) * sizeof **list);
    if (!*list)
        return error_no_memory(error);
    fit_items_list(&training->items, part, *list);
    return STATUS_OK;
}

static enum status draw_parts(struct content_sound_training *training, struct error *error)
{
    enum { LEAST = 10 };
    const struct feature_set set = present_set(training);
    const int64_t *counts = training->items.counts;
    struct feature_fit_result *fit = &training->result->train.fit;
    const double held_out = content_sound_value(training, "held_out"),
                 validation = content_sound_value(training, "validation");
    if (held_out + validation > 0.95)
        return error_set(error, STATUS_USAGE, "held_out and validation together are at most 0.95, not %g",
                         held_out + validation);
    fit_items_draw(&training->items, &set, (int64_t)content_sound_value(training, "min_entries"), held_out, validation,
                   training->wanted->seed);
    fit->n_training = counts[PART_TRAINING];
    fit->n_validation = counts[PART_VALIDATION];
    fit->n_held_out = counts[PART_HELD_OUT];
    fit->n_known = fit->n_training + fit->n_validation + fit->n_held_out;
    if (fit->n_training < LEAST || fit->n_validation < LEAST || fit->n_held_out < LEAST)
        return error_set(error, STATUS_FAILED,
                         "%lld songs are known (with a spectrogram and %lld playlist entries), too few: %lld to train, "
                         "%lld to validate and %lld held out, where %d of each are needed; lower min_entries, import "
                         "more playlists, or run `sleeve audio compute --preset %s` again",
                         (long long)fit->n_known, (long long)content_sound_value(training, "min_entries"),
                         (long long)fit->n_training, (long long)fit->n_validation, (long long)fit->n_held_out, LEAST,
                         training->spec->preset);
    enum status status = list_part(training, PART_TRAINING, &training->training, error);
    if (status == STATUS_OK)
        status = list_part(training, PART_VALIDATION, &training->validation, error);
    return status == STATUS_OK ? list_part(training, PART_HELD_OUT, &training->held_out, error) : status;
}

static enum status load_songs(struct content_sound_training *training, struct compute *compute, struct error *error)
{
    const struct feature_set set = present_set(training);
    struct recommender *recommender = NULL;
    struct track_vectors tracks;
    enum status status = recommender_open(training->catalogue, compute, training->wanted->model, &recommender, error);
    if (status == STATUS_OK)
        status = new_tracks_targets(recommender, &tracks, error);
    if (status == STATUS_OK)
        status = fit_items_load(training->catalogue, &set, &tracks, content_sound_value(training, "split") > 0,
                                &training->items, error);
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

static enum status make_columns(struct content_sound_training *training, struct error *error)
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
static enum status count_tones(struct content_sound_training *training, int64_t *tones, struct error *error)
{
    const int64_t wanted = (int64_t)content_sound_value(training, "tones");
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

static enum status hash_weights(const struct content_sound_training *training, struct hash *hash, struct error *error)
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
static enum status identify(struct content_sound_training *training, struct error *error)
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

enum status content_sound_prepare(struct content_sound_training *training, struct compute *compute, struct error *error)
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
