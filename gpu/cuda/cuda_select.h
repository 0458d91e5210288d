#ifndef SLEEVE_GPU_CUDA_SELECT_H
#define SLEEVE_GPU_CUDA_SELECT_H

#include "gpu/cuda/cuda_sparse.h"

/* The k best of many scores without storing them. A candidate is one 64-bit key whose order is "higher score first,
 * then lower row" (as in gpu/cpu/cpu_select.h), so that the result does not depend on the order of the threads. Every
 * query has some lists of candidates, each fed by one block of threads: keys above the list's threshold are appended; a
 * full list is sorted and cut to its best, and the worst of them is the new threshold; at the end the lists of a query
 * are merged. */

/* The key of any score but NaN. */
static __device__ inline uint64_t cuda_order_key(float score, int64_t row)
{
    uint32_t bits = __float_as_uint(score + 0.0f); /* -0 and 0 tie */
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (uint64_t)bits << 32 | (uint32_t) ~(uint32_t)row;
}

/* Keys are positive; 0 means "none": the key of -infinity and NaN. */
static __device__ inline uint64_t cuda_key(float score, int64_t row)
{
    return score > -INFINITY ? cuda_order_key(score, row) : 0;
}

static __device__ inline float cuda_key_score(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    return __uint_as_float(bits & 0x80000000u ? bits & 0x7fffffffu : ~bits);
}

static __device__ inline int32_t cuda_key_row(uint64_t key)
{
    return (int32_t) ~(uint32_t)key;
}

/* Rows that a query must not return: a sorted list of a CSR, or the row that is the query itself. */
struct cuda_exclusions {
    const int64_t *starts; /* NULL: none */
    const int32_t *rows;
    int64_t n_entries;
    bool self;
};

/* The partition of a call, which depends on its sizes and the device alone. */
struct cuda_selecting {
    int64_t n_items;
    int64_t queries;      /* processed together */
    int64_t lists;        /* per query */
    int64_t stride;       /* scores per query in the tile; 0: there is no tile */
    int part;             /* results per pass over the items; a larger k takes several passes */
    int capacity;         /* keys per list: a power of two */
    size_t bytes;         /* of scratch memory */
    uint64_t *keys;       /* [queries x lists x capacity] */
    uint64_t *thresholds; /* [queries x lists]; only higher keys can still matter */
    uint64_t *below;      /* [queries]: only lower keys count, the others were returned by the last pass */
    uint64_t *floor;      /* an initial threshold */
    int *counts;          /* [queries x lists] */
    float *tile;          /* [queries x stride] */
    struct cuda_exclusions exclusions;
    int *faults;
};

enum { CUDA_SELECT_PART = 2048, CUDA_SELECT_THREADS = 256 };

/* Computes the sizes; with `tiled`, a callback fills a tile with scores, otherwise blocks compute them. */
struct cuda_selecting cuda_selecting_plan(const struct compute_device *device, bool tiled, int64_t n_queries,
                                          int64_t n_items, int64_t k);
/* Lays out the plan's arrays in scratch memory (after cuda_check) and takes the stream's fault flags. */
void cuda_selecting_place(struct cuda_selecting *job, struct compute_stream *stream, struct compute_slice scratch);

/* Computes scores of `queries` queries from `query` on with `items` items from `item` on into tile[q * stride + i]. */
typedef enum status (*cuda_scores)(const void *context, int64_t query, int64_t queries, int64_t item, int64_t items,
                                   int64_t stride, float *tile, struct error *error);

/* The best of the scores that `scores` computes; ids and values [n_queries x k], values negated when `negate`. */
enum status cuda_select_tiles(const char *operation, struct compute_stream *stream, const struct cuda_selecting *job,
                              int64_t n_queries, int64_t k, cuda_scores scores, const void *context, int32_t *ids,
                              float *values, bool negate, struct error *error);
/* Merges the lists of `queries` queries and writes their best from position `done` on of ids and values [queries x k].
 */
void cuda_select_merge(struct compute_stream *stream, const struct cuda_selecting *job, int64_t queries, int64_t k,
                       int64_t done, int32_t *ids, float *values, bool negate);

/* ---- inside kernels ---- */

/* Sorts `n` keys (a power of two) in shared memory, highest first. All threads call it, after a barrier. */
static __device__ inline void cuda_sort_keys(uint64_t *keys, int n)
{
    for (int size = 2; size <= n; size *= 2)
        for (int stride = size / 2; stride > 0; stride /= 2) {
            for (int i = (int)threadIdx.x; i < n / 2; i += (int)blockDim.x) {
                int low = 2 * i - (i & (stride - 1)), high = low + stride;
                uint64_t a = keys[low], b = keys[high];
                if ((a < b) == ((low & size) == 0)) {
                    keys[low] = b;
                    keys[high] = a;
                }
            }
            __syncthreads();
        }
}

/* A block's view of its list. */
struct cuda_list {
    uint64_t *keys;   /* in device memory */
    uint64_t *sorted; /* shared [capacity] */
    int *count;       /* shared */
    int part, capacity;
    uint64_t threshold, below; /* the same in all threads */
};

static __device__ inline void cuda_list_add(struct cuda_list *list, uint64_t key)
{
    list->keys[atomicAdd(list->count, 1)] = key;
}

static __device__ inline bool cuda_list_wants(const struct cuda_list *list, uint64_t key)
{
    return key > list->threshold && key < list->below;
}

/* Cuts to the best and sorts them, in `sorted`, too, with 0 after the last. All threads call it, after a barrier. */
static __device__ inline void cuda_list_cut(struct cuda_list *list)
{
    int count = *list->count, n = 2;
    while (n < count)
        n *= 2;
    for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x)
        list->sorted[i] = i < count ? list->keys[i] : 0;
    __syncthreads();
    cuda_sort_keys(list->sorted, n);
    int left = count < list->part ? count : list->part;
    for (int i = (int)threadIdx.x; i < left; i += (int)blockDim.x)
        list->keys[i] = list->sorted[i];
    if (count >= list->part)
        list->threshold = list->sorted[list->part - 1];
    if (threadIdx.x == 0)
        *list->count = left;
    __syncthreads();
}

/* Ensures free space for `more` keys. All threads call it. */
static __device__ inline void cuda_list_reserve(struct cuda_list *list, int more)
{
    __syncthreads();
    int count = *list->count;
    __syncthreads();
    if (count > list->capacity - more)
        cuda_list_cut(list);
}

static __device__ inline bool cuda_excluded(const struct cuda_selecting &job, int64_t query, int64_t row)
{
    if (job.exclusions.self)
        return query == row;
    if (!job.exclusions.starts)
        return false;
    int64_t low, end;
    cuda_row_entries(job.exclusions.starts, query, job.exclusions.n_entries, job.faults, &low, &end);
    int64_t high = end;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (job.exclusions.rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && job.exclusions.rows[low] == row;
}

#endif
