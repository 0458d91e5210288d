#ifndef SLEEVE_CONTENT_SOUND_INPUTS_H
#define SLEEVE_CONTENT_SOUND_INPUTS_H

#include "content/networks.h"
#include "features/audio/spectrogram_cache.h"
#include "features/feature_set.h"

/* What networks get of the songs of a cache of spectrograms. Songs are tracks' numbers - 1. */

/* Whether a song has a spectrogram that a network can use: MFCC need nine frames. */
bool sound_song_is_usable(const struct spectrogram_cache *cache, const struct sound_spec *spec, int32_t song);

/* Inputs of networks: each song has some. */
struct sound_inputs {
    int64_t (*count)(const void *context, int32_t song);
    /* Writes one of them to x. */
    enum status (*read)(const void *context, int32_t song, int64_t which, float *x, struct error *error);
    const void *context;
};

/* Windows of `patches` patches in turn. Of more than one patch they leave out five patches (30 s) at both ends where a
 * song is long enough, as in the thesis. Beyond a song's end there is silence, which is top_db below the loudest of the
 * patch. Each band is standardised by the columns. */
struct sound_windows {
    const struct spectrogram_cache *cache;
    const struct spectrogram_settings *settings;
    const struct column_statistics *columns; /* [bands] */
    struct sound_shape shape;
    int64_t most; /* windows of a song, spread evenly; 0: all */
};
/* The cache must have the bands of the shape: STATUS_BAD_DATA. */
enum status sound_windows_check(const struct sound_windows *windows, struct error *error);
struct sound_inputs sound_windows_inputs(const struct sound_windows *windows);

/* One vector of each song: the mean of what a network makes of its windows. */
struct sound_vectors {
    int64_t width;
    const float *values; /* [songs x width] */
    const bool *present; /* [songs] */
};
struct sound_inputs sound_vectors_inputs(const struct sound_vectors *vectors);

/* The songs' frames as `read` gives them. */
struct sound_frames {
    const struct spectrogram_cache *cache;
    int64_t width;
    /* values[frames x width] of an entry. */
    enum status (*read)(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                        float *values, struct error *error);
};
extern enum status sound_bands_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                                    float *values, struct error *error);
/* Statistics of the columns over all frames of at most SOUND_STATISTICS_SONGS of the songs, spread evenly. */
enum { SOUND_STATISTICS_SONGS = 1000 };
enum status sound_statistics(const struct sound_frames *frames, const int32_t *songs, int64_t n_songs,
                             struct column_statistics *columns, struct error *error);

#endif
