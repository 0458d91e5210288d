#include "gpu/cuda/cuda_internal.h"
#include "gpu/index_layout.h"

/* Builds an index (gpu/index_layout.h) with the bytes that the CPU gives it: each sum of float32 has the order of
 * gpu/cpu/cpu_index.c and is not contracted to fused multiply-adds. Eight lanes work on a row, as the eight elements of
 * a vector do there. */

enum {
    ROW_LANES = 8,
    ROW_SUMS = 4,
    LINE = INDEX_ROWS * INDEX_GROUP,
    BLOCK_THREADS = INDEX_ROWS * ROW_LANES, /* for a block of rows */
    SLICES_MAX = 256, /* slices of rows that are counted and placed together; the order does not depend on them */
    SLICE_ROWS = 1024,
    SCAN_THREADS = 256,
    REACH_THREADS = 256,
};

struct building {
    struct index_view index;
    const float *items;
    int64_t n_slices, slice;
    int32_t *counts;   /* [INDEX_CLASSES][n_slices], then the position of each slice's next row of a class */
    uint16_t *classes; /* [n] */
};

static int64_t slices_of(int64_t n)
{
    int64_t slices = (n + SLICE_ROWS - 1) / SLICE_ROWS;
    return slices < SLICES_MAX ? slices : (int64_t)SLICES_MAX;
}

size_t cuda_index_bytes(const struct compute_device *device, int64_t n_items, int64_t d)
{
    (void)device;
    return index_size(n_items, d);
}

size_t cuda_index_scratch(const struct compute_device *device, int64_t n_items, int64_t d)
{
    return cuda_index_bytes(device, n_items, d) == 0
               ? 0
               : (size_t)(INDEX_CLASSES * slices_of(n_items)) * sizeof(int32_t) + (size_t)n_items * sizeof(uint16_t);
}

/* The sum of the values of a row's eight lanes, in their order, in the first of them. All lanes of the warp call it;
 * `shared` has a value for each thread of the block. */
static __device__ inline float sum_lanes(float value, float *shared)
{
    float sum = 0;
    shared[threadIdx.x] = value;
    __syncwarp();
    for (int i = 0; i < ROW_LANES && threadIdx.x % ROW_LANES == 0; i++)
        sum = __fadd_rn(sum, shared[threadIdx.x + i]);
    __syncwarp();
    return sum;
}

static __device__ inline float add_square(float sum, float x)
{
    return __fadd_rn(sum, __fmul_rn(x, x));
}

/* In the first lane of the row. */
static __device__ inline float squared_length(const float *row, int64_t d, float *shared)
{
    int lane = (int)threadIdx.x % ROW_LANES;
    float sums[ROW_SUMS] = {0, 0, 0, 0}, rest = 0;
    int64_t j = 0;
    for (; j + ROW_SUMS * ROW_LANES <= d; j += ROW_SUMS * ROW_LANES)
        for (int s = 0; s < ROW_SUMS; s++)
            sums[s] = add_square(sums[s], row[j + s * ROW_LANES + lane]);
    for (; j < d; j++)
        rest = add_square(rest, row[j]);
    return __fadd_rn(rest, sum_lanes(__fadd_rn(sums[0], __fadd_rn(__fadd_rn(sums[1], sums[2]), sums[3])), shared));
}

/* The median of each component over equally spaced rows, a component per thread. */
static __global__ void centre_kernel(struct building job)
{
    int64_t n = job.index.n, d = job.index.d;
    int count = n < INDEX_SAMPLE ? (int)n : (int)INDEX_SAMPLE;
    float values[INDEX_SAMPLE];
    for (CUDA_EACH(component, d)) {
        for (int i = 0; i < count; i++) {
            float value = job.items[n * i / count * d + component];
            value = fabsf(value) < INFINITY ? value : 0;
            int j = i;
            for (; j > 0 && values[j - 1] > value; j--)
                values[j] = values[j - 1];
            values[j] = value;
        }
        job.index.centre[component] = values[count / 2];
    }
}

static __global__ void classify_kernel(struct building job)
{
    __shared__ float shared[CUDA_BLOCK];
    int lane = (int)threadIdx.x % ROW_LANES;
    int64_t rows = (int64_t)blockDim.x / ROW_LANES, n = job.index.n;
    for (int64_t first = blockIdx.x * rows; first < n; first += gridDim.x * rows) {
        int64_t row = first + threadIdx.x / ROW_LANES;
        float squared = squared_length(job.items + (row < n ? row : 0) * job.index.d, job.index.d, shared);
        int row_class = INDEX_CLASSES - 1 - (int)((__float_as_uint(squared) & 0x7fffffffu) >> INDEX_CLASS_SHIFT);
        if (lane == 0 && row < n) {
            job.classes[row] = (uint16_t)row_class;
            atomicAdd(&job.counts[row_class * job.n_slices + row / job.slice], 1);
        }
    }
}

/* Turns the counts into the positions of the first rows, in one block. */
static __global__ void count_kernel(struct building job)
{
    __shared__ int32_t before[SCAN_THREADS];
    int64_t n = INDEX_CLASSES * job.n_slices, part = n / SCAN_THREADS;
    int32_t *mine = job.counts + threadIdx.x * part, sum = 0;
    for (int64_t i = 0; i < part; i++)
        sum += mine[i];
    before[threadIdx.x] = sum;
    for (int step = 1; step < SCAN_THREADS; step *= 2) {
        __syncthreads();
        int32_t more = (int)threadIdx.x >= step ? before[threadIdx.x - step] : 0;
        __syncthreads();
        before[threadIdx.x] += more;
    }
    sum = before[threadIdx.x] - sum;
    for (int64_t i = 0; i < part; i++) {
        int32_t count = mine[i];
        mine[i] = sum;
        sum += count;
    }
}

/* A slice per thread, so that rows of a class stay in their order. */
static __global__ void place_kernel(struct building job)
{
    for (CUDA_EACH(slice, job.n_slices)) {
        int64_t end = (slice + 1) * job.slice;
        for (int64_t row = slice * job.slice; row < end && row < job.index.n; row++)
            job.index.rows[job.counts[job.classes[row] * job.n_slices + slice]++] = (int32_t)row;
    }
}

/* What the rows of a block have in common. */
struct block_facts {
    int largest;      /* bits of the largest |x - c|; NaN is larger than any */
    int extent;       /* bits of the largest |x| squared */
    int length, rest; /* the same for t and for its rounding error */
};

static __device__ inline float centred(const struct building &job, const float *row, int64_t j)
{
    return j < job.index.d ? row[j] - job.index.centre[j] : 0;
}

/* Finds the largest values of a block; row is NULL for a thread without one. All threads call it. */
static __device__ inline void measure_rows(const struct building &job, const float *row, struct block_facts *facts,
                                           float *shared)
{
    int lane = (int)threadIdx.x % ROW_LANES, largest = 0;
    const float *there = row ? row : job.items;
    for (int64_t j = lane; j < job.index.d && row; j += ROW_LANES) {
        int bits = __float_as_int(centred(job, row, j)) & 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    float extent = squared_length(there, job.index.d, shared);
    if (row) {
        atomicMax(&facts->largest, largest);
        if (lane == 0 && extent > 0)
            atomicMax(&facts->extent, __float_as_int(extent));
    }
}

/* Encodes a row as bytes; row is NULL for one whose bytes are zero. All threads call it. */
static __device__ inline void code_row(const struct building &job, const float *row, float inverse, uint8_t *to,
                                       struct block_facts *facts, float *shared)
{
    const float whole = 0x1.8p23f; /* adding it rounds to an integer in the low bits; subtracting it gives the value */
    int lane = (int)threadIdx.x % ROW_LANES;
    float lengths = 0, rests = 0;
    for (int64_t j = lane; j < job.index.groups * INDEX_GROUP; j += ROW_LANES) {
        float t = row ? __fmul_rn(centred(job, row, j), inverse) : 0, shifted = __fadd_rn(t, whole);
        lengths = add_square(lengths, t);
        rests = add_square(rests, __fadd_rn(t, -__fadd_rn(shifted, -whole)));
        to[j / INDEX_GROUP * LINE + j % INDEX_GROUP] = (uint8_t)(__float_as_int(shifted) + 128);
    }
    float length = sum_lanes(lengths, shared), rest = sum_lanes(rests, shared);
    if (lane == 0) {
        atomicMax(&facts->length, __float_as_int(length));
        atomicMax(&facts->rest, __float_as_int(rest));
    }
}

/* Constants of the enlargements for rounding (cpu_index.c). */
struct enlarging {
    float share, rest, tiny;
};

/* A run per block of threads, one of its blocks of rows after the other. */
static __global__ void code_kernel(struct building job, struct enlarging enlarge)
{
    __shared__ struct block_facts facts;
    __shared__ float shared[BLOCK_THREADS];
    int64_t d = job.index.d;
    struct index_run *run = &job.index.runs[blockIdx.x];
    int r = (int)threadIdx.x / ROW_LANES;
    float run_extent = 0;
    for (int b = 0; b < INDEX_RUN; b++) {
        int64_t block = (int64_t)blockIdx.x * INDEX_RUN + b;
        int32_t number = job.index.rows[block * INDEX_ROWS + r];
        const float *row = number >= 0 ? job.items + number * d : NULL;
        __syncthreads();
        if (threadIdx.x == 0)
            facts = {0, 0, 0, 0};
        __syncthreads();
        measure_rows(job, row, &facts, shared);
        __syncthreads();
        float largest = __int_as_float(facts.largest);
        bool finite = largest < INFINITY;
        float inverse = finite ? 127 / (largest > INDEX_SMALLEST ? largest : INDEX_SMALLEST) : 0;
        code_row(job, finite ? row : NULL, inverse, job.index.codes + block * job.index.groups * LINE + r * INDEX_GROUP,
                 &facts, shared);
        __syncthreads();
        if (threadIdx.x == 0) {
            float more = job.index.rows[block * INDEX_ROWS] >= 0 ? enlarge.rest : 0;
            float length = __fadd_rn(__fmul_rn(sqrtf(__int_as_float(facts.length)), enlarge.share), more);
            float residual = __fadd_rn(__fmul_rn(sqrtf(__int_as_float(facts.rest)), enlarge.share), more);
            float extent = __fadd_rn(__fmul_rn(sqrtf(__int_as_float(facts.extent)), enlarge.share), enlarge.tiny);
            run->inverse[b] = inverse;
            run->length[b] = finite ? length : INFINITY;
            run->residual[b] = finite ? residual : INFINITY;
            run_extent = fmaxf(run_extent, finite ? extent : INFINITY);
        }
    }
    if (threadIdx.x == 0) {
        run->extent = run_extent;
        run->unused[0] = run->unused[1] = 0;
    }
}

/* The largest of the run's own |y|, and its extent. */
static __device__ inline void widen(const struct index_run &run, double *reach, float *extent)
{
    for (int b = 0; b < INDEX_RUN; b++) {
        double here = run.length[b] < INFINITY ? (double)run.length[b] / (double)run.inverse[b] : INFINITY;
        *reach = here > *reach ? here : *reach;
    }
    *extent = run.extent > *extent ? run.extent : *extent;
}

/* reach and extent of all rows from each run on, in one block: a part of the runs per thread. */
static __global__ void reach_kernel(struct building job)
{
    __shared__ double reaches[REACH_THREADS];
    __shared__ float extents[REACH_THREADS];
    int64_t n = job.index.n_runs, first = n * threadIdx.x / REACH_THREADS, end = n * (threadIdx.x + 1) / REACH_THREADS;
    double reach = 0;
    float extent = 0;
    for (int64_t i = first; i < end; i++)
        widen(job.index.runs[i], &reach, &extent);
    reaches[threadIdx.x] = reach;
    extents[threadIdx.x] = extent;
    __syncthreads();
    reach = 0;
    extent = 0;
    for (int t = (int)threadIdx.x + 1; t < REACH_THREADS; t++) {
        reach = reaches[t] > reach ? reaches[t] : reach;
        extent = extents[t] > extent ? extents[t] : extent;
    }
    for (int64_t i = end; i-- > first;) {
        widen(job.index.runs[i], &reach, &extent);
        job.index.runs[i].reach = (float)(reach * (1 + 0x1p-20));
        job.index.runs[i].extent = extent;
    }
}

static void launch_build(struct compute_stream *stream, const struct building &job)
{
    const int64_t n = job.index.n, d = job.index.d;
    const struct enlarging enlarge = {1 + (float)(d + 4) * 0x1p-23f, sqrtf((float)d) * 0x1p-15f,
                                      sqrtf((float)d) * INDEX_TINY};
    CUDA_LAUNCH(centre_kernel, cuda_blocks(d, 32), 32, 0, stream->queue, job);
    CUDA_LAUNCH(classify_kernel, cuda_blocks(n * ROW_LANES), CUDA_BLOCK, 0, stream->queue, job);
    CUDA_LAUNCH(count_kernel, 1, SCAN_THREADS, 0, stream->queue, job);
    CUDA_LAUNCH(place_kernel, cuda_blocks(job.n_slices, 32), 32, 0, stream->queue, job);
    CUDA_LAUNCH(code_kernel, (unsigned)job.index.n_runs, BLOCK_THREADS, 0, stream->queue, job, enlarge);
    CUDA_LAUNCH(reach_kernel, 1, REACH_THREADS, 0, stream->queue, job);
}

enum status cuda_index_build(struct compute_stream *stream, int64_t n_items, int64_t d, struct compute_slice items,
                             struct compute_slice index, struct compute_slice scratch, struct error *error)
{
    static const char *const name = "index_build";
    if (n_items < 0 || d < 1 || n_items > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation index_build cannot work on %lld items of width %lld",
                         (long long)n_items, (long long)d);
    size_t bytes = cuda_index_bytes(stream->device, n_items, d);
    enum status status =
        cuda_check_all(name,
                       {{"items", items, cuda_count(n_items, d)},
                        {"index", index, (int64_t)bytes, 1},
                        {"scratch", scratch, (int64_t)cuda_index_scratch(stream->device, n_items, d), 1}},
                       error);
    if (status != STATUS_OK || bytes == 0)
        return status;
    const struct index_parts parts = index_parts_of(n_items, d);
    char *at = cuda_elements<char>(index);
    struct building job = {index_view_of(at, n_items, d), cuda_floats(items), slices_of(n_items), 0, NULL, NULL};
    job.slice = (n_items + job.n_slices - 1) / job.n_slices;
    job.counts = (int32_t *)(void *)cuda_elements<char>(scratch);
    job.classes = (uint16_t *)(void *)(job.counts + INDEX_CLASSES * job.n_slices);
    const size_t counts = (size_t)(INDEX_CLASSES * job.n_slices) * sizeof(int32_t);
    status = cuda_check_call(name, cudaMemsetAsync(job.counts, 0, counts, stream->queue), error);
    if (status == STATUS_OK) /* also the bytes that hold nothing, so that an index of the same items has the same */
        status = cuda_check_call(name, cudaMemsetAsync(at, 0, parts.runs, stream->queue), error);
    if (status == STATUS_OK)
        status = cuda_check_call(name, cudaMemsetAsync(at + parts.rows, 0xff, parts.codes - parts.rows, stream->queue),
                                 error);
    if (status == STATUS_OK)
        status = cuda_check_call(
            name, cudaMemsetAsync(at + parts.bytes - INDEX_PAST_END, 0, INDEX_PAST_END, stream->queue), error);
    if (status != STATUS_OK)
        return status;
    launch_build(stream, job);
    return cuda_launched(name, error);
}
