#ifndef SLEEVE_FEATURES_AUDIO_SPECTROGRAM_H
#define SLEEVE_FEATURES_AUDIO_SPECTROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "features/audio/mel.h"
#include "media/audio.h"

/* Spectrograms of music: decoded to mono samples (media/audio.h), cut into overlapping frames, weighted by a Hann
 * window, transformed, to magnitudes or power, to mel bands, to a logarithm. Rows are frames (time), columns are bands,
 * contiguous float32. Equal to librosa's for the same samples. */

enum spectrogram_padding {
    SPECTROGRAM_REFLECT, /* frame t is centred at sample t * hop; the signal is reflected at its ends */
    SPECTROGRAM_ZERO,    /* the same, with zeros */
    SPECTROGRAM_INSIDE,  /* frame t begins at sample t * hop; only whole frames */
};

enum spectrogram_values {
    SPECTROGRAM_LINEAR, /* |X|^power */
    SPECTROGRAM_DB,     /* 10 log10(max(x, amin)) of power, 20 log10(max(x, amin)) of magnitudes */
    SPECTROGRAM_LOG1P,  /* log10(10000 x + 1) (Pons and Serra 2019, "musicnn") */
};

struct spectrogram_settings {
    const char *name; /* of the preset */
    const char *about;
    int rate;   /* Hz */
    int n_fft;  /* points of a transform */
    int window; /* samples of the Hann window, in the middle of the frame; 0: n_fft */
    int hop;    /* samples from one frame to the next */
    enum spectrogram_padding padding;
    int power; /* 1: magnitudes, 2: power */
    int mels;  /* bands; 0: no mel filters, the n_fft / 2 + 1 bins themselves */
    enum mel_scale scale;
    enum mel_norm norm;
    double fmin, fmax; /* Hz; fmax 0: rate / 2 */
    bool half;         /* round to float16 and back before the logarithm, as musicnn does */
    enum spectrogram_values values;
    double amin;     /* SPECTROGRAM_DB */
    double top_db;   /* SPECTROGRAM_DB: nothing is further below the maximum of its patch; 0: no limit */
    int patch;       /* frames of a patch; 0: the whole file is one */
    double duration; /* seconds of a file that are used; 0: all */
};

/* "musicnn", "thesis", "fitness"; NULL: there is none of this name. */
const struct spectrogram_settings *spectrogram_preset(const char *name);
/* The presets by number from 0; NULL behind the last. */
const struct spectrogram_settings *spectrogram_preset_at(size_t i);

/* Values of a row. */
int spectrogram_width(const struct spectrogram_settings *settings);
/* Rows of so many samples. */
int64_t spectrogram_frames(const struct spectrogram_settings *settings, int64_t samples);
/* STATUS_USAGE: the settings contradict each other. */
enum status spectrogram_check(const struct spectrogram_settings *settings, struct error *error);

/* Rows in memory. Initialise with `{0}`, release with spectrogram_rows_free. */
struct spectrogram_rows {
    float *values; /* [frames x width] */
    int64_t frames, capacity;
    int width;
};
void spectrogram_rows_free(struct spectrogram_rows *rows);

/* A front end: the plan, the filters and the samples that are not used up. For one thread and one signal at a time. */
struct spectrogram;
enum status spectrogram_create(const struct spectrogram_settings *settings, struct spectrogram **spectrogram,
                               struct error *error);
void spectrogram_destroy(struct spectrogram *spectrogram);
/* Computes rows[frames x width] of linear values, before the logarithm; frame i begins at samples[i * hop]. */
typedef enum status spectrogram_make(void *context, const float *samples, int64_t frames, float *rows,
                                     struct error *error);
/* From now on this function makes the rows; NULL: the fast transform. spectrogram_add and spectrogram_end return its
 * errors. */
void spectrogram_use(struct spectrogram *spectrogram, spectrogram_make *make, void *context);
/* Starts a signal. */
void spectrogram_begin(struct spectrogram *spectrogram);
/* The next samples, any number. Appends the rows that they complete; the caller may take rows away. */
enum status spectrogram_add(struct spectrogram *spectrogram, const float *samples, size_t count,
                            struct spectrogram_rows *rows, struct error *error);
/* The rows at the end of the signal. A signal without samples has none. */
enum status spectrogram_end(struct spectrogram *spectrogram, struct spectrogram_rows *rows, struct error *error);

/* Applies top_db to the `frames` rows of one patch: raises what is further below their maximum. Nothing without
 * top_db. */
void spectrogram_limit(const struct spectrogram_settings *settings, float *values, int64_t frames);

/* Gets the next rows, [frames x width], which are valid until it returns. */
typedef enum status spectrogram_take(void *context, const float *values, int64_t frames, struct error *error);

/* The spectrogram of an open music file, in pieces: of settings->patch rows (the last one may be shorter), each limited
 * by top_db, or of any number of rows, not limited, without patches. `start`: seconds to leave out; the file's first
 * settings->duration seconds behind it are used. `info` may be NULL. Errors are those of audio_next. */
enum status spectrogram_stream(struct spectrogram *spectrogram, int descriptor, const char *name, double start,
                               spectrogram_take *take, void *context, struct audio_info *info, struct error *error);

/* The same, whole, of a file by its path: limited by top_db patch by patch, or over all. Memory: 4 bytes a value, 22 MB
 * for 4 minutes of "thesis". */
enum status spectrogram_of_file(const char *path, const struct spectrogram_settings *settings, double start,
                                struct spectrogram_rows *rows, struct audio_info *info, struct error *error);

#endif
