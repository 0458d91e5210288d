#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_CACHE_INTERNAL_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_CACHE_INTERNAL_H

#include "features/audio/spectrogram_cache.h"

/* The file: a header, then records, each followed by its data. */

#define CACHE_MAGIC "sleeve spectra1\n"

struct cache_header {
    char magic[16];
    char made_with[32]; /* hash of the settings */
    uint64_t committed; /* bytes of the file that are on the disk */
    uint32_t width, patch, halves, unused;
    char reserved[56];
};

/* Data: the scales of all patches, then the values, frame by frame; or the reason. */
struct cache_record {
    uint64_t check; /* hash of the rest of the record */
    int64_t track, frames;
    int64_t size, modified;
    int64_t milliseconds;
    uint64_t bytes; /* of the data, a multiple of 8 */
    uint64_t data_check;
};

/* A value is offset + step * stored. */
struct cache_scale {
    float offset, step;
};

enum { CACHE_PATCH = 256 /* frames, where the settings have no patches */ };

uint64_t cache_record_check(const struct cache_record *record);
int64_t cache_patches(int64_t frames, int patch);
/* Bytes of the data of so many frames. */
uint64_t cache_data_bytes(int64_t frames, int width, int patch, bool halves);
/* Appends the path of the cache. */
void cache_path(const struct catalogue *catalogue, const struct spectrogram_settings *settings, struct buffer *path);
/* Fills the header, but for `committed`. */
void cache_header_of(const struct spectrogram_settings *settings, struct cache_header *header);

/* Reads the records of a file in memory up to `size`; *end is where the last good one ends. Beyond `trusted`, data is
 * compared with its checksum. Sorts by track; of several entries the last one counts. False: out of memory. */
bool cache_scan(const unsigned char *bytes, uint64_t size, uint64_t trusted, const struct cache_header *header,
                struct spectrogram_cache_entry **entries, size_t *n_entries, uint64_t *end);
/* The entry of a track among sorted ones; NULL: none. */
const struct spectrogram_cache_entry *cache_find(const struct spectrogram_cache_entry *entries, size_t n_entries,
                                                 int64_t track);

#endif
