#include <stdlib.h>

#include "models/als_fit.h"
#include "models/als_ranks.h"
#include "models/eigenvalue_signs.h"

/* The quality of a fit: its objective, and how many directions of the data it keeps. */

/* Returns the sum of the elements of (XᵀX) * (YᵀY), which is the sum of all squared scores. *norms receives the squared
 * norms of the factors. */
static double all_squares(const struct interactions *interactions, int64_t d, const float *playlists,
                          const float *tracks, double *norms)
{
    double sum = 0;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j <= i; j++) {
            double x = 0, y = 0;
            for (int64_t r = 0; r < interactions->n_playlists; r++)
                x += (double)playlists[r * d + i] * (double)playlists[r * d + j];
            for (int64_t r = 0; r < interactions->n_tracks; r++)
                y += (double)tracks[r * d + i] * (double)tracks[r * d + j];
            sum += (i == j ? 1 : 2) * x * y;
            if (i == j)
                *norms += x + y;
        }
    return sum;
}

double als_objective(const struct interactions *interactions, const struct als_settings *settings,
                     const float *playlists, const float *tracks)
{
    int64_t d = settings->factors;
    double norms = 0, sum = all_squares(interactions, d, playlists, tracks, &norms);
    for (int64_t playlist = 0; playlist < interactions->n_playlists; playlist++)
        for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++) {
            const float *x = playlists + playlist * d, *y = tracks + interactions->tracks[e] * d;
            double score = 0;
            for (int64_t j = 0; j < d; j++)
                score += (double)x[j] * (double)y[j];
            sum += (1 + (double)settings->alpha) * (1 - score) * (1 - score) - score * score;
        }
    return sum + (double)settings->regularization * norms;
}

/* The Gram matrix of all rows, to host memory. */
static enum status read_gram(const struct als_settings *settings, const struct compute *compute,
                             struct compute_buffer *rows, const int64_t *bounds, struct compute_buffer *gram,
                             float *host, struct error *error)
{
    const int64_t d = settings->factors;
    enum status status = als_gram(settings->ranks, compute, rows, bounds, d, 0, gram, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_read(compute->stream, gram, 0, host, (size_t)(d * d) * sizeof(float), error);
    return status;
}

/* This rank's rows of RY, which overwrite the playlist factors. */
static enum status multiply(const struct interactions *interactions, const struct als_factors *factors, int64_t first,
                            int64_t end, struct error *error)
{
    const struct compute *compute = factors->compute;
    const struct compute_ops *ops = compute->ops;
    const size_t rows = (size_t)factors->n_playlists;
    struct compute_buffer *starts = NULL, *columns = NULL;
    enum status status =
        ops->buffer_wrap(compute->device, interactions->starts, (rows + 1) * sizeof(int64_t), &starts, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(compute->device, interactions->tracks,
                                  (size_t)interactions->starts[rows] * sizeof(int32_t), &columns, error);
    if (status == STATUS_OK)
        status = ops->sparse_gemm(compute->stream, end - first, factors->d,
                                  (struct compute_slice){starts, (size_t)first}, (struct compute_slice){columns, 0},
                                  (struct compute_slice){0}, (struct compute_slice){factors->tracks, 0},
                                  (struct compute_slice){factors->playlists, (size_t)(first * factors->d)}, error);
    if (starts)
        ops->buffer_destroy(starts);
    if (columns)
        ops->buffer_destroy(columns);
    return status;
}

/* YᵀY and (RY)ᵀ(RY). */
static enum status grams(const struct interactions *interactions, const struct als_settings *settings,
                         const struct als_factors *factors, float *y_gram, float *ry_gram, struct error *error)
{
    const struct compute *compute = factors->compute;
    const int rank = ranks_rank(settings->ranks);
    int64_t *bounds = NULL, *track_bounds = NULL;
    struct compute_buffer *gram = NULL;
    enum status status =
        als_bounds_make(settings->ranks, interactions->starts, factors->n_playlists, factors->d, &bounds, error);
    if (status == STATUS_OK)
        status = als_bounds_make(settings->ranks, NULL, factors->n_tracks, factors->d, &track_bounds, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_create(compute->device, (size_t)(factors->d * factors->d) * sizeof(float), &gram,
                                             error);
    if (status == STATUS_OK)
        status = read_gram(settings, compute, factors->tracks, track_bounds, gram, y_gram, error);
    if (status == STATUS_OK)
        status = multiply(interactions, factors, bounds[rank], bounds[rank + 1], error);
    if (status == STATUS_OK)
        status = read_gram(settings, compute, factors->playlists, bounds, gram, ry_gram, error);
    if (gram)
        compute->ops->buffer_destroy(gram);
    free(bounds);
    free(track_bounds);
    return status;
}

enum status als_effective_rank(const struct interactions *interactions, const struct als_settings *settings,
                               struct als_factors *factors, int64_t *survivors, struct error *error)
{
    int64_t d = factors->d;
    size_t size = (size_t)(d * d);
    float *y_gram = malloc(size * sizeof *y_gram), *ry_gram = malloc(size * sizeof *ry_gram);
    double *a = malloc(size * sizeof *a), *scratch = malloc((size_t)d * sizeof *scratch);
    int64_t *base = malloc((size_t)d * sizeof *base);
    enum status status = y_gram && ry_gram && a && scratch && base ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = grams(interactions, settings, factors, y_gram, ry_gram, error);
    if (status == STATUS_OK) {
        for (size_t i = 0; i < size; i++)
            a[i] = (double)y_gram[i];
        /* A basis of the space of the factors, up to float32 precision: independent columns of Y. */
        int64_t rank = eigenvalues_above(d, a, 1e-6, base);
        /* The number of squared singular values of R above λ² in this space equals the number of positive eigenvalues
         * of (RY)ᵀ(RY) - λ² YᵀY (Sylvester's law of inertia). */
        double threshold = (double)settings->regularization * (double)settings->regularization;
        for (int64_t i = 0; i < rank; i++)
            for (int64_t j = 0; j < rank; j++) {
                int64_t at = base[i] * d + base[j];
                a[i * rank + j] = (double)ry_gram[at] - threshold * (double)y_gram[at];
            }
        *survivors = count_positive_eigenvalues(rank, a, scratch);
    }
    free(y_gram), free(ry_gram), free(a), free(scratch), free(base);
    return status;
}
