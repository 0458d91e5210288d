/* Search in an index of the items. All five are NULL on a device that has none; use top_k there.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* Like top_k, but with an index, which is faster if the same items are searched many times. Scores are summed in
 * float64 and rounded to float32 (top_k sums in float32). They are bit-identical on every processor and for every
 * number of threads, and rows are ordered exactly as if every row had been scored. The items must not change after the
 * index is built. The index contains no addresses, so it can be stored in a file for the same program and items.
 * index_bytes returns 0 on a device that needs no index: index_build then does nothing, and top_k_indexed takes a slice
 * without a buffer and searches the items. All five may be NULL on a device that only has top_k. d is at most 65,536.
 */
SIZE(index_bytes, int64_t n_items, int64_t d)
SIZE(index_scratch, int64_t n_items, int64_t d)
OPERATION(index_build, int64_t n_items, int64_t d, struct compute_slice items, struct compute_slice index,
          struct compute_slice scratch)
SIZE(top_k_indexed_scratch, int64_t n_queries, int64_t n_items, int64_t d, int64_t k)
OPERATION(top_k_indexed, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, struct compute_slice queries,
          struct compute_slice items, struct compute_slice index, struct compute_slice excluded_starts,
          struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
          struct compute_slice scratch)
