#include "gpu/cuda/cuda_select.h"

/* Selection from tiles of scores, and merging of lists. */

enum {
    SEGMENT = 8192, /* scores of a tile per block */
    ROUND = 1024,   /* scores between two checks of the list's free space */
    BLOCKS = 8,     /* lists per multiprocessor */
    ALIGNMENT = 256,
    MERGE_THREADS = 512,
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t aligned(int64_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Lays out the arrays from `base` on; returns their size in bytes. */
static int64_t place_arrays(struct cuda_selecting *job, char *base)
{
    int64_t lists = job->queries * job->lists, at = 0;
    auto next = [&](int64_t bytes) {
        uintptr_t here = (uintptr_t)base + (uintptr_t)at;
        at += aligned(bytes);
        return (void *)here;
    };
    job->keys = (uint64_t *)next(lists * job->capacity * 8);
    job->thresholds = (uint64_t *)next(lists * 8);
    job->below = (uint64_t *)next(job->queries * 8);
    job->floor = (uint64_t *)next(CUDA_SELECT_PART * 2 * 8); /* and the values it is computed from */
    job->counts = (int *)next(lists * 4);
    job->tile = (float *)next(job->queries * job->stride * 4);
    return at;
}

struct cuda_selecting cuda_selecting_plan(const struct compute_device *device, bool tiled, int64_t n_queries,
                                          int64_t n_items, int64_t k)
{
    struct cuda_selecting job = {};
    int64_t blocks = (int64_t)device->processors * BLOCKS;
    int64_t least = tiled ? (int64_t)SEGMENT : (int64_t)CUDA_SELECT_THREADS; /* minimum number of items per list */
    int64_t most = (n_items + least - 1) / least;
    job.n_items = n_items;
    job.part = (int)smaller(k, CUDA_SELECT_PART);
    job.capacity = job.part > ROUND ? 2 * CUDA_SELECT_PART : 2 * ROUND;
    job.queries = tiled ? smaller(n_queries, blocks) : 1;
    job.lists = job.queries > 0 ? smaller(blocks / job.queries, most) : 0;
    job.lists = job.lists > 0 ? job.lists : 1;
    job.stride = tiled ? smaller(job.lists * SEGMENT, (n_items + 3) / 4 * 4) : 0;
    job.bytes = (size_t)place_arrays(&job, NULL) + ALIGNMENT;
    return job;
}

void cuda_selecting_place(struct cuda_selecting *job, struct compute_stream *stream, struct compute_slice scratch)
{
    char *bytes = cuda_elements<char>(scratch);
    place_arrays(job, bytes + (ALIGNMENT - (uintptr_t)bytes % ALIGNMENT) % ALIGNMENT);
    job->faults = stream->faults;
}

/* A block for each query of the tile (y) and each of its lists (x), which processes one segment of the tile. */
static __global__ void segment_kernel(struct cuda_selecting job, int64_t first_query, int64_t first_item, int64_t items)
{
    CUDA_DYNAMIC_SHARED(uint64_t, sorted);
    __shared__ int count;
    int64_t query = blockIdx.y, list_index = query * job.lists + blockIdx.x;
    int64_t begin = (int64_t)blockIdx.x * SEGMENT, end = begin + SEGMENT < items ? begin + SEGMENT : items;
    struct cuda_list list = {job.keys + list_index * job.capacity, sorted,          &count, job.part, job.capacity,
                             job.thresholds[list_index],           job.below[query]};
    if (threadIdx.x == 0)
        count = job.counts[list_index];
    for (int64_t base = begin; base < end; base += ROUND) {
        cuda_list_reserve(&list, ROUND);
        for (int64_t i = base + threadIdx.x; i < base + ROUND && i < end; i += blockDim.x) {
            uint64_t key = cuda_key(job.tile[query * job.stride + i], first_item + i);
            if (cuda_list_wants(&list, key) && !cuda_excluded(job, first_query + query, first_item + i))
                cuda_list_add(&list, key);
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        job.counts[list_index] = count;
        job.thresholds[list_index] = list.threshold;
    }
}

/* Copies the keys of all lists to `sorted` if they fit, and sorts them; returns whether they did. All threads call it.
 */
static __device__ bool sort_all_lists(const struct cuda_selecting &job, int64_t first_list, uint64_t *sorted,
                                      int *count)
{
    __shared__ int total;
    if (threadIdx.x == 0)
        total = *count = 0;
    __syncthreads();
    int mine = 0;
    for (int64_t i = threadIdx.x; i < job.lists && mine <= job.capacity; i += blockDim.x)
        mine += job.counts[first_list + i];
    atomicAdd(&total, mine);
    __syncthreads();
    if (total > job.capacity)
        return false;
    for (int64_t i = threadIdx.x; i < job.lists; i += blockDim.x) {
        int keys = job.counts[first_list + i], to = atomicAdd(count, keys);
        for (int j = 0; j < keys; j++)
            sorted[to + j] = job.keys[(first_list + i) * job.capacity + j];
    }
    int n = 2;
    while (n < total)
        n *= 2;
    __syncthreads();
    for (int i = total + (int)threadIdx.x; i < n; i += (int)blockDim.x)
        sorted[i] = 0;
    __syncthreads();
    cuda_sort_keys(sorted, n);
    return true;
}

/* Adds the keys of the other lists to the first one, which is cut when it is full. All threads call it. */
static __device__ void add_lists(const struct cuda_selecting &job, int64_t first_list, struct cuda_list *list)
{
    __shared__ int longest;
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, warps = MERGE_THREADS / 32;
    __syncthreads();
    if (threadIdx.x == 0)
        *list->count = job.counts[first_list];
    cuda_list_reserve(list, MERGE_THREADS);
    for (int64_t first = 1; first < job.lists; first += warps) {
        int mine = first + warp < job.lists ? job.counts[first_list + first + warp] : 0;
        if (threadIdx.x == 0)
            longest = 0;
        __syncthreads();
        if (lane == 0)
            atomicMax(&longest, mine);
        __syncthreads();
        int rounds = longest;
        for (int base = 0; base < rounds; base += 32) {
            if (base + lane < mine) {
                uint64_t key = job.keys[(first_list + first + warp) * job.capacity + base + lane];
                if (cuda_list_wants(list, key))
                    cuda_list_add(list, key);
            }
            cuda_list_reserve(list, MERGE_THREADS);
        }
    }
    __syncthreads();
}

/* A block per query: sorts the keys of its lists, or adds those of the other lists to the first one. */
static __global__ void merge_kernel(struct cuda_selecting job, int64_t k, int64_t done, int32_t *ids, float *values,
                                    bool negate)
{
    CUDA_DYNAMIC_SHARED(uint64_t, sorted);
    __shared__ int count;
    int64_t query = blockIdx.x, list_index = query * job.lists;
    if (!sort_all_lists(job, list_index, sorted, &count)) {
        struct cuda_list list = {job.keys + list_index * job.capacity, sorted,          &count, job.part, job.capacity,
                                 job.thresholds[list_index],           job.below[query]};
        add_lists(job, list_index, &list);
        cuda_list_cut(&list);
    }
    int left = count < job.part ? count : job.part, wanted = k - done < job.part ? (int)(k - done) : job.part;
    for (int i = (int)threadIdx.x; i < wanted; i += MERGE_THREADS) {
        int64_t to = query * k + done + i;
        bool there = i < left;
        float score = there ? cuda_key_score(sorted[i]) : -INFINITY;
        ids[to] = there ? cuda_key_row(sorted[i]) : -1;
        values[to] = negate ? 0.0f - score : score;
    }
    if (threadIdx.x == 0)
        job.below[query] = left == job.part ? sorted[left - 1] : 0;
}

void cuda_select_merge(struct compute_stream *stream, const struct cuda_selecting *job, int64_t queries, int64_t k,
                       int64_t done, int32_t *ids, float *values, bool negate)
{
    CUDA_LAUNCH(merge_kernel, (unsigned)queries, MERGE_THREADS, (size_t)job->capacity * 8, stream->queue, *job, k, done,
                ids, values, negate);
}

static enum status select_pass(const char *operation, struct compute_stream *stream, const struct cuda_selecting *job,
                               int64_t query, int64_t queries, cuda_scores scores, const void *context,
                               struct error *error)
{
    enum status status = cuda_check_call(
        operation, cudaMemsetAsync(job->counts, 0, (size_t)(job->queries * job->lists) * 4, stream->queue), error);
    if (status == STATUS_OK)
        status = cuda_check_call(
            operation, cudaMemsetAsync(job->thresholds, 0, (size_t)(job->queries * job->lists) * 8, stream->queue),
            error);
    for (int64_t item = 0; item < job->n_items && status == STATUS_OK; item += job->stride) {
        int64_t items = smaller(job->stride, job->n_items - item);
        status = scores(context, query, queries, item, items, job->stride, job->tile, error);
        if (status != STATUS_OK)
            break;
        CUDA_LAUNCH(segment_kernel, dim3((unsigned)((items + SEGMENT - 1) / SEGMENT), (unsigned)queries),
                    CUDA_SELECT_THREADS, (size_t)job->capacity * 8, stream->queue, *job, query, item, items);
        status = cuda_launched(operation, error);
    }
    return status;
}

enum status cuda_select_tiles(const char *operation, struct compute_stream *stream, const struct cuda_selecting *job,
                              int64_t n_queries, int64_t k, cuda_scores scores, const void *context, int32_t *ids,
                              float *values, bool negate, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t query = 0; query < n_queries && status == STATUS_OK; query += job->queries) {
        int64_t queries = smaller(job->queries, n_queries - query);
        status = cuda_check_call(operation, cudaMemsetAsync(job->below, 0xff, (size_t)job->queries * 8, stream->queue),
                                 error);
        for (int64_t done = 0; done < k && status == STATUS_OK; done += job->part) {
            status = select_pass(operation, stream, job, query, queries, scores, context, error);
            if (status != STATUS_OK)
                break;
            cuda_select_merge(stream, job, queries, k, done, ids + query * k, values + query * k, negate);
            status = cuda_launched(operation, error);
        }
    }
    return status;
}
