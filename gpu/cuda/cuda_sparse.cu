#include "gpu/cuda/cuda_sparse.h"

#include <limits.h>

/* Sparse rows times a dense matrix, a warp per row. The entries of long rows (of very popular tracks) are first summed
 * in chunks by as many blocks as there are chunks, so that no single warp or processor delays the end. Chunks begin at
 * multiples of their length and a long row has more entries than one, so at most two long rows share a chunk: one that
 * began before it or with it, and one that begins inside it. Each of the two has a place for its partial sum. */

enum {
    WARPS = 8,
    LANE_COLUMNS = 4,
    COLUMNS = 32 * LANE_COLUMNS,
    AHEAD = 8, /* entries whose rows of B are loaded at the same time */
    CHUNK_MIN = 2048,
};

struct sparse {
    int64_t n_rows, d;
    struct cuda_csr s;
    const float *b;
    float *c;
    int64_t chunk;   /* entries per chunk; rows with more are long */
    float *partials; /* [chunks x 2 x d] */
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

/* The last row that begins at or before the entry. */
static __device__ int64_t row_of(const struct sparse &job, int64_t entry)
{
    int64_t low = 0, high = job.n_rows - 1;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (job.s.starts[middle] <= entry)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Sums those entries of the row, if it is long, that are in the chunk from..to-1. All threads call it. */
static __device__ void add_part(const struct sparse &job, int64_t row, int64_t from, int64_t to, float *partial)
{
    __shared__ float shared[WARPS][COLUMNS];
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int64_t begin, end;
    cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
    if (end - begin <= job.chunk)
        return;
    from = begin > from ? begin : from;
    to = end < to ? end : to;
    for (int64_t column = 0; column < job.d; column += COLUMNS) {
        float sums[LANE_COLUMNS] = {0};
        add_entries(job, from + warp, to, WARPS, column + lane, sums);
        for (int i = 0; i < LANE_COLUMNS; i++)
            shared[warp][lane + 32 * i] = sums[i];
        __syncthreads();
        if (threadIdx.x < COLUMNS && column + threadIdx.x < job.d) {
            float sum = 0;
            for (int w = 0; w < WARPS; w++)
                sum += shared[w][threadIdx.x];
            partial[column + threadIdx.x] = sum;
        }
        __syncthreads();
    }
}

static __global__ void chunks_kernel(struct sparse job)
{
    int64_t from = (int64_t)blockIdx.x * job.chunk;
    int64_t to = from + job.chunk < job.s.n_entries ? from + job.chunk : job.s.n_entries;
    int64_t first = row_of(job, from), last = row_of(job, to - 1);
    float *partials = job.partials + (int64_t)blockIdx.x * 2 * job.d;
    add_part(job, first, from, to, partials);
    if (last != first)
        add_part(job, last, from, to, partials + job.d);
}

/* Adds the partial sums of a long row to a lane's sums. */
static __device__ void add_partials(const struct sparse &job, int64_t begin, int64_t end, int64_t column,
                                    float sums[LANE_COLUMNS])
{
    int64_t first = begin / job.chunk, last = (end - 1) / job.chunk;
    for (int64_t c = first; c <= last; c++) {
        const float *partial = job.partials + (2 * c + (c == first && begin % job.chunk != 0)) * job.d;
#pragma unroll
        for (int i = 0; i < LANE_COLUMNS; i++)
            if (column + 32 * i < job.d)
                sums[i] += partial[column + 32 * i];
    }
}

static __global__ void rows_kernel(struct sparse job)
{
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    for (int64_t row = (int64_t)blockIdx.x * WARPS + warp; row < job.n_rows; row += (int64_t)gridDim.x * WARPS) {
        int64_t begin, end;
        cuda_row_entries(job.s.starts, row, job.s.n_entries, job.faults, &begin, &end);
        for (int64_t column = lane; column < job.d; column += COLUMNS) {
            float sums[LANE_COLUMNS] = {0};
            if (end - begin > job.chunk)
                add_partials(job, begin, end, column, sums);
            else
                add_entries(job, begin, end, 1, column, sums);
            for (int i = 0; i < LANE_COLUMNS; i++)
                if (column + 32 * i < job.d)
                    job.c[row * job.d + column + 32 * i] = sums[i];
        }
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
    struct sparse job = {n_rows, d, {}, cuda_floats(b), cuda_floats(c), INT64_MAX, NULL, stream->faults};
    enum status status = cuda_check_csr("sparse_gemm", n_rows, d, starts, columns, values, b, c, &job.s, error);
    if (status != STATUS_OK || n_rows == 0 || d == 0)
        return status;
    int64_t chunks_max = CUDA_WORKSPACE / (2 * d * (int64_t)sizeof(float)); /* as many as have space */
    if (chunks_max > 0) {
        int64_t least = (job.s.n_entries + chunks_max - 1) / chunks_max;
        job.chunk = least > CHUNK_MIN ? least : (int64_t)CHUNK_MIN;
        job.partials = (float *)(void *)stream->workspace;
    }
    if (job.s.n_entries > job.chunk) {
        int64_t chunks = (job.s.n_entries + job.chunk - 1) / job.chunk;
        CUDA_LAUNCH(chunks_kernel, (unsigned)chunks, 32 * WARPS, 0, stream->queue, job);
    }
    CUDA_LAUNCH(rows_kernel, cuda_blocks(n_rows, WARPS), 32 * WARPS, 0, stream->queue, job);
    return cuda_launched("sparse_gemm", error);
}
