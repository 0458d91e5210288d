#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "db/titles.h"
#include "models/ensemble.h"
#include "models/factors.h"
#include "models/index_file.h"
#include "models/kind.h"
#include "models/model_files.h"
#include "models/new_tracks.h"
#include "models/train_ratings.h"
#include "nn/exchange.h"

/* Models of a catalogue: files in its "models" folder, each with a record in its registry. */

static enum status no_model(const struct catalogue *catalogue, const char *name, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "there is no model \"%.80s\" in %s; `sleeve models` lists them and `sleeve train` makes one", name,
                     catalogue_path(catalogue));
}

/* The record of the model, as a list of one. */
static enum status find_record(struct catalogue *catalogue, const char *name, struct model_list *record,
                               struct error *error)
{
    enum status status = catalogue_model_find(catalogue, name, record, error);
    return status == STATUS_OK && record->count == 0 ? no_model(catalogue, name, error) : status;
}

static enum status record_path(const struct catalogue *catalogue, const struct model_record *record,
                               struct buffer *path, struct error *error)
{
    if (!model_file_is_of(record->name, record->file))
        return error_set(error, STATUS_BAD_DATA,
                         "the record of the model \"%.80s\" names the file \"%.200s\", which is not a file of that "
                         "model, so it is not opened; remove the model with `sleeve models rm`, or train it again",
                         record->name, record->file);
    catalogue_sidecar(catalogue, record->file, path);
    return path->failed ? error_no_memory(error) : STATUS_OK;
}

static const char *metadata(const struct safetensors *file, const char *key)
{
    const char *value = safetensors_metadata(file, key);
    return value ? value : "";
}

/* Whether a model's file and its record are from the same training. */
static enum status check_record(const struct safetensors *file, const struct model_record *record, struct error *error)
{
    char n_tracks[24];
    snprintf(n_tracks, sizeof n_tracks, "%lld", (long long)record->n_tracks);
    if (strcmp(metadata(file, "kind"), record->kind) == 0 && strcmp(metadata(file, "n_tracks"), n_tracks) == 0 &&
        strcmp(metadata(file, "fingerprint"), record->fingerprint) == 0)
        return STATUS_OK;
    return error_set(
        error, STATUS_BAD_DATA,
        "the file and the record of the model \"%.80s\" are of different trainings: the file holds \"%.40s\" "
        "of %.20s tracks, the record says \"%.40s\" of %s; train it again",
        record->name, metadata(file, "kind"), metadata(file, "n_tracks"), record->kind, n_tracks);
}

/* The model's tracks 1..n must be the catalogue's; the catalogue may have grown since. */
static enum status check_catalogue(const struct safetensors *file, int64_t n_tracks, struct catalogue *catalogue,
                                   const char *name, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    if (n_tracks < 1 || counts.tracks < n_tracks)
        return error_set(error, STATUS_BAD_DATA,
                         "the model \"%.80s\" is of another catalogue: it knows %lld tracks and %s has %lld; train it "
                         "again",
                         name, (long long)n_tracks, catalogue_path(catalogue), (long long)counts.tracks);
    char fingerprint[33];
    status = catalogue_fingerprint(catalogue, n_tracks, fingerprint, error);
    if (status == STATUS_OK && strcmp(metadata(file, "fingerprint"), fingerprint) != 0)
        return error_set(error, STATUS_BAD_DATA,
                         "the model \"%.80s\" is of another catalogue: its tracks are not those of %s; train it again",
                         name, catalogue_path(catalogue));
    return status;
}

static enum status file_missing(const struct model_record *record, const char *path, struct error *error)
{
    return error_set(error, STATUS_FAILED,
                     "the file of the model \"%.80s\" is missing: %s; put it back, or train the model again",
                     record->name, path);
}

enum status model_check(struct catalogue *catalogue, const struct model_record *record, bool *missing,
                        struct error *error)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    enum status status = record_path(catalogue, record, &path, error);
    *missing = status == STATUS_OK && !file_exists(path.data);
    if (*missing)
        status = file_missing(record, path.data, error);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &file, error);
    if (status == STATUS_OK)
        status = check_record(file, record, error);
    if (status == STATUS_OK)
        status = check_catalogue(file, record->n_tracks, catalogue, record->name, error);
    safetensors_close(file);
    buffer_free(&path);
    return status;
}

/* What becomes of a model's index. */
struct index_use {
    bool make;           /* one that is missing or cannot be used is made */
    bool trained;        /* the model has just been trained */
    struct error *fault; /* without `make`: what is wrong with it; unchanged if nothing is */
};

/* Where the index cannot be written, searches build one in memory when it pays, and only a training or a file that is
 * there says so. */
static void use_index(struct recommender *recommender, const char *model, const struct index_use *use)
{
    struct error why = {0}, failure = {0};
    const enum index_state state = model_index_open(recommender, model, &why);
    if (state == INDEX_UNUSABLE && !use->make)
        *use->fault = why;
    if (!use->make || state == INDEX_NOT_NEEDED || state == INDEX_IN_USE)
        return;
    const bool made = model_index_make(recommender, model, &failure) == STATUS_OK;
    if (state == INDEX_UNUSABLE && made)
        log_message(LOG_WARNING, "%s; it was made again", why.text);
    else if (!made && (state == INDEX_UNUSABLE || use->trained))
        log_message(LOG_WARNING,
                    "the model's index for fast scoring cannot be written, so its first lists take longer: %s",
                    failure.text);
}

static enum status open_recorded(struct catalogue *catalogue, struct compute *compute,
                                 const struct model_record *record, const struct index_use *use,
                                 struct recommender **recommender, bool *missing, struct error *error)
{
    struct buffer path = {0};
    struct recommender *opened = NULL;
    *missing = false;
    enum status status = record_path(catalogue, record, &path, error);
    if (status == STATUS_OK) {
        status = recommender_open_file(compute, path.data, &opened, error);
        *missing = status != STATUS_OK && !file_exists(path.data);
    }
    if (*missing)
        status = file_missing(record, path.data, error);
    if (status == STATUS_OK)
        status = check_catalogue(opened->file, opened->n_tracks, catalogue, record->name, error);
    if (status == STATUS_OK)
        status = check_record(opened->file, record, error);
    if (status == STATUS_OK) {
        use_index(opened, path.data, use);
        *recommender = opened;
    } else {
        recommender_close(opened);
    }
    buffer_free(&path);
    return status;
}

/* Between reading the record and opening its file, a training may switch the record to another file and remove the
 * earlier one. In that case the record is read again. */
static enum status open_model(struct catalogue *catalogue, struct compute *compute, const char *name,
                              const struct index_use *use, struct recommender **out, struct error *error)
{
    struct model_list record = {0};
    bool missing = false;
    enum status status = find_record(catalogue, name, &record, error);
    if (status == STATUS_OK)
        status = open_recorded(catalogue, compute, &record.items[0], use, out, &missing, error);
    while (missing) {
        struct model_list now = {0};
        if (catalogue_model_find(catalogue, name, &now, NULL) != STATUS_OK || now.count == 0 ||
            model_record_same(&now.items[0], &record.items[0])) {
            model_list_free(&now);
            break;
        }
        model_list_free(&record);
        record = now;
        status = open_recorded(catalogue, compute, &record.items[0], use, out, &missing, error);
    }
    if (status != STATUS_OK) {
        model_list_free(&record);
        return status;
    }
    (*out)->record = record;
    (*out)->catalogue_path = strdup(catalogue_path(catalogue));
    status = (*out)->catalogue_path ? new_tracks_attach(*out, catalogue, name, error) : error_no_memory(error);
    if (status == STATUS_OK)
        return status;
    recommender_close(*out);
    *out = NULL;
    return status;
}

enum status recommender_open(struct catalogue *catalogue, struct compute *compute, const char *name,
                             struct recommender **out, struct error *error)
{
    const struct index_use use = {.make = true};
    return open_model(catalogue, compute, name, &use, out, error);
}

enum status recommender_open_checked(struct catalogue *catalogue, struct compute *compute, const char *name,
                                     struct recommender **out, struct error *index_fault, struct error *error)
{
    const struct index_use use = {.fault = index_fault};
    index_fault->text[0] = '\0';
    return open_model(catalogue, compute, name, &use, out, error);
}

/* Makes the index of a model that was just trained, unless it is too small for one. Without it the model is as good,
 * but its first lists take longer. */
static void index_trained(struct catalogue *catalogue, struct compute *compute, const char *name, int64_t n_tracks)
{
    if (n_tracks * MODEL_WIDTH_MAX < INDEX_MIN_VALUES)
        return;
    const struct index_use use = {.make = true, .trained = true};
    struct recommender *recommender = NULL;
    struct error why = {0};
    if (open_model(catalogue, compute, name, &use, &recommender, &why) == STATUS_OK)
        recommender_close(recommender);
}

enum status recommender_open_alone(struct catalogue *catalogue, struct compute *compute, const char *name,
                                   struct recommender **out, struct error *error)
{
    enum status status = recommender_open(catalogue, compute, name, out, error);
    if (status != STATUS_OK)
        return status;
    free((*out)->catalogue_path);
    (*out)->catalogue_path = NULL;
    new_tracks_detach(*out);
    return STATUS_OK;
}

/* The record is deleted first, so that an interrupted removal leaves only a file. If the folder allows no lock file, no
 * training can run in it either, and the removal goes ahead without a lock. */
enum status model_remove(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct model_list record = {0};
    struct lock_file lock = {0};
    bool busy = false;
    enum status status = STATUS_OK;
    if (model_name_is_usable(name) && model_lock(catalogue, name, &lock, &busy, error) != STATUS_OK && busy)
        status = STATUS_FAILED;
    if (status == STATUS_OK)
        status = find_record(catalogue, name, &record, error);
    if (status == STATUS_OK)
        status = catalogue_model_delete(catalogue, name, error);
    if (status == STATUS_OK)
        model_file_remove(catalogue, name, record.items[0].file);
    if (status == STATUS_OK)
        new_tracks_remove(catalogue, name);
    if (status == STATUS_OK && lock_file_held(&lock))
        model_leftovers_remove(catalogue, name, false);
    lock_file_release(&lock);
    model_list_free(&record);
    return status;
}

/* Checks that there is a checkpoint to resume from, or deletes the state of an earlier training. */
static enum status begin_fresh(struct catalogue *catalogue, const struct model_spec *spec, bool locked,
                               const char *unfinished, struct error *error)
{
    struct buffer checkpoint = {0};
    model_checkpoint_path(unfinished, &checkpoint);
    enum status status = checkpoint.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && spec->resume && !file_exists(checkpoint.data))
        status = error_set(error, STATUS_USAGE,
                           "there is no interrupted training of a model \"%.80s\" to resume; leave --resume out",
                           spec->name);
    if (status == STATUS_OK && locked) {
        model_leftovers_remove(catalogue, spec->name, !spec->resume);
    } else if (status == STATUS_OK && !spec->resume) {
        unlink(checkpoint.data);
        unlink(unfinished);
    }
    buffer_free(&checkpoint);
    return status;
}

/* In one transaction, the record is set to that of the new file and the earlier model's results are deleted. Only then
 * the earlier file is removed. If the process is killed at any point, either model is left with its own record, and
 * perhaps a file that the next training of that name removes. */
static enum status switch_record(struct catalogue *catalogue, const struct model_record *record, const char *unfinished,
                                 struct error *error)
{
    struct buffer file = {0};
    struct model_list earlier = {0};
    struct model_record placed = *record;
    enum status status = catalogue_model_find(catalogue, record->name, &earlier, error);
    const bool first = earlier.count == 0;
    model_list_free(&earlier);
    if (status == STATUS_OK)
        status = model_file_publish(catalogue, record->name, first, unfinished, &file, error);
    placed.file = file.data;
    if (status == STATUS_OK)
        status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        status = catalogue_model_find(catalogue, record->name, &earlier, error);
        if (status == STATUS_OK)
            status = catalogue_model_write(catalogue, &placed, error);
        if (status == STATUS_OK)
            status = catalogue_commit(catalogue, error);
        else
            catalogue_rollback(catalogue);
        if (status != STATUS_OK)
            model_file_remove(catalogue, record->name, file.data);
    }
    if (status == STATUS_OK && earlier.count > 0 && strcmp(earlier.items[0].file, file.data) != 0)
        model_file_remove(catalogue, record->name, earlier.items[0].file);
    model_list_free(&earlier);
    buffer_free(&file);
    return status;
}

static enum status train_into(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                              const struct interactions *interactions, const char *unfinished,
                              struct progress *progress, struct error *error)
{
    struct buffer checkpoint = {0};
    char fingerprint[33], created[32], *settings = NULL;
    time_t now = time(NULL);
    struct tm utc;
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    model_checkpoint_path(unfinished, &checkpoint);
    enum status status = checkpoint.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = catalogue_fingerprint(catalogue, interactions->n_tracks, fingerprint, error);
    catalogue_release_memory(catalogue);
    if (status == STATUS_OK)
        status = model_train_file(interactions, compute, spec, fingerprint, unfinished, &settings, progress, error);
    const bool writes = ranks_rank(spec->ranks) == 0;
    if (status == STATUS_OK && writes) {
        const struct model_record record = {.name = spec->name,
                                            .kind = spec->kind,
                                            .fingerprint = fingerprint,
                                            .n_tracks = interactions->n_tracks,
                                            .settings = settings,
                                            .results = "",
                                            .created = created};
        status = switch_record(catalogue, &record, unfinished, error);
    }
    if (status == STATUS_OK && writes)
        unlink(checkpoint.data);
    if (writes && (status == STATUS_OK || (checkpoint.data && !file_exists(checkpoint.data))))
        unlink(unfinished); /* keeps what the checkpoint needs to resume */
    if (status == STATUS_OK && writes)
        index_trained(catalogue, compute, spec->name, interactions->n_tracks);
    free(settings);
    buffer_free(&checkpoint);
    return status;
}

bool model_is_half_trained(const struct catalogue *catalogue, const char *name)
{
    struct buffer unfinished = {0}, checkpoint = {0};
    model_unfinished_path(catalogue, name, &unfinished);
    if (!unfinished.failed)
        model_checkpoint_path(unfinished.data, &checkpoint);
    bool half = !unfinished.failed && !checkpoint.failed && file_exists(checkpoint.data);
    buffer_free(&unfinished);
    buffer_free(&checkpoint);
    return half;
}

/* ---- members of an ensemble ---------------------------------------------------------------------------------- */

/* What is opened for the training of an ensemble. */
struct opened_members {
    struct recommender *items[MODEL_MEMBERS_MAX];
    size_t count;
    double weights[2][MODEL_MEMBERS_MAX];
};

static void close_members(struct opened_members *opened)
{
    for (size_t i = 0; i < opened->count; i++)
        recommender_close(opened->items[i]);
}

static enum status read_weights(struct catalogue *catalogue, struct compute *compute, struct model_spec *spec,
                                struct opened_members *opened, struct error *error)
{
    struct recommender *ensemble = NULL;
    enum status status = recommender_open(catalogue, compute, spec->members.weights_of, &ensemble, error);
    if (status == STATUS_OK)
        status = ensemble_copy_weights(ensemble, &spec->members, opened->weights, error);
    recommender_close(ensemble);
    spec->members.weights = opened->weights[0];
    spec->members.weights_by_title = opened->weights[1];
    return status;
}

/* Opens the members that `spec` names, and has `spec` point to them. */
static enum status open_members(struct catalogue *catalogue, struct compute *compute,
                                const struct interactions *interactions, struct model_spec *spec,
                                struct opened_members *opened, struct error *error)
{
    struct model_members *members = &spec->members;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < members->count && status == STATUS_OK; i++) {
        status = recommender_open(catalogue, compute, members->names[i], &opened->items[i], error);
        opened->count += status == STATUS_OK;
        if (status == STATUS_OK)
            status = ensemble_check_member(members->names[i], opened->items[i], interactions, error);
    }
    members->open = opened->items;
    if (status == STATUS_OK && members->weights_of && !members->weights)
        status = read_weights(catalogue, compute, spec, opened, error);
    return status;
}

static enum status check_ranks(const struct model_spec *spec, struct error *error)
{
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (!ops || ops->takes_ranks || ranks_size(spec->ranks) == 1)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "a model of kind \"%s\" is trained by one process; start it without mpirun",
                     ops->kind);
}

static enum status check_name(const char *name, struct error *error)
{
    if (model_name_is_usable(name))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "\"%.80s\" cannot name a model: use at most 64 letters, digits, \"-\", \"_\", \".\" and \"+\", a "
                     "letter or digit first",
                     name);
}

static enum status check_features(const struct model_spec *spec, struct error *error)
{
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (!ops)
        return model_kind_unknown(spec->kind, error);
    if (spec->n_features > 0 && !ops->takes_features)
        return error_set(error, STATUS_USAGE, "a model of kind \"%s\" takes no feature sets", ops->kind);
    return side_info_check_names(spec->features, spec->n_features, error);
}

static enum status check_covers(const struct model_spec *spec, const struct side_info *side, struct error *error)
{
    for (size_t i = 0; spec->covers && i < side->n_features; i++)
        if (strcmp(spec->features[i], spec->covers) == 0 && side->features[i].item != FEATURE_ALBUMS)
            return error_set(error, STATUS_USAGE,
                             "the feature set %s is of tracks and has no covers; name it with --features",
                             spec->covers);
    return STATUS_OK;
}

enum status model_train_check(struct catalogue *catalogue, const struct model_spec *spec, struct error *error)
{
    struct lock_file lock = {0};
    bool busy;
    enum status status = check_name(spec->name, error);
    if (status == STATUS_OK)
        status = check_features(spec, error);
    if (status == STATUS_OK)
        status = check_ranks(spec, error);
    if (status == STATUS_OK)
        status = ensemble_check_members(spec, error);
    if (status == STATUS_OK && ranks_rank(spec->ranks) == 0)
        status = model_lock(catalogue, spec->name, &lock, &busy, error);
    lock_file_release(&lock);
    return status;
}

static enum status add_ratings(struct catalogue *catalogue, struct interactions *interactions,
                               struct training_ratings *ratings, struct error *error)
{
    char before[33];
    model_training_fingerprint(interactions, before);
    enum status status = training_ratings_add(catalogue, interactions, ratings, error);
    memcpy(ratings->before, before, sizeof before);
    return status;
}

static enum status train_locked(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                                bool locked, struct progress *progress, struct error *error)
{
    struct buffer unfinished = {0};
    struct interactions interactions = {0};
    struct side_info side = {0};
    struct opened_members members = {.count = 0};
    struct playlist_titles titles = {0};
    struct training_ratings ratings = {0};
    struct model_spec full = *spec;
    model_unfinished_path(catalogue, spec->name, &unfinished);
    enum status status = unfinished.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && ranks_rank(spec->ranks) == 0)
        status = begin_fresh(catalogue, spec, locked, unfinished.data, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, spec->split_sets, &interactions, error);
    if (status == STATUS_OK && spec->rated && spec->members.count > 0)
        status = error_set(error, STATUS_USAGE, "an ensemble is not trained on ratings; train its members with them");
    if (status == STATUS_OK && spec->rated)
        status = add_ratings(catalogue, &interactions, &ratings, error);
    full.ratings = spec->rated ? &ratings : NULL;
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (status == STATUS_OK && ops && (ops->uses_side_info || spec->n_features > 0) && !spec->side) {
        status = side_info_load(catalogue, interactions.n_tracks, spec->features, spec->n_features, &side, error);
        full.side = &side;
        if (status == STATUS_OK)
            status = check_covers(spec, &side, error);
    }
    if (status == STATUS_OK && spec->members.count > 0 && !spec->members.open)
        status = open_members(catalogue, compute, &interactions, &full, &members, error);
    if (status == STATUS_OK && !spec->titles) {
        status = catalogue_titles_load(catalogue, &interactions, &titles, error);
        full.titles = full.own_titles = &titles;
    }
    if (status == STATUS_OK)
        status = train_into(catalogue, compute, &full, &interactions, unfinished.data, progress, error);
    close_members(&members);
    side_info_free(&side);
    playlist_titles_free(&titles);
    interactions_free(&interactions);
    buffer_free(&unfinished);
    return status;
}

/* Several processes exchange what they compute by the quickest way that all have. */
static enum status train_shared(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                                bool locked, struct progress *progress, struct error *error)
{
    char means[EXCHANGE_MEANS];
    enum status status = exchange_open(spec->ranks, compute, means, error);
    if (status == STATUS_OK && means[0] && ranks_rank(spec->ranks) == 0)
        log_message(LOG_INFO, "%d processes exchange by %s", ranks_size(spec->ranks), means);
    if (status == STATUS_OK)
        status = train_locked(catalogue, compute, spec, locked, progress, error);
    exchange_close(compute);
    return status;
}

enum status model_train(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                        struct progress *progress, struct error *error)
{
    struct lock_file lock = {0};
    bool busy;
    enum status status = check_name(spec->name, error);
    if (status == STATUS_OK)
        status = check_ranks(spec, error);
    if (status == STATUS_OK)
        status = ensemble_check_members(spec, error);
    if (status == STATUS_OK && ranks_rank(spec->ranks) == 0)
        status = model_lock(catalogue, spec->name, &lock, &busy, error);
    if (status == STATUS_OK)
        status = train_shared(catalogue, compute, spec, lock_file_held(&lock), progress, error);
    lock_file_release(&lock);
    return status;
}
