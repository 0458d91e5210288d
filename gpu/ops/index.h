/* Search in an index of the items, whose bytes are the same on every device (gpu/index_layout.h).
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* Like top_k, but with an index, which is faster if the same items are searched many times. Scores are summed in
 * float64 and rounded to float32 (top_k sums in float32). They are bit-identical on every processor and for every
 * number of threads, and rows are ordered exactly as if every row had been scored. The items must not change after the
 * index is built. The index contains no addresses, so it can be stored in a file for the same program and items.
 * index_bytes returns 0 for items that have no index (none, or rows wider than 65,536): index_build then does nothing,
 * and top_k_indexed takes a slice without a buffer and searches the items like top_k. The index is at a multiple of
 * INDEX_ALIGNMENT bytes, and the rows in it are valid: a file is checked before (models/index_file.h).
 *
 * `memory` (may have no buffer; index_memory_bytes long, its first 64 bytes set to 0 before the first use with an
 * index) is for a sequence of queries that are searched one at a time: a search keeps there what it finds about all
 * rows, and a later one whose query is similar only looks at the rows that this leaves open. Results never depend on
 * it. index_memory_bytes returns 0 where a search makes no use of it, as on a GPU. */
SIZE(index_memory_bytes, int64_t n_items, int64_t d)
SIZE(index_bytes, int64_t n_items, int64_t d)
SIZE(index_scratch, int64_t n_items, int64_t d)
OPERATION(index_build, int64_t n_items, int64_t d, struct compute_slice items, struct compute_slice index,
          struct compute_slice scratch)
SIZE(top_k_indexed_scratch, int64_t n_queries, int64_t n_items, int64_t d, int64_t k)
OPERATION(top_k_indexed, int64_t n_queries, int64_t n_items, int64_t d, int64_t k, struct compute_slice queries,
          struct compute_slice items, struct compute_slice index, struct compute_slice memory,
          struct compute_slice excluded_starts, struct compute_slice excluded, struct compute_slice ids,
          struct compute_slice scores, struct compute_slice scratch)
