#include "app/audio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/pool.h"
#include "db/track_file.h"
#include "features/audio/spectrogram_device.h"

enum { NAMED_MAX = 20 /* files that are named in the log */ };

struct track_path {
    int64_t track;
    const char *path;
};

struct computing {
    const struct audio_settings *settings;
    struct audio_report *report;
    struct spectrogram_cache_writer *writer;
    struct spectrogram **spectrograms; /* [threads] */
    struct spectrogram_device *device; /* NULL: the CPU */
    struct track_path *tracks;
    size_t n_tracks, capacity;
    struct arena memory;
    pthread_mutex_t mutex; /* of all below, the report and the progress */
    int64_t done, named;
    enum status status;
    struct error error;
    struct error lost; /* why the device failed; empty if it did not */
};

/* ------------------------------------------------------------------ which files */

static bool add_track(struct computing *computing, const struct music_file *file)
{
    if (computing->n_tracks == computing->capacity) {
        const size_t more = computing->capacity > 0 ? 2 * computing->capacity : 256;
        struct track_path *grown = realloc(computing->tracks, more * sizeof *grown);
        if (!grown)
            return false;
        computing->tracks = grown;
        computing->capacity = more;
    }
    const char *path = arena_copy_text(&computing->memory, file->path, strlen(file->path));
    computing->tracks[computing->n_tracks++] = (struct track_path){file->track, path};
    return path != NULL;
}

static enum status add_file(const struct music_file *file, void *context, struct error *error)
{
    if (file->track == 0)
        return STATUS_OK;
    return add_track(context, file) ? STATUS_OK : error_no_memory(error);
}

/* ------------------------------------------------------------------ one track */

enum outcome { KEPT, COMPUTED, UNREADABLE, MISSING };

static void name_file(struct computing *computing, const char *text)
{
    if (computing->named++ < NAMED_MAX)
        log_message(LOG_WARNING, "%s", text);
}

static void count(struct computing *computing, enum outcome outcome)
{
    struct audio_report *report = computing->report;
    int64_t *const counts[] = {&report->kept, &report->computed, &report->unreadable, &report->missing};
    ++*counts[outcome];
}

static void finish(struct computing *computing, enum outcome outcome, enum status status, const struct error *reason,
                   const struct error *error)
{
    pthread_mutex_lock(&computing->mutex);
    if (status == STATUS_OK) {
        count(computing, outcome);
        if (reason->text[0])
            name_file(computing, reason->text);
    } else if (computing->status == STATUS_OK) {
        computing->status = status;
        computing->error = *error;
    }
    progress_step(computing->settings->progress, (double)++computing->done);
    pthread_mutex_unlock(&computing->mutex);
}

static bool stopped(struct computing *computing)
{
    pthread_mutex_lock(&computing->mutex);
    if (computing->status == STATUS_OK && progress_cancelled(computing->settings->progress))
        computing->status = error_set(&computing->error, STATUS_INTERRUPTED,
                                      "stopped; what was computed is kept, and the same command continues");
    const bool is_stopped = computing->status != STATUS_OK;
    pthread_mutex_unlock(&computing->mutex);
    return is_stopped;
}

/* When the device fails, this thread continues on the CPU, with this file. */
static enum status add(struct computing *computing, const struct spectrogram_cache_entry *entry, int descriptor,
                       const char *path, int worker, struct error *reason, struct error *error)
{
    struct spectrogram *spectrogram = computing->spectrograms[worker];
    enum status status = spectrogram_cache_add(computing->writer, spectrogram, entry, descriptor, path, reason, error);
    if (status != STATUS_DEVICE)
        return status;
    pthread_mutex_lock(&computing->mutex);
    if (!computing->lost.text[0])
        computing->lost = *error;
    pthread_mutex_unlock(&computing->mutex);
    spectrogram_device_use(NULL, spectrogram);
    if (lseek(descriptor, 0, SEEK_SET) != 0)
        return error_set(error, STATUS_FAILED, "%s cannot be read again from its start", path);
    return spectrogram_cache_add(computing->writer, spectrogram, entry, descriptor, path, reason, error);
}

/* A file that cannot be opened now may be so later: that is not written down. */
static enum status compute(struct computing *computing, const struct track_path *track, int worker,
                           enum outcome *outcome, struct error *reason, struct error *error)
{
    struct stat info;
    int descriptor;
    *outcome = stat(track->path, &info) == 0 ? UNREADABLE : MISSING;
    if (file_open_input(track->path, &descriptor, NULL, reason) != STATUS_OK)
        return STATUS_OK;
    if (fstat(descriptor, &info) != 0) {
        close(descriptor);
        return STATUS_OK;
    }
    const struct spectrogram_cache_entry entry = {
        .track = track->track,
        .size = info.st_size,
        .modified = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
    };
    enum status status = STATUS_OK;
    const struct spectrogram_cache_entry *kept =
        spectrogram_cache_has(computing->writer, entry.track, entry.size, entry.modified);
    if (kept) {
        *outcome = kept->frames > 0 ? KEPT : UNREADABLE;
    } else {
        status = add(computing, &entry, descriptor, track->path, worker, reason, error);
        *outcome = reason->text[0] ? UNREADABLE : COMPUTED;
    }
    close(descriptor);
    return status;
}

static void compute_task(void *context, size_t i, int worker)
{
    struct computing *computing = context;
    struct error reason = {0}, error = {0};
    enum outcome outcome;
    if (stopped(computing))
        return;
    const enum status status = compute(computing, &computing->tracks[i], worker, &outcome, &reason, &error);
    finish(computing, outcome, status, &reason, &error);
}

/* ------------------------------------------------------------------ all */

/* A device that cannot be opened or used is reported, and the CPU computes. */
static enum status open_device(struct computing *computing, struct error *error)
{
    struct device_use *use = computing->settings->device;
    const struct spectrogram_settings *settings = spectrogram_cache_settings(computing->writer);
    struct device_state state;
    if (!use || !spectrogram_device_takes(settings))
        return STATUS_OK;
    device_read(use->device, &state);
    enum status status = state.choice == DEVICE_CPU ? STATUS_OK : device_open(use, error);
    if (status != STATUS_OK || state.choice == DEVICE_CPU || strcmp(use->compute.info.name, "CPU") == 0)
        return status;
    status = spectrogram_device_create(settings, &use->compute, &computing->device, &computing->lost);
    if (status != STATUS_OK && status != STATUS_DEVICE && error)
        *error = computing->lost;
    return status == STATUS_DEVICE ? STATUS_OK : status;
}

static void close_device(struct computing *computing)
{
    spectrogram_device_destroy(computing->device);
    if (computing->lost.text[0])
        device_fall_back(computing->settings->device, &computing->lost);
}

static enum status create_spectrograms(struct computing *computing, int threads, struct error *error)
{
    enum status status = STATUS_OK;
    computing->spectrograms = calloc((size_t)threads, sizeof *computing->spectrograms);
    if (!computing->spectrograms)
        return error_no_memory(error);
    for (int i = 0; i < threads && status == STATUS_OK; i++) {
        status = spectrogram_create(spectrogram_cache_settings(computing->writer), &computing->spectrograms[i], error);
        if (status == STATUS_OK)
            spectrogram_device_use(computing->device, computing->spectrograms[i]);
    }
    return status;
}

static enum status compute_all(struct computing *computing, struct error *error)
{
    struct pool *pool = NULL;
    struct progress *progress = computing->settings->progress;
    enum status status = pool_create(computing->settings->threads, &pool, error);
    const int threads = status == STATUS_OK ? pool_threads(pool) : 0;
    if (status == STATUS_OK)
        status = open_device(computing, error);
    if (status == STATUS_OK)
        status = create_spectrograms(computing, threads, error);
    if (status == STATUS_OK) {
        progress_stage(progress, "computing spectrograms", "tracks", (double)computing->n_tracks);
        pool_run(pool, computing->n_tracks, compute_task, computing);
        progress_end(progress);
        status = computing->status;
        if (status != STATUS_OK && error)
            *error = computing->error;
    }
    for (int i = 0; computing->spectrograms && i < threads; i++)
        spectrogram_destroy(computing->spectrograms[i]);
    free(computing->spectrograms);
    close_device(computing);
    pool_destroy(pool);
    return status;
}

static enum status judge(const struct audio_report *report, struct error *error)
{
    if (report->kept + report->computed > 0)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA,
                     "none of the %lld files could be read: %lld are not there, %lld hold no sound that can be decoded",
                     (long long)report->tracks, (long long)report->missing, (long long)report->unreadable);
}

enum status app_audio_compute(struct catalogue *catalogue, const struct audio_settings *settings,
                              struct audio_report *report, struct error *error)
{
    struct computing computing = {.settings = settings, .report = report};
    *report = (struct audio_report){0};
    pthread_mutex_init(&computing.mutex, NULL);
    enum status status = catalogue_music_files(catalogue, add_file, &computing, error);
    report->tracks = (int64_t)computing.n_tracks;
    if (status == STATUS_OK && computing.n_tracks == 0)
        status = error_set(error, STATUS_FAILED,
                           "no track has a file; `sleeve import library FOLDER` finds the files of a folder");
    if (status == STATUS_OK)
        status = spectrogram_cache_write(catalogue, settings->spectrogram, &computing.writer, error);
    if (status == STATUS_OK)
        status = compute_all(&computing, error);
    const enum status finished = spectrogram_cache_finish(computing.writer, status == STATUS_OK ? error : NULL);
    status = status == STATUS_OK ? finished : status;
    if (computing.named > NAMED_MAX)
        log_message(LOG_WARNING, "and %lld more; `sleeve audio status` lists them",
                    (long long)(computing.named - NAMED_MAX));
    free(computing.tracks);
    arena_free(&computing.memory);
    pthread_mutex_destroy(&computing.mutex);
    return status == STATUS_OK ? judge(report, error) : status;
}
