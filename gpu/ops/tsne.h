/* t-SNE.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* ---- t-SNE (van der Maaten and Hinton 2008), exact ---- */
/* Squared distances D[n x n] of X[n x d]; the diagonal is 0, never negative. */
OPERATION(tsne_distances, int64_t n, int64_t d, struct compute_slice x, struct compute_slice distances)

/* Joint probabilities P (in the layout of tsne_step, tsne_affinity_bytes long) from D by a binary search of each
 * row's precision for the perplexity (section 2), symmetrised, with sum 1. Overwrites D. */
SIZE(tsne_affinity_bytes, int64_t n)
OPERATION(tsne_affinities, int64_t n, float perplexity, struct compute_slice distances, struct compute_slice p)

/* One gradient step on Y[n x 2] with gains and velocity [n x 2] (delta-bar-delta as in scikit-learn's `exact`),
 * with P multiplied by `exaggeration`. When `kl` has a buffer, it receives the KL divergence of the unscaled P
 * (double). */
SIZE(tsne_step_scratch, int64_t n)
OPERATION(tsne_step, int64_t n, float exaggeration, float learning_rate, float momentum, struct compute_slice p,
          struct compute_slice y, struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
          struct compute_slice scratch)

/* ---- t-SNE of many points (van der Maaten 2014): P over nearest neighbours only, approximate repulsion ----
 * All five are NULL on a device that only has the exact method. */
/* Joint probabilities P (in the layout of tsne_knn_step, tsne_knn_affinity_bytes long) from the output of `nearest`
 * for the same k < n, with perplexity <= k: a binary search of each row's precision over its k neighbours, then
 * (p(j|i) + p(i|j)) / 2n where either is a neighbour of the other. The sum is 1. Overwrites the distances. */
SIZE(tsne_knn_affinity_bytes, int64_t n, int64_t k)
SIZE(tsne_knn_affinities_scratch, int64_t n, int64_t k)
OPERATION(tsne_knn_affinities, int64_t n, int64_t k, float perplexity, struct compute_slice ids,
          struct compute_slice distances, struct compute_slice p, struct compute_slice scratch)

/* tsne_step for such a P: the same gradient descent and the same `kl`, summed over the pairs of P. The error of the
 * repulsion is at most 1 % of its root mean square (10 % in a map narrower than 0.03, as at the start), that of Z
 * at most 0.1 %; both are larger with fewer than seven points. The scratch memory belongs to one map; set its first
 * 64 bytes to 0 before the first step. A step may cache data there that speeds up the next one; results never
 * depend on it. */
SIZE(tsne_knn_step_scratch, int64_t n)
OPERATION(tsne_knn_step, int64_t n, int64_t k, float exaggeration, float learning_rate, float momentum,
          struct compute_slice p, struct compute_slice y, struct compute_slice velocity, struct compute_slice gains,
          struct compute_slice kl, struct compute_slice scratch)
