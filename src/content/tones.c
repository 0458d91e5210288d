#include "content/tones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/kmeans.h"

enum { FRAMES_PER_TONE = 10, PATIENCE = 10, FRAMES_AT_ONCE = 512 };

/* ---- frames ---- */

enum status tones_frames_read(const struct spectrogram_cache *cache, const struct spectrogram_cache_entry *entry,
                              float *values, struct error *error)
{
    struct spectrogram_rows rows = {.frames = entry->frames, .capacity = entry->frames, .width = cache->width};
    rows.values = malloc((size_t)(rows.frames * rows.width) * sizeof *rows.values);
    if (!rows.values)
        return error_no_memory(error);
    spectrogram_cache_read(cache, entry, 0, rows.frames, rows.values);
    enum status status = mfcc_vectors(&rows, values, error);
    spectrogram_rows_free(&rows);
    return status;
}

static void scale_frames(const struct column_statistics *columns, int64_t n, float *values)
{
    for (int64_t j = 0; j < MFCC_WIDTH; j++) {
        const float mean = (float)columns[j].mean;
        const float scale = columns[j].deviation > 0 ? (float)(1 / columns[j].deviation) : 0;
        for (int64_t i = 0; i < n; i++)
            values[i * MFCC_WIDTH + j] = (values[i * MFCC_WIDTH + j] - mean) * scale;
    }
}

/* ---- k-means ---- */

/* The frames of songs as rows of one matrix. */
struct all_frames {
    const struct spectrogram_cache *cache;
    const struct column_statistics *columns;
    const int32_t *songs;
    int64_t n_songs;
    int64_t *starts;             /* [n_songs + 1] */
    float *bands, *coefficients; /* [FRAMES_AT_ONCE x MFCC_DELTA_WIDTH x bands], [... x MFCC_COUNT] */
};

static int64_t count_frames(const struct spectrogram_cache *cache, int32_t song)
{
    return spectrogram_cache_find(cache, song + 1)->frames;
}

int64_t tones_possible(const struct spectrogram_cache *cache, const int32_t *songs, int64_t n_songs, int64_t tones)
{
    int64_t frames = 0;
    for (int64_t i = 0; i < n_songs; i++)
        frames += count_frames(cache, songs[i]);
    const int64_t most = frames / FRAMES_PER_TONE;
    return most < tones ? most : tones;
}

/* The nine frames that a frame's deltas depend on: those around it, at the ends the first or last nine. Returns which
 * of them it is. */
static int64_t read_nine(const struct all_frames *all, int64_t row, float *bands)
{
    int64_t low = 0, high = all->n_songs;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (all->starts[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(all->cache, (int64_t)all->songs[low] + 1);
    const int64_t frame = row - all->starts[low], last = entry->frames - MFCC_DELTA_WIDTH;
    int64_t first = frame - MFCC_DELTA_WIDTH / 2;
    first = first < 0 ? 0 : first > last ? last : first;
    spectrogram_cache_read(all->cache, entry, first, first + MFCC_DELTA_WIDTH, bands);
    return frame - first;
}

/* x[n x MFCC_WIDTH] of at most FRAMES_AT_ONCE rows. */
static bool read_some(const struct all_frames *all, int64_t n, const int64_t *rows, float *x)
{
    int64_t which[FRAMES_AT_ONCE];
    for (int64_t i = 0; i < n; i++)
        which[i] = read_nine(all, rows[i], all->bands + i * MFCC_DELTA_WIDTH * all->cache->width);
    if (!mfcc_transform(all->bands, n * MFCC_DELTA_WIDTH, all->cache->width, MFCC_COUNT, all->coefficients))
        return false;
    for (int64_t i = 0; i < n; i++) {
        const float *nine = all->coefficients + i * MFCC_DELTA_WIDTH * MFCC_COUNT;
        float deltas[MFCC_DELTA_WIDTH * MFCC_COUNT];
        memcpy(x + i * MFCC_WIDTH, nine + which[i] * MFCC_COUNT, MFCC_COUNT * sizeof *x);
        for (int order = 1; order <= 2; order++) {
            mfcc_delta(nine, MFCC_DELTA_WIDTH, MFCC_COUNT, MFCC_COUNT, order, deltas);
            memcpy(x + i * MFCC_WIDTH + order * MFCC_COUNT, deltas + which[i] * MFCC_COUNT, MFCC_COUNT * sizeof *x);
        }
    }
    return true;
}

static enum status read_frames(void *context, int64_t count, const int64_t *rows, float *x, struct error *error)
{
    const struct all_frames *all = context;
    for (int64_t at = 0, n; at < count; at += n) {
        n = count - at < FRAMES_AT_ONCE ? count - at : FRAMES_AT_ONCE;
        if (!read_some(all, n, rows + at, x + at * MFCC_WIDTH))
            return error_no_memory(error);
    }
    scale_frames(all->columns, count, x);
    return STATUS_OK;
}

enum status tones_learn(struct compute *compute, const struct spectrogram_cache *cache, const int32_t *songs,
                        int64_t n_songs, const struct column_statistics *columns, const struct tones_settings *settings,
                        float *centres, struct progress *progress, struct error *error)
{
    struct all_frames all = {
        .cache = cache,
        .columns = columns,
        .songs = songs,
        .n_songs = n_songs,
        .starts = malloc((size_t)(n_songs + 1) * sizeof *all.starts),
        .bands = malloc((size_t)(FRAMES_AT_ONCE * MFCC_DELTA_WIDTH * cache->width) * sizeof *all.bands),
        .coefficients = malloc((size_t)(FRAMES_AT_ONCE * MFCC_DELTA_WIDTH * MFCC_COUNT) * sizeof *all.coefficients),
    };
    int64_t *counts = malloc((size_t)settings->tones * sizeof *counts);
    enum status status = all.starts && all.bands && all.coefficients && counts ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        all.starts[0] = 0;
        for (int64_t i = 0; i < n_songs; i++)
            all.starts[i + 1] = all.starts[i] + count_frames(cache, songs[i]);
        const struct kmeans_rows rows = {
            .n = all.starts[n_songs], .d = MFCC_WIDTH, .read = read_frames, .context = &all};
        const struct kmeans_settings kmeans = {.k = settings->tones,
                                               .batches = settings->batches,
                                               .tolerance = 1e-6,
                                               .patience = PATIENCE,
                                               .seed = settings->seed};
        struct kmeans_result result;
        status = kmeans_fit(compute, &rows, &kmeans, centres, counts, progress, &result, error);
    }
    free(all.starts);
    free(all.bands);
    free(all.coefficients);
    free(counts);
    return status;
}

/* ---- histograms ---- */

static bool reserve(struct tones *tones, size_t more)
{
    const size_t wanted = (size_t)tones->starts[tones->n_songs] + more;
    if (wanted <= tones->capacity)
        return true;
    const size_t capacity = wanted > 2 * tones->capacity ? wanted : 2 * tones->capacity;
    int32_t *ids = realloc(tones->ids, capacity * sizeof *ids);
    if (ids)
        tones->ids = ids;
    float *values = realloc(tones->values, capacity * sizeof *values);
    if (values)
        tones->values = values;
    tones->capacity = ids && values ? capacity : tones->capacity;
    return ids && values;
}

/* Appends the histogram of a song to the entries, whose number is in starts[n_songs] until all are there. */
static bool add_histogram(struct tones *tones, const int32_t *frames, int64_t n_frames, int64_t *counts)
{
    size_t occurring = 0;
    memset(counts, 0, (size_t)tones->n * sizeof *counts);
    for (int64_t i = 0; i < n_frames; i++)
        occurring += counts[frames[i]]++ == 0;
    if (!reserve(tones, occurring))
        return false;
    for (int64_t tone = 0; tone < tones->n; tone++) {
        if (counts[tone] == 0)
            continue;
        const int64_t at = tones->starts[tones->n_songs]++;
        tones->ids[at] = (int32_t)tone;
        tones->values[at] = (float)sqrt((double)tones->n * (double)counts[tone] / (double)n_frames);
    }
    return true;
}

static enum status add_song(struct compute *compute, const struct spectrogram_cache *cache, int32_t song,
                            struct tones *tones, int64_t *counts, struct error *error)
{
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(cache, song + 1);
    float *values = malloc((size_t)(entry->frames * MFCC_WIDTH) * sizeof *values);
    int32_t *ids = malloc((size_t)entry->frames * sizeof *ids);
    enum status status = values && ids ? tones_frames_read(cache, entry, values, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        scale_frames(tones->columns, entry->frames, values);
        status = kmeans_assign(compute, entry->frames, MFCC_WIDTH, values, tones->n, tones->centres, ids, NULL, error);
    }
    if (status == STATUS_OK && !add_histogram(tones, ids, entry->frames, counts))
        status = error_no_memory(error);
    free(values);
    free(ids);
    return status;
}

enum status tones_histograms(struct compute *compute, const struct spectrogram_cache *cache, const bool *wanted,
                             struct tones *tones, struct progress *progress, struct error *error)
{
    int64_t *counts = malloc((size_t)tones->n * sizeof *counts), n_wanted = 0, done = 0;
    tones->starts = calloc((size_t)tones->n_songs + 1, sizeof *tones->starts);
    enum status status = counts && tones->starts ? STATUS_OK : error_no_memory(error);
    for (int64_t song = 0; song < tones->n_songs; song++)
        n_wanted += wanted[song];
    progress_stage(progress, "counting tones", "songs", (double)n_wanted);
    for (int64_t song = 0; song < tones->n_songs && status == STATUS_OK; song++) {
        const int64_t end = tones->starts[tones->n_songs];
        tones->starts[song] = end;
        if (!wanted[song])
            continue;
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "the counting of tones was stopped");
        else
            status = add_song(compute, cache, (int32_t)song, tones, counts, error);
        progress_step(progress, (double)++done);
    }
    progress_end(progress);
    free(counts);
    if (status != STATUS_OK)
        tones_free(tones);
    return status;
}

void tones_free(struct tones *tones)
{
    free(tones->starts);
    free(tones->ids);
    free(tones->values);
    tones->starts = NULL;
    tones->ids = NULL;
    tones->values = NULL;
    tones->capacity = 0;
}

static int64_t count_one(const void *context, int32_t song)
{
    const struct tones *tones = context;
    return song < tones->n_songs && tones->starts[song + 1] > tones->starts[song];
}

static enum status read_histogram(const void *context, int32_t song, int64_t which, float *x, struct error *error)
{
    const struct tones *tones = context;
    (void)which;
    (void)error;
    memset(x, 0, (size_t)tones->n * sizeof *x);
    for (int64_t i = tones->starts[song]; i < tones->starts[song + 1]; i++)
        x[tones->ids[i]] = tones->values[i];
    return STATUS_OK;
}

struct sound_inputs tones_inputs(const struct tones *tones)
{
    return (struct sound_inputs){count_one, read_histogram, tones};
}
