#include "gpu/cuda/cuda_internal.h"

/* Gather and scatter of rows by id, a warp per row. */

enum { ROWS = 8 /* rows per block */ };

static inline unsigned row_blocks(int64_t n)
{
    return cuda_blocks(n, ROWS);
}

/* for (int64_t i = ...) over rows 0..n-1, one for each of a block's warps. */
#define EACH_ROW(i, n)                                                                                                 \
    int64_t i = (int64_t)blockIdx.x * ROWS + threadIdx.y;                                                              \
    i < (n);                                                                                                           \
    i += (int64_t)gridDim.x * ROWS

static __global__ void gather_kernel(int64_t n, int64_t d, const int32_t *ids, float alpha, int64_t x_rows,
                                     const float *x, float beta, float *y, int64_t y_stride, int *faults)
{
    for (EACH_ROW(i, n)) {
        int64_t row = ids[i];
        if (row >= x_rows && threadIdx.x == 0)
            atomicOr(faults, CUDA_FAULT_ID);
        bool any = row >= 0 && row < x_rows;
        for (int64_t j = threadIdx.x; j < d; j += 32) {
            float *to = &y[i * y_stride + j];
            *to = cuda_blend(beta, to, any ? alpha * x[row * d + j] : 0);
        }
    }
}

enum status cuda_gather(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                        int64_t x_rows, struct compute_slice x, float beta, struct compute_slice y, int64_t y_stride,
                        struct error *error)
{
    enum status status = cuda_check_all(
        "gather",
        {{"X", x, cuda_count(x_rows, d)}, {"Y", y, cuda_rows_count(n, d, y_stride)}, {"ids", ids, cuda_count(n)}},
        error);
    if (status != STATUS_OK || n == 0 || d == 0)
        return status;
    CUDA_LAUNCH(gather_kernel, row_blocks(n), dim3(32, ROWS), 0, stream->queue, n, d, cuda_ints(ids), alpha, x_rows,
                cuda_floats(x), beta, cuda_floats(y), y_stride, stream->faults);
    return cuda_launched("gather", error);
}

/* A block per input row. The block of an id's first occurrence sums all occurrences in order; those of the others find
 * an earlier one and return. */
static __global__ void scatter_kernel(int64_t n, int64_t d, const int32_t *ids, float alpha, const float *x,
                                      int64_t x_stride, int64_t y_rows, float *y, int *faults)
{
    __shared__ int matches[CUDA_BLOCK]; /* positions in a group of ids, relative to its start, in order */
    __shared__ int warp_matches[CUDA_BLOCK / 32];
    __shared__ int earlier;
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32;
    for (int64_t i = blockIdx.x; i < n; i += gridDim.x) {
        int64_t row = ids[i];
        if (row >= y_rows && threadIdx.x == 0)
            atomicOr(faults, CUDA_FAULT_ID);
        if (row < 0 || row >= y_rows)
            continue;
        __syncthreads();
        if (threadIdx.x == 0)
            earlier = 0;
        __syncthreads();
        for (int64_t begin = 0; begin < i && !earlier; begin += CUDA_BLOCK) {
            bool found = begin + threadIdx.x < i && ids[begin + threadIdx.x] == row;
            __syncthreads(); /* all have read `earlier` */
            if (found)
                earlier = 1;
            __syncthreads();
        }
        if (earlier)
            continue;
        for (int64_t begin = i; begin < n; begin += CUDA_BLOCK) {
            bool match = begin + threadIdx.x < n && ids[begin + threadIdx.x] == row;
            unsigned votes = __ballot_sync(0xffffffffu, match);
            if (lane == 0)
                warp_matches[warp] = __popc(votes);
            __syncthreads();
            int position = __popc(votes & ((1u << lane) - 1)), count = 0;
            for (int w = 0; w < CUDA_BLOCK / 32; w++) {
                position += w < warp ? warp_matches[w] : 0;
                count += warp_matches[w];
            }
            if (match)
                matches[position] = (int)threadIdx.x;
            __syncthreads();
            for (int64_t j = threadIdx.x; j < d && count > 0; j += CUDA_BLOCK) {
                float sum = y[row * d + j];
                for (int m = 0; m < count; m++)
                    sum += alpha * x[(begin + matches[m]) * x_stride + j];
                y[row * d + j] = sum;
            }
            __syncthreads();
        }
    }
}

enum status cuda_scatter_add(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                             struct compute_slice x, int64_t x_stride, int64_t y_rows, struct compute_slice y,
                             struct error *error)
{
    enum status status = cuda_check_all(
        "scatter_add",
        {{"X", x, cuda_rows_count(n, d, x_stride)}, {"Y", y, cuda_count(y_rows, d)}, {"ids", ids, cuda_count(n)}},
        error);
    if (status != STATUS_OK || n == 0 || d == 0)
        return status;
    CUDA_LAUNCH(scatter_kernel, cuda_blocks(n, 1), CUDA_BLOCK, 0, stream->queue, n, d, cuda_ints(ids), alpha,
                cuda_floats(x), x_stride, y_rows, cuda_floats(y), stream->faults);
    return cuda_launched("scatter_add", error);
}

static __global__ void set_entries_kernel(int64_t rows, int64_t n, const int64_t *starts, const int32_t *columns,
                                          int64_t n_entries, float value, float *s, int *faults)
{
    for (EACH_ROW(row, rows)) {
        int64_t begin = starts[row], end = starts[row + 1];
        bool sound = cuda_entries_valid(begin, end, n_entries);
        if (!sound && threadIdx.x == 0)
            atomicOr(faults, CUDA_FAULT_ID);
        for (int64_t i = begin + threadIdx.x; sound && i < end; i += 32)
            if (columns[i] >= 0 && columns[i] < n)
                s[row * n + columns[i]] = value;
            else
                atomicOr(faults, CUDA_FAULT_ID);
    }
}

enum status cuda_set_entries(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice starts,
                             struct compute_slice columns, float value, struct compute_slice s, struct error *error)
{
    enum status status = cuda_check_all(
        "set_entries",
        {{"S", s, cuda_count(rows, n)}, {"starts", starts, rows < 0 ? -1 : rows + 1, 8}, {"columns", columns, 0}},
        error);
    if (status != STATUS_OK || rows == 0)
        return status;
    CUDA_LAUNCH(set_entries_kernel, row_blocks(rows), dim3(32, ROWS), 0, stream->queue, rows, n, cuda_longs(starts),
                cuda_ints(columns), cuda_slice_count(columns, 4), value, cuda_floats(s), stream->faults);
    return cuda_launched("set_entries", error);
}
