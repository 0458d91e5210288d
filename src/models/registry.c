#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "models/kind.h"

/* Models of a catalogue: files in its "models" folder, each with a record in its registry. */

static enum status find_file(struct catalogue *catalogue, const char *name, struct buffer *path, struct error *error)
{
    struct model_list models = {0};
    enum status status = catalogue_models_read(catalogue, &models, error);
    for (size_t i = 0; i < models.count && status == STATUS_OK; i++)
        if (strcmp(models.items[i].name, name) == 0)
            catalogue_sidecar(catalogue, models.items[i].file, path);
    model_list_free(&models);
    if (status == STATUS_OK && path->failed)
        return error_no_memory(error);
    if (status == STATUS_OK && path->size == 0)
        return error_set(error, STATUS_FAILED,
                         "There is no model \"%.80s\" in %s; `sleeve models` lists them and `sleeve train` makes one.",
                         name, catalogue_path(catalogue));
    return status;
}

/* The tracks 1..n of the model must be this catalogue's; it may have grown since. */
static enum status check_catalogue(const struct recommender *recommender, struct catalogue *catalogue, const char *name,
                                   struct error *error)
{
    const char *wanted = safetensors_metadata(recommender->file, "fingerprint");
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    if (counts.tracks < recommender->n_tracks)
        return error_set(error, STATUS_BAD_DATA,
                         "The model \"%.80s\" is of another catalogue: it knows %lld tracks and %s has %lld. Train it "
                         "again.",
                         name, (long long)recommender->n_tracks, catalogue_path(catalogue), (long long)counts.tracks);
    char fingerprint[33];
    status = catalogue_fingerprint(catalogue, recommender->n_tracks, fingerprint, error);
    if (status == STATUS_OK && (!wanted || strcmp(wanted, fingerprint) != 0))
        return error_set(error, STATUS_BAD_DATA,
                         "The model \"%.80s\" is of another catalogue: its tracks are not those of %s. Train it again.",
                         name, catalogue_path(catalogue));
    return status;
}

enum status recommender_open(struct catalogue *catalogue, struct compute *compute, const char *name,
                             struct recommender **out, struct error *error)
{
    struct buffer path = {0};
    struct recommender *recommender = NULL;
    enum status status = find_file(catalogue, name, &path, error);
    if (status == STATUS_OK)
        status = recommender_open_file(compute, path.data, &recommender, error);
    buffer_free(&path);
    if (status == STATUS_OK)
        status = check_catalogue(recommender, catalogue, name, error);
    if (status != STATUS_OK) {
        recommender_close(recommender);
        return status;
    }
    *out = recommender;
    return STATUS_OK;
}

enum status model_remove(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer path = {0};
    enum status status = find_file(catalogue, name, &path, error);
    if (status == STATUS_OK)
        status = catalogue_model_delete(catalogue, name, error);
    if (status == STATUS_OK && unlink(path.data) != 0 && errno != ENOENT)
        log_message(LOG_WARNING, "%s stays: %s", path.data, strerror(errno));
    buffer_free(&path);
    return status;
}

/* A name becomes a file's: no folders, no hidden files, nothing that a shell would trip over. */
static bool name_is_usable(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length > 64 || !isalnum((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.+", name[i]))
            return false;
    return true;
}

/* A training either goes on where one was stopped or forgets that one. */
static enum status begin_fresh(const struct model_spec *spec, const char *fresh, const char *checkpoint,
                               struct error *error)
{
    if (spec->resume)
        return file_exists(checkpoint)
                   ? STATUS_OK
                   : error_set(error, STATUS_USAGE,
                               "There is no stopped training of a model \"%.80s\" to go on with; leave --resume out.",
                               spec->name);
    unlink(checkpoint);
    unlink(fresh);
    return STATUS_OK;
}

/* The record is written, then the file is put in its place, then both are made to last: whatever fails, the earlier
 * model and its record stay together. */
static enum status train_into(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                              const struct interactions *interactions, const char *path, struct progress *progress,
                              struct error *error)
{
    struct buffer file = {0}, fresh = {0}, checkpoint = {0};
    char fingerprint[33], created[32], *settings = NULL;
    time_t now = time(NULL);
    struct tm utc;
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    buffer_printf(&file, "models/%s.safetensors", spec->name);
    buffer_printf(&fresh, "%s.new", path);
    enum status status = file.failed || fresh.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = catalogue_fingerprint(catalogue, interactions->n_tracks, fingerprint, error);
    model_checkpoint_path(fresh.data ? fresh.data : "", &checkpoint);
    if (status == STATUS_OK && checkpoint.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = begin_fresh(spec, fresh.data, checkpoint.data, error);
    if (status == STATUS_OK)
        status = model_train_file(interactions, compute, spec, fingerprint, fresh.data, &settings, progress, error);
    if (status == STATUS_OK)
        status = catalogue_begin(catalogue, error);
    if (status == STATUS_OK) {
        const struct model_record record = {.name = spec->name,
                                            .kind = spec->kind,
                                            .file = file.data,
                                            .fingerprint = fingerprint,
                                            .n_tracks = interactions->n_tracks,
                                            .settings = settings,
                                            .results = "",
                                            .created = created};
        status = catalogue_model_write(catalogue, &record, error);
        if (status == STATUS_OK && rename(fresh.data, path) != 0)
            status = error_set(error, STATUS_FAILED, "The model cannot be put at %s; is its folder writable?", path);
        if (status == STATUS_OK)
            status = catalogue_commit(catalogue, error);
        else
            catalogue_rollback(catalogue);
    }
    if (status == STATUS_OK)
        unlink(checkpoint.data);
    else if (fresh.data && checkpoint.data && !file_exists(checkpoint.data))
        unlink(fresh.data); /* what a checkpoint needs to go on stays */
    free(settings);
    buffer_free(&file);
    buffer_free(&fresh);
    buffer_free(&checkpoint);
    return status;
}

bool model_is_half_trained(const struct catalogue *catalogue, const char *name)
{
    struct buffer fresh = {0}, checkpoint = {0};
    catalogue_sidecar(catalogue, "models", &fresh);
    buffer_printf(&fresh, "/%s.safetensors.new", name);
    if (!fresh.failed)
        model_checkpoint_path(fresh.data, &checkpoint);
    bool half = !fresh.failed && !checkpoint.failed && file_exists(checkpoint.data);
    buffer_free(&fresh);
    buffer_free(&checkpoint);
    return half;
}

enum status model_train(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                        struct progress *progress, struct error *error)
{
    if (!name_is_usable(spec->name))
        return error_set(
            error, STATUS_USAGE,
            "\"%.80s\" cannot name a model: use at most 64 letters, digits, \"-\", \"_\", \".\" and \"+\", a "
            "letter or digit first.",
            spec->name);
    struct buffer path = {0};
    catalogue_sidecar(catalogue, "models", &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_printf(&path, "/%s.safetensors", spec->name);
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    struct interactions interactions = {0};
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, spec->split_sets, &interactions, error);
    struct track_side side = {0};
    struct model_spec full = *spec;
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (status == STATUS_OK && ops && (ops->wants_side || spec->covers) && !spec->side) {
        status = track_side_load(catalogue, interactions.n_tracks, spec->covers, &side, error);
        full.side = &side;
    }
    if (status == STATUS_OK)
        status = train_into(catalogue, compute, &full, &interactions, path.data, progress, error);
    track_side_free(&side);
    interactions_free(&interactions);
    buffer_free(&path);
    return status;
}
