#include "gpu/cuda/cuda_internal.h"
#include "gpu/cuda/cuda_reduce.h"

/* Losses and their derivatives. */

enum {
    PARTS = 64,  /* maximum number of parts of a sum over all elements */
    PART = 1024, /* minimum number of elements of a part */
};

/* In float64 as on the CPU: in float32 ln σ of a well separated pair is only rounding error. */
static __global__ void log_sigmoid_kernel(int64_t n, float sign, const float *s, const float *weights, float *d_s,
                                          double *parts)
{
    __shared__ double sums[32];
    double loss = 0;
    for (CUDA_EACH(i, n)) {
        double weight = (double)weights[i], slope = 0;
        if (weight != 0) {
            double t = (double)(sign * s[i]), e = exp(-fabs(t));
            loss += weight * ((t < 0 ? -t : 0) + log1p(e));
            slope = -(double)sign * weight * (t < 0 ? 1 : e) / (1 + e);
        }
        if (d_s)
            d_s[i] = (float)slope;
    }
    loss = cuda_block_sum(loss, sums);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = loss;
}

enum status cuda_log_sigmoid_loss(struct compute_stream *stream, int64_t n, float sign, struct compute_slice s,
                                  struct compute_slice weights, struct compute_slice loss, struct compute_slice d_s,
                                  struct error *error)
{
    static const char *const operation = "log_sigmoid_loss";
    enum status status = cuda_check_all(operation,
                                        {{"s", s, cuda_count(n)},
                                         {"weights", weights, cuda_count(n)},
                                         {"loss", loss, 1, 8, true},
                                         {"d_s", d_s, cuda_count(n), 4, true}},
                                        error);
    if (status != STATUS_OK || n == 0)
        return status;
    double *parts = (double *)(void *)stream->workspace;
    unsigned n_parts = cuda_parts(n, PART, PARTS);
    CUDA_LAUNCH(log_sigmoid_kernel, n_parts, CUDA_BLOCK, 0, stream->queue, n, sign, cuda_floats(s),
                cuda_floats(weights), cuda_floats(d_s), parts);
    status = cuda_launched(operation, error);
    if (status == STATUS_OK && loss.buffer)
        status = cuda_add_parts(stream, operation, n_parts, parts, cuda_doubles(loss), error);
    return status;
}

/* A block per row, rows PARTS apart; each block sums its rows' losses in order. */
static __global__ void softmax_kernel(int64_t rows, int64_t n, float *scores, const int64_t *starts,
                                      const int32_t *targets, int64_t n_entries, const float *weights, double *parts,
                                      int *faults)
{
    __shared__ float highest[32];
    __shared__ double sums[32];
    double loss = 0;
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
        float *s = scores + row * n, weight = weights[row];
        int64_t begin = starts[row], end = starts[row + 1];
        bool sound = cuda_entries_valid(begin, end, n_entries);
        for (int64_t t = begin; sound && t < end; t++)
            sound = targets[t] >= 0 && targets[t] < n;
        if (!sound && threadIdx.x == 0)
            atomicOr(faults, CUDA_FAULT_ID);
        if (!sound || weight == 0 || begin == end) {
            for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
                s[j] = 0;
            continue;
        }
        double wanted = 0;
        for (int64_t t = begin; t < end; t++)
            wanted += (double)s[targets[t]];
        float most = -INFINITY;
        for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
            most = fmaxf(most, s[j]);
        most = cuda_block_max(most, highest);
        double sum = 0;
        for (int64_t j = threadIdx.x; j < n; j += blockDim.x) {
            s[j] = expf(s[j] - most);
            sum += (double)s[j];
        }
        sum = cuda_block_sum(sum, sums);
        double count = (double)(end - begin);
        loss += (double)weight * (log(sum) + (double)most - wanted / count);
        float factor = (float)((double)weight / sum), share = weight / (float)count;
        for (int64_t j = threadIdx.x; j < n; j += blockDim.x)
            s[j] *= factor;
        __syncthreads();
        for (int64_t t = begin; t < end && threadIdx.x == 0; t++) /* a target may occur twice */
            s[targets[t]] -= share;
    }
    if (threadIdx.x == 0)
        parts[blockIdx.x] = loss;
}

enum status cuda_softmax_loss(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice s,
                              struct compute_slice starts, struct compute_slice targets, struct compute_slice weights,
                              struct compute_slice loss, struct error *error)
{
    static const char *const operation = "softmax_loss";
    enum status status = cuda_check_all(operation,
                                        {{"S", s, cuda_count(rows, n)},
                                         {"weights", weights, cuda_count(rows)},
                                         {"loss", loss, 1, 8, true},
                                         {"starts", starts, rows < 0 ? -1 : rows + 1, 8},
                                         {"targets", targets, 0}},
                                        error);
    if (status != STATUS_OK || rows == 0 || n == 0)
        return status;
    unsigned blocks = cuda_blocks(rows, 1);
    if (blocks > CUDA_WORKSPACE / sizeof(double))
        blocks = CUDA_WORKSPACE / sizeof(double);
    double *parts = (double *)(void *)stream->workspace;
    CUDA_LAUNCH(softmax_kernel, blocks, CUDA_BLOCK, 0, stream->queue, rows, n, cuda_floats(s), cuda_longs(starts),
                cuda_ints(targets), cuda_slice_count(targets, 4), cuda_floats(weights), parts, stream->faults);
    status = cuda_launched(operation, error);
    if (status == STATUS_OK && loss.buffer)
        status = cuda_add_parts(stream, operation, blocks, parts, cuda_doubles(loss), error);
    return status;
}

/* In float64 as on the CPU. The slope is returned, the loss added. */
static __device__ inline double element_loss(enum element_loss kind, double s, double t, double weight, double *loss)
{
    if (kind == ELEMENT_LOSS_SQUARE) {
        *loss += weight * (s - t) * (s - t);
        return 2 * (s - t);
    }
    double e = exp(-fabs(s));
    *loss += weight * ((s < 0 ? 0 : s) + log1p(e) - t * s);
    return (s < 0 ? e : 1) / (1 + e) - t;
}

static __global__ void element_loss_kernel(enum element_loss kind, int64_t n, double factor, const float *s,
                                           const float *targets, const float *weights, float beta, float *d_s,
                                           double *parts)
{
    __shared__ double sums[32];
    double loss = 0;
    for (CUDA_EACH(i, n)) {
        double weight = factor * (weights ? (double)weights[i] : 1), slope = 0;
        if (weight != 0)
            slope = weight * element_loss(kind, (double)s[i], (double)targets[i], weight, &loss);
        if (d_s)
            d_s[i] = cuda_blend(beta, &d_s[i], (float)slope);
    }
    loss = cuda_block_sum(loss, sums);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = loss;
}

enum status cuda_element_loss(struct compute_stream *stream, enum element_loss kind, int64_t n, float factor,
                              struct compute_slice s, struct compute_slice targets, struct compute_slice weights,
                              struct compute_slice loss, float beta, struct compute_slice d_s, struct error *error)
{
    static const char *const operation = "element_loss";
    if ((unsigned)kind >= ELEMENT_LOSSES)
        return error_set(error, STATUS_FAILED, "operation %s has no loss %d (internal error)", operation, (int)kind);
    enum status status = cuda_check_all(operation,
                                        {{"s", s, cuda_count(n)},
                                         {"targets", targets, cuda_count(n)},
                                         {"weights", weights, cuda_count(n), 4, true},
                                         {"loss", loss, 1, 8, true},
                                         {"d_s", d_s, cuda_count(n), 4, true}},
                                        error);
    if (status != STATUS_OK || n == 0)
        return status;
    double *parts = (double *)(void *)stream->workspace;
    unsigned n_parts = cuda_parts(n, PART, PARTS);
    CUDA_LAUNCH(element_loss_kernel, n_parts, CUDA_BLOCK, 0, stream->queue, kind, n, (double)factor, cuda_floats(s),
                cuda_floats(targets), cuda_floats(weights), beta, cuda_floats(d_s), parts);
    status = cuda_launched(operation, error);
    if (status == STATUS_OK && loss.buffer)
        status = cuda_add_parts(stream, operation, n_parts, parts, cuda_doubles(loss), error);
    return status;
}
