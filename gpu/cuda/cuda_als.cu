#include "gpu/cuda/cuda_cholesky.h"
#include "gpu/cuda/cuda_sparse.h"

/* Weighted alternating least squares: a block builds, factors and solves the normal equations of one row after the
 * other, each taking the next free row. The matrix (its lower triangle, with the right-hand side as an additional row)
 * is in shared memory if it fits, otherwise in the block's part of the scratch memory. */

enum {
    THREADS = 256,
    SIDE = 16,          /* the threads as a square: each computes elements SIDE apart */
    EACH = 8,           /* rows, and columns, of a tile per thread */
    TILE = SIDE * EACH, /* of the normal matrix, accumulated in registers */
    BATCH = 16,         /* entries whose rows of Y are in shared memory together */
    BLOCKS = 4,         /* per multiprocessor, at most */
    COUNTER_BYTES = 256,
};

struct weighted {
    int64_t n_rows;
    int d;
    float alpha;
    struct cuda_csr s;
    const float *y, *g;
    float *x, *matrices; /* matrices NULL: in shared memory */
    unsigned long long *next;
    int *faults;
};

static int64_t matrix_floats(int64_t d)
{
    return cuda_triangle_size(d + 1);
}

/* Floats of gathered rows or of a panel of the factorisation, whichever is more. */
static int64_t working_floats(int64_t d)
{
    int64_t gathered = 2 * BATCH * TILE, panel = CUDA_PANEL * (d + 1);
    return gathered > panel ? gathered : panel;
}

static bool fits_shared(const struct compute_device *device, int64_t d)
{
    return (size_t)(matrix_floats(d) + working_floats(d)) * sizeof(float) + 1024 <= device->shared_bytes;
}

static int64_t blocks_of(const struct compute_device *device)
{
    return (int64_t)device->processors * BLOCKS;
}

/* Nothing is prepared for all rows of Y. */
size_t cuda_als_weighted_scratch(const struct compute_device *device, int64_t d, int64_t n_y)
{
    (void)n_y;
    size_t matrices = fits_shared(device, d) ? 0 : (size_t)(blocks_of(device) * matrix_floats(d)) * sizeof(float);
    return COUNTER_BYTES + matrices;
}

/* A batch of entries: where their rows of Y begin, and alpha r. */
struct batch {
    int64_t offsets[BATCH]; /* -1: no entry, or one out of range */
    float extra[BATCH];
};

/* Reads the entries first..end-1, at most BATCH. */
static __device__ void read_batch(const struct weighted &job, int64_t first, int64_t end, struct batch *batch)
{
    if (threadIdx.x >= BATCH)
        return;
    int64_t entry = first + threadIdx.x, offset = -1;
    float extra = 0;
    if (entry < end) {
        int32_t id = job.s.columns[entry];
        extra = job.alpha * (job.s.values ? job.s.values[entry] : 1.0f);
        if (id >= 0 && id < job.s.n_columns)
            offset = (int64_t)id * job.d;
        else
            atomicOr(job.faults, (int)CUDA_FAULT_ID);
    }
    batch->offsets[threadIdx.x] = offset;
    batch->extra[threadIdx.x] = extra;
}

/* Gathers columns from `column` on of the batch's rows of Y; 0 where there is none. */
static __device__ void gather(const struct weighted &job, const struct batch *batch, int column, float (*rows)[TILE])
{
#pragma unroll
    for (int i = 0; i < BATCH * TILE / THREADS; i++) {
        int at = i * THREADS + (int)threadIdx.x, entry = at / TILE, j = column + at % TILE;
        int64_t offset = batch->offsets[entry];
        rows[entry][at % TILE] = offset >= 0 && j < job.d ? job.y[offset + j] : 0;
    }
}

/* Adds extra y yᵀ of the gathered entries to a thread's elements; on a diagonal tile only for elements that may be
 * below the diagonal. */
template <bool DIAGONAL>
static __device__ inline void add_products(const float (*left)[TILE], const float (*right)[TILE], const float *extra,
                                           int count, int live, float (&sums)[EACH][EACH])
{
    int x = (int)threadIdx.x % SIDE, y = (int)threadIdx.x / SIDE;
    for (int entry = 0; entry < count; entry++) {
        float of_column[EACH];
#pragma unroll
        for (int c = 0; c < EACH; c++)
            of_column[c] = extra[entry] * right[entry][x + SIDE * c];
#pragma unroll
        for (int r = 0; r < EACH; r++)
            if (r < live) {
                float of_row = left[entry][y + SIDE * r];
#pragma unroll
                for (int c = 0; c < EACH; c++)
                    if (!DIAGONAL || c <= r)
                        sums[r][c] += of_row * of_column[c];
            }
    }
}

/* Builds G + alpha Σ r y yᵀ and, as row d, Σ (1 + alpha r) y. */
static __device__ void make_equations(const struct weighted &job, int64_t begin, int64_t end, float *working,
                                      struct batch *batch, float *matrix)
{
    float(*left)[TILE] = (float(*)[TILE])working, (*right)[TILE] = left + BATCH;
    int x = (int)threadIdx.x % SIDE, y = (int)threadIdx.x / SIDE;
    cuda_triangle row_start;
    for (int i = 0; i < job.d; i += TILE)
        for (int j = 0; j <= i; j += TILE) {
            float sums[EACH][EACH] = {{0}}, side = 0;
            int live = (job.d - i + SIDE - 1) / SIDE;
            for (int64_t first = begin; first < end; first += BATCH) {
                int count = end - first < BATCH ? (int)(end - first) : BATCH;
                __syncthreads();
                read_batch(job, first, end, batch);
                __syncthreads();
                gather(job, batch, i, left);
                if (j != i)
                    gather(job, batch, j, right);
                __syncthreads();
                if (j == i)
                    add_products<true>(left, left, batch->extra, count, live, sums);
                else
                    add_products<false>(left, right, batch->extra, count, live, sums);
                if (j == 0 && threadIdx.x < TILE)
                    for (int entry = 0; entry < count; entry++)
                        side += (1 + batch->extra[entry]) * left[entry][threadIdx.x];
            }
            for (int r = 0; r < EACH; r++)
                for (int c = 0; c < EACH; c++) {
                    int row = i + y + SIDE * r, column = j + x + SIDE * c;
                    if (row < job.d && column <= row)
                        matrix[row_start(row) + column] = job.g[(int64_t)row * job.d + column] + sums[r][c];
                }
            if (j == 0 && threadIdx.x < TILE && i + (int)threadIdx.x < job.d)
                matrix[row_start(job.d) + i + threadIdx.x] = side;
        }
    __syncthreads();
}

/* Solves Lᵀ x = z in the first warp; overwrites z. */
static __device__ void solve_back(int d, const float *l, float *z, float *x)
{
    int lane = (int)threadIdx.x;
    cuda_triangle row_start;
    for (int j = d - 1; j >= 0; j--) {
        float value = z[j] / l[row_start(j) + j];
        if (lane == 0)
            x[j] = value;
        for (int k = lane; k < j; k += 32)
            z[k] -= value * l[row_start(j) + k];
        __syncwarp();
    }
}

static __global__ void __launch_bounds__(THREADS, 2) weighted_kernel(struct weighted job)
{
    CUDA_DYNAMIC_SHARED(float, shared);
    __shared__ struct batch batch;
    __shared__ int64_t taken;
    int64_t size = (int64_t)(job.d + 1) * (job.d + 2) / 2;
    float *matrix = job.matrices ? job.matrices + blockIdx.x * size : shared;
    float *working = job.matrices ? shared : shared + (size + 3) / 4 * 4;
    while (true) {
        if (threadIdx.x == 0)
            taken = (int64_t)atomicAdd(job.next, 1ull);
        __syncthreads();
        int64_t row = taken, begin, end;
        __syncthreads();
        if (row >= job.n_rows)
            return;
        float *x = job.x + row * job.d;
        cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
        if (begin == end) {
            for (int i = (int)threadIdx.x; i < job.d; i += THREADS)
                x[i] = 0;
            continue;
        }
        make_equations(job, begin, end, working, &batch, matrix);
        if (!cuda_block_cholesky(matrix, cuda_triangle(), job.d, job.d + 1, working) && threadIdx.x == 0)
            atomicOr(job.faults, (int)CUDA_FAULT_CHOLESKY);
        for (int i = (int)threadIdx.x; i < job.d; i += THREADS)
            working[i] = matrix[cuda_triangle()(job.d) + i];
        __syncthreads();
        if (threadIdx.x < 32)
            solve_back(job.d, matrix, working, x);
    }
}

enum status cuda_als_weighted(struct compute_stream *stream, int64_t n_rows, int64_t d, int64_t n_y, float alpha,
                              struct compute_slice starts, struct compute_slice columns, struct compute_slice values,
                              struct compute_slice y, struct compute_slice g, struct compute_slice x,
                              struct compute_slice scratch, struct error *error)
{
    struct compute_device *device = stream->device;
    struct weighted job = {};
    enum status status = cuda_check_csr("als_weighted", n_rows, d, starts, columns, values, y, x, &job.s, error);
    if (status == STATUS_OK && !(alpha >= 0))
        status = error_set(error, STATUS_USAGE, "the weight alpha must not be negative");
    if (status == STATUS_OK)
        status = cuda_check_all(
            "als_weighted",
            {{"G", g, cuda_count(d, d)}, {"scratch", scratch, (int64_t)cuda_als_weighted_scratch(device, d, n_y), 1}},
            error);
    if (status != STATUS_OK || n_rows == 0 || d == 0)
        return status;
    bool shared = fits_shared(device, d);
    char *bytes = cuda_elements<char>(scratch);
    job.n_rows = n_rows;
    job.d = (int)d;
    job.alpha = alpha;
    job.y = cuda_floats(y);
    job.g = cuda_floats(g);
    job.x = cuda_floats(x);
    job.next = (unsigned long long *)(void *)bytes;
    job.matrices = shared ? NULL : (float *)(void *)(bytes + COUNTER_BYTES);
    job.faults = stream->faults;
    size_t shared_bytes = (size_t)(working_floats(d) + (shared ? (matrix_floats(d) + 3) / 4 * 4 : 0)) * sizeof(float);
    status = cuda_check_call(
        "als_weighted",
        cudaFuncSetAttribute(weighted_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared_bytes), error);
    if (status == STATUS_OK)
        status = cuda_check_call("als_weighted", cudaMemsetAsync(job.next, 0, sizeof *job.next, stream->queue), error);
    if (status != STATUS_OK)
        return status;
    int64_t blocks = n_rows < blocks_of(device) ? n_rows : blocks_of(device);
    CUDA_LAUNCH(weighted_kernel, (unsigned)blocks, THREADS, shared_bytes, stream->queue, job);
    return cuda_launched("als_weighted", error);
}
