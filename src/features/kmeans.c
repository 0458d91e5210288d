#include "features/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "features/kmeans_device.h"

enum { BATCH = 1024, ASSIGN = 4096 /* rows assigned at a time */ };

static const uint64_t sample_stream = 0x736d706c, start_stream = 0x73747274, batch_stream = 0x62746368;

struct kmeans {
    const struct kmeans_rows *rows;
    struct kmeans_settings settings;
    struct kmeans_device device;
    float *x; /* rows of a batch or of the sample */
    int64_t *drawn;
    int32_t *ids;
    double *sums; /* [k x d] */
    int64_t *members;
    float *centres;
    int64_t *counts;
};

static enum status read_rows(const struct kmeans *kmeans, int64_t count, struct error *error)
{
    const struct kmeans_rows *rows = kmeans->rows;
    if (!rows->x)
        return rows->read(rows->context, count, kmeans->drawn, kmeans->x, error);
    for (int64_t i = 0; i < count; i++)
        memcpy(kmeans->x + i * rows->d, rows->x + kmeans->drawn[i] * rows->d, (size_t)rows->d * sizeof *rows->x);
    return STATUS_OK;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Different rows, in order (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2 S). */
static void draw_sample(struct kmeans *kmeans, int64_t count)
{
    struct random random;
    int64_t n = kmeans->rows->n, kept = 0;
    random_seed(&random, random_mix(kmeans->settings.seed) ^ sample_stream);
    for (int64_t row = 0; row < n && kept < count; row++)
        if (random_uniform(&random) * (double)(n - row) < (double)(count - kept))
            kmeans->drawn[kept++] = row;
}

static void draw_batch(struct kmeans *kmeans, int64_t number)
{
    struct random random;
    random_seed(&random, random_mix(random_mix(kmeans->settings.seed) ^ batch_stream) + (uint64_t)number);
    for (int64_t i = 0; i < kmeans->settings.batch; i++)
        kmeans->drawn[i] = (int64_t)random_below(&random, (uint64_t)kmeans->rows->n);
    qsort(kmeans->drawn, (size_t)kmeans->settings.batch, sizeof *kmeans->drawn, by_number);
}

/* Moves the centres to the means of all rows that were ever assigned to them; returns the mean distance of the moves.
 */
static double move_centres(struct kmeans *kmeans)
{
    int64_t d = kmeans->rows->d, k = kmeans->settings.k;
    memset(kmeans->members, 0, (size_t)k * sizeof *kmeans->members);
    for (int64_t i = 0; i < kmeans->settings.batch; i++) {
        int32_t id = kmeans->ids[i];
        const float *x = kmeans->x + i * d;
        double *sums = kmeans->sums + id * d;
        for (int64_t j = 0; j < d; j++)
            sums[j] = kmeans->members[id] ? sums[j] + (double)x[j] : (double)x[j];
        kmeans->members[id]++;
    }
    double moved = 0;
    for (int64_t c = 0; c < k; c++) {
        if (!kmeans->members[c])
            continue;
        double before = (double)kmeans->counts[c], after = before + (double)kmeans->members[c], squares = 0;
        float *centre = kmeans->centres + c * d;
        for (int64_t j = 0; j < d; j++) {
            float mean = (float)((before * (double)centre[j] + kmeans->sums[c * d + j]) / after);
            squares += ((double)mean - (double)centre[j]) * ((double)mean - (double)centre[j]);
            centre[j] = mean;
        }
        moved += sqrt(squares);
        kmeans->counts[c] += kmeans->members[c];
    }
    return moved / (double)k;
}

static enum status run_batches(struct kmeans *kmeans, struct progress *progress, struct kmeans_result *result,
                               struct error *error)
{
    const struct kmeans_settings *settings = &kmeans->settings;
    int64_t calm = 0;
    progress_stage(progress, "clustering", "batches", (double)settings->batches);
    while (result->batches < settings->batches && !result->settled) {
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "clustering was stopped");
        draw_batch(kmeans, result->batches);
        enum status status = read_rows(kmeans, settings->batch, error);
        if (status == STATUS_OK)
            status = kmeans_device_centres(&kmeans->device, kmeans->centres, error);
        if (status == STATUS_OK)
            status = kmeans_device_assign(&kmeans->device, settings->batch, kmeans->x, kmeans->ids, NULL, error);
        if (status != STATUS_OK)
            return status;
        calm = move_centres(kmeans) < settings->tolerance ? calm + 1 : 0;
        result->batches++;
        result->settled = settings->patience > 0 && calm >= settings->patience;
        progress_step(progress, (double)result->batches);
    }
    progress_end(progress);
    return STATUS_OK;
}

static enum status start(struct kmeans *kmeans, struct error *error)
{
    const struct kmeans_settings *settings = &kmeans->settings;
    draw_sample(kmeans, settings->sample);
    enum status status = read_rows(kmeans, settings->sample, error);
    if (status == STATUS_OK)
        status =
            kmeans_plus_plus(kmeans->device.compute->pool, settings->sample, kmeans->rows->d, kmeans->x, settings->k,
                             settings->candidates, random_mix(settings->seed) ^ start_stream, kmeans->centres, error);
    return status;
}

static struct kmeans_settings with_defaults(const struct kmeans_settings *given, int64_t n)
{
    struct kmeans_settings settings = *given;
    if (settings.batch == 0)
        settings.batch = BATCH;
    if (settings.sample == 0)
        settings.sample = 3 * (settings.batch > settings.k ? settings.batch : settings.k);
    settings.sample = settings.sample < settings.k ? settings.k : settings.sample;
    settings.sample = settings.sample < n ? settings.sample : n;
    if (settings.candidates == 0)
        settings.candidates = 2 + (int64_t)log((double)settings.k);
    return settings;
}

enum status kmeans_fit(struct compute *compute, const struct kmeans_rows *rows, const struct kmeans_settings *settings,
                       float *centres, int64_t *counts, struct progress *progress, struct kmeans_result *result,
                       struct error *error)
{
    *result = (struct kmeans_result){0};
    if (settings->k < 1 || rows->n < settings->k)
        return error_set(error, STATUS_FAILED, "%lld rows cannot make %lld clusters; use fewer", (long long)rows->n,
                         (long long)settings->k);
    struct kmeans kmeans = {
        .rows = rows, .settings = with_defaults(settings, rows->n), .centres = centres, .counts = counts};
    int64_t k = settings->k, d = rows->d;
    int64_t most = kmeans.settings.sample > kmeans.settings.batch ? kmeans.settings.sample : kmeans.settings.batch;
    memset(counts, 0, (size_t)k * sizeof *counts);
    kmeans.x = malloc((size_t)(most * d) * sizeof *kmeans.x);
    kmeans.drawn = malloc((size_t)most * sizeof *kmeans.drawn);
    kmeans.ids = malloc((size_t)most * sizeof *kmeans.ids);
    kmeans.sums = malloc((size_t)(k * d) * sizeof *kmeans.sums);
    kmeans.members = malloc((size_t)k * sizeof *kmeans.members);
    enum status status = STATUS_OK;
    if (!kmeans.x || !kmeans.drawn || !kmeans.ids || !kmeans.sums || !kmeans.members)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = kmeans_device_open(&kmeans.device, compute, k, d, most, error);
    if (status == STATUS_OK)
        status = start(&kmeans, error);
    if (status == STATUS_OK)
        status = run_batches(&kmeans, progress, result, error);
    kmeans_device_close(&kmeans.device);
    free(kmeans.x), free(kmeans.drawn), free(kmeans.ids), free(kmeans.sums), free(kmeans.members);
    return status;
}

enum status kmeans_assign(struct compute *compute, int64_t n, int64_t d, const float *x, int64_t k,
                          const float *centres, int32_t *ids, double *inertia, struct error *error)
{
    struct kmeans_device device = {0};
    enum status status = kmeans_device_open(&device, compute, k, d, n < ASSIGN ? n : ASSIGN, error);
    if (status == STATUS_OK)
        status = kmeans_device_centres(&device, centres, error);
    if (inertia)
        *inertia = 0;
    for (int64_t first = 0; first < n && status == STATUS_OK; first += ASSIGN)
        status = kmeans_device_assign(&device, n - first < ASSIGN ? n - first : ASSIGN, x + first * d, ids + first,
                                      inertia, error);
    kmeans_device_close(&device);
    return status;
}
