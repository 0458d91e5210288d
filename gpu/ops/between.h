/* Search for the nearest of other rows. NULL on a device that has none; use nearest there.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* Like `nearest` (gpu/ops/search.h) for other rows: for each row of queries [m x d] the k nearest rows of X[n x d], ids
 * and distances [m x k], -1 and infinity where there are fewer. Both are NULL on a device that only has `nearest`. */
SIZE(nearest_between_scratch, int64_t m, int64_t n, int64_t d, int64_t k)
OPERATION(nearest_between, int64_t m, int64_t n, int64_t d, int64_t k, struct compute_slice queries,
          struct compute_slice x, struct compute_slice ids, struct compute_slice distances,
          struct compute_slice scratch)
