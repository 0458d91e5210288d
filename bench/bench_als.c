#include <math.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/als_fit.h"

/* Iterations of alternating least squares, playlists and tracks each solved once, on generated playlists that are
 * already on the device. bench/peers/als.py draws entries in the same way. */

enum { RUNS = 3, STEPS = 2 * (RUNS + 1) };

/* Entries distributed evenly over the playlists, popular tracks more often. */
static enum status make_playlists(const struct bench_als_size *size, struct interactions *interactions,
                                  struct error *error)
{
    struct random random;
    random_seed(&random, 1);
    *interactions = (struct interactions){.n_playlists = size->playlists, .n_tracks = size->tracks};
    interactions->starts = malloc(((size_t)size->playlists + 1) * sizeof *interactions->starts);
    interactions->tracks = malloc(((size_t)size->entries + 1) * sizeof *interactions->tracks);
    if (!interactions->starts || !interactions->tracks)
        return error_no_memory(error);
    for (int64_t p = 0; p <= size->playlists; p++)
        interactions->starts[p] =
            size->entries / size->playlists * p + size->entries % size->playlists * p / size->playlists;
    double range = log((double)size->tracks);
    for (int64_t e = 0; e < size->entries; e++)
        interactions->tracks[e] = (int32_t)(exp(random_uniform(&random) * range) - 1);
    return STATUS_OK;
}

/* Records the time at each check for cancellation, which is at the start of every half-step. */
struct stop_watch {
    struct progress progress;
    double at[STEPS];
    int count;
};

static bool take_time(struct progress *progress)
{
    struct stop_watch *watch = (struct stop_watch *)(void *)progress;
    if (watch->count < STEPS)
        watch->at[watch->count++] = clock_seconds();
    return false;
}

/* Multiply-adds of the systems of one side, one for each row: of min(n, d) equations for n entries. */
static double systems(const int64_t *counts, int64_t n_rows, double d)
{
    double sum = 0;
    for (int64_t row = 0; row < n_rows; row++) {
        double n = (double)counts[row], small = n < d ? n : d;
        sum += n * d * small / 2 + small * small * small / 6;
    }
    return sum;
}

/* Multiply-adds of an iteration: for each side, YᵀY (half of it, since it is symmetric), entries times factors, and the
 * solutions; weighted, a separate matrix for every row, built and factored. */
static enum status products(const struct interactions *interactions, double d, bool weighted, double *out,
                            struct error *error)
{
    const int64_t n_playlists = interactions->n_playlists, n_tracks = interactions->n_tracks;
    double rows = (double)(n_playlists + n_tracks), entries = (double)interactions->starts[n_playlists];
    *out = rows * d * d / 2 + 2 * entries * d + rows * d * d;
    if (!weighted)
        return STATUS_OK;
    int64_t *counts = calloc((size_t)(n_playlists + n_tracks) + 1, sizeof *counts);
    if (!counts)
        return error_no_memory(error);
    for (int64_t p = 0; p < n_playlists; p++)
        counts[p] = interactions->starts[p + 1] - interactions->starts[p];
    for (int64_t e = 0; e < interactions->starts[n_playlists]; e++)
        counts[n_playlists + interactions->tracks[e]]++;
    *out += systems(counts, n_playlists + n_tracks, d);
    free(counts);
    return STATUS_OK;
}

static enum status measure(struct bench *bench, struct compute *compute, const char *name,
                           const struct interactions *interactions, float alpha, double rate, struct error *error)
{
    const struct bench_als_size *size = &bench->als;
    const struct als_settings settings = {
        .factors = size->factors, .iterations = RUNS + 1, .regularization = 1, .alpha = alpha, .seed = 1};
    struct stop_watch watch = {.progress = {.cancelled = take_time}};
    struct als_factors factors;
    double work = 0;
    enum status status = products(interactions, (double)size->factors, alpha > 0, &work, error);
    if (status == STATUS_OK)
        status = als_fit(compute, interactions, &settings, &watch.progress, &factors, error);
    if (status != STATUS_OK)
        return status;
    als_factors_free(&factors);
    double samples[RUNS];
    for (int i = 0; i < RUNS; i++)
        samples[i] = watch.at[2 * i + 2] - watch.at[2 * i];
    struct bench_row row = bench_row_make(name, (double)size->entries, "s", samples, RUNS, work / rate, false);
    return bench_print(bench, &row, error);
}

enum status bench_als(struct bench *bench, struct error *error)
{
    struct compute compute;
    struct interactions interactions = {0};
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    status = make_playlists(&bench->als, &interactions, error);
    if (status == STATUS_OK) {
        double rate = bench_multiply_rate(&compute);
        status = measure(bench, &compute, "als", &interactions, 0, rate, error);
        if (status == STATUS_OK)
            status = measure(bench, &compute, "als-weighted", &interactions, 1, rate, error);
    }
    free(interactions.starts);
    free(interactions.tracks);
    compute_close(&compute);
    return status;
}
