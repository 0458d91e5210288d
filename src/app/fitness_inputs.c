#include "app/fitness_inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/track_rows.h"
#include "core/random.h"
#include "db/summary.h"

enum fitness_input_kind fitness_input_kind_of(const char *text)
{
    return strcmp(text, "spectrogram") == 0 ? FITNESS_SPECTROGRAM
           : strcmp(text, "bands") == 0     ? FITNESS_BANDS
                                            : FITNESS_SETS;
}

int64_t fitness_frames(const struct spectrogram_settings *settings, double seconds)
{
    return spectrogram_frames(settings, (int64_t)llround(seconds * settings->rate));
}

static float log_of(float x)
{
    return log10f(1 + 10000 * (x > 0 ? x : 0));
}

void fitness_bands(const float *values, int64_t n, int64_t width, bool log, float *row)
{
    for (int64_t j = 0; j < width; j++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) {
            const double x = (double)(log ? log_of(values[i * width + j]) : values[i * width + j]);
            sum += x;
            squares += x * x;
        }
        const double mean = sum / (double)n;
        row[j] = (float)mean;
        row[width + j] = (float)sqrt(fmax(squares / (double)n - mean * mean, 0));
    }
}

void fitness_pad(const float *values, int64_t n, int64_t frames, int64_t bands, bool log, float *x)
{
    const int64_t used = n < frames ? n : frames;
    for (int64_t i = 0; i < used * bands; i++)
        x[i] = log ? log_of(values[i]) : values[i];
    memset(x + used * bands, 0, (size_t)((frames - used) * bands) * sizeof *x);
}

/* ------------------------------------------------------------------ feature sets */

static enum status open_sets(struct catalogue *catalogue, const char *text, struct fitness_songs_inputs *inputs,
                             struct error *error)
{
    struct track_rows rows;
    enum status status = track_rows_open(catalogue, text, &rows, error);
    inputs->width = rows.width;
    if (status == STATUS_OK) {
        inputs->values = calloc((size_t)(inputs->n_tracks * rows.width) + 1, sizeof *inputs->values);
        status = inputs->values ? STATUS_OK : error_no_memory(error);
    }
    for (int64_t t = 0; status == STATUS_OK && t < inputs->n_tracks; t++)
        inputs->present[t] = track_rows_read(&rows, t + 1, inputs->values + t * rows.width);
    track_rows_close(&rows);
    return status;
}

/* ------------------------------------------------------------------ spectrograms */

static enum status open_cache(struct catalogue *catalogue, const char *preset, double seconds,
                              struct fitness_songs_inputs *inputs, struct error *error)
{
    inputs->spectrogram = spectrogram_preset(preset);
    enum status status = spectrogram_cache_open(catalogue, inputs->spectrogram, &inputs->cache, error);
    if (status != STATUS_OK)
        return status;
    inputs->bands = inputs->cache.width;
    inputs->frames =
        fitness_frames(inputs->spectrogram, seconds > 0 ? seconds : fmax(inputs->spectrogram->duration, 1));
    for (size_t i = 0; i < inputs->cache.n_entries; i++) {
        const struct spectrogram_cache_entry *entry = &inputs->cache.entries[i];
        if (entry->frames > 0 && entry->track >= 1 && entry->track <= inputs->n_tracks)
            inputs->present[entry->track - 1] = true;
    }
    return STATUS_OK;
}

/* Means and deviations over all frames of an entry. */
static enum status bands_of(const struct fitness_songs_inputs *inputs, int64_t track, bool log, float *row,
                            struct error *error)
{
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(&inputs->cache, track + 1);
    float *values = malloc((size_t)(entry->frames * inputs->bands) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    spectrogram_cache_read(&inputs->cache, entry, 0, entry->frames, values);
    fitness_bands(values, entry->frames, inputs->bands, log, row);
    free(values);
    return STATUS_OK;
}

static enum status rows_of_bands(const struct fitness_songs_inputs *inputs, bool log, float **rows, struct error *error)
{
    enum status status = STATUS_OK;
    *rows = calloc((size_t)(inputs->n_tracks * 2 * inputs->bands) + 1, sizeof **rows);
    if (!*rows)
        return error_no_memory(error);
    for (int64_t t = 0; status == STATUS_OK && t < inputs->n_tracks; t++)
        if (inputs->present[t])
            status = bands_of(inputs, t, log, *rows + t * 2 * inputs->bands, error);
    return status;
}

enum status fitness_inputs_bands(const struct fitness_songs_inputs *inputs, float **rows, struct error *error)
{
    return rows_of_bands(inputs, true, rows, error);
}

static enum status open_bands(struct catalogue *catalogue, struct fitness_songs_inputs *inputs, struct error *error)
{
    enum status status = open_cache(catalogue, "musicnn", 0, inputs, error);
    if (status != STATUS_OK)
        return status;
    inputs->width = 2 * inputs->bands;
    return rows_of_bands(inputs, false, &inputs->values, error);
}

/* ------------------------------------------------------------------ opening */

enum status fitness_inputs_open(struct catalogue *catalogue, const char *text, double seconds,
                                struct fitness_songs_inputs *inputs, struct error *error)
{
    struct catalogue_counts counts;
    *inputs = (struct fitness_songs_inputs){.kind = fitness_input_kind_of(text)};
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    inputs->n_tracks = counts.tracks;
    inputs->present = calloc((size_t)counts.tracks + 1, sizeof *inputs->present);
    if (!inputs->present)
        return error_no_memory(error);
    status = inputs->kind == FITNESS_SETS    ? open_sets(catalogue, text, inputs, error)
             : inputs->kind == FITNESS_BANDS ? open_bands(catalogue, inputs, error)
                                             : open_cache(catalogue, "fitness", seconds, inputs, error);
    for (int64_t t = 0; status == STATUS_OK && t < inputs->n_tracks; t++)
        inputs->n_present += inputs->present[t];
    return status;
}

void fitness_inputs_free(struct fitness_songs_inputs *inputs)
{
    free(inputs->present);
    free(inputs->values);
    spectrogram_cache_close(&inputs->cache);
    *inputs = (struct fitness_songs_inputs){0};
}

/* ------------------------------------------------------------------ reading a song */

/* Zeros in some spans of frames and of bands. */
static void mask(const struct fitness_songs_inputs *inputs, struct random *random, float *x)
{
    const struct fitness_augment *augment = &inputs->augment;
    for (int64_t m = 0; m < augment->time_masks; m++) {
        const int64_t most = augment->time_mask < inputs->frames ? augment->time_mask : inputs->frames;
        const int64_t width = (int64_t)random_below(random, (uint64_t)most + 1);
        const int64_t first = (int64_t)random_below(random, (uint64_t)(inputs->frames - width) + 1);
        memset(x + first * inputs->bands, 0, (size_t)(width * inputs->bands) * sizeof *x);
    }
    for (int64_t m = 0; m < augment->frequency_masks; m++) {
        const int64_t most = augment->frequency_mask < inputs->bands ? augment->frequency_mask : inputs->bands;
        const int64_t width = (int64_t)random_below(random, (uint64_t)most + 1);
        const int64_t first = (int64_t)random_below(random, (uint64_t)(inputs->bands - width) + 1);
        for (int64_t t = 0; t < inputs->frames; t++)
            memset(x + t * inputs->bands + first, 0, (size_t)width * sizeof *x);
    }
}

static void read_vector(const struct fitness_songs_inputs *inputs, int64_t song, struct random *random, float *x)
{
    const struct fitness_augment *augment = &inputs->augment;
    memcpy(x, inputs->values + song * inputs->width, (size_t)inputs->width * sizeof *x);
    for (int64_t j = 0; random && j < inputs->width && (augment->noise > 0 || augment->dropout > 0); j++) {
        x[j] += (float)(augment->noise * random_normal(random));
        const bool zero = random_uniform(random) < augment->dropout;
        x[j] = zero ? 0 : x[j] / (float)(1 - augment->dropout);
    }
}

static void read_spectrogram(const struct fitness_songs_inputs *inputs, int64_t song, struct random *random, float *x)
{
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(&inputs->cache, song + 1);
    const int64_t more = entry->frames - inputs->frames;
    const int64_t first =
        random && inputs->augment.crop && more > 0 ? (int64_t)random_below(random, (uint64_t)more + 1) : 0;
    const int64_t n = more > 0 ? inputs->frames : entry->frames;
    spectrogram_cache_read(&inputs->cache, entry, first, first + n, x);
    fitness_pad(x, n, inputs->frames, inputs->bands, inputs->log, x);
    if (random)
        mask(inputs, random, x);
}

enum status fitness_inputs_read(void *context, int64_t song, uint64_t draw, float *x, struct error *error)
{
    const struct fitness_songs_inputs *inputs = context;
    struct random random;
    (void)error;
    random_seed(&random, draw);
    if (inputs->kind == FITNESS_SPECTROGRAM)
        read_spectrogram(inputs, song, draw == 0 ? NULL : &random, x);
    else
        read_vector(inputs, song, draw == 0 ? NULL : &random, x);
    return STATUS_OK;
}
