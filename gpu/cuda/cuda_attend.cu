#include "gpu/cuda/cuda_attend.h"

/* A block takes QUERIES queries of a head, with the keys in steps of KEYS: first the scores of all pairs, a lane per
 * key, then their softmax, then its product with the values, a lane per dimension. Each warp has ROWS queries. Steps
 * are joined as by Milakov and Gimelshein (2018): a query keeps the maximum and the sum of its exponentials so far,
 * and what was added before is scaled when the maximum rises. */

enum {
    WARPS = 4,
    ROWS = 8,
    QUERIES = WARPS * ROWS,
    KEYS = 32,
    D_MAX = 128,
    PARTS = D_MAX / 32,
    LENGTH_SHORT = 16, /* up to this, cuda_attention.cu is faster */
};

/* In shared memory the row stride is odd, so that a warp's threads can read a column without bank conflicts. */
static __host__ __device__ inline int row_stride(int d)
{
    return d | 1;
}

static __device__ inline void copy_rows(const struct cuda_attend &a, const float *from, int64_t n, int rows, float *to)
{
    for (int i = (int)threadIdx.x; i < rows * a.d; i += (int)blockDim.x) {
        int r = i / a.d, j = i % a.d;
        to[r * row_stride(a.d) + j] = r < n ? from[r * a.stride + j] : 0;
    }
}

/* The scores of the warp's queries and the lane's key. */
static __device__ inline void score(const struct cuda_attend &a, const float *q, const float *k, float *scores)
{
    for (int r = 0; r < ROWS; r++)
        scores[r] = 0;
    for (int j = 0; j < a.d; j++)
        for (int r = 0; r < ROWS; r++)
            scores[r] += q[r * row_stride(a.d) + j] * k[j];
    for (int r = 0; r < ROWS; r++)
        scores[r] *= a.scale;
}

static __global__ void attend_kernel(struct cuda_attend a)
{
    CUDA_DYNAMIC_SHARED(float, shared);
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, stride = row_stride(a.d);
    float *queries = shared, *rows = queries + QUERIES * stride, *weights = rows + KEYS * stride + warp * ROWS * KEYS;
    int64_t tiles = (a.length + QUERIES - 1) / QUERIES;
    for (int64_t task = blockIdx.x; task < a.pairs * tiles; task += gridDim.x) {
        int64_t pair = task / tiles, first = task % tiles * QUERIES, sequence = pair / a.heads;
        int64_t column = pair % a.heads * a.d, width = a.heads * a.d, query = first + warp * ROWS;
        int64_t valid = cuda_valid(a.lengths, sequence, a.length);
        int64_t seen = a.causal && first + QUERIES < valid ? first + QUERIES : valid; /* by any query of the block */
        const float *from = a.qkv + sequence * a.length * a.stride + column;
        float outputs[ROWS][PARTS] = {}, largest[ROWS], sums[ROWS], scores[ROWS];
        for (int r = 0; r < ROWS; r++) {
            largest[r] = -INFINITY;
            sums[r] = 0;
        }
        __syncthreads();
        copy_rows(a, from + first * a.stride, a.length - first, QUERIES, queries);
        for (int64_t key = 0; key < seen; key += KEYS) {
            __syncthreads();
            copy_rows(a, from + width + key * a.stride, seen - key, KEYS, rows);
            __syncthreads();
            score(a, queries + warp * ROWS * stride, rows + lane * stride, scores);
            __syncthreads();
            copy_rows(a, from + 2 * width + key * a.stride, seen - key, KEYS, rows);
            for (int r = 0; r < ROWS; r++) {
                bool sees = key + lane < valid && !(a.causal && key + lane > query + r);
                float best = fmaxf(largest[r], cuda_warp_max(sees ? scores[r] : -INFINITY));
                float weight = sees ? expf(scores[r] - best) : 0,
                      factor = best > largest[r] ? expf(largest[r] - best) : 1;
                weights[r * KEYS + lane] = weight;
                sums[r] = sums[r] * factor + cuda_warp_sum(weight);
                largest[r] = best;
                for (int part = 0; part < PARTS; part++)
                    outputs[r][part] *= factor;
            }
            __syncthreads();
            int keys = seen - key < KEYS ? (int)(seen - key) : (int)KEYS;
            for (int i = 0; i < keys; i++)
                for (int part = 0; part < PARTS; part++) {
                    int j = part * 32 + lane;
                    float value = j < a.d ? rows[i * stride + j] : 0;
                    for (int r = 0; r < ROWS; r++)
                        outputs[r][part] += weights[r * KEYS + i] * value;
                }
        }
        for (int r = 0; r < ROWS; r++)
            for (int part = 0; part < PARTS; part++) {
                int64_t j = part * 32 + lane;
                if (query + r < a.length && j < a.d)
                    a.y[(sequence * a.length + query + r) * width + column + j] =
                        seen > 0 ? outputs[r][part] / sums[r] : 0;
            }
    }
}

bool cuda_attend_fits(int64_t length, int64_t d)
{
    return d > 0 && d <= D_MAX && length > LENGTH_SHORT;
}

enum status cuda_attend_run(struct compute_stream *stream, const struct cuda_attend *a, struct error *error)
{
    size_t floats = (size_t)(QUERIES + KEYS) * (size_t)row_stride(a->d) + WARPS * ROWS * KEYS;
    int64_t tiles = (a->length + QUERIES - 1) / QUERIES;
    CUDA_LAUNCH(attend_kernel, cuda_blocks(a->pairs * tiles, 1), WARPS * 32, floats * sizeof(float), stream->queue, *a);
    return cuda_launched("attention", error);
}
