#ifndef SLEEVE_MODELS_ALS_FIT_H
#define SLEEVE_MODELS_ALS_FIT_H

#include "core/progress.h"
#include "db/catalogue.h"
#include "gpu/compute.h"
#include "ranks/ranks.h"

/* Implicit-feedback matrix factorisation by alternating least squares (Hu, Koren and Volinsky 2008; Takács et al. 2011)
 * of the binary playlist x track matrix. It minimises Σ c (p - x·y)² + λ (Σ|x|² + Σ|y|²) over all pairs, with
 * confidence c = 1 + alpha where the playlist contains the track and 1 elsewhere. With alpha 0 a half-step is X = R Y
 * (YᵀY + λI)⁻¹, with one matrix for all rows; otherwise every row has its own. */
struct als_settings {
    int64_t factors;
    int iterations;
    float regularization; /* λ */
    float alpha;
    uint64_t seed;
    struct ranks *ranks;    /* that share the rows; NULL: one process */
    const char *checkpoint; /* file that rank 0 writes every minute and when the fit is stopped; NULL: none */
    const char *identity;   /* of the training, in the checkpoint (nn/checkpoint.h) */
    bool resume;            /* from the checkpoint; the number of ranks may be another */
};

/* Factors on the device. */
struct als_factors {
    struct compute *compute;
    int64_t n_playlists, n_tracks, d;
    struct compute_buffer *playlists; /* [n_playlists x d] */
    struct compute_buffer *tracks;    /* [n_tracks x d] */
};

/* Starts with small random track factors. Each iteration solves for the playlists, then for the tracks. Can be
 * cancelled between half-steps (progress). The result does not depend on the number of threads, and only by rounding on
 * the number of ranks, which all receive it. Memory on each rank: both factor matrices, with alpha the larger one once
 * more, and four bytes for each entry of `interactions`. */
enum status als_fit(struct compute *compute, const struct interactions *interactions,
                    const struct als_settings *settings, struct progress *progress, struct als_factors *factors,
                    struct error *error);
void als_factors_free(struct als_factors *factors);
/* Multiplies the track factors by `scale`. */
enum status als_factors_scale(struct als_factors *factors, float scale, struct error *error);

/* The objective in float64, for factors in host memory. */
double als_objective(const struct interactions *interactions, const struct als_settings *settings,
                     const float *playlists, const float *tracks);

/* How many singular values of the matrix, restricted to the space spanned by the track factors, exceed λ. Unweighted
 * least squares shrinks every singular value by λ and removes those below it. Overwrites the playlist factors. */
enum status als_effective_rank(const struct interactions *interactions, const struct als_settings *settings,
                               struct als_factors *factors, int64_t *survivors, struct error *error);

#endif
