#include "gpu/cpu/cpu_sequences.h"

#include <math.h>

#include "gpu/cpu/cpu_functions.h"
#include "gpu/cpu/cpu_vector.h"

/* Attention pooling with one learned query. A task takes whole sequences, so that every result has one writer. */

enum { STRETCH = 64 /* positions whose exponentials are computed ahead of their rows */ };

struct pool_job {
    enum cpu_simd simd;
    int64_t batch, length, d, block; /* block: sequences per task */
    const int32_t *lengths;
    const float *x, *logits;
    float *weights, *y; /* either may be NULL */
    const float *softmax, *d_y;
    float beta, beta_logits;
    float *d_x, *d_logits; /* either may be NULL */
};

/* y += factors[i] X[i], i < n: four rows at a time, because each pass reads and writes y. */
static inline __attribute__((always_inline)) void add_rows(float *restrict y, const float *restrict x,
                                                           const float *factors, int64_t n, int64_t d)
{
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const float *a = x + i * d, *b = a + d, *c = b + d, *e = c + d;
        float f0 = factors[i], f1 = factors[i + 1], f2 = factors[i + 2], f3 = factors[i + 3];
        for (int64_t j = 0; j < d; j++)
            y[j] += (f0 * a[j] + f1 * b[j]) + (f2 * c[j] + f3 * e[j]);
    }
    for (; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            y[j] += factors[i] * x[i * d + j];
}

/* Exponentials relative to the highest logit, divided by their sum once it is known. */
static inline __attribute__((always_inline)) void pool_sequence(const struct pool_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d, n = job->lengths[b];
    const float *logits = job->logits + b * length;
    float *weights = job->weights ? job->weights + b * length : NULL, *y = job->y ? job->y + b * d : NULL;
    float most = -INFINITY;
    for (int64_t t = 0; t < n; t++)
        most = logits[t] > most ? logits[t] : most;
    if (y)
        memset(y, 0, (size_t)d * sizeof *y);
    double sum = 0;
    for (int64_t begin = 0; begin < n; begin += STRETCH) {
        float powers[STRETCH];
        int64_t count = cpu_min(STRETCH, n - begin);
        for (int64_t t = 0; t < count; t++)
            powers[t] = cpu_exp(logits[begin + t] - most);
        for (int64_t t = 0; t < count; t++)
            sum += (double)powers[t];
        if (weights)
            memcpy(weights + begin, powers, (size_t)count * sizeof *powers);
        if (y)
            add_rows(y, job->x + (b * length + begin) * d, powers, count, d);
    }
    float share = (float)(1 / sum);
    for (int64_t j = 0; j < d && y; j++)
        y[j] *= share;
    for (int64_t t = 0; t < n && weights; t++)
        weights[t] *= share;
    if (weights)
        memset(weights + n, 0, (size_t)(length - n) * sizeof *weights);
}

/* With w the weights and e[t] = dY · X[t]: dX[t] = w[t] dY, dlogits[t] = w[t] (e[t] - sum of w e). That sum is known
 * only at the end, so its part is subtracted then. */
static inline __attribute__((always_inline)) void pool_backward_sequence(const struct pool_job *job, int64_t b)
{
    int64_t length = job->length, d = job->d, n = job->lengths[b];
    const float *restrict weights = job->softmax + b * length, *restrict d_y = job->d_y + b * d;
    if (job->d_logits) {
        float *restrict d_logits = job->d_logits + b * length;
        double mean = 0;
        for (int64_t t = 0; t < n; t++) {
            float share = weights[t] * cpu_vector_dot(d_y, job->x + (b * length + t) * d, d);
            mean += (double)share;
            d_logits[t] = cpu_blend(job->beta_logits, d_logits[t], share);
        }
        for (int64_t t = 0; t < n; t++)
            d_logits[t] -= weights[t] * (float)mean;
        for (int64_t t = n; t < length; t++)
            d_logits[t] = cpu_blend(job->beta_logits, d_logits[t], 0);
    }
    for (int64_t t = 0; t < length && job->d_x; t++) {
        float *restrict d_x = job->d_x + (b * length + t) * d, weight = t < n ? weights[t] : 0;
        for (int64_t j = 0; j < d; j++)
            d_x[j] = cpu_blend(job->beta, d_x[j], t < n ? weight * d_y[j] : 0);
    }
}

static inline __attribute__((always_inline)) void pool_sequences(const struct pool_job *job, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        pool_sequence(job, b);
}

static inline __attribute__((always_inline)) void pool_backward_sequences(const struct pool_job *job, int64_t begin,
                                                                          int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        pool_backward_sequence(job, b);
}

CPU_KERNEL(pool_kernel, pool_sequences, (const struct pool_job *job, int64_t begin, int64_t end), (job, begin, end))
CPU_KERNEL(pool_backward_kernel, pool_backward_sequences, (const struct pool_job *job, int64_t begin, int64_t end),
           (job, begin, end))

static void pool_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct pool_job *job = context;
    int64_t begin = (int64_t)index * job->block;
    CPU_KERNEL_CALL(job->simd, pool_kernel, (job, begin, cpu_min(begin + job->block, job->batch)));
}

static void pool_backward_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct pool_job *job = context;
    int64_t begin = (int64_t)index * job->block;
    CPU_KERNEL_CALL(job->simd, pool_backward_kernel, (job, begin, cpu_min(begin + job->block, job->batch)));
}

/* Neither X nor logits are read past a sequence's length. weights or Y may be none. */
enum status cpu_pool(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                     struct compute_slice lengths, struct compute_slice x, struct compute_slice logits,
                     struct compute_slice weights, struct compute_slice y, struct error *error)
{
    enum status status = cpu_check_lengths("pool", lengths, batch, length, error);
    if (status == STATUS_OK)
        status = cpu_check("pool", "X", x, cpu_count(batch, length, d), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("pool", "logits", logits, cpu_count(batch, length, 1), sizeof(float), error);
    if (status == STATUS_OK && weights.buffer)
        status = cpu_check("pool", "weights", weights, cpu_count(batch, length, 1), sizeof(float), error);
    if (status == STATUS_OK && y.buffer)
        status = cpu_check("pool", "Y", y, cpu_count(batch, d, 1), sizeof(float), error);
    if (status != STATUS_OK)
        return status;
    struct pool_job job = {.simd = stream->device->simd,
                           .batch = batch,
                           .length = length,
                           .d = d,
                           .block = cpu_task_rows(length * d),
                           .lengths = cpu_ints(lengths),
                           .x = cpu_floats(x),
                           .logits = cpu_floats(logits),
                           .weights = cpu_floats(weights),
                           .y = cpu_floats(y)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(batch, job.block), pool_block, &job);
    return STATUS_OK;
}

/* Past a sequence's length nothing is read and the gradients are 0. */
enum status cpu_pool_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                              struct compute_slice lengths, struct compute_slice x, struct compute_slice weights,
                              struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_logits,
                              struct compute_slice d_logits, struct error *error)
{
    enum status status = cpu_check_lengths("pool_backward", lengths, batch, length, error);
    if (status == STATUS_OK)
        status = cpu_check("pool_backward", "X", x, cpu_count(batch, length, d), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("pool_backward", "weights", weights, cpu_count(batch, length, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("pool_backward", "dY", d_y, cpu_count(batch, d, 1), sizeof(float), error);
    if (status == STATUS_OK && d_x.buffer)
        status = cpu_check("pool_backward", "dX", d_x, cpu_count(batch, length, d), sizeof(float), error);
    if (status == STATUS_OK && d_logits.buffer)
        status = cpu_check("pool_backward", "dlogits", d_logits, cpu_count(batch, length, 1), sizeof(float), error);
    if (status != STATUS_OK)
        return status;
    struct pool_job job = {.simd = stream->device->simd,
                           .batch = batch,
                           .length = length,
                           .d = d,
                           .block = cpu_task_rows(length * d),
                           .lengths = cpu_ints(lengths),
                           .x = cpu_floats(x),
                           .softmax = cpu_floats(weights),
                           .d_y = cpu_floats(d_y),
                           .beta = beta,
                           .beta_logits = beta_logits,
                           .d_x = cpu_floats(d_x),
                           .d_logits = cpu_floats(d_logits)};
    pool_run(stream->device->pool, (size_t)cpu_blocks(batch, job.block), pool_backward_block, &job);
    return STATUS_OK;
}
