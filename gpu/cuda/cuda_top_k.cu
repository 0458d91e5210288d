#include "gpu/cuda/cuda_select.h"

#include <limits.h>
#include <math.h>

/* Score and select. Many queries: cuBLAS scores a tile of them against a few thousand items, which stays in the
 * second-level cache until the selection has processed it. A few queries: one after the other, every block computes
 * scores and selects at once, so that only the items are read. A sample of the items first gives a floor that excludes
 * nearly all of them. The floor is an estimate: if it has excluded too many, the pass is repeated without it. */

enum {
    FEW = 4,
    SHARED_BYTES = 48 << 10,
    WARPS = CUDA_SELECT_THREADS / 32,
    TOGETHER = 2,      /* rows that a lane processes at the same time */
    ROUND = 1024,      /* rows of a block between two checks of its list's free space */
    GROUP_ROWS = 32,   /* items per group of the sample */
    SAMPLE_SHARE = 70, /* one in so many items is in the sample */
    GROUPS_MIN = 32,
    GROUPS_MAX = 2 * CUDA_SELECT_PART,
};

struct scoring {
    struct cuda_selecting select;
    int64_t query; /* index in the call, for its exclusions */
    int64_t d;
    const float *of_query, *items;
    bool shared; /* the query's vector fits shared memory beside the list */
    int groups;  /* groups of the sample; 0: none */
    int rank;    /* the floor is the rank-th best of the groups' best keys */
    bool again;  /* this pass is only needed if the floor was too high */
};

/* Indices into cuda_selecting.floor after the floor has been computed from the groups' keys. */
enum { FLOOR, FOUND };

static __device__ inline float add_product(float sum, float a, float b)
{
    return fmaf(a, b, sum);
}

static __device__ inline float add_product(float sum, float4 a, float4 b)
{
    return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}

/* Lanes that share a row: eight times four floats are a cache line. */
template <typename T> struct lanes {
    enum { OF_ROW = sizeof(T) == sizeof(float) ? 32 : 8, ROWS_AT_ONCE = 32 / OF_ROW, STEP = TOGETHER * ROWS_AT_ONCE };
};

/* Dot products by a warp: sums[u] is that of row first + lane / OF_ROW + u ROWS_AT_ONCE, in each of the row's lanes. */
template <typename T>
static __device__ inline void score_rows(const struct scoring &job, const T *query, int64_t first,
                                         float (&sums)[TOGETHER])
{
    int lane = (int)threadIdx.x % 32;
    const T *rows[TOGETHER];
    int64_t width = job.d / (int64_t)(sizeof(T) / sizeof(float));
    for (int u = 0; u < TOGETHER; u++) {
        int64_t row = first + lane / lanes<T>::OF_ROW + u * lanes<T>::ROWS_AT_ONCE;
        rows[u] = (const T *)(const void *)job.items + (row < job.select.n_items ? row : 0) * width;
        sums[u] = 0;
    }
#pragma unroll 4
    for (int64_t j = lane % lanes<T>::OF_ROW; j < width; j += lanes<T>::OF_ROW)
        for (int u = 0; u < TOGETHER; u++)
            sums[u] = add_product(sums[u], query[j], rows[u][j]);
    for (int u = 0; u < TOGETHER; u++)
        for (int step = lanes<T>::OF_ROW / 2; step > 0; step /= 2)
            sums[u] += __shfl_xor_sync(0xffffffffu, sums[u], step);
}

/* The query's vector, in shared memory if it fits. All threads call it. */
template <typename T> static __device__ inline const T *query_of(const struct scoring &job, uint64_t *shared)
{
    if (!job.shared)
        return (const T *)(const void *)job.of_query;
    float *copy = (float *)(void *)(shared + job.select.capacity);
    for (int64_t j = threadIdx.x; j < job.d; j += blockDim.x)
        copy[j] = job.of_query[j];
    __syncthreads();
    return (const T *)(const void *)copy;
}

/* The best key of each group of the sample, a warp per group. */
template <typename T> static __global__ void sample_kernel(struct scoring job)
{
    CUDA_DYNAMIC_SHARED(uint64_t, shared);
    const T *query = query_of<T>(job, shared);
    int lane = (int)threadIdx.x % 32, group = (int)(blockIdx.x * WARPS + threadIdx.x / 32);
    if (group >= job.groups)
        return;
    int64_t first = job.select.n_items / job.groups * group;
    uint64_t below = job.select.below[0], best = 0;
    for (int r = 0; r < GROUP_ROWS; r += lanes<T>::STEP) {
        float sums[TOGETHER];
        score_rows(job, query, first + r, sums);
        for (int u = 0; u < TOGETHER; u++) {
            int64_t row = first + r + lane / lanes<T>::OF_ROW + u * lanes<T>::ROWS_AT_ONCE;
            uint64_t key = cuda_key(sums[u], row);
            if (key > best && key < below && !cuda_excluded(job.select, job.query, row))
                best = key;
        }
    }
    for (int step = 16; step > 0; step /= 2) {
        uint64_t other = __shfl_xor_sync(0xffffffffu, best, step);
        best = other > best ? other : best;
    }
    if (lane == 0)
        job.select.floor[group] = best;
}

static __global__ void floor_kernel(struct scoring job)
{
    CUDA_DYNAMIC_SHARED(uint64_t, sorted);
    int n = 2;
    while (n < job.groups)
        n *= 2;
    for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x)
        sorted[i] = i < job.groups ? job.select.floor[i] : 0;
    __syncthreads();
    cuda_sort_keys(sorted, n);
    if (threadIdx.x == 0) {
        uint64_t key = sorted[job.rank - 1];
        job.select.floor[FLOOR] = key > 0 ? key - 1 : 0;
        job.select.floor[FOUND] = 0;
    }
}

/* Every block takes an equal share of the items, a warp a few of them at a time, and feeds its own list. */
template <typename T> static __global__ void __launch_bounds__(CUDA_SELECT_THREADS) score_kernel(struct scoring job)
{
    CUDA_DYNAMIC_SHARED(uint64_t, shared);
    __shared__ int count;
    const struct cuda_selecting &select = job.select;
    if (job.again && select.floor[FOUND] >= (uint64_t)select.part)
        return;
    const T *query = query_of<T>(job, shared);
    struct cuda_list list = {
        select.keys + (int64_t)blockIdx.x * select.capacity,    shared,         &count, select.part, select.capacity,
        job.groups > 0 && !job.again ? select.floor[FLOOR] : 0, select.below[0]};
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int64_t begin = select.n_items * blockIdx.x / gridDim.x, end = select.n_items * (blockIdx.x + 1) / gridDim.x;
    if (threadIdx.x == 0)
        count = 0;
    for (int64_t round = begin; round < end; round += ROUND) {
        cuda_list_reserve(&list, ROUND);
        int64_t stop = round + ROUND < end ? round + ROUND : end;
        for (int64_t first = round + warp * lanes<T>::STEP; first < stop; first += WARPS * lanes<T>::STEP) {
            float sums[TOGETHER];
            score_rows(job, query, first, sums);
            for (int u = 0; u < TOGETHER; u++) {
                int64_t row = first + lane / lanes<T>::OF_ROW + u * lanes<T>::ROWS_AT_ONCE;
                uint64_t key = cuda_key(sums[u], row);
                if (lane % lanes<T>::OF_ROW == 0 && row < stop && cuda_list_wants(&list, key) &&
                    !cuda_excluded(select, job.query, row))
                    cuda_list_add(&list, key);
            }
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        select.counts[blockIdx.x] = count;
        select.thresholds[blockIdx.x] = list.threshold;
        if (job.groups > 0 && !job.again)
            atomicAdd((unsigned long long *)(void *)&select.floor[FOUND], (unsigned long long)count);
    }
}

template <typename T> static void launch_pass(struct compute_stream *stream, struct scoring job)
{
    size_t keys = (size_t)job.select.capacity * 8;
    size_t bytes = keys + (job.shared ? (size_t)job.d * sizeof(float) : 0);
    if (job.groups > 0) {
        CUDA_LAUNCH(sample_kernel<T>, (unsigned)((job.groups + WARPS - 1) / WARPS), CUDA_SELECT_THREADS, bytes,
                    stream->queue, job);
        CUDA_LAUNCH(floor_kernel, 1, 512, (size_t)GROUPS_MAX * 8, stream->queue, job);
    }
    CUDA_LAUNCH(score_kernel<T>, (unsigned)job.select.lists, CUDA_SELECT_THREADS, bytes, stream->queue, job);
    if (job.groups > 0) {
        job.again = true;
        CUDA_LAUNCH(score_kernel<T>, (unsigned)job.select.lists, CUDA_SELECT_THREADS, bytes, stream->queue, job);
    }
}

/* Chooses the sample, and the rank r of its floor: about r / share items are above it, with a deviation of
 * sqrt(r) / share, and at least `part` are needed; three deviations more are allowed. */
static void plan_sample(struct scoring *job)
{
    int64_t groups = job->select.n_items / ((int64_t)SAMPLE_SHARE * GROUP_ROWS);
    groups = groups < GROUPS_MAX ? groups : (int64_t)GROUPS_MAX;
    double needed = (double)job->select.part * (double)(groups * GROUP_ROWS) / (double)job->select.n_items;
    double root = (3 + sqrt(9 + 4 * needed)) / 2;
    job->rank = (int)ceil(root * root);
    job->groups = groups >= GROUPS_MIN && groups >= 2 * job->rank ? (int)groups : 0;
}

/* One query. */
static enum status score_and_select(struct compute_stream *stream, struct scoring job, int64_t k, int32_t *ids,
                                    float *values, struct error *error)
{
    plan_sample(&job);
    job.shared = (size_t)job.select.capacity * 8 + (size_t)job.d * sizeof(float) <= SHARED_BYTES - 64;
    bool vectors = job.shared && job.d % 4 == 0 && (uintptr_t)job.items % sizeof(float4) == 0;
    enum status status = cuda_check_call("top_k", cudaMemsetAsync(job.select.below, 0xff, 8, stream->queue), error);
    for (int64_t done = 0; done < k && status == STATUS_OK; done += job.select.part) {
        if (vectors)
            launch_pass<float4>(stream, job);
        else
            launch_pass<float>(stream, job);
        cuda_select_merge(stream, &job.select, 1, k, done, ids, values, false);
        status = cuda_launched("top_k", error);
    }
    return status;
}

struct products {
    struct compute_stream *stream;
    int64_t d;
    const float *queries, *items;
};

static enum status score_tile(const void *context, int64_t query, int64_t queries, int64_t item, int64_t items,
                              int64_t stride, float *tile, struct error *error)
{
    const struct products *job = (const struct products *)context;
    const float one = 1, zero = 0;
    int d = (int)job->d;
    return cuda_check_blas("top_k",
                           cublasSgemm(job->stream->blas, CUBLAS_OP_T, CUBLAS_OP_N, (int)items, (int)queries, d, &one,
                                       job->items + item * d, d, job->queries + query * d, d, &zero, tile, (int)stride),
                           error);
}

size_t cuda_top_k_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t k)
{
    return cuda_selecting_plan(device, n_queries > FEW, n_queries, n_items, k).bytes;
}

enum status cuda_top_k(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                       struct compute_slice queries, struct compute_slice items, struct compute_slice excluded_starts,
                       struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                       struct compute_slice scratch, struct error *error)
{
    if (n_queries < 0 || n_items < 0 || d < 1 || k < 0 || n_items > INT32_MAX || d > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation top_k cannot work on %lld queries, %lld items of width %lld",
                         (long long)n_queries, (long long)n_items, (long long)d);
    struct cuda_selecting job = cuda_selecting_plan(stream->device, n_queries > FEW, n_queries, n_items, k);
    enum status status = cuda_check_all("top_k",
                                        {{"queries", queries, cuda_count(n_queries, d)},
                                         {"items", items, cuda_count(n_items, d)},
                                         {"ids", ids, cuda_count(n_queries, k)},
                                         {"scores", scores, cuda_count(n_queries, k)},
                                         {"excluded starts", excluded_starts, cuda_count(n_queries + 1), 8, true},
                                         {"scratch", scratch, (int64_t)job.bytes, 1}},
                                        error);
    if (status != STATUS_OK || n_queries == 0 || k == 0)
        return status;
    cuda_selecting_place(&job, stream, scratch);
    job.exclusions.starts = cuda_longs(excluded_starts);
    job.exclusions.rows = cuda_ints(excluded);
    job.exclusions.n_entries = cuda_slice_count(excluded, sizeof(int32_t));
    if (n_queries > FEW) {
        struct products products = {stream, d, cuda_floats(queries), cuda_floats(items)};
        return cuda_select_tiles("top_k", stream, &job, n_queries, k, score_tile, &products, cuda_ints(ids),
                                 cuda_floats(scores), false, error);
    }
    for (int64_t query = 0; query < n_queries && status == STATUS_OK; query++) {
        struct scoring scoring = {job, query, d,    cuda_floats(queries) + query * d, cuda_floats(items), false,
                                  0,   0,     false};
        status =
            score_and_select(stream, scoring, k, cuda_ints(ids) + query * k, cuda_floats(scores) + query * k, error);
    }
    return status;
}
