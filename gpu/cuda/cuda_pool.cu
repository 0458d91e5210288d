#include "gpu/cuda/cuda_layers.h"

/* Attention pooling with one learned query. Forward, a block takes 32 columns of a sequence and computes the softmax
 * itself; backward, it takes a sequence, a warp per position. */

enum { COLUMNS = 32 };

/* Blocks: sequences, then groups of columns; 8 warps, each of which takes every eighth position. Neither X nor logits
 * are read past a sequence's length. weights or Y may be none. */
static __global__ void pool_kernel(int64_t length, int64_t d, int64_t stretches, const int32_t *lengths, const float *x,
                                   const float *logits, float *weights, float *y, int *faults)
{
    __shared__ float sums[CUDA_WARPS][COLUMNS], for_max[32];
    __shared__ double for_sum[32];
    int64_t sequence = blockIdx.x / stretches, first = sequence * length;
    int64_t n = cuda_valid_length(lengths, sequence, length, faults);
    if (n == 0)
        return;
    float most = -INFINITY;
    for (int64_t t = threadIdx.x; t < n; t += CUDA_BLOCK)
        most = fmaxf(most, logits[first + t]);
    most = cuda_block_max(most, for_max);
    double sum = 0;
    for (int64_t t = threadIdx.x; t < n; t += CUDA_BLOCK)
        sum += (double)expf(logits[first + t] - most);
    float share = (float)(1 / cuda_block_sum(sum, for_sum));
    if (weights && blockIdx.x % stretches == 0)
        for (int64_t t = threadIdx.x; t < length; t += CUDA_BLOCK)
            weights[first + t] = t < n ? share * expf(logits[first + t] - most) : 0;
    if (!y)
        return;
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32;
    int64_t column = blockIdx.x % stretches * COLUMNS + lane;
    float part = 0;
    for (int64_t t = warp; t < n && column < d; t += CUDA_WARPS)
        part += expf(logits[first + t] - most) * x[(first + t) * d + column];
    sums[warp][lane] = part;
    __syncthreads();
    if (warp > 0 || column >= d)
        return;
    for (int w = 1; w < CUDA_WARPS; w++)
        part += sums[w][lane];
    y[sequence * d + column] = share * part;
}

/* With w the weights and e[t] = dY · X[t]: dX[t] = w[t] dY, dlogits[t] = w[t] (e[t] - sum of w e). That sum is known
 * only at the end, so its part is subtracted then. Past a sequence's length nothing is read and the gradients are 0. */
static __global__ void pool_backward_kernel(int64_t length, int64_t d, const int32_t *lengths, const float *x,
                                            const float *weights, const float *d_y, float beta, float *d_x,
                                            float beta_logits, float *d_logits, int *faults)
{
    __shared__ double for_sum[32];
    int64_t sequence = blockIdx.x, n = cuda_valid_length(lengths, sequence, length, faults);
    if (n == 0)
        return;
    const float *slopes = d_y + sequence * d;
    int64_t first = sequence * length;
    double mean = 0;
    for (int64_t t = threadIdx.x / 32; t < length; t += CUDA_WARPS) {
        float weight = t < n ? weights[first + t] : 0, e = 0;
        for (CUDA_EACH_COLUMN(j, d)) {
            int64_t at = (first + t) * d + j;
            if (d_logits && t < n)
                e += slopes[j] * x[at];
            if (d_x)
                d_x[at] = cuda_blend(beta, &d_x[at], t < n ? weight * slopes[j] : 0);
        }
        if (!d_logits)
            continue;
        float *to = &d_logits[first + t], part = weight * cuda_warp_sum(e);
        if (threadIdx.x % 32 == 0) {
            *to = cuda_blend(beta_logits, to, part);
            mean += (double)part;
        }
    }
    if (!d_logits)
        return;
    mean = cuda_block_sum(mean, for_sum); /* its barriers also make the logits' gradients visible */
    for (int64_t t = threadIdx.x; t < n; t += CUDA_BLOCK)
        d_logits[first + t] -= weights[first + t] * (float)mean;
}

enum status cuda_pool(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                      struct compute_slice lengths, struct compute_slice x, struct compute_slice logits,
                      struct compute_slice weights, struct compute_slice y, struct error *error)
{
    int64_t positions = cuda_count(batch, length);
    enum status status = cuda_check_all("pool",
                                        {{"lengths", lengths, batch},
                                         {"X", x, cuda_count(batch, length, d)},
                                         {"logits", logits, positions},
                                         {"weights", weights, positions, 4, true},
                                         {"Y", y, cuda_count(batch, d), 4, true}},
                                        error);
    if (status != STATUS_OK || batch == 0)
        return status;
    int64_t stretches = y.buffer && d > 0 ? (d + COLUMNS - 1) / COLUMNS : 1;
    CUDA_LAUNCH(pool_kernel, (unsigned)(batch * stretches), CUDA_BLOCK, 0, stream->queue, length, d, stretches,
                cuda_ints(lengths), cuda_floats(x), cuda_floats(logits), cuda_floats(weights), cuda_floats(y),
                stream->faults);
    return cuda_launched("pool", error);
}

enum status cuda_pool_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                               struct compute_slice lengths, struct compute_slice x, struct compute_slice weights,
                               struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_logits,
                               struct compute_slice d_logits, struct error *error)
{
    int64_t positions = cuda_count(batch, length), n = cuda_count(batch, length, d);
    enum status status = cuda_check_all("pool_backward",
                                        {{"lengths", lengths, batch},
                                         {"X", x, n},
                                         {"weights", weights, positions},
                                         {"dY", d_y, cuda_count(batch, d)},
                                         {"dX", d_x, n, 4, true},
                                         {"dlogits", d_logits, positions, 4, true}},
                                        error);
    if (status != STATUS_OK || batch == 0 || (!d_x.buffer && !d_logits.buffer))
        return status;
    CUDA_LAUNCH(pool_backward_kernel, (unsigned)batch, CUDA_BLOCK, 0, stream->queue, length, d, cuda_ints(lengths),
                cuda_floats(x), cuda_floats(weights), cuda_floats(d_y), beta, cuda_floats(d_x), beta_logits,
                cuda_floats(d_logits), stream->faults);
    return cuda_launched("pool_backward", error);
}
