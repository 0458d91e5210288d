#ifndef SLEEVE_MODELS_FACTORS_H
#define SLEEVE_MODELS_FACTORS_H

#include "models/kind.h"

struct new_tracks_rows; /* models/new_rows.h */

/* Fewer rows and numbers are searched without an index (factors.c). */
enum { INDEX_MIN_ROWS = 65536, INDEX_MIN_VALUES = 1 << 23 };

/* On a device with memory of its own (a GPU), more lists at once are searched without an index: their scores are one
 * matrix product, which reads the items once for all of them, while a search with the index reads it for each list. */
enum { INDEX_MAX_LISTS_ON_GPU = 4 };

/* Shared by all factor models: the track vectors on the device, and the search for the highest dot products with the
 * playlist vectors (the queries). */
struct factors {
    struct compute *compute;
    int64_t n, d;
    const float *host;              /* the items in host memory, the caller's */
    struct compute_buffer *items;   /* [n x d] */
    struct compute_buffer *queries; /* [capacity x d], written by the caller between factors_begin and factors_finish */
    size_t capacity;
    struct compute_buffer *starts, *rows, *sorted; /* of the lists of the last factors_begin */
    struct compute_buffer *index;                  /* of the items; NULL until it pays to build it, or given one */
    struct compute_buffer *memory;                 /* of searches for single lists with the index; NULL: none */
    double passes;                                 /* searches without an index so far, in passes over the items */
    int32_t *by_length, *places; /* [n] the rows from the longest vector on, and where each is; NULL until needed */
    float *lengths, *blocks;     /* [n] in that order; their vectors (factors_ranks.c) */
    /* The vectors of these lists' seeds: that of the i'th seed is row seed_rows[i] (host; `rows` on the device) of
     * seed_items [n_seed_items x d]. They are the lists' rows of the items, unless a seed is one of `given`. */
    struct compute_buffer *seed_items;
    const int32_t *seed_rows;
    int64_t n_seed_items;
    const struct new_tracks_rows *given; /* vectors of tracks that the model does not know; NULL: none */
    float *gathered;                     /* [n_seed_items x d], with their rows in `gathered_rows`; NULL: the items */
    int32_t *gathered_rows;
    struct compute_buffer *gathered_items;
};

enum status factors_open(struct factors *factors, struct compute *compute, const float *items, int64_t n, int64_t d,
                         struct error *error);
void factors_close(struct factors *factors);
/* Whether a search for so many lists is faster with an index of these items; only large matrices have one. */
bool factors_index_pays(const struct compute_ops *ops, const struct compute_buffer *items, size_t n_lists);
/* The size of an index of the items, if they are so many that searches with one are faster on this device; otherwise
 * 0. */
size_t factors_index_bytes(const struct factors *factors);
/* Builds an index. *index is the caller's. */
enum status factors_build_index(struct factors *factors, struct compute_buffer **index, struct error *error);
/* Searches from now on use this index of these items, factors_index_bytes long, which must outlive them. STATUS_DEVICE:
 * the device has no memory for it. */
enum status factors_use_index(struct factors *factors, const void *index, struct error *error);
/* Searches from now on use none. */
void factors_drop_index(struct factors *factors);
/* Copies the lists to the device and allocates one query per list. */
enum status factors_begin(struct factors *factors, const struct seed_lists *lists, struct error *error);
/* The best rows for each query, excluding the rows of its list. */
enum status factors_finish(struct factors *factors, const struct seed_lists *lists, size_t k, int32_t *ids,
                           float *scores, struct error *error);
/* The products of the queries of all lists with the rows ids [n]: scores [lists x n]. `items` are as below. */
enum status factors_scores(const struct factors *factors, const float *items, size_t n_lists, size_t n,
                           const int32_t *ids, float *scores, struct error *error);
/* recommender_ops.ranks, of the queries of all lists (factors_ranks.c). `items` are as below. */
enum status factors_ranks(struct factors *factors, const float *items, const struct seed_lists *lists, int32_t row,
                          size_t depth, size_t *ranks, bool *known, struct error *error);
/* The parts of the scores of the first list by consecutive sections of the vectors, the first of which begins at
 * `first`: parts [n x n_sections] for the rows ids [n]. `items` [n x d] are the track vectors in host memory. */
enum status factors_section_scores(const struct factors *factors, const float *items, int64_t first,
                                   const int64_t *widths, size_t n_sections, size_t n, const int32_t *ids, float *parts,
                                   struct error *error);

#endif
