#include "content/sound_inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/audio/mfcc.h"

enum { SKIPPED = 5 /* inputs of six seconds at both ends */ };

bool sound_song_is_usable(const struct spectrogram_cache *cache, const struct sound_spec *spec, int32_t song)
{
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(cache, (int64_t)song + 1);
    return entry && entry->frames >= (spec->kind == SOUND_BAG ? MFCC_DELTA_WIDTH : 1);
}

/* ---- windows ---- */

/* Where windows are in a song, in patches. */
struct places {
    int64_t first, count;
};

static struct places places_of(const struct sound_windows *windows, const struct spectrogram_cache_entry *entry)
{
    const int64_t length = windows->shape.patches, six = sound_patches_of(windows->shape.spec, 6);
    const int64_t n = (entry->frames + windows->shape.frames - 1) / windows->shape.frames, more = (n - length) / 2;
    const int64_t skipped = length == six || more < 0 ? 0 : more < SKIPPED * six ? more : SKIPPED * six;
    const int64_t count = (n - 2 * skipped) / length;
    return (struct places){skipped, count > 0 ? count : 1};
}

static int64_t count_windows(const void *context, int32_t song)
{
    const struct sound_windows *windows = context;
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(windows->cache, (int64_t)song + 1);
    if (!entry || entry->frames == 0)
        return 0;
    const int64_t count = places_of(windows, entry).count;
    return windows->most > 0 && windows->most < count ? windows->most : count;
}

/* Fills one patch from frame `from` on. */
static void read_patch(const struct sound_windows *windows, const struct spectrogram_cache_entry *entry, int64_t from,
                       float *x)
{
    const int64_t frames = windows->shape.frames, bands = windows->shape.bands;
    const int64_t left = entry->frames - from, n = left < 0 ? 0 : left < frames ? left : frames;
    float loudest = 0;
    if (n > 0)
        spectrogram_cache_read(windows->cache, entry, from, from + n, x);
    for (int64_t i = 0; i < n * bands; i++)
        loudest = i == 0 || x[i] > loudest ? x[i] : loudest;
    for (int64_t i = n * bands; i < frames * bands; i++)
        x[i] = windows->settings->values == SPECTROGRAM_DB ? loudest - (float)windows->settings->top_db : 0;
}

static void standardise(const struct sound_windows *windows, int64_t frames, float *x)
{
    const int64_t bands = windows->shape.bands;
    for (int64_t b = 0; b < bands; b++) {
        const struct column_statistics *column = &windows->columns[b];
        const float mean = (float)column->mean, scale = column->deviation > 0 ? (float)(1 / column->deviation) : 0;
        for (int64_t t = 0; t < frames; t++)
            x[t * bands + b] = (x[t * bands + b] - mean) * scale;
    }
}

static enum status transpose(int64_t rows, int64_t columns, float *x, struct error *error)
{
    float *copy = malloc((size_t)(rows * columns) * sizeof *copy);
    if (!copy)
        return error_no_memory(error);
    memcpy(copy, x, (size_t)(rows * columns) * sizeof *copy);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            x[j * rows + i] = copy[i * columns + j];
    free(copy);
    return STATUS_OK;
}

static enum status read_window(const void *context, int32_t song, int64_t which, float *x, struct error *error)
{
    const struct sound_windows *windows = context;
    const struct sound_shape *shape = &windows->shape;
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(windows->cache, (int64_t)song + 1);
    const struct places places = places_of(windows, entry);
    const int64_t count = count_windows(windows, song), place = count > 0 ? which * places.count / count : 0;
    for (int64_t p = 0; p < shape->patches; p++)
        read_patch(windows, entry, (places.first + place * shape->patches + p) * shape->frames,
                   x + p * shape->frames * shape->bands);
    if (!shape->spec->raw)
        standardise(windows, shape->patches * shape->frames, x);
    return shape->spec->axes == SOUND_FREQUENCY ? transpose(shape->patches * shape->frames, shape->bands, x, error)
                                                : STATUS_OK;
}

enum status sound_windows_check(const struct sound_windows *windows, struct error *error)
{
    if (windows->cache->width == windows->shape.bands && windows->settings->patch == windows->shape.frames)
        return STATUS_OK;
    return error_set(
        error, STATUS_BAD_DATA,
        "the spectrograms \"%s\" have %d bands and %d frames to a patch; the network %s needs %lld and %lld",
        windows->settings->name, windows->cache->width, windows->settings->patch, windows->shape.spec->name,
        (long long)windows->shape.bands, (long long)windows->shape.frames);
}

struct sound_inputs sound_windows_inputs(const struct sound_windows *windows)
{
    return (struct sound_inputs){count_windows, read_window, windows};
}

/* ---- vectors ---- */

static int64_t count_vectors(const void *context, int32_t song)
{
    const struct sound_vectors *vectors = context;
    return vectors->present[song];
}

static enum status read_vector(const void *context, int32_t song, int64_t which, float *x, struct error *error)
{
    const struct sound_vectors *vectors = context;
    (void)which;
    (void)error;
    memcpy(x, vectors->values + song * vectors->width, (size_t)vectors->width * sizeof *x);
    return STATUS_OK;
}

struct sound_inputs sound_vectors_inputs(const struct sound_vectors *vectors)
{
    return (struct sound_inputs){count_vectors, read_vector, vectors};
}

/* ---- statistics ---- */

enum status sound_bands_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                             float *values, struct error *error)
{
    (void)error;
    spectrogram_cache_read(cache, entry, 0, entry->frames, values);
    return STATUS_OK;
}

/* Sums of one column; the first value is taken off, so that squares stay exact. */
struct sums {
    double origin, sum, squares;
};

static void add_frames(const float *values, int64_t frames, int64_t width, bool first, struct sums *sums,
                       struct column_statistics *columns)
{
    for (int64_t j = 0; j < width; j++) {
        struct column_statistics *column = &columns[j];
        if (first) {
            sums[j] = (struct sums){.origin = (double)values[j]};
            *column = (struct column_statistics){.low = values[j], .high = values[j]};
        }
        for (int64_t i = 0; i < frames; i++) {
            const float value = values[i * width + j];
            const double difference = (double)value - sums[j].origin;
            sums[j].sum += difference;
            sums[j].squares += difference * difference;
            column->low = value < column->low ? value : column->low;
            column->high = value > column->high ? value : column->high;
        }
        column->n_finite += frames;
    }
}

static enum status add_song(const struct sound_frames *frames, int32_t song, bool first, struct sums *sums,
                            struct column_statistics *columns, struct error *error)
{
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(frames->cache, song + 1);
    float *values = malloc((size_t)(entry->frames * frames->width) * sizeof *values);
    enum status status = values ? frames->read(frames->cache, entry, values, error) : error_no_memory(error);
    if (status == STATUS_OK)
        add_frames(values, entry->frames, frames->width, first, sums, columns);
    free(values);
    return status;
}

enum status sound_statistics(const struct sound_frames *frames, const int32_t *songs, int64_t n_songs,
                             struct column_statistics *columns, struct error *error)
{
    struct sums *sums = calloc((size_t)frames->width, sizeof *sums);
    const int64_t used = n_songs < SOUND_STATISTICS_SONGS ? n_songs : SOUND_STATISTICS_SONGS;
    enum status status = sums ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; i < used && status == STATUS_OK; i++)
        status = add_song(frames, songs[i * n_songs / used], i == 0, sums, columns, error);
    for (int64_t j = 0; j < frames->width && status == STATUS_OK; j++) {
        const double n = (double)columns[j].n_finite, mean = sums[j].sum / n;
        columns[j].mean = sums[j].origin + mean;
        columns[j].deviation = sqrt(fmax(sums[j].squares / n - mean * mean, 0));
    }
    free(sums);
    return status;
}
