#ifndef SLEEVE_FEATURES_WHITENING_H
#define SLEEVE_FEATURES_WHITENING_H

#include <stdint.h>

#include "core/pool.h"
#include "features/feature_set.h"

/* Whitening of the columns of a matrix, so that Euclidean distances count correlated columns once and weigh all
 * directions alike. With groups (playlists), the covariance within them is whitened: a direction in which the tracks of
 * a playlist differ little counts more (Patwari et al. 2020, "Semantically meaningful attributes from co-listen
 * embeddings for playlist exploration and expansion", renormalisation of their spaces).
 *
 * Each column is standardised, z = (x - mean) / deviation, over the rows that are present. C is the covariance of z:
 *     C(i, j) = Σ_r a(r, i) a(r, j) / √(n(i) n(j)),
 * where a = z, a missing value counts as 0, and n(i) is the number of values of column i. With groups, r goes over
 * their entries, a is z minus the mean of its column over the same group, and a group with m values of column i adds m
 * - 1 to n(i). C is positive semidefinite for any pattern of missing values. With C + ridge I = L Lᵀ (Cholesky), a row
 * is whitened to y = L⁻¹ z, so |y - y'|² is the regularised Mahalanobis distance, the same as with the inverse square
 * root of C + ridge I. The ridge is in units of a column's variance.
 *
 * Columns that are constant, or without any finite value, are left out: they do not change y. */
struct whitening {
    int width;         /* of a row */
    int n_used;        /* columns that are not left out; length of y */
    int *used;         /* [n_used] their numbers, ascending */
    double *mean;      /* [n_used] */
    double *deviation; /* [n_used] the population's standard deviation */
    double *inverse;   /* [n_used x n_used] L⁻¹, lower triangular */
};

/* Groups of rows, as playlists are of tracks: group g has the entries starts[g]..starts[g+1]) of `entries`, and entry e
 * is the row rows[e], or none if that is negative. */
struct whitening_groups {
    int64_t count;
    const int64_t *starts;  /* [count + 1] */
    const int32_t *entries; /* [starts[count]] numbers, such as tracks */
    const int32_t *rows;    /* the row of each number, -1: none; NULL: the number itself */
};

/* Fits to the rows that are present, in which values that are not finite are missing. `groups` NULL: whitens the
 * covariance over all rows. ridge > 0. If no column can be used, n_used is 0. Close it with whitening_free; after a
 * failure there is nothing to free. */
enum status whitening_fit(struct whitening *whitening, const struct feature_set *set,
                          const struct whitening_groups *groups, double ridge, struct error *error);
/* out [set->n_rows x n_used]: the whitened rows of a set with the same columns. Missing values get their column's mean;
 * rows that are not present become zeros. Uses the pool's threads (NULL: only the caller's), which change nothing. */
enum status whitening_apply(const struct whitening *whitening, struct pool *pool, const struct feature_set *set,
                            float *out, struct error *error);
void whitening_free(struct whitening *whitening);

#endif
