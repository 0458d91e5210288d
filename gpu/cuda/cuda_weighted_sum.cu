#include "gpu/cuda/cuda_layers.h"

/* The learned mean of a few slots. The gradient of a weight is one sum over all rows: first over chunks, then over the
 * chunks' sums. */

static __global__ void weighted_sum_kernel(int64_t n, int64_t slots, int64_t d, const float *x, const float *w,
                                           const float *b, float *y)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        const float *from = x + (i - column) * slots + column;
        float sum = *b;
        for (int64_t s = 0; s < slots; s++)
            sum += w[s] * from[s * d];
        y[i] = sum;
    });
}

static __global__ void spread_kernel(int64_t n, int64_t slots, int64_t d, const float *w, const float *d_y, float beta,
                                     float *d_x)
{
    cuda_walk(n, d, [&](int64_t i, int64_t column) {
        float *to = d_x + (i - column) * slots + column;
        for (int64_t s = 0; s < slots; s++)
            to[s * d] = cuda_blend(beta, &to[s * d], w[s] * d_y[i]);
    });
}

/* parts[slot - first, chunk] = the chunk's part of the gradient of w[slot], or of b if slot is one past the last.
 * Blocks: chunks of `chunk` rows, then slots. */
static __global__ void slot_parts_kernel(int64_t rows, int64_t slots, int64_t d, int64_t chunks, int64_t chunk,
                                         int64_t first, const float *x, const float *d_y, double *parts)
{
    __shared__ double shared[32];
    int64_t slot = first + blockIdx.x / chunks, begin = blockIdx.x % chunks * chunk;
    int64_t end = begin + chunk < rows ? begin + chunk : rows;
    double sum = 0;
    for (int64_t row = begin + threadIdx.x / 32; row < end; row += CUDA_WARPS) {
        const float *slopes = d_y + row * d, *from = x + (row * slots + slot) * d;
        for (CUDA_EACH_COLUMN(j, d))
            sum += slot < slots ? (double)slopes[j] * (double)from[j] : (double)slopes[j];
    }
    sum = cuda_block_sum(sum, shared);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

static __global__ void slot_totals_kernel(int64_t slots, int64_t chunks, int64_t first, int64_t count,
                                          const double *parts, float beta, float *d_w, float *d_b)
{
    for (CUDA_EACH(i, count)) {
        double sum = 0;
        for (int64_t c = 0; c < chunks; c++)
            sum += parts[i * chunks + c];
        int64_t slot = first + i;
        cuda_store_sum(slot == slots ? d_b : d_w ? d_w + slot : NULL, sum, beta);
    }
}

enum status cuda_weighted_sum(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                              struct compute_slice x, struct compute_slice w, struct compute_slice b,
                              struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(rows, d);
    enum status status = cuda_check_all(
        "weighted_sum", {{"X", x, cuda_count(rows, slots, d)}, {"w", w, slots}, {"b", b, 1}, {"Y", y, n}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    CUDA_LAUNCH(weighted_sum_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, slots, d,
                cuda_floats(x), cuda_floats(w), cuda_floats(b), cuda_floats(y));
    return cuda_launched("weighted_sum", error);
}

/* The gradients of w and b, as many slots at once as fit the workspace. */
static enum status sum_slots(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d, const float *x,
                             const float *d_y, float beta, float *d_w, float *d_b, struct error *error)
{
    int64_t chunk = cuda_chunk_rows(rows, CUDA_CHUNKS), chunks = (rows + chunk - 1) / chunk;
    const int64_t at_once = CUDA_WORKSPACE / (CUDA_CHUNKS * (int64_t)sizeof(double));
    double *parts = (double *)(void *)stream->workspace;
    enum status status = STATUS_OK;
    for (int64_t first = d_w ? 0 : slots; first <= slots && status == STATUS_OK; first += at_once) {
        int64_t left = slots + (d_b ? 1 : 0) - first, count = left < at_once ? left : at_once;
        if (count > 0 && chunks > 0)
            CUDA_LAUNCH(slot_parts_kernel, (unsigned)(count * chunks), CUDA_BLOCK, 0, stream->queue, rows, slots, d,
                        chunks, chunk, first, x, d_y, parts);
        if (count > 0)
            CUDA_LAUNCH(slot_totals_kernel, cuda_blocks(count), CUDA_BLOCK, 0, stream->queue, slots, chunks, first,
                        count, parts, beta, d_w, d_b);
        status = cuda_launched("weighted_sum_backward", error);
    }
    return status;
}

enum status cuda_weighted_sum_backward(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                                       struct compute_slice x, struct compute_slice w, struct compute_slice d_y,
                                       float beta, struct compute_slice d_x, float beta_parameters,
                                       struct compute_slice d_w, struct compute_slice d_b, struct error *error)
{
    int64_t n = cuda_count(rows, d), n_x = cuda_count(rows, slots, d);
    enum status status = cuda_check_all("weighted_sum_backward",
                                        {{"X", x, n_x},
                                         {"w", w, slots},
                                         {"dY", d_y, n},
                                         {"dX", d_x, n_x, 4, true},
                                         {"dw", d_w, slots, 4, true},
                                         {"db", d_b, 1, 4, true}},
                                        error);
    if (status == STATUS_OK && d_x.buffer && n_x > 0) {
        CUDA_LAUNCH(spread_kernel, cuda_walk_blocks(stream, n), CUDA_BLOCK, 0, stream->queue, n, slots, d,
                    cuda_floats(w), cuda_floats(d_y), beta, cuda_floats(d_x));
        status = cuda_launched("weighted_sum_backward", error);
    }
    if (status == STATUS_OK && (d_w.buffer || d_b.buffer))
        status = sum_slots(stream, rows, slots, d, cuda_floats(x), cuda_floats(d_y), beta_parameters, cuda_floats(d_w),
                           cuda_floats(d_b), error);
    return status;
}
