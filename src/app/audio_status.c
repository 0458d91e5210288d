#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/audio.h"
#include "core/file.h"
#include "db/track_file.h"

struct looking {
    struct audio_status *status;
    struct spectrogram_cache *caches; /* [n_caches] of the status; width 0: it could not be opened */
};

/* ------------------------------------------------------------------ caches */

static size_t count_presets(void)
{
    size_t count = 0;
    while (spectrogram_preset_at(count))
        count++;
    return count;
}

/* Caches that do not exist are left out. */
static enum status open_cache(struct catalogue *catalogue, const struct spectrogram_settings *settings,
                              struct looking *looking, struct error *error)
{
    struct audio_status *status = looking->status;
    struct spectrogram_cache *cache = &looking->caches[status->n_caches];
    struct audio_cache_summary *summary = &status->caches[status->n_caches];
    struct error reason;
    const enum status opened = spectrogram_cache_open(catalogue, settings, cache, &reason);
    if (opened == STATUS_FAILED)
        return STATUS_OK;
    *summary = (struct audio_cache_summary){.settings = settings, .bytes = cache->file.size};
    status->n_caches++;
    if (opened != STATUS_OK) {
        summary->damage = arena_copy_text(&status->memory, reason.text, strlen(reason.text));
        return summary->damage ? STATUS_OK : error_no_memory(error);
    }
    summary->tracks = (int64_t)cache->n_readable;
    summary->unreadable = (int64_t)(cache->n_entries - cache->n_readable);
    for (size_t i = 0; i < cache->n_entries; i++)
        summary->seconds += cache->entries[i].seconds;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ files */

static enum status add_problem(struct audio_status *status, int64_t track, const char *path, const char *reason,
                               struct error *error)
{
    if (status->n_problems == status->capacity) {
        const size_t more = status->capacity > 0 ? 2 * status->capacity : 64;
        struct audio_problem *grown = realloc(status->problems, more * sizeof *grown);
        if (!grown)
            return error_no_memory(error);
        status->problems = grown;
        status->capacity = more;
    }
    struct audio_problem *problem = &status->problems[status->n_problems];
    *problem = (struct audio_problem){.track = track,
                                      .path = arena_copy_text(&status->memory, path, strlen(path)),
                                      .reason = arena_copy_text(&status->memory, reason, strlen(reason))};
    if (!problem->path || !problem->reason)
        return error_no_memory(error);
    status->n_problems++;
    return STATUS_OK;
}

/* The entry of the track in the first cache that has read the file as it is. */
static const struct spectrogram_cache_entry *entry_of(const struct looking *looking, int64_t track,
                                                      const struct stat *info)
{
    const int64_t modified = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
    for (size_t i = 0; i < looking->status->n_caches; i++) {
        const struct spectrogram_cache_entry *entry = spectrogram_cache_find(&looking->caches[i], track);
        if (entry && entry->size == info->st_size && entry->modified == modified)
            return entry;
    }
    return NULL;
}

/* Reasons begin with the file's name, which may be relative to the folder. */
static const char *without_name(const char *reason, const char *path)
{
    const char *colon = strstr(reason, ": ");
    const size_t size = colon ? (size_t)(colon - reason) : 0, all = strlen(path);
    return size > 0 && size <= all && strncmp(path + all - size, reason, size) == 0 ? colon + 2 : reason;
}

static enum status look_at(const struct music_file *file, void *context, struct error *error)
{
    struct looking *looking = context;
    struct audio_status *status = looking->status;
    struct stat info;
    status->with_file += file->track != 0;
    if (file->missing || stat(file->path, &info) != 0)
        return add_problem(status, file->track, file->path, "the file is not there", error);
    if (file->track == 0)
        return add_problem(status, 0, file->path, without_name(file->reason, file->path), error);
    struct error reason;
    int descriptor;
    if (file_open_input(file->path, &descriptor, NULL, &reason) != STATUS_OK)
        return add_problem(status, file->track, file->path, without_name(reason.text, file->path), error);
    close(descriptor);
    const struct spectrogram_cache_entry *entry = entry_of(looking, file->track, &info);
    if (!entry)
        status->untried++;
    else if (entry->frames > 0)
        status->readable++;
    else
        return add_problem(status, file->track, file->path, without_name(entry->reason, file->path), error);
    return STATUS_OK;
}

enum status app_audio_status(struct catalogue *catalogue, struct audio_status *status, struct error *error)
{
    const size_t n_presets = count_presets();
    struct looking looking = {.status = status};
    enum status result = STATUS_OK;
    *status = (struct audio_status){0};
    status->caches = calloc(n_presets, sizeof *status->caches);
    looking.caches = calloc(n_presets, sizeof *looking.caches);
    if (!status->caches || !looking.caches)
        result = error_no_memory(error);
    for (size_t i = 0; i < n_presets && result == STATUS_OK; i++)
        result = open_cache(catalogue, spectrogram_preset_at(i), &looking, error);
    if (result == STATUS_OK)
        result = catalogue_music_files(catalogue, look_at, &looking, error);
    for (size_t i = 0; i < status->n_caches; i++)
        spectrogram_cache_close(&looking.caches[i]);
    free(looking.caches);
    return result;
}

void app_audio_status_free(struct audio_status *status)
{
    free(status->problems);
    free(status->caches);
    arena_free(&status->memory);
    *status = (struct audio_status){0};
}
