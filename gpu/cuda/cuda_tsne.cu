#include "gpu/cuda/cuda_tsne.h"

#include "gpu/cuda/cuda_nearest.h"
#include "gpu/cuda/cuda_reduce.h"

#include <cfloat>
#include <cmath>

/* Exact t-SNE. P is stored as a full matrix in bfloat16 (its rounding errors, 1 in 256 at most, nearly cancel in the KL
 * divergence, and it halves the memory that each iteration reads), two columns per word, so that every point sums its
 * own forces and no two threads add to the same value. A step is three launches: forces with a warp per point, the sum
 * of all 1 / (1 + |yi - yj|²), and the update of the points. */

enum {
    TRANSPOSED = 32,     /* P is built in squares of this size */
    TRANSPOSED_ROWS = 8, /* rows of a square at a time */
    SEARCHES_MAX = 64,
};

static const float P_MIN = 2.2204460e-16F; /* as in scikit-learn; keeps every probability a normal number */

static int64_t words_of(int64_t n)
{
    return (n + 1) / 2;
}

size_t cuda_tsne_affinity_bytes(const struct compute_device *device, int64_t n)
{
    (void)device;
    return (size_t)(n * words_of(n)) * sizeof(uint32_t);
}

enum status cuda_tsne_distances(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice x,
                                struct compute_slice distances, struct error *error)
{
    enum status status = cuda_check_all(
        "tsne_distances", {{"x", x, cuda_count(n, d)}, {"distances", distances, cuda_count(n, n)}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct cuda_distances job = {n, n, d, cuda_floats(x), cuda_floats(x), cuda_floats(distances), n, false};
    return cuda_distances_launch("tsne_distances", stream, &job, error);
}

/* ---- affinities ---- */

struct row_sums {
    double e, de, dde; /* sums of exp(-beta d) and of it times d and d²; d relative to the nearest */
};

/* All threads call it; the point itself is skipped. */
static __device__ struct row_sums sum_row(const float *row, int64_t n, int64_t self, float least, float beta,
                                          double *shared)
{
    float e_sum = 0, de_sum = 0, dde_sum = 0;
    for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
        if (j != self) {
            float d = row[j] - least, e = expf(-beta * d), de = d * e;
            e_sum += e;
            de_sum += de;
            dde_sum += d * de;
        }
    struct row_sums sums;
    sums.e = cuda_block_sum((double)e_sum, shared);
    sums.de = cuda_block_sum((double)de_sum, shared);
    sums.dde = cuda_block_sum((double)dde_sum, shared);
    return sums;
}

/* Search for ln(beta), kept inside a bracket that bisection shrinks when Newton's step would leave it. */
struct search {
    double at, low, high, mean;
    float beta;
    int done;
};

static __device__ void search_on(struct search *search, const struct row_sums *sums, double entropy)
{
    double beta = exp(search->at) / search->mean, average = sums->de / sums->e;
    double excess = log(sums->e) + beta * average - entropy;
    if (fabs(excess) <= 1e-5) {
        search->done = 1;
        return;
    }
    if (excess > 0) /* entropy falls as beta grows */
        search->low = search->at;
    else
        search->high = search->at;
    double slope = -beta * beta * (sums->dde / sums->e - average * average);
    double next = slope < 0 ? search->at - excess / slope : search->low - 1;
    search->at = next > search->low && next < search->high ? next : (search->low + search->high) / 2;
    search->beta = (float)(exp(search->at) / search->mean);
    search->done = search->high - search->low <= 1e-9;
}

/* A block converts a row of distances to conditional probabilities p(j|i); `own`: element i of row i is the point
 * itself. */
static __global__ void condition_kernel(int64_t rows, int64_t n, bool own, double entropy, float *distances)
{
    __shared__ double shared[32];
    __shared__ float extremes[32];
    __shared__ struct search search;
    for (int64_t i = blockIdx.x; i < rows; i += gridDim.x) {
        const int64_t self = own ? i : -1;
        float *row = distances + i * n, nearest = -INFINITY;
        double sum = 0;
        for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
            if (j != self) {
                nearest = fmaxf(nearest, -row[j]);
                sum += (double)row[j];
            }
        float least = -cuda_block_max(nearest, extremes);
        sum = cuda_block_sum(sum, shared);
        if (threadIdx.x == 0) {
            search.mean = sum / (double)(own ? n - 1 : n) - (double)least;
            search.low = -14; /* of ln(beta * mean distance) */
            search.high = 28;
            search.at = log(2 + entropy);
            search.done = !(search.mean > (double)FLT_MIN);
            search.beta = search.done ? 0 : (float)(exp(search.at) / search.mean);
        }
        __syncthreads();
        struct row_sums sums = {0, 0, 0};
        for (int k = 0; k <= SEARCHES_MAX; k++) {
            sums = sum_row(row, n, self, least, search.beta, shared);
            bool done = search.done || k == SEARCHES_MAX;
            __syncthreads();
            if (done)
                break;
            if (threadIdx.x == 0)
                search_on(&search, &sums, entropy);
            __syncthreads();
        }
        float scale = (float)(1 / sums.e);
        for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
            row[j] = j == self ? 0 : scale * expf(-search.beta * (row[j] - least));
        __syncthreads();
    }
}

enum status cuda_tsne_condition(const char *operation, struct compute_stream *stream, int64_t rows, int64_t n, bool own,
                                double entropy, float *distances, struct error *error)
{
    CUDA_LAUNCH(condition_kernel, cuda_blocks(rows, 1), CUDA_BLOCK, 0, stream->queue, rows, n, own, entropy, distances);
    return cuda_launched(operation, error);
}

/* Rounds to the upper half of a float. */
static __device__ inline uint32_t rounded(float value)
{
    uint32_t bits = __float_as_uint(value);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* (p(j|i) + p(i|j)) / 2n, a square of P per block of 32 x 8 threads; the mirrored square is transposed through shared
 * memory. */
static __global__ void joint_kernel(int64_t n, const float *conditional, uint16_t *p)
{
    __shared__ float across[TRANSPOSED][TRANSPOSED + 1];
    int64_t row0 = (int64_t)blockIdx.y * TRANSPOSED, column0 = (int64_t)blockIdx.x * TRANSPOSED;
    int x = (int)threadIdx.x, stride = (int)((n + 1) / 2 * 2);
    for (int y = (int)threadIdx.y; y < TRANSPOSED; y += TRANSPOSED_ROWS)
        across[y][x] = column0 + y < n && row0 + x < n ? conditional[(column0 + y) * n + row0 + x] : 0;
    __syncthreads();
    for (int y = (int)threadIdx.y; y < TRANSPOSED; y += TRANSPOSED_ROWS) {
        int64_t i = row0 + y, j = column0 + x;
        if (i >= n || j >= stride)
            continue;
        float value = i < n && j < n ? (conditional[i * n + j] + across[x][y]) / (2 * (float)n) : 0;
        bool pair = j < n && i != j;
        p[i * stride + j] = (uint16_t)(pair ? rounded(value > P_MIN ? value : P_MIN) : 0);
    }
}

enum status cuda_tsne_affinities(struct compute_stream *stream, int64_t n, float perplexity,
                                 struct compute_slice distances, struct compute_slice p, struct error *error)
{
    enum status status =
        cuda_check_all("tsne_affinities",
                       {{"distances", distances, cuda_count(n, n)},
                        {"p", p, n < 0 ? -1 : (int64_t)cuda_tsne_affinity_bytes(stream->device, n), 1}},
                       error);
    if (status == STATUS_OK && !(perplexity > 0 && std::isfinite(perplexity)))
        status = error_set(error, STATUS_USAGE, "a t-SNE perplexity is above 0, not %g", (double)perplexity);
    if (status != STATUS_OK || n < 2)
        return status;
    unsigned squares = (unsigned)((n + TRANSPOSED - 1) / TRANSPOSED);
    if (squares > 65535)
        return error_set(error, STATUS_FAILED, "operation tsne_affinities cannot work on %lld points", (long long)n);
    status = cuda_tsne_condition("tsne_affinities", stream, n, n, true, std::log((double)perplexity),
                                 cuda_floats(distances), error);
    if (status != STATUS_OK)
        return status;
    CUDA_LAUNCH(joint_kernel, dim3(squares, squares), dim3(TRANSPOSED, TRANSPOSED_ROWS), 0, stream->queue, n,
                cuda_floats(distances), (uint16_t *)(void *)cuda_elements<char>(p));
    return cuda_launched("tsne_affinities", error);
}

/* ---- a step ---- */

/* A warp per point; a lane takes two adjacent columns at a time, as they are in a word. */
static __global__ void forces_kernel(struct cuda_tsne_step job, const uint32_t *p_words)
{
    __shared__ double shared[32];
    int lane = (int)threadIdx.x % 32;
    int64_t i = (int64_t)blockIdx.x * CUDA_TSNE_WARPS + threadIdx.x / 32, words = (job.n + 1) / 2;
    bool there = i < job.n;
    float x = there ? job.y[2 * i] : 0, y = there ? job.y[2 * i + 1] : 0, sums[CUDA_TSNE_SUMS] = {0}, z = 0;
    for (int64_t w = lane; there && w < words; w += 32) {
        uint32_t word = p_words[i * words + w];
        for (int half = 0; half < 2; half++) {
            int64_t j = 2 * w + half;
            if (j >= job.n || j == i)
                continue;
            float p = __uint_as_float(half ? word & 0xffff0000u : word << 16);
            float dx = job.y[2 * j] - x, dy = job.y[2 * j + 1] - y;
            float q = __fdividef(1.0f, fmaf(dx, dx, fmaf(dy, dy, 1.0f)));
            z += q;
            sums[0] = fmaf(p * q, dx, sums[0]);
            sums[1] = fmaf(p * q, dy, sums[1]);
            sums[2] = fmaf(q * q, dx, sums[2]);
            sums[3] = fmaf(q * q, dy, sums[3]);
        }
    }
    for (int f = 0; f < CUDA_TSNE_SUMS; f++) {
        float sum = cuda_warp_sum(sums[f]);
        if (there && lane == f)
            job.forces[i * CUDA_TSNE_SUMS + f] = sum;
    }
    double block_z = cuda_block_sum((double)z, shared);
    if (threadIdx.x == 0)
        job.z[1 + blockIdx.x] = block_z;
}

/* The same loop for the divergence. */
static __global__ void divergence_kernel(struct cuda_tsne_step job, const uint32_t *p_words, int64_t blocks)
{
    __shared__ double shared[32];
    int lane = (int)threadIdx.x % 32;
    int64_t i = (int64_t)blockIdx.x * CUDA_TSNE_WARPS + threadIdx.x / 32, words = (job.n + 1) / 2;
    bool there = i < job.n;
    float x = there ? job.y[2 * i] : 0, y = there ? job.y[2 * i + 1] : 0, p_log = 0, p_sum = 0;
    for (int64_t w = lane; there && w < words; w += 32) {
        uint32_t word = p_words[i * words + w];
        for (int half = 0; half < 2; half++) {
            int64_t j = 2 * w + half;
            if (j >= job.n || j == i)
                continue;
            float p = __uint_as_float(half ? word & 0xffff0000u : word << 16);
            float dx = job.y[2 * j] - x, dy = job.y[2 * j + 1] - y;
            p_log = fmaf(p, logf(p * fmaf(dx, dx, fmaf(dy, dy, 1.0f))), p_log);
            p_sum += p;
        }
    }
    double block_log = cuda_block_sum((double)p_log, shared), block_sum = cuda_block_sum((double)p_sum, shared);
    if (threadIdx.x == 0) {
        job.logs[2 + blockIdx.x] = block_log;
        job.logs[2 + blocks + blockIdx.x] = block_sum;
    }
}

/* All threads of the only block call it; the order depends on `count` alone. */
static __device__ double sum_of(const double *values, int64_t count, double *shared)
{
    double sum = 0;
    for (int64_t i = threadIdx.x; i < count; i += blockDim.x)
        sum += values[i];
    return cuda_block_sum(sum, shared);
}

static __global__ void sums_kernel(struct cuda_tsne_step job, int64_t blocks)
{
    __shared__ double shared[32];
    double z = sum_of(job.z + 1, blocks, shared);
    if (threadIdx.x == 0)
        job.z[0] = z;
    if (!job.kl)
        return;
    double p_log = sum_of(job.logs + 2, blocks, shared), p = sum_of(job.logs + 2 + blocks, blocks, shared);
    if (threadIdx.x == 0)
        *job.kl = p_log + p * log(z);
}

/* Delta-bar-delta (Jacobs 1988) as in scikit-learn: a coordinate's gain grows while it keeps its direction. */
static __global__ void move_kernel(struct cuda_tsne_step job)
{
    float attraction = 4 * job.exaggeration, repulsion = (float)(4 / job.z[0]);
    for (CUDA_EACH(c, 2 * job.n)) {
        const float *forces = job.forces + c / 2 * CUDA_TSNE_SUMS + c % 2;
        float gradient = repulsion * forces[2] - attraction * forces[0];
        float velocity = job.velocity[c], gain = job.gains[c];
        gain = velocity * gradient < 0 ? gain + 0.2F : gain * 0.8F;
        gain = gain < 0.01F ? 0.01F : gain;
        velocity = job.momentum * velocity - job.learning_rate * gain * gradient;
        job.gains[c] = gain;
        job.velocity[c] = velocity;
        job.y[c] += velocity;
    }
}

size_t cuda_tsne_sums_bytes(int64_t n)
{
    return (size_t)(3 + 3 * cuda_tsne_blocks(n)) * sizeof(double) + (size_t)(n * CUDA_TSNE_SUMS) * sizeof(float) +
           sizeof(double);
}

enum status cuda_tsne_step_start(const char *operation, struct compute_stream *stream, struct cuda_tsne_step *job,
                                 struct compute_slice y, struct compute_slice velocity, struct compute_slice gains,
                                 struct compute_slice kl, struct compute_slice scratch, int64_t bytes,
                                 struct error *error)
{
    int64_t n = job->n;
    enum status status = cuda_check_all(operation,
                                        {{"y", y, cuda_count(n, 2)},
                                         {"velocity", velocity, cuda_count(n, 2)},
                                         {"gains", gains, cuda_count(n, 2)},
                                         {"kl", kl, 1, sizeof(double), true},
                                         {"scratch", scratch, bytes, 1}},
                                        error);
    if (status != STATUS_OK)
        return status;
    if (n < 2)
        return kl.buffer ? cuda_check_call(operation,
                                           cudaMemsetAsync(cuda_doubles(kl), 0, sizeof(double), stream->queue), error)
                         : STATUS_OK;
    uintptr_t start = ((uintptr_t)cuda_elements<char>(scratch) + sizeof(double) - 1) / sizeof(double) * sizeof(double);
    int64_t blocks = cuda_tsne_blocks(n);
    job->y = cuda_floats(y);
    job->velocity = cuda_floats(velocity);
    job->gains = cuda_floats(gains);
    job->kl = cuda_doubles(kl);
    job->z = (double *)start;
    job->logs = job->z + 1 + blocks;
    job->forces = (float *)(void *)(job->logs + 2 + 2 * blocks);
    return STATUS_OK;
}

enum status cuda_tsne_step_end(const char *operation, struct compute_stream *stream, struct cuda_tsne_step job,
                               struct error *error)
{
    CUDA_LAUNCH(sums_kernel, 1, 1024, 0, stream->queue, job, cuda_tsne_blocks(job.n));
    CUDA_LAUNCH(move_kernel, cuda_blocks(2 * job.n), CUDA_BLOCK, 0, stream->queue, job);
    return cuda_launched(operation, error);
}

size_t cuda_tsne_step_scratch(const struct compute_device *device, int64_t n)
{
    (void)device;
    return cuda_tsne_sums_bytes(n);
}

enum status cuda_tsne_step(struct compute_stream *stream, int64_t n, float exaggeration, float learning_rate,
                           float momentum, struct compute_slice p, struct compute_slice y,
                           struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                           struct compute_slice scratch, struct error *error)
{
    static const char *const operation = "tsne_step";
    struct cuda_tsne_step job = {};
    job.n = n;
    job.exaggeration = exaggeration;
    job.learning_rate = learning_rate;
    job.momentum = momentum;
    enum status status = cuda_check_all(
        operation, {{"p", p, n < 0 ? -1 : (int64_t)cuda_tsne_affinity_bytes(stream->device, n), 1}}, error);
    if (status == STATUS_OK)
        status = cuda_tsne_step_start(operation, stream, &job, y, velocity, gains, kl, scratch,
                                      (int64_t)cuda_tsne_sums_bytes(n), error);
    if (status != STATUS_OK || n < 2)
        return status;
    const uint32_t *words = (const uint32_t *)(void *)cuda_elements<char>(p);
    unsigned blocks = (unsigned)cuda_tsne_blocks(n);
    CUDA_LAUNCH(forces_kernel, blocks, 32 * CUDA_TSNE_WARPS, 0, stream->queue, job, words);
    if (job.kl)
        CUDA_LAUNCH(divergence_kernel, blocks, 32 * CUDA_TSNE_WARPS, 0, stream->queue, job, words, (int64_t)blocks);
    return cuda_tsne_step_end(operation, stream, job, error);
}
