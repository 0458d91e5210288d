#include "gpu/cuda/cuda_optimiser.h"
#include "gpu/cuda/cuda_reduce.h"

/* Optimisers over whole arrays. */

enum {
    PARTS = 128, /* maximum number of parts of a sum of squares */
    PART = 4096, /* minimum number of elements of a part */
};

static __global__ void squares_kernel(int64_t n, const float *x, double *parts)
{
    __shared__ double sums[32];
    double sum = 0;
    for (CUDA_EACH(i, n))
        sum += (double)x[i] * (double)x[i];
    sum = cuda_block_sum(sum, sums);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

enum status cuda_sum_squares(struct compute_stream *stream, int64_t n, struct compute_slice x,
                             struct compute_slice total, struct error *error)
{
    enum status status = cuda_check_all("sum_squares", {{"X", x, cuda_count(n)}, {"total", total, 1, 8}}, error);
    if (status != STATUS_OK || n == 0)
        return status;
    double *parts = (double *)(void *)stream->workspace;
    unsigned n_parts = cuda_parts(n, PART, PARTS);
    CUDA_LAUNCH(squares_kernel, n_parts, CUDA_BLOCK, 0, stream->queue, n, cuda_floats(x), parts);
    status = cuda_launched("sum_squares", error);
    return status == STATUS_OK ? cuda_add_parts(stream, "sum_squares", n_parts, parts, cuda_doubles(total), error)
                               : status;
}

static __global__ void nesterov_kernel(int64_t n, struct cuda_step step, const float *gradient, float *values,
                                       float *velocity)
{
    float share = cuda_clip_factor(step);
    for (CUDA_EACH(i, n))
        cuda_step_element(step, share, gradient[i], &values[i], &velocity[i]);
}

enum status cuda_nesterov(struct compute_stream *stream, int64_t n, float rate, float momentum, float decay, float clip,
                          struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                          struct compute_slice velocity, struct error *error)
{
    enum status status = cuda_check_all("nesterov",
                                        {{"the gradient", gradient, cuda_count(n)},
                                         {"values", values, cuda_count(n)},
                                         {"velocity", velocity, cuda_count(n)},
                                         {"squares", squares, 1, 8, clip == 0}},
                                        error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct cuda_step step = {rate, momentum, decay, clip, cuda_doubles(squares)};
    CUDA_LAUNCH(nesterov_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, step, cuda_floats(gradient),
                cuda_floats(values), cuda_floats(velocity));
    return cuda_launched("nesterov", error);
}

struct adam_step {
    struct cuda_step sgd; /* its weight decay and clipping */
    float beta1, beta2;   /* decay rates of the moments */
    float fresh1, fresh2; /* 1 - beta1, 1 - beta2 */
    float epsilon;
    float rate, stretch; /* rate / (1 - beta1^step), 1 / sqrt(1 - beta2^step) */
};

/* As on the CPU, a moment that would be subnormal becomes 0. */
static __device__ inline float faded(float moment)
{
    return fabsf(moment) < 1.17549435e-38F ? 0 : moment;
}

static __global__ void adam_kernel(int64_t n, struct adam_step step, const float *gradient, float *values, float *m,
                                   float *v)
{
    float share = cuda_clip_factor(step.sgd);
    for (CUDA_EACH(i, n)) {
        float g = share * gradient[i] + step.sgd.decay * values[i];
        float mean = faded(step.beta1 * m[i] + step.fresh1 * g);
        float square = faded(step.beta2 * v[i] + step.fresh2 * (g * g));
        m[i] = mean;
        v[i] = square;
        values[i] -= step.rate * mean / (sqrtf(square) * step.stretch + step.epsilon);
    }
}

static enum status check_rates(int64_t step, float beta1, float beta2, struct error *error)
{
    if (step >= 1 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "operation adam: step %lld with decay rates %g and %g is invalid (internal error)",
                     (long long)step, (double)beta1, (double)beta2);
}

static struct adam_step adam_step_of(int64_t step, float rate, float beta1, float beta2, float epsilon, float decay,
                                     float clip, struct compute_slice squares)
{
    double steps = (double)step, stays1 = (double)beta1, stays2 = (double)beta2;
    return {{0, 0, decay, clip, cuda_doubles(squares)},
            beta1,
            beta2,
            (float)(1 - stays1),
            (float)(1 - stays2),
            epsilon,
            (float)((double)rate / (1 - pow(stays1, steps))),
            (float)(1 / sqrt(1 - pow(stays2, steps)))};
}

enum status cuda_adam(struct compute_stream *stream, int64_t n, int64_t step, float rate, float beta1, float beta2,
                      float epsilon, float decay, float clip, struct compute_slice squares,
                      struct compute_slice gradient, struct compute_slice values, struct compute_slice m,
                      struct compute_slice v, struct error *error)
{
    enum status status = check_rates(step, beta1, beta2, error);
    if (status == STATUS_OK)
        status = cuda_check_all("adam",
                                {{"the gradient", gradient, cuda_count(n)},
                                 {"values", values, cuda_count(n)},
                                 {"m", m, cuda_count(n)},
                                 {"v", v, cuda_count(n)},
                                 {"squares", squares, 1, 8, clip == 0}},
                                error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct adam_step adam = adam_step_of(step, rate, beta1, beta2, epsilon, decay, clip, squares);
    CUDA_LAUNCH(adam_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, adam, cuda_floats(gradient),
                cuda_floats(values), cuda_floats(m), cuda_floats(v));
    return cuda_launched("adam", error);
}

/* A block for each row. */
static __global__ void adam_rows_kernel(int64_t n_rows, int64_t d, const int32_t *ids, struct adam_step step,
                                        const float *gradient, float *values, float *m, float *v, int *faults)
{
    __shared__ double sums[32];
    __shared__ float scale;
    int64_t row = ids[blockIdx.x];
    if (row >= n_rows && threadIdx.x == 0)
        atomicOr(faults, CUDA_FAULT_ID);
    if (row < 0 || row >= n_rows)
        return;
    gradient += (int64_t)blockIdx.x * d;
    values += row * d;
    m += row * d;
    float share = cuda_clip_factor(step.sgd);
    double squares = 0;
    for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
        float g = share * gradient[j] + step.sgd.decay * values[j];
        m[j] = faded(step.beta1 * m[j] + step.fresh1 * g);
        squares += (double)(g * g);
    }
    squares = cuda_block_sum(squares, sums);
    if (threadIdx.x == 0) {
        float square = faded(step.beta2 * v[row] + step.fresh2 * (float)(squares / (double)d));
        v[row] = square;
        scale = step.rate / (sqrtf(square) * step.stretch + step.epsilon);
    }
    __syncthreads();
    for (int64_t j = threadIdx.x; j < d; j += blockDim.x)
        values[j] -= scale * m[j];
}

enum status cuda_adam_rows(struct compute_stream *stream, int64_t n_rows, int64_t d, int64_t n,
                           struct compute_slice ids, int64_t step, float rate, float beta1, float beta2, float epsilon,
                           float decay, float clip, struct compute_slice squares, struct compute_slice gradient,
                           struct compute_slice values, struct compute_slice m, struct compute_slice v,
                           struct error *error)
{
    enum status status = check_rates(step, beta1, beta2, error);
    if (status == STATUS_OK)
        status = cuda_check_all("adam_rows",
                                {{"ids", ids, cuda_count(n)},
                                 {"the gradient", gradient, cuda_count(n, d)},
                                 {"values", values, cuda_count(n_rows, d)},
                                 {"m", m, cuda_count(n_rows, d)},
                                 {"v", v, cuda_count(n_rows)},
                                 {"squares", squares, 1, 8, clip == 0}},
                                error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct adam_step adam = adam_step_of(step, rate, beta1, beta2, epsilon, decay, clip, squares);
    CUDA_LAUNCH(adam_rows_kernel, (unsigned)n, CUDA_BLOCK, 0, stream->queue, n_rows, d, cuda_ints(ids), adam,
                cuda_floats(gradient), cuda_floats(values), cuda_floats(m), cuda_floats(v), stream->faults);
    return cuda_launched("adam_rows", error);
}

static __global__ void adagrad_kernel(int64_t n, struct cuda_step step, float epsilon, const float *gradient,
                                      float *values, float *sums)
{
    float share = cuda_clip_factor(step);
    for (CUDA_EACH(i, n)) {
        float g = share * gradient[i] + step.decay * values[i], sum = sums[i] + g * g;
        sums[i] = sum;
        values[i] -= step.rate * g / (sqrtf(sum) + epsilon);
    }
}

enum status cuda_adagrad(struct compute_stream *stream, int64_t n, float rate, float epsilon, float decay, float clip,
                         struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                         struct compute_slice sums, struct error *error)
{
    enum status status = cuda_check_all("adagrad",
                                        {{"the gradient", gradient, cuda_count(n)},
                                         {"values", values, cuda_count(n)},
                                         {"sums", sums, cuda_count(n)},
                                         {"squares", squares, 1, 8, clip == 0}},
                                        error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct cuda_step step = {rate, 0, decay, clip, cuda_doubles(squares)};
    CUDA_LAUNCH(adagrad_kernel, cuda_blocks(n), CUDA_BLOCK, 0, stream->queue, n, step, epsilon, cuda_floats(gradient),
                cuda_floats(values), cuda_floats(sums));
    return cuda_launched("adagrad", error);
}
