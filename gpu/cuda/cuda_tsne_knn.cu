#include "gpu/cuda/cuda_tsne.h"

#include "gpu/cuda/cuda_reduce.h"

#include <climits>
#include <cmath>

/* t-SNE with a P of nearest neighbours. Attraction is along the neighbours of a point and along the points that have it
 * as a neighbour; repulsion is that of all pairs, which on a GPU is faster than building a tree or a mesh, for as many
 * points as a map can show. */

enum {
    TILE = 256,    /* points in shared memory at a time */
    PARTS_MAX = 16 /* parts of the repelling points, so that few points keep a GPU busy, too */
};

/* The layout of P in its buffer: p(j|i) / 2n by row, and the same by column. */
struct knn_p {
    int64_t n, k;
    int64_t *starts; /* [n + 1] of columns */
    int32_t *ids;    /* [n x k] */
    float *values;   /* [n x k] */
    int32_t *rows;   /* [n x k] for each point, those that have it as a neighbour, in ascending order */
    float *turned;   /* [n x k] their values */
};

static size_t knn_p_bytes(int64_t n, int64_t k)
{
    return (size_t)(n + 2) * sizeof(int64_t) + (size_t)(n * k) * (2 * sizeof(int32_t) + 2 * sizeof(float));
}

static struct knn_p knn_p_at(struct compute_slice slice, int64_t n, int64_t k)
{
    uintptr_t start = ((uintptr_t)cuda_elements<char>(slice) + sizeof(int64_t) - 1) / sizeof(int64_t) * sizeof(int64_t);
    struct knn_p p = {n, k, (int64_t *)start, NULL, NULL, NULL, NULL};
    p.ids = (int32_t *)(void *)(p.starts + n + 1);
    p.values = (float *)(void *)(p.ids + n * k);
    p.rows = (int32_t *)(void *)(p.values + n * k);
    p.turned = (float *)(void *)(p.rows + n * k);
    return p;
}

/* ---- affinities ---- */

/* Copies ids and probabilities and counts those of each column. An invalid neighbour is reported and replaced by the
 * point itself with weight 0. */
static __global__ void take_kernel(struct knn_p p, const int32_t *ids, const float *conditional,
                                   unsigned long long *counts, int *faults)
{
    float scale = 1 / (2 * (float)p.n);
    for (CUDA_EACH(e, p.n * p.k)) {
        int32_t id = ids[e];
        bool sound = id >= 0 && id < p.n;
        if (!sound)
            atomicOr(faults, CUDA_FAULT_ID);
        p.ids[e] = sound ? id : (int32_t)(e / p.k);
        p.values[e] = sound ? conditional[e] * scale : 0;
        atomicAdd(&counts[p.ids[e]], 1ull);
    }
}

/* One block: starts[i] = the sum of counts before i; counts become the positions where columns begin. */
static __global__ void starts_kernel(int64_t n, int64_t *starts, unsigned long long *counts)
{
    __shared__ int64_t sums[1024];
    int64_t part = (n + blockDim.x - 1) / blockDim.x, begin = (int64_t)threadIdx.x * part;
    int64_t end = begin + part < n ? begin + part : n, sum = 0;
    for (int64_t i = begin; i < end; i++)
        sum += (int64_t)counts[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (unsigned t = 0; t < threadIdx.x; t++)
        sum += sums[t];
    for (int64_t i = begin; i < end; i++) {
        int64_t count = (int64_t)counts[i];
        starts[i] = sum;
        counts[i] = (unsigned long long)sum;
        sum += count;
    }
    if (threadIdx.x == blockDim.x - 1)
        starts[n] = sum;
}

static __global__ void turn_kernel(struct knn_p p, unsigned long long *next)
{
    for (CUDA_EACH(e, p.n * p.k)) {
        int64_t at = (int64_t)atomicAdd(&next[p.ids[e]], 1ull);
        p.rows[at] = (int32_t)(e / p.k);
        p.turned[at] = p.values[e];
    }
}

static __device__ inline void put_in_order(int32_t *rows, float *values, int64_t low, int64_t high)
{
    if (rows[low] <= rows[high])
        return;
    int32_t row = rows[low];
    float value = values[low];
    rows[low] = rows[high], values[low] = values[high];
    rows[high] = row, values[high] = value;
}

/* Columns are filled in any order: a block sorts one by Batcher's bitonic network, in the form in which the smaller of
 * two always comes first, so that elements past the end count as larger and need not exist. */
static __global__ void sort_kernel(struct knn_p p)
{
    for (int64_t i = blockIdx.x; i < p.n; i += gridDim.x) {
        int32_t *rows = p.rows + p.starts[i];
        float *values = p.turned + p.starts[i];
        int64_t count = p.starts[i + 1] - p.starts[i];
        for (int64_t size = 2; size < 2 * count; size *= 2) {
            for (int64_t low = threadIdx.x; low < count; low += blockDim.x) {
                int64_t high = low ^ (size - 1);
                if (high > low && high < count)
                    put_in_order(rows, values, low, high);
            }
            __syncthreads();
            for (int64_t step = size / 4; step > 0; step /= 2) {
                for (int64_t low = threadIdx.x; low < count; low += blockDim.x) {
                    int64_t high = low ^ step;
                    if (high > low && high < count)
                        put_in_order(rows, values, low, high);
                }
                __syncthreads();
            }
        }
    }
}

size_t cuda_tsne_knn_affinity_bytes(const struct compute_device *device, int64_t n, int64_t k)
{
    (void)device;
    return knn_p_bytes(n, k);
}

size_t cuda_tsne_knn_affinities_scratch(const struct compute_device *device, int64_t n, int64_t k)
{
    (void)device;
    (void)k;
    return (size_t)(n + 1) * sizeof(unsigned long long);
}

enum status cuda_tsne_knn_affinities(struct compute_stream *stream, int64_t n, int64_t k, float perplexity,
                                     struct compute_slice ids, struct compute_slice distances,
                                     struct compute_slice slice, struct compute_slice scratch, struct error *error)
{
    static const char *const operation = "tsne_knn_affinities";
    if (n < 2 || k < 1 || k >= n || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld points with %lld neighbours each",
                         operation, (long long)n, (long long)k);
    if (!(perplexity > 0 && perplexity <= (float)k))
        return error_set(error, STATUS_USAGE,
                         "a t-SNE perplexity with %lld neighbours is above 0 and at most that, not %g", (long long)k,
                         (double)perplexity);
    enum status status =
        cuda_check_all(operation,
                       {{"ids", ids, cuda_count(n, k)},
                        {"distances", distances, cuda_count(n, k)},
                        {"p", slice, (int64_t)knn_p_bytes(n, k), 1},
                        {"scratch", scratch, (int64_t)cuda_tsne_knn_affinities_scratch(stream->device, n, k), 1}},
                       error);
    if (status == STATUS_OK)
        status = cuda_tsne_condition(operation, stream, n, k, false, std::log((double)perplexity),
                                     cuda_floats(distances), error);
    if (status != STATUS_OK)
        return status;
    struct knn_p p = knn_p_at(slice, n, k);
    uintptr_t start = ((uintptr_t)cuda_elements<char>(scratch) + 7) / 8 * 8;
    unsigned long long *counts = (unsigned long long *)start;
    status = cuda_check_call(operation, cudaMemsetAsync(counts, 0, (size_t)n * sizeof *counts, stream->queue), error);
    if (status != STATUS_OK)
        return status;
    CUDA_LAUNCH(take_kernel, cuda_blocks(n * k), CUDA_BLOCK, 0, stream->queue, p, cuda_ints(ids),
                cuda_floats(distances), counts, stream->faults);
    CUDA_LAUNCH(starts_kernel, 1, 1024, 0, stream->queue, n, p.starts, counts);
    CUDA_LAUNCH(turn_kernel, cuda_blocks(n * k), CUDA_BLOCK, 0, stream->queue, p, counts);
    CUDA_LAUNCH(sort_kernel, cuda_blocks(n, 1), 128, 0, stream->queue, p);
    return cuda_launched(operation, error);
}

/* ---- a step ---- */

/* A thread per point, blockIdx.y a part of the others: z, repulsion x and y of the part. */
static __global__ void repel_kernel(int64_t n, const float *y, float *partial)
{
    __shared__ float2 tile[TILE];
    int64_t i = (int64_t)blockIdx.x * TILE + threadIdx.x, tiles = (n + TILE - 1) / TILE;
    int64_t share = (tiles + gridDim.y - 1) / gridDim.y, end = (blockIdx.y + 1) * share;
    float at_x = i < n ? y[2 * i] : 0, at_y = i < n ? y[2 * i + 1] : 0;
    double z = 0, x_sum = 0, y_sum = 0;
    for (int64_t t = blockIdx.y * share; t < (end < tiles ? end : tiles); t++) {
        int64_t other = t * TILE + threadIdx.x, left = n - t * TILE, count = left < TILE ? left : (int64_t)TILE;
        if (other < n)
            tile[threadIdx.x] = make_float2(y[2 * other], y[2 * other + 1]);
        __syncthreads();
        float z_tile = 0, x_tile = 0, y_tile = 0;
        for (int j = 0; j < count; j++) {
            float dx = tile[j].x - at_x, dy = tile[j].y - at_y;
            float q = t * TILE + j == i ? 0 : 1.0f / fmaf(dx, dx, fmaf(dy, dy, 1.0f));
            z_tile += q;
            x_tile = fmaf(q * q, dx, x_tile);
            y_tile = fmaf(q * q, dy, y_tile);
        }
        z += (double)z_tile, x_sum += (double)x_tile, y_sum += (double)y_tile;
        __syncthreads();
    }
    if (i >= n)
        return;
    float *to = partial + (blockIdx.y * n + i) * 3;
    to[0] = (float)z, to[1] = (float)x_sum, to[2] = (float)y_sum;
}

/* Attraction along `count` edges of a point, by the lanes of a warp. */
static __device__ inline void attract(const float *points, float x, float y, const int32_t *others, const float *values,
                                      int64_t count, float *sums)
{
    for (int64_t e = threadIdx.x % 32; e < count; e += 32) {
        float dx = points[2 * others[e]] - x, dy = points[2 * others[e] + 1] - y;
        float pq = values[e] / fmaf(dx, dx, fmaf(dy, dy, 1.0f));
        sums[0] = fmaf(pq, dx, sums[0]);
        sums[1] = fmaf(pq, dy, sums[1]);
    }
}

/* A warp per point: its attraction, and the sum of the parts of its repulsion. */
static __global__ void knn_forces_kernel(struct cuda_tsne_step job, struct knn_p p, int parts, const float *partial)
{
    __shared__ double shared[32];
    int lane = (int)threadIdx.x % 32;
    int64_t i = (int64_t)blockIdx.x * CUDA_TSNE_WARPS + threadIdx.x / 32;
    bool there = i < job.n;
    float sums[2] = {0}, repulsion[2] = {0};
    double z = 0;
    if (there) {
        float x = job.y[2 * i], y = job.y[2 * i + 1];
        attract(job.y, x, y, p.ids + i * p.k, p.values + i * p.k, p.k, sums);
        attract(job.y, x, y, p.rows + p.starts[i], p.turned + p.starts[i], p.starts[i + 1] - p.starts[i], sums);
    }
    for (int part = 0; there && lane == 0 && part < parts; part++) {
        const float *from = partial + (part * job.n + i) * 3;
        z += (double)from[0];
        repulsion[0] += from[1];
        repulsion[1] += from[2];
    }
    sums[0] = cuda_warp_sum(sums[0]);
    sums[1] = cuda_warp_sum(sums[1]);
    if (there && lane == 0)
        for (int c = 0; c < 2; c++) {
            job.forces[i * CUDA_TSNE_SUMS + c] = sums[c];
            job.forces[i * CUDA_TSNE_SUMS + 2 + c] = repulsion[c];
        }
    double block_z = cuda_block_sum(z, shared);
    if (threadIdx.x == 0)
        job.z[1 + blockIdx.x] = block_z;
}

/* p(i|j) / 2n where i is a neighbour of j; less than 0 where it is not. */
static __device__ inline float column_value(struct knn_p p, int64_t i, int32_t j)
{
    int64_t low = p.starts[i], high = p.starts[i + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (p.rows[middle] < j)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p.starts[i + 1] && p.rows[low] == j ? p.turned[low] : -1;
}

/* A pair is visited at both ends if both are neighbours, otherwise at one end, where it counts twice. */
static __global__ void knn_divergence_kernel(struct cuda_tsne_step job, struct knn_p p, int64_t blocks)
{
    __shared__ double shared[32];
    int64_t i = (int64_t)blockIdx.x * CUDA_TSNE_WARPS + threadIdx.x / 32;
    float p_log = 0, p_sum = 0;
    for (int64_t e = threadIdx.x % 32; i < job.n && e < p.k; e += 32) {
        int32_t j = p.ids[i * p.k + e];
        float other = column_value(p, i, j), weight = other < 0 ? 2 : 1;
        float value = p.values[i * p.k + e] + (other < 0 ? 0 : other);
        float dx = job.y[2 * j] - job.y[2 * i], dy = job.y[2 * j + 1] - job.y[2 * i + 1];
        if (value > 0)
            p_log = fmaf(weight * value, logf(value * fmaf(dx, dx, fmaf(dy, dy, 1.0f))), p_log);
        p_sum += weight * value;
    }
    double block_log = cuda_block_sum((double)p_log, shared), block_sum = cuda_block_sum((double)p_sum, shared);
    if (threadIdx.x == 0) {
        job.logs[2 + blockIdx.x] = block_log;
        job.logs[2 + blocks + blockIdx.x] = block_sum;
    }
}

size_t cuda_tsne_knn_step_scratch(const struct compute_device *device, int64_t n)
{
    (void)device;
    return cuda_tsne_sums_bytes(n) + (size_t)(n * PARTS_MAX * 3) * sizeof(float);
}

enum status cuda_tsne_knn_step(struct compute_stream *stream, int64_t n, int64_t k, float exaggeration,
                               float learning_rate, float momentum, struct compute_slice slice, struct compute_slice y,
                               struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                               struct compute_slice scratch, struct error *error)
{
    static const char *const operation = "tsne_knn_step";
    struct cuda_tsne_step job = {};
    job.n = n;
    job.exaggeration = exaggeration;
    job.learning_rate = learning_rate;
    job.momentum = momentum;
    enum status status =
        cuda_check_all(operation, {{"p", slice, n < 0 || k < 0 ? -1 : (int64_t)knn_p_bytes(n, k), 1}}, error);
    if (status == STATUS_OK)
        status = cuda_tsne_step_start(operation, stream, &job, y, velocity, gains, kl, scratch,
                                      (int64_t)cuda_tsne_knn_step_scratch(stream->device, n), error);
    if (status != STATUS_OK || n < 2)
        return status;
    struct knn_p p = knn_p_at(slice, n, k);
    float *partial = job.forces + n * CUDA_TSNE_SUMS;
    int64_t tiles = (n + TILE - 1) / TILE, blocks = cuda_tsne_blocks(n);
    unsigned parts = (unsigned)(tiles < PARTS_MAX ? tiles : (int64_t)PARTS_MAX);
    CUDA_LAUNCH(repel_kernel, dim3((unsigned)tiles, parts), TILE, 0, stream->queue, n, job.y, partial);
    CUDA_LAUNCH(knn_forces_kernel, (unsigned)blocks, 32 * CUDA_TSNE_WARPS, 0, stream->queue, job, p, (int)parts,
                partial);
    if (job.kl)
        CUDA_LAUNCH(knn_divergence_kernel, (unsigned)blocks, 32 * CUDA_TSNE_WARPS, 0, stream->queue, job, p, blocks);
    return cuda_tsne_step_end(operation, stream, job, error);
}
