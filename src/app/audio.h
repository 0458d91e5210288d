#ifndef SLEEVE_APP_AUDIO_H
#define SLEEVE_APP_AUDIO_H

#include "app/device.h"
#include "core/arena.h"
#include "core/progress.h"
#include "db/catalogue.h"
#include "features/audio/spectrogram_cache.h"

/* The sound of the catalogue's tracks: whose files `import library` found, and their spectrograms. */

struct audio_settings {
    const struct spectrogram_settings *spectrogram;
    int threads;               /* 0: all */
    struct device_use *device; /* of transforms, if it is a GPU; NULL: the CPU */
    struct progress *progress;
};

struct audio_report {
    int64_t tracks;     /* that have a file */
    int64_t kept;       /* whose spectrogram was there */
    int64_t computed;   /* in this run */
    int64_t unreadable; /* whose file is no sound that can be decoded, now or in an earlier run */
    int64_t missing;    /* whose file is not there */
};

/* Adds the spectrograms of all tracks with files to the cache (features/audio/spectrogram_cache.h). Those of files that
 * have not changed are kept; what is unreadable is skipped, counted, and named in the log. When it is stopped, what was
 * computed stays. The report is filled also on failure. When the GPU fails, the CPU
 * continues. STATUS_BAD_DATA: no track's file could be read; STATUS_FAILED: no track has one. */
enum status app_audio_compute(struct catalogue *catalogue, const struct audio_settings *settings,
                              struct audio_report *report, struct error *error);

struct audio_problem {
    int64_t track; /* 0: the file has none */
    const char *path, *reason;
};

struct audio_cache_summary {
    const struct spectrogram_settings *settings;
    int64_t tracks, unreadable;
    double seconds;
    size_t bytes;       /* of the file */
    const char *damage; /* why it cannot be read; NULL: it can */
};

struct audio_status {
    int64_t with_file; /* that have a file, there or not */
    int64_t readable;  /* known to be, by a cache */
    int64_t untried;   /* in no cache */
    struct audio_problem *problems;
    size_t n_problems, capacity;
    struct audio_cache_summary *caches; /* those that exist */
    size_t n_caches;
    struct arena memory;
};

/* Looks at the catalogue, the caches and whether files are there; decodes nothing. Free it after a failure, too. */
enum status app_audio_status(struct catalogue *catalogue, struct audio_status *status, struct error *error);
void app_audio_status_free(struct audio_status *status);

#endif
