#ifndef SLEEVE_APP_FITNESS_INPUTS_H
#define SLEEVE_APP_FITNESS_INPUTS_H

#include "db/catalogue.h"
#include "features/audio/spectrogram_cache.h"
#include "fitness/fit.h"

/* What describes a song to a model of fitness. A text names it:
 *     SET[,SET...]  feature sets of tracks, side by side
 *     bands         means and deviations of the 96 bands of the log-mel spectrogram "musicnn"
 *     spectrogram   the mel spectrogram "fitness" of the first 120 seconds, zeros behind a shorter song */

enum fitness_input_kind { FITNESS_SETS, FITNESS_BANDS, FITNESS_SPECTROGRAM };

/* Augmentation of training songs. */
struct fitness_augment {
    double noise, dropout;               /* vectors: standard deviation that is added, share of zeros */
    int64_t time_masks, frequency_masks; /* spectrograms: how many (SpecAugment, Park et al. 2019) */
    int64_t time_mask, frequency_mask;   /* their largest widths, in frames and bands */
    bool crop;                           /* begin anywhere in the song */
};

struct fitness_songs_inputs {
    enum fitness_input_kind kind;
    int64_t n_tracks;
    bool *present; /* [n_tracks] */
    int64_t n_present;
    /* Vectors. */
    int64_t width;
    float *values; /* [n_tracks x width] */
    /* Spectrograms. */
    const struct spectrogram_settings *spectrogram;
    struct spectrogram_cache cache;
    int64_t frames, bands;
    bool log; /* log10(1 + 10000 x) of the values */
    struct fitness_augment augment;
};

enum fitness_input_kind fitness_input_kind_of(const char *text);
/* `seconds` of a spectrogram; 0: all of its settings. Unknown sets and missing caches are errors with what to do. Free
 * it after a failure, too. */
enum status fitness_inputs_open(struct catalogue *catalogue, const char *text, double seconds,
                                struct fitness_songs_inputs *inputs, struct error *error);
void fitness_inputs_free(struct fitness_songs_inputs *inputs);
/* A `read` of struct fitness_inputs; context: struct fitness_songs_inputs. */
enum status fitness_inputs_read(void *context, int64_t song, uint64_t draw, float *x, struct error *error);
/* Frames of a spectrogram of so many seconds. */
int64_t fitness_frames(const struct spectrogram_settings *settings, double seconds);
/* row [2 x width]: means, then deviations, of frames [n x width]. */
void fitness_bands(const float *values, int64_t n, int64_t width, bool log, float *row);
/* For logistic regression on spectrograms: rows [n_tracks x 2 bands] of fitness_bands. */
enum status fitness_inputs_bands(const struct fitness_songs_inputs *inputs, float **rows, struct error *error);
/* Brings the first `frames` of a spectrogram of n frames to a network's input [frames x bands]. */
void fitness_pad(const float *values, int64_t n, int64_t frames, int64_t bands, bool log, float *x);

#endif
