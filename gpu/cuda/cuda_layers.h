#ifndef SLEEVE_GPU_CUDA_LAYERS_H
#define SLEEVE_GPU_CUDA_LAYERS_H

#include "gpu/cuda/cuda_internal.h"
#include "gpu/cuda/cuda_reduce.h"

/* Helpers of the layers: loops over matrices without a division per element, dropout, lengths, and sums over rows in
 * two launches. */

/* ---- loops ---- */

enum { CUDA_WARPS = CUDA_BLOCK / 32 };

/* Blocks for one warp per row, whose 32 threads share the columns. */
static inline unsigned cuda_row_blocks(int64_t rows)
{
    return cuda_blocks(rows, CUDA_WARPS);
}

/* for (int64_t row = ...) over rows 0..rows-1, the same for all threads of a warp. */
#define CUDA_EACH_ROW(row, rows)                                                                                       \
    int64_t row = (int64_t)blockIdx.x * CUDA_WARPS + threadIdx.x / 32;                                                 \
    row < (rows);                                                                                                      \
    row += (int64_t)gridDim.x * CUDA_WARPS

/* for (int64_t column = ...) over a row's columns, inside CUDA_EACH_ROW. */
#define CUDA_EACH_COLUMN(column, d)                                                                                    \
    int64_t column = threadIdx.x % 32;                                                                                 \
    column < (d);                                                                                                      \
    column += 32

/* Blocks for cuda_walk: just enough to occupy every multiprocessor. */
static inline unsigned cuda_walk_blocks(const struct compute_stream *stream, int64_t n)
{
    unsigned blocks = cuda_blocks(n), most = (unsigned)stream->device->processors * 32;
    return blocks < most ? blocks : most;
}

/* Calls work(i, column) for elements 0..n-1 of rows of d; i - column is the row times d. */
template <typename Work> static __device__ inline void cuda_walk(int64_t n, int64_t d, Work work)
{
    int64_t stride = (int64_t)gridDim.x * blockDim.x, i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    int64_t column = i % d, step = stride % d;
    for (; i < n; i += stride) {
        work(i, column);
        column += step;
        if (column >= d)
            column -= d;
    }
}

/* ---- elements ---- */

/* cuda_elementwise.cu: STATUS_OK when the rate is in [0, 1). */
enum status cuda_check_dropout(const char *operation, struct dropout dropout, struct error *error);

/* cuda_elementwise.cu: STATUS_OK when f is a known activation. */
enum status cuda_check_activation(const char *operation, enum activation f, struct error *error);

/* Φ(x), computed from the tail, which keeps its precision. */
static __device__ inline float cuda_normal_below(float x)
{
    float tail = 0.5f * erfcf(fabsf(x) * 0.70710678f);
    return x < 0 ? tail : 1.0f - tail;
}

static __device__ inline float cuda_sigmoid(float x)
{
    float e = expf(-fabsf(x));
    return (x < 0 ? e : 1.0f) / (1.0f + e);
}

static __device__ inline float cuda_activated(enum activation f, float v)
{
    if (f == ACTIVATION_RELU)
        return v < 0 ? 0 : v; /* NaN is kept */
    if (f == ACTIVATION_GELU)
        return v * cuda_normal_below(v);
    if (f == ACTIVATION_QUICK_GELU)
        return v * cuda_sigmoid(1.702f * v);
    if (f == ACTIVATION_ELU)
        return v < 0 ? expm1f(v) : v;
    return v;
}

static __device__ inline float cuda_activation_slope(enum activation f, float v)
{
    if (f == ACTIVATION_RELU)
        return v > 0 ? 1 : 0;
    if (f == ACTIVATION_GELU)
        return cuda_normal_below(v) + v * (0.398942280f * expf(-0.5f * v * v));
    if (f == ACTIVATION_QUICK_GELU)
        return cuda_sigmoid(1.702f * v) * (1.0f + 1.702f * v * cuda_sigmoid(-1.702f * v));
    if (f == ACTIVATION_ELU)
        return v < 0 ? expf(v) : v >= 0 ? 1 : v;
    return 1;
}

/* dropout_factor with everything that is the same for all elements precomputed. */
struct cuda_drop {
    uint32_t seed, threshold;
    float scale;
};

static inline struct cuda_drop cuda_drop_of(struct dropout dropout)
{
    return {dropout.seed, dropout_threshold(dropout.rate), 1.0f / (1.0f - dropout.rate)};
}

/* Applies dropout to element `index`. */
static __device__ inline float cuda_dropped(struct cuda_drop drop, int64_t index, float value)
{
    if (drop.threshold == 0)
        return value;
    return (dropout_mix(drop.seed, (uint32_t)index) >> 8) < drop.threshold ? 0.0f : value * drop.scale;
}

/* *to = sum + beta *to, if it is not NULL. */
static __device__ inline void cuda_store_sum(float *to, double sum, float beta)
{
    if (to)
        *to = (float)(beta == 0 ? sum : sum + (double)beta * (double)*to);
}

/* The number of valid positions of a sequence, limited to the valid range; all without lengths. */
static __device__ inline int64_t cuda_valid(const int32_t *lengths, int64_t sequence, int64_t length)
{
    if (!lengths)
        return length;
    int64_t valid = lengths[sequence];
    return valid < 0 ? 0 : valid < length ? valid : length;
}

/* A sequence's length; 0, and a fault, if it is not in 1..length. */
static __device__ inline int64_t cuda_valid_length(const int32_t *lengths, int64_t sequence, int64_t length,
                                                   int *faults)
{
    int64_t valid = lengths[sequence];
    if (valid >= 1 && valid <= length)
        return valid;
    atomicOr(faults, CUDA_FAULT_ID);
    return 0;
}

/* ---- sums over rows ---- */

/* A first launch divides the rows into chunks and sums each, 8 rows of 32 threads per block; a second one adds the
 * chunks. The chunks' sums are in the first half of the workspace, up to four for each of CUDA_COLUMNS_AT_ONCE columns.
 */
enum {
    CUDA_CHUNKS = 64,
    CUDA_CHUNK_COLUMNS = 32,
    CUDA_CHUNK_ROWS = 8,
    CUDA_COLUMNS_AT_ONCE = CUDA_WORKSPACE / 2 / (CUDA_CHUNKS * 4 * (int)sizeof(double))
};

/* Rows per chunk for at most `chunks` chunks. */
static inline int64_t cuda_chunk_rows(int64_t rows, int64_t chunks)
{
    int64_t chunk = (rows + chunks - 1) / chunks;
    return chunk < CUDA_CHUNK_ROWS ? (int64_t)CUDA_CHUNK_ROWS : chunk;
}

/* Adds the sums of a column's 8 threads and returns the total to the first of them; all threads of a block call it. */
template <int K> static __device__ inline void cuda_add_thread_rows(double *sums)
{
    __shared__ double all[K][CUDA_CHUNK_ROWS][CUDA_CHUNK_COLUMNS];
    for (int k = 0; k < K; k++)
        all[k][threadIdx.y][threadIdx.x] = sums[k];
    __syncthreads();
    for (int k = 0; k < K && threadIdx.y == 0; k++)
        for (int r = 1; r < CUDA_CHUNK_ROWS; r++)
            sums[k] += all[k][r][threadIdx.x];
}

template <int K, typename Term>
static __global__ void cuda_chunks_kernel(int64_t rows, int64_t chunk, int64_t first, int64_t columns, Term term,
                                          double *parts)
{
    int64_t column = (int64_t)blockIdx.x * CUDA_CHUNK_COLUMNS + threadIdx.x;
    int64_t begin = blockIdx.y * chunk, end = begin + chunk < rows ? begin + chunk : rows;
    double sums[K] = {0};
    for (int64_t row = begin + threadIdx.y; row < end && column < columns; row += CUDA_CHUNK_ROWS)
        term.add(row, first + column, sums);
    cuda_add_thread_rows<K>(sums);
    for (int k = 0; k < K && threadIdx.y == 0 && column < columns; k++)
        parts[((int64_t)k * gridDim.y + blockIdx.y) * columns + column] = sums[k];
}

/* parts: [K x chunks x columns]. */
template <int K, typename Term>
static __global__ void cuda_totals_kernel(int64_t chunks, int64_t first, int64_t columns, const double *parts,
                                          Term term)
{
    int64_t column = (int64_t)blockIdx.x * CUDA_CHUNK_COLUMNS + threadIdx.x;
    double sums[K] = {0};
    for (int k = 0; k < K; k++)
        for (int64_t c = threadIdx.y; c < chunks && column < columns; c += CUDA_CHUNK_ROWS)
            sums[k] += parts[((int64_t)k * chunks + c) * columns + column];
    cuda_add_thread_rows<K>(sums);
    if (threadIdx.y == 0 && column < columns)
        term.finish(first + column, sums);
}

template <int K, typename Term>
static enum status cuda_add_chunks(const char *operation, struct compute_stream *stream, int64_t chunks, int64_t first,
                                   int64_t columns, Term term, struct error *error)
{
    void (*totals)(int64_t, int64_t, int64_t, const double *, Term) = cuda_totals_kernel<K, Term>;
    CUDA_LAUNCH(totals, cuda_blocks(columns, CUDA_CHUNK_COLUMNS), dim3(CUDA_CHUNK_COLUMNS, CUDA_CHUNK_ROWS), 0,
                stream->queue, chunks, first, columns, (const double *)(void *)stream->workspace, term);
    return cuda_launched(operation, error);
}

/* For columns first..first+columns-1 (at most CUDA_COLUMNS_AT_ONCE): K sums over the rows. term.add(row, column, sums)
 * adds a row's part; term.finish(column, sums) receives the result. */
template <int K, typename Term>
static enum status cuda_sum_columns(const char *operation, struct compute_stream *stream, int64_t rows, int64_t first,
                                    int64_t columns, Term term, struct error *error)
{
    static_assert(K <= 4, "the workspace holds four sums per column");
    int64_t chunk = cuda_chunk_rows(rows, CUDA_CHUNKS), chunks = (rows + chunk - 1) / chunk;
    if (chunks > 0) {
        void (*kernel)(int64_t, int64_t, int64_t, int64_t, Term, double *) = cuda_chunks_kernel<K, Term>;
        CUDA_LAUNCH(kernel, dim3(cuda_blocks(columns, CUDA_CHUNK_COLUMNS), (unsigned)chunks),
                    dim3(CUDA_CHUNK_COLUMNS, CUDA_CHUNK_ROWS), 0, stream->queue, rows, chunk, first, columns, term,
                    (double *)(void *)stream->workspace);
        enum status status = cuda_launched(operation, error);
        if (status != STATUS_OK)
            return status;
    }
    return cuda_add_chunks<K>(operation, stream, chunks, first, columns, term, error);
}

/* for (int64_t first = ...) over the columns in steps of CUDA_COLUMNS_AT_ONCE, until an error. */
#define CUDA_EACH_STRETCH(first, d, status)                                                                            \
    int64_t first = 0;                                                                                                 \
    first < (d) && (status) == STATUS_OK;                                                                              \
    first += CUDA_COLUMNS_AT_ONCE

static inline int64_t cuda_segment_size(int64_t first, int64_t d)
{
    const int64_t most = CUDA_COLUMNS_AT_ONCE;
    return d - first < most ? d - first : most;
}

#endif
