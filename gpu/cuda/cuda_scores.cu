#include "gpu/cuda/cuda_internal.h"
#include "gpu/cuda/cuda_reduce.h"
#include "gpu/cuda/cuda_select.h"

/* Scores of groups of rows and the selection of negatives. A warp computes a dot product. */

enum {
    DOTS = 8,             /* per block */
    SORTED_MAX = 4096,    /* candidates that a block sorts in shared memory */
    SHARED_SCORES = 8192, /* candidates whose scores fit in shared memory */
};

static __device__ inline float warp_dot(const float *a, const float *b, int64_t d)
{
    float sum = 0;
    for (int64_t j = threadIdx.x; j < d; j += 32)
        sum += a[j] * b[j];
    return cuda_warp_sum(sum);
}

static __global__ void dots_kernel(int64_t groups, int64_t size, int64_t d, const float *q, const float *x, float *s)
{
    for (int64_t r = (int64_t)blockIdx.x * DOTS + threadIdx.y; r < groups * size; r += (int64_t)gridDim.x * DOTS) {
        float dot = warp_dot(&q[r / size * d], &x[r * d], d);
        if (threadIdx.x == 0)
            s[r] = dot;
    }
}

enum status cuda_batched_dot(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                             struct compute_slice q, struct compute_slice x, struct compute_slice s,
                             struct error *error)
{
    enum status status = cuda_check_all(
        "batched_dot",
        {{"Q", q, cuda_count(groups, d)}, {"X", x, cuda_count(groups, size, d)}, {"s", s, cuda_count(groups, size)}},
        error);
    if (status != STATUS_OK || groups == 0 || size == 0)
        return status;
    CUDA_LAUNCH(dots_kernel, cuda_blocks(groups * size, DOTS), dim3(32, DOTS), 0, stream->queue, groups, size, d,
                cuda_floats(q), cuda_floats(x), cuda_floats(s));
    return cuda_launched("batched_dot", error);
}

static __global__ void dots_backward_q_kernel(int64_t groups, int64_t size, int64_t d, const float *x, const float *d_s,
                                              float beta, float *d_q)
{
    for (CUDA_EACH(i, groups * d)) {
        int64_t group = i / d, j = i % d;
        float sum = 0;
        for (int64_t r = group * size; r < (group + 1) * size; r++)
            sum += d_s[r] * x[r * d + j];
        d_q[i] = cuda_blend(beta, &d_q[i], sum);
    }
}

static __global__ void dots_backward_x_kernel(int64_t groups, int64_t size, int64_t d, const float *q, const float *d_s,
                                              float beta, float *d_x)
{
    for (CUDA_EACH(i, groups * size * d)) {
        int64_t r = i / d;
        d_x[i] = cuda_blend(beta, &d_x[i], d_s[r] * q[r / size * d + i % d]);
    }
}

enum status cuda_batched_dot_backward(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                                      struct compute_slice q, struct compute_slice x, struct compute_slice d_s,
                                      float beta_q, struct compute_slice d_q, float beta_x, struct compute_slice d_x,
                                      struct error *error)
{
    static const char *const operation = "batched_dot_backward";
    int64_t all = cuda_count(groups, size, d), of_q = cuda_count(groups, d);
    enum status status = cuda_check_all(operation,
                                        {{"Q", q, of_q},
                                         {"X", x, all},
                                         {"s", d_s, cuda_count(groups, size)},
                                         {"dQ", d_q, of_q, 4, true},
                                         {"dX", d_x, all, 4, true}},
                                        error);
    if (status == STATUS_OK && d_q.buffer && of_q > 0) {
        CUDA_LAUNCH(dots_backward_q_kernel, cuda_blocks(of_q), CUDA_BLOCK, 0, stream->queue, groups, size, d,
                    cuda_floats(x), cuda_floats(d_s), beta_q, cuda_floats(d_q));
        status = cuda_launched(operation, error);
    }
    if (status == STATUS_OK && d_x.buffer && all > 0) {
        CUDA_LAUNCH(dots_backward_x_kernel, cuda_blocks(all), CUDA_BLOCK, 0, stream->queue, groups, size, d,
                    cuda_floats(q), cuda_floats(d_s), beta_x, cuda_floats(d_x));
        status = cuda_launched(operation, error);
    }
    return status;
}

static __global__ void score_candidates_kernel(int64_t groups, int64_t n, int64_t d, const float *q, int64_t x_rows,
                                               const float *x, const int32_t *candidates, float *scores, int *faults)
{
    for (int64_t r = (int64_t)blockIdx.x * DOTS + threadIdx.y; r < groups * n; r += (int64_t)gridDim.x * DOTS) {
        int64_t row = candidates[r];
        float score = row >= 0 && row < x_rows ? warp_dot(&q[r / n * d], &x[row * d], d) : 0;
        if (threadIdx.x > 0)
            continue;
        scores[r] = score == score ? score : -INFINITY;
        if (row >= x_rows)
            atomicOr(faults, CUDA_FAULT_ID);
    }
}

/* A block per group, which sorts its candidates; `capacity`, a power of two, is at least n. */
static __global__ void choose_sorted_kernel(int64_t n, int capacity, int64_t n_easy, int64_t n_hard,
                                            const int32_t *candidates, const float *scores, int32_t *selected)
{
    CUDA_DYNAMIC_SHARED(uint64_t, keys);
    const int32_t *rows = candidates + blockIdx.x * n;
    int32_t *to = selected + blockIdx.x * (n_easy + n_hard);
    for (int64_t i = threadIdx.x; i < n_easy; i += blockDim.x)
        to[i] = rows[i];
    for (int i = (int)threadIdx.x; i < capacity; i += (int)blockDim.x)
        keys[i] = i < n ? cuda_order_key(scores[blockIdx.x * n + i], i) : 0;
    __syncthreads();
    cuda_sort_keys(keys, capacity);
    for (int64_t i = threadIdx.x; i < n_hard; i += blockDim.x)
        to[n_easy + i] = rows[cuda_key_row(keys[i])];
}

/* The same for any number of candidates. A candidate's position among the selected is the number of better ones; a
 * count stops at n_hard, which is early for most. */
static __global__ void choose_kernel(int64_t n, int64_t n_easy, int64_t n_hard, const int32_t *candidates,
                                     const float *all_scores, int32_t *selected)
{
    __shared__ float near_scores[SHARED_SCORES];
    int64_t group = blockIdx.x;
    const int32_t *rows = candidates + group * n;
    const float *scores = all_scores + group * n;
    int32_t *to = selected + group * (n_easy + n_hard);
    for (int64_t i = threadIdx.x; i < n_easy; i += blockDim.x)
        to[i] = rows[i];
    if (n <= SHARED_SCORES) {
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x)
            near_scores[i] = scores[i];
        scores = near_scores;
    }
    __syncthreads();
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
        int64_t before = 0;
        float score = scores[i];
        for (int64_t j = 0; j < n && before < n_hard; j++)
            before += scores[j] > score || (scores[j] == score && j < i);
        if (before < n_hard)
            to[n_easy + before] = rows[i];
    }
}

enum status cuda_select_negatives(struct compute_stream *stream, int64_t groups, int64_t n, int64_t n_easy,
                                  int64_t n_hard, int64_t d, struct compute_slice q, int64_t x_rows,
                                  struct compute_slice x, struct compute_slice candidates,
                                  struct compute_slice selected, struct compute_slice scratch, struct error *error)
{
    static const char *const operation = "select_negatives";
    if (n_easy < 0 || n_easy > n || n_hard < 0 || n_hard > n || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "%lld easy and %lld hard negatives cannot be chosen from %lld",
                         (long long)n_easy, (long long)n_hard, (long long)n);
    enum status status = cuda_check_all(operation,
                                        {{"Q", q, cuda_count(groups, d)},
                                         {"X", x, cuda_count(x_rows, d)},
                                         {"candidates", candidates, cuda_count(groups, n)},
                                         {"selected", selected, cuda_count(groups, n_easy + n_hard)},
                                         {"scratch", scratch, cuda_count(groups, n)}},
                                        error);
    if (status != STATUS_OK || groups == 0 || n == 0)
        return status;
    CUDA_LAUNCH(score_candidates_kernel, cuda_blocks(groups * n, DOTS), dim3(32, DOTS), 0, stream->queue, groups, n, d,
                cuda_floats(q), x_rows, cuda_floats(x), cuda_ints(candidates), cuda_floats(scratch), stream->faults);
    status = cuda_launched(operation, error);
    if (status != STATUS_OK)
        return status;
    int capacity = 2;
    while (capacity < n && capacity <= SORTED_MAX)
        capacity *= 2;
    if (capacity <= SORTED_MAX) {
        CUDA_LAUNCH(choose_sorted_kernel, (unsigned)groups, CUDA_BLOCK, (size_t)capacity * sizeof(uint64_t),
                    stream->queue, n, capacity, n_easy, n_hard, cuda_ints(candidates), cuda_floats(scratch),
                    cuda_ints(selected));
        return cuda_launched(operation, error);
    }
    CUDA_LAUNCH(choose_kernel, (unsigned)groups, CUDA_BLOCK, 0, stream->queue, n, n_easy, n_hard, cuda_ints(candidates),
                cuda_floats(scratch), cuda_ints(selected));
    return cuda_launched(operation, error);
}
