#include "gpu/cuda/cuda_sparse.h"

#include <limits.h>

/* Sparse rows times a dense matrix: a warp per row, a block for each of the few long ones (of very popular tracks), so
 * that no single warp delays the end. */

enum {
    WARPS = 8,       /* of a block for short rows */
    LONG_WARPS = 32, /* of a block for long rows */
    LANE_COLUMNS = 4,
    COLUMNS = 32 * LANE_COLUMNS,
    AHEAD = 8, /* entries whose rows of B are loaded at the same time */
    LONG = 2048,
    GRID_MAX = 8192,
};

struct sparse {
    int64_t n_rows, d;
    struct cuda_csr s;
    const float *b;
    float *c;
    int *faults;
};

/* Adds the entries first, first + step, ... before end to a lane's sums, for columns `column`, column + 32, ... */
static __device__ void add_entries(const struct sparse &job, int64_t first, int64_t end, int64_t step, int64_t column,
                                   float sums[LANE_COLUMNS])
{
    bool outside = false;
    for (int64_t e = first; e < end; e += AHEAD * step) {
        const float *rows[AHEAD]; /* NULL: no entry, or one out of range */
        float values[AHEAD];
#pragma unroll
        for (int u = 0; u < AHEAD; u++) {
            int64_t entry = e + u * step;
            bool there = entry < end;
            int32_t id = there ? job.s.columns[entry] : 0;
            values[u] = there && job.s.values ? job.s.values[entry] : 1.0f;
            if (there && (id < 0 || id >= job.s.n_columns)) {
                outside = true;
                there = false;
            }
            rows[u] = there ? job.b + id * job.d + column : NULL;
        }
#pragma unroll
        for (int u = 0; u < AHEAD; u++)
#pragma unroll
            for (int i = 0; i < LANE_COLUMNS; i++)
                if (rows[u] && column + 32 * i < job.d)
                    sums[i] += values[u] * rows[u][32 * i];
    }
    if (outside)
        atomicOr(job.faults, (int)CUDA_FAULT_ID);
}

static __global__ void short_rows_kernel(struct sparse job)
{
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    for (int64_t row = (int64_t)blockIdx.x * WARPS + warp; row < job.n_rows; row += (int64_t)gridDim.x * WARPS) {
        int64_t begin, end;
        cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
        if (end - begin > LONG)
            continue;
        for (int64_t column = lane; column < job.d; column += COLUMNS) {
            float sums[LANE_COLUMNS] = {0};
            add_entries(job, begin, end, 1, column, sums);
            for (int i = 0; i < LANE_COLUMNS; i++)
                if (column + 32 * i < job.d)
                    job.c[row * job.d + column + 32 * i] = sums[i];
        }
    }
}

/* One row by all warps, which divide its entries. */
static __device__ void long_row(const struct sparse &job, int64_t row, float (*shared)[COLUMNS])
{
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int64_t begin, end;
    cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
    for (int64_t column = 0; column < job.d; column += COLUMNS) {
        float sums[LANE_COLUMNS] = {0};
        add_entries(job, begin + warp, end, LONG_WARPS, column + lane, sums);
        for (int i = 0; i < LANE_COLUMNS; i++)
            shared[warp][lane + 32 * i] = sums[i];
        __syncthreads();
        if (threadIdx.x < COLUMNS && column + threadIdx.x < job.d) {
            float sum = 0;
            for (int w = 0; w < LONG_WARPS; w++)
                sum += shared[w][threadIdx.x];
            job.c[row * job.d + column + threadIdx.x] = sum;
        }
        __syncthreads();
    }
}

/* Each block searches its rows for long ones. They are interleaved with those of other blocks, because popular tracks
 * often have adjacent numbers. */
static __global__ void __launch_bounds__(32 * LONG_WARPS) long_rows_kernel(struct sparse job)
{
    __shared__ float shared[LONG_WARPS][COLUMNS];
    __shared__ unsigned found[LONG_WARPS];
    int warp = (int)threadIdx.x / 32;
    int64_t round = (int64_t)gridDim.x * blockDim.x;
    for (int64_t first = blockIdx.x; first < job.n_rows; first += round) {
        int64_t row = first + (int64_t)threadIdx.x * gridDim.x, begin = 0, end = 0;
        if (row < job.n_rows)
            cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
        unsigned votes = __ballot_sync(0xffffffffu, end - begin > LONG);
        if (threadIdx.x % 32 == 0)
            found[warp] = votes;
        __syncthreads();
        for (int w = 0; w < LONG_WARPS; w++)
            for (unsigned rest = found[w]; rest; rest &= rest - 1)
                long_row(job, first + (int64_t)(32 * w + __ffs((int)rest) - 1) * gridDim.x, shared);
        __syncthreads();
    }
}

enum status cuda_check_csr(const char *operation, int64_t n_rows, int64_t d, struct compute_slice starts,
                           struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                           struct compute_slice result, struct cuda_csr *csr, struct error *error)
{
    if (n_rows < 0 || d < 0 || d > INT_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld rows of width %lld", operation,
                         (long long)n_rows, (long long)d);
    int64_t n_entries = cuda_slice_count(columns, sizeof(int32_t)),
            with_values = cuda_slice_count(values, sizeof(float));
    *csr = {cuda_longs(starts), cuda_ints(columns), cuda_floats(values), n_entries, 0};
    if (values.buffer && with_values < n_entries)
        csr->n_entries = with_values;
    if (d > 0)
        csr->n_columns = cuda_slice_count(b, sizeof(float)) / d;
    return cuda_check_all(
        operation,
        {{"starts", starts, cuda_count(n_rows + 1), sizeof(int64_t)}, {"the result", result, cuda_count(n_rows, d)}},
        error);
}

enum status cuda_sparse_gemm(struct compute_stream *stream, int64_t n_rows, int64_t d, struct compute_slice starts,
                             struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                             struct compute_slice c, struct error *error)
{
    struct sparse job = {n_rows, d, {}, cuda_floats(b), cuda_floats(c), stream->faults};
    enum status status = cuda_check_csr("sparse_gemm", n_rows, d, starts, columns, values, b, c, &job.s, error);
    if (status != STATUS_OK || n_rows == 0 || d == 0)
        return status;
    CUDA_LAUNCH(short_rows_kernel, cuda_blocks(n_rows, WARPS), 32 * WARPS, 0, stream->queue, job);
    int64_t blocks = n_rows < GRID_MAX ? n_rows : (int64_t)GRID_MAX;
    CUDA_LAUNCH(long_rows_kernel, (unsigned)blocks, 32 * LONG_WARPS, 0, stream->queue, job);
    return cuda_launched("sparse_gemm", error);
}
