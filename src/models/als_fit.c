#include "models/als_fit.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/random.h"
#include "models/als_ranks.h"
#include "models/track_playlists.h"
#include "nn/checkpoint.h"
#include "nn/device_reader.h"

enum { CHECKPOINT_SECONDS = 60 };

/* Device memory of a fit, without the factors. */
struct fit {
    struct compute *compute;
    const struct als_settings *settings;
    struct als_factors *factors;
    struct compute_buffer *starts, *columns;             /* the tracks of each playlist */
    struct compute_buffer *track_starts, *track_columns; /* the playlists of each track */
    struct compute_buffer *gram, *scratch;
    struct track_playlists transposed;
    int64_t *playlist_bounds, *track_bounds; /* the rows of each rank */
    double saved;                            /* time of the last checkpoint */
};

static struct compute_slice all(struct compute_buffer *buffer)
{
    return (struct compute_slice){buffer, 0};
}

static struct compute_slice from(struct compute_buffer *buffer, int64_t element)
{
    return (struct compute_slice){buffer, (size_t)element};
}

static void fit_free(struct fit *fit)
{
    struct compute_buffer *buffers[] = {fit->starts,        fit->columns, fit->track_starts,
                                        fit->track_columns, fit->gram,    fit->scratch};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i])
            fit->compute->ops->buffer_destroy(buffers[i]);
    track_playlists_free(&fit->transposed);
    free(fit->playlist_bounds);
    free(fit->track_bounds);
}

static enum status fit_begin(struct fit *fit, struct compute *compute, const struct interactions *interactions,
                             const struct als_settings *settings, struct als_factors *factors, struct error *error)
{
    *fit = (struct fit){.compute = compute, .settings = settings, .factors = factors, .saved = clock_seconds()};
    const struct compute_ops *ops = compute->ops;
    struct compute_device *device = compute->device;
    size_t d = (size_t)settings->factors, rows = (size_t)interactions->n_playlists, n = (size_t)interactions->n_tracks,
           entries = (size_t)interactions->starts[rows];
    const int64_t n_fixed = settings->alpha > 0 ? (int64_t)(rows > n ? rows : n) : 0;
    enum status status = track_playlists_make(interactions, &fit->transposed, error);
    if (status == STATUS_OK)
        status = als_bounds_make(settings->ranks, interactions->starts, interactions->n_playlists, settings->factors,
                                 &fit->playlist_bounds, error);
    if (status == STATUS_OK)
        status = als_bounds_make(settings->ranks, fit->transposed.starts, interactions->n_tracks, settings->factors,
                                 &fit->track_bounds, error);
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

/* ---- half-steps ---- */

/* One side of the matrix: its factors, the rows that each rank computes, and the columns of each row. */
struct side {
    struct compute_buffer *rows;
    const int64_t *bounds;
    struct compute_buffer *starts, *columns;
};

static struct side playlists_of(const struct fit *fit)
{
    return (struct side){fit->factors->playlists, fit->playlist_bounds, fit->starts, fit->columns};
}

static struct side tracks_of(const struct fit *fit)
{
    return (struct side){fit->factors->tracks, fit->track_bounds, fit->track_starts, fit->track_columns};
}

/* Solves for this rank's rows of `solved`, given the Gram matrix of `fixed`. */
static enum status solve(struct fit *fit, const struct side *fixed, const struct side *solved, struct error *error)
{
    const struct als_settings *settings = fit->settings;
    const struct compute_ops *ops = fit->compute->ops;
    struct compute_stream *stream = fit->compute->stream;
    struct compute_slice none = {0};
    const int rank = ranks_rank(settings->ranks), size = ranks_size(settings->ranks);
    const int64_t d = settings->factors, n_fixed = fixed->bounds[size], first = solved->bounds[rank],
                  count = solved->bounds[rank + 1] - first;
    struct compute_slice starts = from(solved->starts, first), rows = from(solved->rows, first * d);
    if (settings->alpha > 0)
        return ops->als_weighted(stream, count, d, n_fixed, settings->alpha, starts, all(solved->columns), none,
                                 all(fixed->rows), all(fit->gram), rows, all(fit->scratch), error);
    enum status status = ops->cholesky(stream, d, all(fit->gram), error);
    if (status == STATUS_OK)
        status = ops->sparse_gemm(stream, count, d, starts, all(solved->columns), none, all(fixed->rows), rows, error);
    if (status == STATUS_OK)
        status = ops->cholesky_solve(stream, count, d, all(fit->gram), rows, error);
    return status;
}

/* Solves for one side with the other held constant. */
static enum status half_step(struct fit *fit, const struct side *fixed, const struct side *solved, struct error *error)
{
    const struct als_settings *settings = fit->settings;
    enum status status = als_gram(settings->ranks, fit->compute, fixed->rows, fixed->bounds, settings->factors,
                                  settings->regularization, fit->gram, error);
    if (status == STATUS_OK)
        status = solve(fit, fixed, solved, error);
    if (status == STATUS_OK)
        status =
            exchange_rows(settings->ranks, fit->compute, all(solved->rows), solved->bounds, settings->factors, error);
    return status;
}

/* ---- checkpoints: the track factors after some iterations, from which the playlists follow ---- */

static void list_state(const struct fit *fit, struct checkpoint_list *list)
{
    const struct als_factors *factors = fit->factors;
    checkpoint_add(list, "tracks", "", false, factors->tracks, factors->n_tracks * factors->d);
}

static enum status save(struct fit *fit, int64_t iterations, struct error *error)
{
    const struct als_settings *settings = fit->settings;
    const struct checkpoint_position at = {.epoch = iterations, .taken = iterations};
    struct checkpoint_list list = {0};
    if (!settings->checkpoint || ranks_rank(settings->ranks) > 0)
        return STATUS_OK;
    list_state(fit, &list);
    fit->saved = clock_seconds();
    return checkpoint_write(fit->compute, settings->checkpoint, settings->identity, &list, &at, error);
}

static enum status read_state(const struct fit *fit, int64_t *iterations, struct error *error)
{
    const struct als_settings *settings = fit->settings;
    const char *const identities[] = {settings->identity, NULL};
    const struct checkpoint_expected expected = {.identities = identities};
    struct checkpoint_position at = {0};
    struct checkpoint_list list = {0};
    list_state(fit, &list);
    enum status status = checkpoint_read(fit->compute, settings->checkpoint, &expected, &list, &at, error);
    if (status == STATUS_OK && (at.epoch < 0 || at.epoch > settings->iterations))
        status = error_set(error, STATUS_BAD_DATA,
                           "the checkpoint's position, iteration %lld, is out of range; leave --resume out to start "
                           "over",
                           (long long)at.epoch);
    *iterations = at.epoch;
    return status;
}

/* Rank 0 reads the checkpoint. */
static enum status resume(const struct fit *fit, int64_t *iterations, struct error *error)
{
    struct ranks *ranks = fit->settings->ranks;
    const struct als_factors *factors = fit->factors;
    enum status status = ranks_rank(ranks) == 0 ? read_state(fit, iterations, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = ranks_broadcast(ranks, iterations, sizeof *iterations, error);
    if (status == STATUS_OK)
        status = exchange_broadcast(ranks, fit->compute, factors->tracks,
                                    (size_t)(factors->n_tracks * factors->d) * sizeof(float), error);
    return status;
}

/* Called between half-steps, when the track factors are those of `iterations`. */
static enum status stop(struct fit *fit, int64_t iterations, struct error *error)
{
    const bool saves = fit->settings->checkpoint && iterations > 0;
    const enum status status = saves ? save(fit, iterations, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (!saves)
        return error_set(error, STATUS_INTERRUPTED, "training was stopped; an earlier model stays as it was");
    return error_set(error, STATUS_INTERRUPTED,
                     "the training was stopped after %lld of %d iterations; the same command with --resume resumes it",
                     (long long)iterations, fit->settings->iterations);
}

/* ---- the loop ---- */

static enum status take_half_step(struct fit *fit, int64_t step, struct progress *progress, struct error *error)
{
    const struct side playlists = playlists_of(fit), tracks = tracks_of(fit);
    enum status status = progress_cancelled(progress) ? STATUS_INTERRUPTED : STATUS_OK;
    if (ranks_agree(fit->settings->ranks, status, error) == STATUS_INTERRUPTED)
        return stop(fit, step / 2, error);
    status = step % 2 == 0 ? half_step(fit, &tracks, &playlists, error) : half_step(fit, &playlists, &tracks, error);
    if (status == STATUS_OK) /* so that progress counts finished work, and cancelling does not wait for queued work */
        status = fit->compute->ops->stream_synchronise(fit->compute->stream, error);
    if (status == STATUS_OK && step % 2 == 1 && clock_seconds() - fit->saved > CHECKPOINT_SECONDS)
        status = save(fit, (step + 1) / 2, error);
    return status;
}

enum status als_fit(struct compute *compute, const struct interactions *interactions,
                    const struct als_settings *settings, struct progress *progress, struct als_factors *factors,
                    struct error *error)
{
    int64_t iterations = 0;
    *factors = (struct als_factors){.compute = compute,
                                    .n_playlists = interactions->n_playlists,
                                    .n_tracks = interactions->n_tracks,
                                    .d = settings->factors};
    struct fit fit;
    enum status status = fit_begin(&fit, compute, interactions, settings, factors, error);
    if (status == STATUS_OK)
        status = settings->resume ? resume(&fit, &iterations, error) : start_vectors(factors, settings->seed, error);
    progress_stage(progress, "alternating least squares", "half-steps", 2.0 * settings->iterations);
    progress_resume(progress, 2.0 * (double)iterations);
    for (int64_t step = 2 * iterations; step < 2 * (int64_t)settings->iterations && status == STATUS_OK; step++) {
        status = take_half_step(&fit, step, progress, error);
        progress_step(progress, (double)step + 1);
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
