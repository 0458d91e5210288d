#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_CACHE_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_CACHE_H

#include "core/file.h"
#include "db/connection.h"
#include "features/audio/spectrogram.h"

/* Spectrograms of the catalogue's tracks in one file per settings, spectrograms/NAME.cache beside the catalogue, which
 * `sleeve audio compute` writes. Training reads any frames of any track from the mapped file, without decoding.
 *
 * The values of a patch are stored in 8 bits between their minimum and maximum, which is exact to 1/510 of their range;
 * those of SPECTROGRAM_LINEAR, whose range is too large for that, as float16 times a scale of the patch.
 *
 * Records are only appended, each with checksums, and the header says up to where they are on the disk: a killed writer
 * leaves a cache that is complete up to there. A later record of a track replaces the earlier one. */

/* What is known about a track: its spectrogram, or why its file cannot be read. */
struct spectrogram_cache_entry {
    int64_t track;          /* tracks.id */
    int64_t frames;         /* 0: its file cannot be read */
    double seconds;         /* of the file, as far as it was decoded */
    int64_t size, modified; /* of the file: bytes, and nanoseconds since 1970 */
    const char *reason;     /* why it cannot be read; NULL: it can */
    uint64_t at;            /* of its data in the file */
};

struct spectrogram_cache {
    struct mapped_file file;
    struct spectrogram_cache_entry *entries; /* [n_entries], by track */
    size_t n_entries;
    size_t n_readable;
    int width;   /* values of a frame */
    int patch;   /* frames with a scale of their own */
    bool halves; /* float16 instead of 8 bits */
};

/* STATUS_FAILED: there is none yet, with what to do. STATUS_BAD_DATA: damaged, or made with other settings. */
enum status spectrogram_cache_open(const struct catalogue *catalogue, const struct spectrogram_settings *settings,
                                   struct spectrogram_cache *cache, struct error *error);
void spectrogram_cache_close(struct spectrogram_cache *cache);

/* The entry of a track; NULL: there is none. */
const struct spectrogram_cache_entry *spectrogram_cache_find(const struct spectrogram_cache *cache, int64_t track);

/* The frames from..to-1, which must be in 0..entry->frames, as out[(to - from) x width]. Thread-safe. */
void spectrogram_cache_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                            int64_t from, int64_t to, float *out);

/* ------------------------------------------------------------------ writing */

struct spectrogram_cache_writer;

/* One writer at a time: STATUS_FAILED where another one is at work. A cache of other settings of the name is replaced.
 */
enum status spectrogram_cache_write(const struct catalogue *catalogue, const struct spectrogram_settings *settings,
                                    struct spectrogram_cache_writer **writer, struct error *error);
/* The entry that earlier runs made of the track, of a file of this size and time; NULL: there is none. */
const struct spectrogram_cache_entry *spectrogram_cache_has(const struct spectrogram_cache_writer *writer,
                                                            int64_t track, int64_t size, int64_t modified);
/* Adds the spectrogram of an open file, or why it cannot be read: then the status is STATUS_OK, too, and `reason` is
 * set. Thread-safe, with a `spectrogram` of each thread, which was created with spectrogram_cache_settings. */
enum status spectrogram_cache_add(struct spectrogram_cache_writer *writer, struct spectrogram *spectrogram,
                                  const struct spectrogram_cache_entry *entry, int descriptor, const char *name,
                                  struct error *reason, struct error *error);
/* Adds that the track's file cannot be read. */
enum status spectrogram_cache_add_reason(struct spectrogram_cache_writer *writer,
                                         const struct spectrogram_cache_entry *entry, const char *reason,
                                         struct error *error);
const struct spectrogram_settings *spectrogram_cache_settings(const struct spectrogram_cache_writer *writer);
/* Writes what was added to the disk, and the file again without replaced records if they are many. Frees the writer,
 * which may be NULL. */
enum status spectrogram_cache_finish(struct spectrogram_cache_writer *writer, struct error *error);

#endif
