#include "models/ease.h"

#include <stdlib.h>

#include "models/spd_inverse.h"

struct ease {
    struct interactions known;        /* the playlists, with tracks numbered from 0 without gaps */
    struct track_playlists playlists; /* of the known tracks */
    int32_t *numbers;                 /* [n_tracks] number of a row; -1 for tracks that no playlist contains */
    int32_t *rows;                    /* [known.n_tracks] row of a number */
    bool by_playlist;                 /* the matrix is XXᵀ, not XᵀX */
    int64_t n;                        /* its rows */
    float *matrix;                    /* [n x n]; inverted in place */
    double *diagonal;                 /* [known.n_tracks] of P, in units of 1 / λ if by_playlist */
    double *sums;                     /* [threads x n] of by_playlist */
};

/* ---- the matrix ---------------------------------------------------------------------------------------------- */

/* One row of XᵀX or XXᵀ: how many playlists two tracks have in common, or how many tracks two playlists. */
static void count_common(void *context, size_t row, int worker)
{
    (void)worker;
    const struct ease *ease = context;
    const struct track_playlists *playlists = &ease->playlists;
    const int64_t *starts = ease->by_playlist ? ease->known.starts : playlists->starts;
    const int32_t *columns = ease->by_playlist ? ease->known.tracks : playlists->playlists;
    const int64_t *back_starts = ease->by_playlist ? playlists->starts : ease->known.starts;
    const int32_t *back_columns = ease->by_playlist ? playlists->playlists : ease->known.tracks;
    float *counts = ease->matrix + row * (size_t)ease->n;
    for (int64_t e = starts[row]; e < starts[row + 1]; e++)
        for (int64_t b = back_starts[columns[e]]; b < back_starts[columns[e] + 1]; b++)
            counts[back_columns[b]]++;
}

/* diagonal[j] = 1 - x_jᵀ M x_j. */
static void find_diagonal(void *context, size_t track, int worker)
{
    (void)worker;
    const struct ease *ease = context;
    const int32_t *playlists = ease->playlists.playlists;
    int64_t begin = ease->playlists.starts[track], end = ease->playlists.starts[track + 1];
    double sum = 0;
    for (int64_t a = begin; a < end; a++)
        for (int64_t b = begin; b < end; b++)
            sum += (double)ease->matrix[playlists[a] * ease->n + playlists[b]];
    ease->diagonal[track] = 1 - sum;
}

static enum status make_diagonal(struct ease *ease, struct pool *pool, struct error *error)
{
    if (ease->by_playlist)
        pool_run(pool, (size_t)ease->known.n_tracks, find_diagonal, ease);
    bool positive = true;
    for (int64_t j = 0; j < ease->known.n_tracks; j++) {
        if (!ease->by_playlist)
            ease->diagonal[j] = (double)ease->matrix[j * ease->n + j];
        positive = positive && ease->diagonal[j] > 0;
    }
    return positive ? STATUS_OK
                    : error_set(error, STATUS_FAILED,
                                "the inverse of the matrix of co-occurrences is not accurate enough; use a larger "
                                "regularization");
}

static enum status invert(struct ease *ease, const struct model_task *task, struct error *error)
{
    int64_t n = ease->n;
    size_t threads = (size_t)pool_threads(task->compute->pool);
    ease->matrix = calloc((size_t)(n * n) + 1, sizeof *ease->matrix);
    ease->diagonal = malloc(((size_t)ease->known.n_tracks + 1) * sizeof *ease->diagonal);
    ease->sums = malloc((threads * (size_t)n + 1) * sizeof *ease->sums);
    if (!ease->matrix || !ease->diagonal || !ease->sums)
        return error_no_memory(error);
    pool_run(task->compute->pool, (size_t)n, count_common, ease);
    for (int64_t i = 0; i < n; i++)
        ease->matrix[i * n + i] += (float)settings_value(task->settings, "regularization");
    enum status status = spd_inverse(task->compute, n, ease->matrix, task->progress, error);
    return status == STATUS_OK ? make_diagonal(ease, task->compute->pool, error) : status;
}

/* ---- similarities -------------------------------------------------------------------------------------------- */

/* B_ij = -P_ij / P_jj. */
static void add_by_track(const void *context, int32_t row, int worker, struct scored_rows *similarities)
{
    (void)worker;
    const struct ease *ease = context;
    if (ease->numbers[row] < 0)
        return;
    const float *inverse = ease->matrix + ease->numbers[row] * ease->n;
    for (int64_t j = 0; j < ease->n; j++)
        if (inverse[j] != 0)
            scored_rows_add(similarities, ease->rows[j], -(double)inverse[j] / ease->diagonal[j]);
}

/* B_ij = x_iᵀ M x_j / (1 - x_jᵀ M x_j). */
static void add_by_playlist(const void *context, int32_t row, int worker, struct scored_rows *similarities)
{
    const struct ease *ease = context;
    int32_t track = ease->numbers[row];
    if (track < 0)
        return;
    double *sums = ease->sums + worker * ease->n;
    for (int64_t p = 0; p < ease->n; p++)
        sums[p] = 0;
    for (int64_t at = ease->playlists.starts[track]; at < ease->playlists.starts[track + 1]; at++) {
        const float *inverse = ease->matrix + ease->playlists.playlists[at] * ease->n;
        for (int64_t p = 0; p < ease->n; p++)
            sums[p] += (double)inverse[p];
    }
    for (int64_t p = 0; p < ease->n; p++)
        for (int64_t e = ease->known.starts[p]; e < ease->known.starts[p + 1] && sums[p] != 0; e++)
            scored_rows_add(similarities, ease->rows[ease->known.tracks[e]], sums[p]);
    for (int64_t i = 0; i < similarities->count; i++)
        similarities->score[similarities->rows[i]] /= ease->diagonal[ease->numbers[similarities->rows[i]]];
}

/* ---- training ------------------------------------------------------------------------------------------------ */

static enum status check_size(int64_t known, struct error *error)
{
    if (known <= EASE_TRACKS_MAX)
        return STATUS_OK;
    return error_set(
        error, STATUS_FAILED,
        "ease inverts a matrix of all pairs of tracks, and the %lld tracks of the training playlists would "
        "take %.1f GB of memory; it is for %d tracks at most; train itemknn or rp3beta instead",
        (long long)known, 6e-9 * (double)known * (double)known, EASE_TRACKS_MAX);
}

static enum status number_tracks(struct ease *ease, const struct interactions *interactions,
                                 const struct track_playlists *playlists, struct error *error)
{
    int64_t n_tracks = interactions->n_tracks, entries = interactions->starts[interactions->n_playlists], known = 0;
    for (int64_t row = 0; row < n_tracks; row++)
        known += playlists->starts[row + 1] > playlists->starts[row];
    enum status status = check_size(known, error);
    if (status != STATUS_OK)
        return status;
    ease->numbers = malloc((size_t)n_tracks * sizeof *ease->numbers);
    ease->rows = malloc(((size_t)known + 1) * sizeof *ease->rows);
    ease->known = (struct interactions){.n_tracks = known,
                                        .n_playlists = interactions->n_playlists,
                                        .starts = interactions->starts,
                                        .tracks = malloc(((size_t)entries + 1) * sizeof *ease->known.tracks)};
    if (!ease->numbers || !ease->rows || !ease->known.tracks)
        return error_no_memory(error);
    int32_t next = 0;
    for (int64_t row = 0; row < n_tracks; row++) {
        bool is_known = playlists->starts[row + 1] > playlists->starts[row];
        ease->numbers[row] = is_known ? next : -1;
        if (is_known)
            ease->rows[next++] = (int32_t)row;
    }
    for (int64_t e = 0; e < entries; e++)
        ease->known.tracks[e] = ease->numbers[interactions->tracks[e]];
    ease->by_playlist = interactions->n_playlists < known;
    ease->n = ease->by_playlist ? interactions->n_playlists : known;
    return track_playlists_make(&ease->known, &ease->playlists, error);
}

enum status ease_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct ease ease = {0};
    struct track_playlists playlists = {0};
    task->bad_use = BAD_ALREADY;
    enum status status = track_playlists_make(task->interactions, &playlists, error);
    if (status == STATUS_OK)
        status = number_tracks(&ease, task->interactions, &playlists, error);
    if (status == STATUS_OK)
        status = invert(&ease, task, error);
    const struct similarity_source source = {ease.by_playlist ? add_by_playlist : add_by_track, &ease};
    if (status == STATUS_OK)
        status = item_similarity_train(task, &playlists, &source, weights, error);
    track_playlists_free(&playlists);
    track_playlists_free(&ease.playlists);
    free(ease.known.tracks);
    free(ease.numbers);
    free(ease.rows);
    free(ease.matrix);
    free(ease.diagonal);
    free(ease.sums);
    return status;
}
