#include "models/rta/batch.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"

void rta_seed(struct random *random, uint64_t seed, int64_t epoch, int64_t index)
{
    random_seed(random, random_mix(random_mix(seed + (uint64_t)epoch) + (uint64_t)index));
}

enum status rta_sampler_open(struct rta_sampler *sampler, const struct interactions *interactions, int64_t batch,
                             int64_t window, int64_t negatives, uint64_t seed, struct error *error)
{
    *sampler = (struct rta_sampler){.interactions = interactions,
                                    .batch = batch,
                                    .window = window,
                                    .negatives = negatives,
                                    .seed = seed,
                                    .epoch = -1};
    sampler->playlists = malloc(((size_t)interactions->n_playlists + 1) * sizeof *sampler->playlists);
    sampler->local = malloc(((size_t)interactions->n_tracks + 1) * sizeof *sampler->local);
    if (!sampler->playlists || !sampler->local)
        return error_no_memory(error);
    int64_t longest = 0;
    for (int64_t p = 0; p < interactions->n_playlists; p++) {
        int64_t size = interactions->starts[p + 1] - interactions->starts[p];
        longest = size > longest ? size : longest;
        if (size >= 2)
            sampler->count++;
    }
    for (int64_t t = 0; t < interactions->n_tracks; t++)
        sampler->local[t] = -1;
    if (sampler->count == 0)
        return error_set(error, STATUS_FAILED,
                         "there is nothing to train on: no playlist of the chosen sets has two tracks or more; "
                         "import longer ones, or train popularity or sknn, which take any");
    if (longest >= interactions->n_tracks)
        return error_set(
            error, STATUS_FAILED,
            "a playlist holds every track of the catalogue, so there are no negatives to draw for it; import more "
            "playlists, or train als or sknn, which need none");
    return STATUS_OK;
}

void rta_sampler_close(struct rta_sampler *sampler)
{
    free(sampler->playlists);
    free(sampler->local);
    *sampler = (struct rta_sampler){0};
}

int64_t rta_sampler_steps(const struct rta_sampler *sampler)
{
    return (sampler->count + sampler->batch - 1) / sampler->batch;
}

enum status rta_batch_create(const struct rta_sampler *sampler, struct rta_batch *batch, struct error *error)
{
    size_t b = (size_t)sampler->batch, w = (size_t)sampler->window, n = (size_t)sampler->negatives;
    size_t most = b * (w + n), tracks = (size_t)sampler->interactions->n_tracks;
    *batch = (struct rta_batch){.length = sampler->window - 1};
    batch->lengths = malloc(b * sizeof *batch->lengths);
    batch->inputs = malloc(b * w * sizeof *batch->inputs);
    batch->targets = malloc(b * w * sizeof *batch->targets);
    batch->positions = malloc(b * w * sizeof *batch->positions);
    batch->weights = malloc(b * w * sizeof *batch->weights);
    batch->windows = malloc(b * w * sizeof *batch->windows);
    batch->negatives = malloc((b * n + 1) * sizeof *batch->negatives);
    batch->tracks = malloc((most < tracks ? most : tracks) * sizeof *batch->tracks);
    if (batch->lengths && batch->inputs && batch->targets && batch->positions && batch->weights && batch->windows &&
        batch->negatives && batch->tracks)
        return STATUS_OK;
    rta_batch_free(batch);
    return error_no_memory(error);
}

void rta_batch_free(struct rta_batch *batch)
{
    free(batch->lengths);
    free(batch->inputs);
    free(batch->targets);
    free(batch->positions);
    free(batch->weights);
    free(batch->windows);
    free(batch->negatives);
    free(batch->tracks);
    *batch = (struct rta_batch){0};
}

void rta_order(const struct interactions *interactions, uint64_t seed, int64_t epoch, int32_t *playlists)
{
    int64_t count = 0;
    for (int64_t p = 0; p < interactions->n_playlists; p++)
        if (interactions->starts[p + 1] - interactions->starts[p] >= 2)
            playlists[count++] = (int32_t)p;
    struct random random;
    rta_seed(&random, seed, epoch, -1);
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)random_below(&random, (uint64_t)i + 1);
        int32_t kept = playlists[i];
        playlists[i] = playlists[j];
        playlists[j] = kept;
    }
}

struct draw {
    const struct rta_sampler *sampler;
    struct rta_batch *batch;
    int64_t first; /* index of the batch's first playlist in the epoch */
};

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* A uniform draw from the tracks outside `own` (sorted). The i'th of them is i plus the number of own tracks before it,
 * which bisection finds. Short lists are counted instead, because the processor cannot predict the branches of a
 * bisection. */
static int32_t outside(const int32_t *own, int64_t n_own, int32_t i)
{
    enum { FEW = 32 };
    int32_t low = 0, high = (int32_t)n_own; /* bounds of the number of own tracks before the result */
    for (int32_t j = 0; n_own <= FEW && j < n_own; j++)
        low += own[j] - j <= i;
    while (n_own > FEW && low < high) {
        int32_t middle = (low + high) / 2;
        if (own[middle] - middle <= i)
            low = middle + 1;
        else
            high = middle;
    }
    return i + low;
}

/* Tracks that were rated bad for the playlist come first, so that they are among those that always count. Returns how
 * many. */
static int64_t put_bad(const struct rta_sampler *sampler, int32_t playlist, int32_t *negatives)
{
    const struct interactions *interactions = sampler->interactions;
    int64_t count = 0;
    for (int64_t i = interactions->bad ? interactions->bad_starts[playlist] : 0;
         interactions->bad && i < interactions->bad_starts[playlist + 1] && count < sampler->negatives; i++)
        negatives[count++] = interactions->bad[i];
    return count;
}

static void draw_negatives(const struct draw *draw, const int32_t *tracks, int64_t size, int64_t first,
                           struct random *random, int32_t *negatives)
{
    enum { ON_STACK = 512 };
    int32_t few[ON_STACK], *own = size <= ON_STACK ? few : malloc((size_t)size * sizeof *own);
    int64_t n_tracks = draw->sampler->interactions->n_tracks;
    if (!own) { /* out of memory: compares with each */
        for (int64_t i = first; i < draw->sampler->negatives; i++) {
            bool inside = true;
            while (inside) {
                negatives[i] = (int32_t)random_below(random, (uint64_t)n_tracks);
                inside = false;
                for (int64_t j = 0; j < size && !inside; j++)
                    inside = tracks[j] == negatives[i];
            }
        }
        return;
    }
    for (int64_t i = 0; i < size; i++)
        own[i] = tracks[i];
    qsort(own, (size_t)size, sizeof *own, by_row);
    for (int64_t i = first; i < draw->sampler->negatives; i++)
        negatives[i] = outside(own, size, (int32_t)random_below(random, (uint64_t)(n_tracks - size)));
    if (own != few)
        free(own);
}

static void draw_playlist(void *context, size_t index, int worker)
{
    (void)worker;
    const struct draw *draw = context;
    const struct rta_sampler *sampler = draw->sampler;
    struct rta_batch *batch = draw->batch;
    int64_t b = (int64_t)index, window = sampler->window;
    int32_t playlist = sampler->playlists[draw->first + b];
    const int32_t *tracks = sampler->interactions->tracks + sampler->interactions->starts[playlist];
    int64_t size = sampler->interactions->starts[playlist + 1] - sampler->interactions->starts[playlist];
    struct random random;
    rta_seed(&random, sampler->seed, sampler->epoch, draw->first + b);
    int64_t taken = size < window ? size : window;
    int64_t start = (int64_t)random_below(&random, (uint64_t)(size - taken) + 1);
    for (int64_t i = 0; i < window; i++)
        batch->windows[b * window + i] = i < taken ? tracks[start + i] : -1;
    batch->lengths[b] = (int32_t)(taken - 1);
    int32_t *negatives = batch->negatives + b * sampler->negatives;
    draw_negatives(draw, tracks, size, put_bad(sampler, playlist, negatives), &random, negatives);
}

static int32_t number_track(struct rta_sampler *sampler, struct rta_batch *batch, int32_t row)
{
    if (row < 0)
        return -1;
    if (sampler->local[row] < 0) {
        sampler->local[row] = (int32_t)batch->n_tracks;
        batch->tracks[batch->n_tracks++] = row;
    }
    return sampler->local[row];
}

void rta_batch_number(struct rta_sampler *sampler, const struct rta_shape *shape, struct rta_batch *batch)
{
    enum { AHEAD = 16 }; /* prefetched while one is processed */
    int64_t window = sampler->window, length = batch->length, total = rta_batch_total(&batch->part, batch->count);
    batch->n_tracks = 0;
    for (int64_t b = 0; b < batch->count; b++) {
        const int32_t *rows = batch->windows + b * window;
        for (int64_t i = 0; i < window; i++) {
            int32_t local = number_track(sampler, batch, rows[i]);
            bool valid = i < batch->lengths[b]; /* the last track is a target only */
            if (i > 0)
                batch->targets[b * length + i - 1] = local;
            if (i == length)
                continue;
            batch->inputs[b * length + i] = valid ? local : -1;
            batch->positions[b * length + i] = rta_position(shape, i, length);
            batch->weights[b * length + i] = valid ? 1.0f / (float)(batch->lengths[b] * total) : 0;
        }
    }
    batch->n_windows = batch->n_tracks;
    int64_t n = batch->count * sampler->negatives;
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n && batch->negatives[i + AHEAD] >= 0)
            __builtin_prefetch(&sampler->local[batch->negatives[i + AHEAD]], 1);
        batch->negatives[i] = number_track(sampler, batch, batch->negatives[i]);
    }
    for (int64_t i = 0; i < batch->n_tracks; i++)
        sampler->local[batch->tracks[i]] = -1;
}

/* The inputs of a playlist's window: all its tracks but the last. */
static int64_t inputs_of(const struct rta_sampler *sampler, int32_t playlist)
{
    const int64_t size = sampler->interactions->starts[playlist + 1] - sampler->interactions->starts[playlist];
    return (size < sampler->window ? size : sampler->window) - 1;
}

/* Keeps `count` rows of `width` numbers, from row `first` on. */
static void keep_rows(void *numbers, int64_t first, int64_t count, int64_t width)
{
    enum { BYTES = sizeof(int32_t) }; /* of indices and weights */
    memmove(numbers, (const char *)numbers + first * width * BYTES, (size_t)(count * width) * BYTES);
}

/* Keeps the playlists first..first + count of a batch, whose tracks stay numbered as they are. */
static void keep_part(const struct rta_sampler *sampler, struct rta_batch *batch, int64_t first, int64_t count)
{
    keep_rows(batch->lengths, first, count, 1);
    keep_rows(batch->inputs, first, count, batch->length);
    keep_rows(batch->targets, first, count, batch->length);
    keep_rows(batch->positions, first, count, batch->length);
    keep_rows(batch->weights, first, count, batch->length);
    keep_rows(batch->negatives, first, count, sampler->negatives);
    batch->count = count;
}

void rta_batch_draw(struct rta_sampler *sampler, const struct rta_shape *shape, struct pool *pool, int64_t epoch,
                    int64_t step, struct rta_batch *batch)
{
    if (sampler->epoch != epoch)
        rta_order(sampler->interactions, sampler->seed, epoch, sampler->playlists);
    sampler->epoch = epoch;
    const int64_t first = step * sampler->batch, left = sampler->count - first;
    const int64_t total = left < sampler->batch ? left : sampler->batch;
    const struct ranks_part part = ranks_part(sampler->ranks, total);
    const int64_t drawn = sampler->whole ? 0 : part.first; /* the first one of the batch */
    struct draw draw = {.sampler = sampler, .batch = batch, .first = first + drawn};
    batch->count = sampler->whole ? total : part.count;
    batch->part = (struct rta_part){.total = total, .before = part.first};
    for (int64_t b = 0; b < part.first; b++)
        batch->part.filled_before += inputs_of(sampler, sampler->playlists[first + b]);
    pool_run(pool, (size_t)batch->count, draw_playlist, &draw);
    rta_batch_number(sampler, shape, batch);
    if (sampler->whole)
        keep_part(sampler, batch, part.first, part.count);
}
