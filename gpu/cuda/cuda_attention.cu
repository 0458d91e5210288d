#include "gpu/cuda/cuda_attend.h"

/* Attention over short sequences: a block takes a head of a sequence, each of its warps a query at a time, and a key at
 * a time in the backward pass. The head's rows are copied to shared memory if they fit. gpu/cpu/cpu_attention.c states
 * what the contract leaves open. */

enum {
    LENGTH_MAX = 1024,
    WARPS = 4,
    SHARED_MAX = 48 << 10 /* dynamic shared memory that every block may have */
};

struct attention {
    int64_t pairs, heads; /* pairs of a sequence and a head */
    int length, d;
    bool causal, staged;
    float scale;
    const int32_t *lengths;
    const float *qkv, *d_y;
    struct cuda_drop drop;
    float *weights, *y;
    const float *softmax;
    float beta, *d_qkv;
};

/* A head's rows in shared or global memory. */
struct head_rows {
    const float *at;
    int64_t stride;
};

/* In shared memory the row stride is odd, so that a warp's threads can read a column without bank conflicts. */
static __host__ __device__ inline int staged_stride(int d)
{
    return d | 1;
}

/* Copies the first n rows to `staging`, which is advanced past them, or leaves them where they are. */
static __device__ inline struct head_rows stage_rows(const struct attention &a, const float *from, int64_t stride,
                                                     int n, float **staging)
{
    if (!a.staged)
        return {from, stride};
    float *to = *staging;
    int apart = staged_stride(a.d);
    for (int i = (int)threadIdx.x; i < n * a.d; i += (int)blockDim.x)
        to[i / a.d * apart + i % a.d] = from[i / a.d * stride + i % a.d];
    *staging += a.length * apart;
    return {to, apart};
}

static __device__ inline float dot(struct head_rows a, int i, struct head_rows b, int j, int d)
{
    const float *x = a.at + i * a.stride, *y = b.at + j * b.stride;
    float sum = 0;
    for (int k = 0; k < d; k++)
        sum += x[k] * y[k];
    return sum;
}

/* to[0..d) = beta to + the sum over i in begin..end-1 of factors[i] times row i. All threads of a warp call it; if d is
 * small several of them share a column. */
static __device__ inline void add_weighted_rows(const float *factors, struct head_rows rows, int begin, int end, int d,
                                                float beta, float *to)
{
    int lane = (int)threadIdx.x % 32, parts = d <= 8 ? 4 : d <= 16 ? 2 : 1, width = 32 / parts;
    for (int first = 0; first < d; first += width) {
        int j = first + lane % width;
        float sum = 0;
        for (int i = begin + lane / width; i < end && j < d; i += parts)
            sum += factors[i] * rows.at[i * rows.stride + j];
        for (int step = width; step < 32; step *= 2)
            sum += __shfl_xor_sync(0xffffffffu, sum, step);
        if (lane < width && j < d)
            to[j] = cuda_blend(beta, &to[j], sum);
    }
}

static __device__ inline int keys_seen(const struct attention &a, int keys, int query)
{
    return a.causal && query + 1 < keys ? query + 1 : keys;
}

/* Computes row[0..seen) as the softmax of the query's products, stores it and applies dropout. */
static __device__ inline void attend(const struct attention &a, struct head_rows q, struct head_rows k, int query,
                                     int seen, int64_t first, float *row)
{
    int lane = (int)threadIdx.x % 32;
    float best = -INFINITY, sum = 0;
    for (int i = lane; i < seen; i += 32) {
        row[i] = a.scale * dot(q, query, k, i, a.d);
        best = fmaxf(best, row[i]);
    }
    best = cuda_warp_max(best);
    for (int i = lane; i < seen; i += 32) {
        row[i] = expf(row[i] - best);
        sum += row[i];
    }
    float share = 1.0f / cuda_warp_sum(sum);
    for (int i = lane; i < (a.weights ? a.length : seen); i += 32) {
        float weight = i < seen ? row[i] * share : 0;
        if (a.weights)
            a.weights[first + i] = weight;
        if (i < seen)
            row[i] = cuda_dropped(a.drop, first + i, weight);
    }
}

static __global__ void attention_kernel(struct attention a)
{
    CUDA_DYNAMIC_SHARED(float, shared);
    int warp = (int)threadIdx.x / 32;
    int64_t width = a.heads * a.d, stride = 3 * width;
    float *row = shared + warp * a.length;
    for (int64_t pair = blockIdx.x; pair < a.pairs; pair += gridDim.x) {
        int64_t sequence = pair / a.heads, column = pair % a.heads * a.d;
        int keys = (int)cuda_valid(a.lengths, sequence, a.length);
        const float *from = a.qkv + sequence * a.length * stride + column;
        float *staging = shared + WARPS * a.length;
        struct head_rows q = {from, stride}, k = stage_rows(a, from + width, stride, keys, &staging),
                         v = stage_rows(a, from + 2 * width, stride, keys, &staging);
        __syncthreads();
        for (int t = warp; t < a.length; t += WARPS) {
            int seen = keys_seen(a, keys, t);
            attend(a, q, k, t, seen, (pair * a.length + t) * a.length, row);
            __syncwarp();
            add_weighted_rows(row, v, 0, seen, a.d, 0, a.y + (sequence * a.length + t) * width + column);
            __syncwarp();
        }
        __syncthreads();
    }
}

/* With P the weights, m their dropout and S = q·k scale: dV = (P m)ᵀ dY, dP = (dY Vᵀ) m, dS = P (dP - sum of dP P), dQ
 * = scale dS K, dK = scale dSᵀ Q. First by rows of S, then by columns, which reuse each row's sum of dP P. */
static __global__ void attention_backward_kernel(struct attention a)
{
    CUDA_DYNAMIC_SHARED(float, shared);
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, length = a.length;
    int64_t width = a.heads * a.d, stride = 3 * width;
    float *slopes = shared + 2 * warp * length, *shares = slopes + length, *means = shared + 2 * WARPS * length;
    for (int64_t pair = blockIdx.x; pair < a.pairs; pair += gridDim.x) {
        int64_t sequence = pair / a.heads, column = pair % a.heads * a.d;
        int keys = (int)cuda_valid(a.lengths, sequence, length);
        const float *from = a.qkv + sequence * length * stride + column;
        float *to = a.d_qkv + sequence * length * stride + column, *staging = means + length;
        struct head_rows q = stage_rows(a, from, stride, length, &staging),
                         k = stage_rows(a, from + width, stride, keys, &staging),
                         v = stage_rows(a, from + 2 * width, stride, keys, &staging),
                         d_y = stage_rows(a, a.d_y + sequence * length * width + column, width, length, &staging);
        __syncthreads();
        for (int t = warp; t < length; t += WARPS) {
            int seen = keys_seen(a, keys, t);
            int64_t first = (pair * length + t) * length;
            float mean = 0;
            for (int i = lane; i < seen; i += 32) {
                slopes[i] = cuda_dropped(a.drop, first + i, dot(d_y, t, v, i, a.d));
                mean += slopes[i] * a.softmax[first + i];
            }
            mean = cuda_warp_sum(mean);
            if (lane == 0)
                means[t] = mean;
            for (int i = lane; i < seen; i += 32)
                slopes[i] = a.scale * a.softmax[first + i] * (slopes[i] - mean);
            __syncwarp();
            add_weighted_rows(slopes, k, 0, seen, a.d, a.beta, to + t * stride);
            __syncwarp();
        }
        __syncthreads();
        for (int i = warp; i < length; i += WARPS) {
            int begin = i >= keys ? length : a.causal ? i : 0; /* the first query that attends to the key */
            for (int t = begin + lane; t < length; t += 32) {
                int64_t at = (pair * length + t) * length + i;
                float slope = cuda_dropped(a.drop, at, dot(d_y, t, v, i, a.d));
                slopes[t] = a.scale * a.softmax[at] * (slope - means[t]);
                shares[t] = cuda_dropped(a.drop, at, a.softmax[at]);
            }
            __syncwarp();
            add_weighted_rows(slopes, q, begin, length, a.d, a.beta, to + i * stride + width);
            add_weighted_rows(shares, d_y, begin, length, a.d, a.beta, to + i * stride + 2 * width);
            __syncwarp();
        }
        __syncthreads();
    }
}

static enum status check_shape(const char *operation, int64_t length, struct dropout dropout, bool any_length,
                               struct error *error)
{
    if (length > LENGTH_MAX && !any_length)
        return error_set(error, STATUS_FAILED,
                         "operation %s works on sequences of at most %d positions, not %lld (internal error)",
                         operation, (int)LENGTH_MAX, (long long)length);
    return cuda_check_dropout(operation, dropout, error);
}

static struct attention attention_of(int64_t batch, int64_t length, int64_t heads, int64_t d, bool causal,
                                     struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout)
{
    struct attention a = {};
    a.pairs = batch * heads;
    a.heads = heads;
    a.length = (int)length;
    a.d = (int)d;
    a.causal = causal != 0;
    a.scale = d > 0 ? 1.0f / sqrtf((float)d) : 0;
    a.lengths = cuda_ints(lengths);
    a.qkv = cuda_floats(qkv);
    a.drop = cuda_drop_of(dropout);
    return a;
}

/* Bytes of shared memory: `fixed` floats per position, and `staged` rows if they fit. */
static size_t shared_bytes(struct attention *a, int fixed, int staged)
{
    size_t least = (size_t)a->length * (size_t)fixed * sizeof(float);
    size_t all = least + (size_t)a->length * (size_t)staged * (size_t)staged_stride(a->d) * sizeof(float);
    a->staged = all <= SHARED_MAX;
    return a->staged ? all : least;
}

enum status cuda_attention(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads, int64_t d,
                           bool causal, struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout,
                           struct compute_slice weights, struct compute_slice y, struct error *error)
{
    int64_t n = cuda_count(batch, length, heads, d);
    bool fits = !weights.buffer && dropout.rate == 0 && cuda_attend_fits(length, d);
    enum status status = check_shape("attention", length, dropout, fits, error);
    if (status == STATUS_OK)
        status = cuda_check_all("attention",
                                {{"lengths", lengths, batch, 4, true},
                                 {"QKV", qkv, cuda_count(n, 3)},
                                 {"weights", weights, cuda_count(batch, length, length, heads), 4, true},
                                 {"Y", y, n}},
                                error);
    if (status != STATUS_OK || batch == 0 || length == 0 || heads == 0)
        return status;
    if (fits) {
        const struct cuda_attend attend = {batch * heads,
                                           heads,
                                           length,
                                           3 * heads * d,
                                           (int)d,
                                           causal,
                                           1.0f / sqrtf((float)d),
                                           cuda_ints(lengths),
                                           cuda_floats(qkv),
                                           cuda_floats(y)};
        return cuda_attend_run(stream, &attend, error);
    }
    struct attention a = attention_of(batch, length, heads, d, causal, lengths, qkv, dropout);
    a.weights = cuda_floats(weights);
    a.y = cuda_floats(y);
    size_t bytes = shared_bytes(&a, WARPS, 2);
    CUDA_LAUNCH(attention_kernel, cuda_blocks(a.pairs, 1), WARPS * 32, bytes, stream->queue, a);
    return cuda_launched("attention", error);
}

enum status cuda_attention_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads,
                                    int64_t d, bool causal, struct compute_slice lengths, struct compute_slice qkv,
                                    struct dropout dropout, struct compute_slice weights, struct compute_slice d_y,
                                    float beta, struct compute_slice d_qkv, struct error *error)
{
    int64_t n = cuda_count(batch, length, heads, d);
    enum status status = check_shape("attention_backward", length, dropout, false, error);
    if (status == STATUS_OK)
        status = cuda_check_all("attention_backward",
                                {{"lengths", lengths, batch, 4, true},
                                 {"QKV", qkv, cuda_count(n, 3)},
                                 {"weights", weights, cuda_count(batch, length, length, heads)},
                                 {"dY", d_y, n},
                                 {"dQKV", d_qkv, cuda_count(n, 3), 4, true}},
                                error);
    if (status != STATUS_OK || n == 0 || !d_qkv.buffer)
        return status;
    struct attention a = attention_of(batch, length, heads, d, causal, lengths, qkv, dropout);
    a.softmax = cuda_floats(weights);
    a.d_y = cuda_floats(d_y);
    a.beta = beta;
    a.d_qkv = cuda_floats(d_qkv);
    size_t bytes = shared_bytes(&a, 2 * WARPS + 1, 4);
    CUDA_LAUNCH(attention_backward_kernel, cuda_blocks(a.pairs, 1), WARPS * 32, bytes, stream->queue, a);
    return cuda_launched("attention_backward", error);
}
