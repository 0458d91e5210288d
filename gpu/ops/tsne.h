/* t-SNE.
 * Rows of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* ---- t-SNE (van der Maaten and Hinton 2008), exact ---- */
/* Squared distances D[n x n] of X[n x d]; the diagonal is 0, never negative. */
OPERATION(tsne_distances, int64_t n, int64_t d, struct compute_slice x, struct compute_slice distances)

/* Joint probabilities P (in the layout that tsne_step wants, tsne_affinity_bytes long) from D by a binary search of
 * each row's precision for the perplexity (section 2), symmetrised, summing to 1. Overwrites D. */
SIZE(tsne_affinity_bytes, int64_t n)
OPERATION(tsne_affinities, int64_t n, float perplexity, struct compute_slice distances, struct compute_slice p)

/* One gradient step on Y[n x 2] with gains and velocity [n x 2] (delta-bar-delta as in scikit-learn's `exact`), P
 * multiplied by `exaggeration`. When `kl` has a buffer, the KL divergence of the given P (double) is written there.
 */
SIZE(tsne_step_scratch, int64_t n)
OPERATION(tsne_step, int64_t n, float exaggeration, float learning_rate, float momentum, struct compute_slice p,
          struct compute_slice y, struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
          struct compute_slice scratch)

/* ---- t-SNE of many points (van der Maaten 2014): P of nearest neighbours only, repulsion approximate ----
 * A device that has none has NULL in all five; a map is then exact. */
/* Joint probabilities P (in the layout that tsne_knn_step wants, tsne_knn_affinity_bytes long) from what
 * `nearest` found with this k < n, perplexity <= k: a binary search of each row's precision over its k neighbours,
 * then (p(j|i) + p(i|j)) / 2n where either is a neighbour of the other. Sums to 1. Overwrites the distances. */
SIZE(tsne_knn_affinity_bytes, int64_t n, int64_t k)
SIZE(tsne_knn_affinities_scratch, int64_t n, int64_t k)
OPERATION(tsne_knn_affinities, int64_t n, int64_t k, float perplexity, struct compute_slice ids,
          struct compute_slice distances, struct compute_slice p, struct compute_slice scratch)

/* tsne_step with such a P: the same descent and the same meaning of `kl`, whose sum is over the pairs of P. The
 * repulsion may be off by 1 in 100 of its root mean square (by 1 in 10 in a map narrower than 0.03, as one starts),
 * Z by 1 in 1,000; with fewer than seven points by more. The scratch memory belongs to one map; its first 64 bytes
 * are 0 before the first step. What a step leaves there may save the next one work and never changes its result. */
SIZE(tsne_knn_step_scratch, int64_t n)
OPERATION(tsne_knn_step, int64_t n, int64_t k, float exaggeration, float learning_rate, float momentum,
          struct compute_slice p, struct compute_slice y, struct compute_slice velocity, struct compute_slice gains,
          struct compute_slice kl, struct compute_slice scratch)
