/* Search in an index of the items. All five are NULL on a device that has none; top_k then answers.
 * Rows of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* The same answer sooner, for items that are asked often: an index is made of them once and read in their place.
 * The scores are sums in float64 rounded to float32 (top_k sums in float32), the same bit by bit whatever the
 * processor and its threads, and rows are ordered by them exactly as if every row had been scored. The items must
 * stay as they were when the index was built; its bytes hold no addresses, so they may be kept in a file for the
 * same program and items. index_bytes is 0 where a device keeps none: index_build then has nothing to do, and
 * top_k_indexed takes a slice without a buffer and answers from the items. All five may be NULL: such a device has
 * top_k only. d is at most 65,536. */
SIZE(index_bytes, int64_t n_items, int64_t d)
SIZE(index_scratch, int64_t n_items, int64_t d)
OPERATION(index_build, int64_t n_items, int64_t d, struct compute_slice items, struct compute_slice index,
          struct compute_slice scratch)
SIZE(top_k_indexed_scratch, int64_t n_queries, int64_t n_items, int64_t d, int64_t k)
OPERATION(top_k_indexed, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, struct compute_slice queries,
          struct compute_slice items, struct compute_slice index, struct compute_slice excluded_starts,
          struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
          struct compute_slice scratch)
