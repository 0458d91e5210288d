#ifndef SLEEVE_FEATURES_SPACE_H
#define SLEEVE_FEATURES_SPACE_H

#include "features/whitening.h"

/* Playlists in the space of a feature set: how far their tracks are from the means of all playlists (Patwari et al.
 * 2020, "Semantically meaningful attributes from co-listen embeddings for playlist exploration and expansion", eq. 3).
 *
 * The rows are whitened within the playlists (features/whitening.h). With e_ik the whitened row of entry i of playlist
 * k, and m_j the mean of those of playlist j,
 *     d_ikj = |e_ik - m_j|²,        delta_ik = min over j != k of d_ikj - d_ikk.
 * An entry with a negative delta is nearer to the mean of another playlist than to that of its own. As in the paper,
 * the mean of its own playlist includes the entry itself. */
struct feature_space {
    int64_t n_playlists, n_entries;
    int width;          /* whitened columns */
    int64_t *entries;   /* [n_entries] indices among the groups' entries: those with a row */
    int32_t *playlists; /* [n_entries] */
    int32_t *nearest;   /* [n_entries] the other playlist whose mean is nearest; the first of equally near ones */
    double *delta;      /* [n_entries] */
    double *distances;  /* [n_playlists x n_playlists] at k * n_playlists + j: the mean of d_ikj over i */
    int64_t *counts;    /* [n_playlists] entries of each */
};

/* `set` holds the rows of the entries. Every playlist needs an entry with a row, with `leave_out` two of them, and
 * there must be two or more: otherwise STATUS_USAGE. Free it with feature_space_free; after a failure there is nothing
 * to free. */
enum status feature_space_measure(struct feature_space *space, const struct feature_set *set,
                                  const struct whitening_groups *playlists, double ridge, bool leave_out,
                                  struct pool *pool, struct error *error);
void feature_space_free(struct feature_space *space);

/* How many entries of a playlist have a delta in each of n equal bins from low to high; those outside are counted in
 * the first or last bin. */
void feature_space_histogram(const struct feature_space *space, int64_t playlist, double low, double high, int n,
                             int64_t *counts);

#endif
