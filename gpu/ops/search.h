/* Exact search for the best and for the nearest rows.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* For each query q of Q[n_queries x d]: the k rows of items[n_items x d] with the highest dot product, highest
 * first, ties by row. Excluded rows (CSR over queries: int64 starts, sorted int32 rows) are omitted. ids int32 and
 * scores float are [n_queries x k]; unused entries are -1 and -inf. The scores of all items are never stored. */
SIZE(top_k_scratch, int64_t n_queries, int64_t n_items, int64_t k)
OPERATION(top_k, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, struct compute_slice queries,
          struct compute_slice items, struct compute_slice excluded_starts, struct compute_slice excluded,
          struct compute_slice ids, struct compute_slice scores, struct compute_slice scratch)

/* For each row of X[n x d]: the k nearest other rows by Euclidean distance, nearest first, ties by row: ids int32
 * and squared distances float [n x k]. */
SIZE(nearest_scratch, int64_t n, int64_t d, int64_t k)
OPERATION(nearest, int64_t n, int64_t d, int64_t k, struct compute_slice x, struct compute_slice ids,
          struct compute_slice distances, struct compute_slice scratch)
