#include "models/als_fit.h"

#include <stdlib.h>

#include "core/random.h"
#include "models/track_playlists.h"
#include "nn/device_reader.h"

/* Device memory of a fit, without the factors. */
struct fit {
    struct compute *compute;
    struct compute_buffer *starts, *columns;             /* the tracks of each playlist */
    struct compute_buffer *track_starts, *track_columns; /* the playlists of each track */
    struct compute_buffer *gram, *scratch;
    struct track_playlists transposed;
};

static struct compute_slice all(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static void fit_free(struct fit *fit)
{
    struct compute_buffer *buffers[] = {fit->starts,        fit->columns, fit->track_starts,
                                        fit->track_columns, fit->gram,    fit->scratch};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i])
            fit->compute->ops->buffer_destroy(buffers[i]);
    track_playlists_free(&fit->transposed);
}

static enum status fit_begin(struct fit *fit, struct compute *compute, const struct interactions *interactions,
                             const struct als_settings *settings, struct als_factors *factors, struct error *error)
{
    *fit = (struct fit){.compute = compute};
    const struct compute_ops *ops = compute->ops;
    struct compute_device *device = compute->device;
    size_t d = (size_t)settings->factors, rows = (size_t)interactions->n_playlists, n = (size_t)interactions->n_tracks,
           entries = (size_t)interactions->starts[rows];
    const int64_t n_fixed = settings->alpha > 0 ? (int64_t)(rows > n ? rows : n) : 0;
    enum status status = track_playlists_make(interactions, &fit->transposed, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, rows * d * sizeof(float), &factors->playlists, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, n * d * sizeof(float), &factors->tracks, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(device, interactions->starts, (rows + 1) * sizeof(int64_t), &fit->starts, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(device, interactions->tracks, entries * sizeof(int32_t), &fit->columns, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(device, fit->transposed.starts, (n + 1) * sizeof(int64_t), &fit->track_starts, error);
    if (status == STATUS_OK)
        status =
            ops->buffer_wrap(device, fit->transposed.playlists, entries * sizeof(int32_t), &fit->track_columns, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, d * d * sizeof(float), &fit->gram, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, ops->als_weighted_scratch(device, settings->factors, n_fixed),
                                    &fit->scratch, error);
    return status;
}

static void draw(void *context, int64_t first, int64_t count, float *rows)
{
    (void)first;
    struct random *random = context;
    for (int64_t i = 0; i < count; i++)
        rows[i] = (float)(0.01 * random_normal(random));
}

/* Track factors are drawn from a normal distribution with standard deviation 0.01. Playlists are solved first, so they
 * need no initial values. */
static enum status start_vectors(const struct als_factors *factors, uint64_t seed, struct error *error)
{
    struct random random;
    random_seed(&random, seed);
    return device_rows_visit(factors->compute, factors->tracks, factors->n_tracks * factors->d, 1, true, draw, &random,
                             error);
}

/* Solves for `solved` [n_rows x d] with `fixed` [n_fixed x d] held constant. */
static enum status half_step(struct fit *fit, const struct als_settings *settings, int64_t n_rows, int64_t n_fixed,
                             struct compute_buffer *starts, struct compute_buffer *columns,
                             struct compute_buffer *fixed, struct compute_buffer *solved, struct error *error)
{
    const struct compute_ops *ops = fit->compute->ops;
    struct compute_stream *stream = fit->compute->stream;
    struct compute_slice none = {0};
    int64_t d = settings->factors;
    enum status status = ops->gram(stream, n_fixed, d, all(fixed), settings->regularization, all(fit->gram), error);
    if (status == STATUS_OK && settings->alpha > 0)
        return ops->als_weighted(stream, n_rows, d, n_fixed, settings->alpha, all(starts), all(columns), none,
                                 all(fixed), all(fit->gram), all(solved), all(fit->scratch), error);
    if (status == STATUS_OK)
        status = ops->cholesky(stream, d, all(fit->gram), error);
    if (status == STATUS_OK)
        status = ops->sparse_gemm(stream, n_rows, d, all(starts), all(columns), none, all(fixed), all(solved), error);
    if (status == STATUS_OK)
        status = ops->cholesky_solve(stream, n_rows, d, all(fit->gram), all(solved), error);
    return status;
}

enum status als_fit(struct compute *compute, const struct interactions *interactions,
                    const struct als_settings *settings, struct progress *progress, struct als_factors *factors,
                    struct error *error)
{
    int64_t n_playlists = interactions->n_playlists, n_tracks = interactions->n_tracks;
    *factors = (struct als_factors){
        .compute = compute, .n_playlists = n_playlists, .n_tracks = n_tracks, .d = settings->factors};
    struct fit fit;
    enum status status = fit_begin(&fit, compute, interactions, settings, factors, error);
    if (status == STATUS_OK)
        status = start_vectors(factors, settings->seed, error);
    progress_stage(progress, "alternating least squares", "half-steps", 2.0 * settings->iterations);
    for (int step = 0; step < 2 * settings->iterations && status == STATUS_OK; step++) {
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "training was stopped; an earlier model stays as it was");
        else if (step % 2 == 0)
            status = half_step(&fit, settings, n_playlists, n_tracks, fit.starts, fit.columns, factors->tracks,
                               factors->playlists, error);
        else
            status = half_step(&fit, settings, n_tracks, n_playlists, fit.track_starts, fit.track_columns,
                               factors->playlists, factors->tracks, error);
        if (status ==
            STATUS_OK) /* so that progress counts finished work, and cancelling does not wait for queued work */
            status = compute->ops->stream_synchronise(compute->stream, error);
        progress_step(progress, step + 1);
    }
    progress_end(progress);
    fit_free(&fit);
    if (status != STATUS_OK)
        als_factors_free(factors);
    return status;
}

void als_factors_free(struct als_factors *factors)
{
    struct compute_buffer *buffers[] = {factors->playlists, factors->tracks};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i])
            factors->compute->ops->buffer_destroy(buffers[i]);
    factors->playlists = factors->tracks = NULL;
}

static void scale_rows(void *context, int64_t first, int64_t count, float *rows)
{
    (void)first;
    const float *scale = context;
    for (int64_t i = 0; i < count; i++)
        rows[i] *= *scale;
}

enum status als_factors_scale(struct als_factors *factors, float scale, struct error *error)
{
    if (scale == 1)
        return STATUS_OK;
    return device_rows_visit(factors->compute, factors->tracks, factors->n_tracks * factors->d, 1, true, scale_rows,
                             &scale, error);
}
