#ifndef SLEEVE_CONTENT_TONES_H
#define SLEEVE_CONTENT_TONES_H

#include "content/sound_inputs.h"
#include "core/progress.h"
#include "features/audio/mfcc.h"
#include "gpu/compute.h"

/* The bag of tones (Pohl, master's thesis, section 5.1): frames are described by 13 MFCC with their deltas and
 * delta-deltas, clustered by mini-batch k-means into tones, and a song is the histogram of its tones.
 *
 * The 39 numbers of a frame are divided by their deviations, as otherwise the loudness alone would decide. A network
 * gets sqrt(tones · share) of each tone: the square root keeps frequent tones from deciding alone (Arandjelović and
 * Zisserman 2012, Three things everyone should know to improve object retrieval), and the mean square is 1. */

/* For sound_statistics: the 39 numbers. */
enum status tones_frames_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                              float *values, struct error *error);
struct tones_settings {
    int64_t tones;
    int64_t batches; /* of k-means, at most; it stops when centres move less than 1e-6 in ten batches in turn */
    uint64_t seed;
};
/* The number of tones that the frames of the songs allow: `tones`, or one for each ten frames. */
int64_t tones_possible(const struct spectrogram_cache *cache, const int32_t *songs, int64_t n_songs, int64_t tones);
/* centres [tones x MFCC_WIDTH] of the songs' frames, which are read as they are needed. */
enum status tones_learn(struct compute *compute, const struct spectrogram_cache *cache, const int32_t *songs,
                        int64_t n_songs, const struct column_statistics *columns, const struct tones_settings *settings,
                        float *centres, struct progress *progress, struct error *error);

/* Histograms of songs: only tones that occur are stored. */
struct tones {
    int64_t n; /* tones */
    const float *centres;
    const struct column_statistics *columns; /* [MFCC_WIDTH] */
    int64_t n_songs;
    int64_t *starts; /* [n_songs + 1] */
    int32_t *ids;
    float *values;
    size_t capacity;
};
/* Computes those of the songs for which `wanted` [n_songs] holds; the others have no input. Releases what it made when
 * it fails. */
enum status tones_histograms(struct compute *compute, const struct spectrogram_cache *cache, const bool *wanted,
                             struct tones *tones, struct progress *progress, struct error *error);
void tones_free(struct tones *tones);
struct sound_inputs tones_inputs(const struct tones *tones);

#endif
