#include <stdlib.h>

#include "models/als_fit.h"
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

/* YᵀY and (RY)ᵀ(RY), from the device; RY overwrites the playlist factors. */
static enum status grams(const struct interactions *interactions, const struct als_factors *factors, float *y_gram,
                         float *ry_gram, struct error *error)
{
    const struct compute *compute = factors->compute;
    const struct compute_ops *ops = compute->ops;
    int64_t rows = factors->n_playlists, n = factors->n_tracks, d = factors->d;
    size_t gram_bytes = (size_t)(d * d) * sizeof(float);
    struct compute_buffer *starts = NULL, *columns = NULL, *gram = NULL;
    enum status status =
        ops->buffer_wrap(compute->device, interactions->starts, (size_t)(rows + 1) * sizeof(int64_t), &starts, error);
    if (status == STATUS_OK)
        status = ops->buffer_wrap(compute->device, interactions->tracks,
                                  (size_t)interactions->starts[rows] * sizeof(int32_t), &columns, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, gram_bytes, &gram, error);
    struct compute_slice none = {0}, g = {gram, 0}, y = {factors->tracks, 0}, ry = {factors->playlists, 0};
    if (status == STATUS_OK)
        status = ops->gram(compute->stream, n, d, y, 0, g, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, gram, 0, y_gram, gram_bytes, error);
    if (status == STATUS_OK)
        status = ops->sparse_gemm(compute->stream, rows, d, (struct compute_slice){starts, 0},
                                  (struct compute_slice){columns, 0}, none, y, ry, error);
    if (status == STATUS_OK)
        status = ops->gram(compute->stream, rows, d, ry, 0, g, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, gram, 0, ry_gram, gram_bytes, error);
    struct compute_buffer *buffers[] = {starts, columns, gram};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i])
            ops->buffer_destroy(buffers[i]);
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
        status = grams(interactions, factors, y_gram, ry_gram, error);
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
