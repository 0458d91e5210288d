#include <math.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"

/* Batch normalisation. A result depends on its column only, so tasks are groups of columns. */

enum { COLUMNS = 32 /* columns per task */ };

struct batch_job {
    bool training;
    int64_t batch, length, d, count; /* count: valid positions */
    const int32_t *lengths;
    const float *x, *gain, *bias, *d_y;
    float epsilon, pace;
    float *running, *stats, *y;
    float beta, beta_parameters, *d_gain, *d_bias;
    enum cpu_simd simd;
};

/* The number of valid positions of a sequence, limited to its range. */
static inline int64_t valid_of(const struct batch_job *job, int64_t sequence)
{
    if (!job->lengths)
        return job->length;
    int64_t length = job->lengths[sequence];
    return length < 0 ? 0 : cpu_min(length, job->length);
}

static int64_t count_valid(const struct batch_job *job)
{
    int64_t count = 0;
    for (int64_t b = 0; b < job->batch; b++)
        count += valid_of(job, b);
    return count;
}

/* Sums over the valid positions of columns first..first+n-1, each sequence in float: of x when `mean` is NULL,
 * otherwise of (x - mean)². */
LAYER_INLINE void sum_valid(const struct batch_job *job, int64_t first, int64_t n, const float *mean, double *sums)
{
    for (int64_t j = 0; j < n; j++)
        sums[j] = 0;
    for (int64_t b = 0; b < job->batch; b++) {
        float part[COLUMNS] = {0};
        const float *restrict x = job->x + b * job->length * job->d + first;
        for (int64_t left = valid_of(job, b); left > 0; left--, x += job->d)
            if (mean)
                for (int64_t j = 0; j < n; j++)
                    part[j] += (x[j] - mean[j]) * (x[j] - mean[j]);
            else
                for (int64_t j = 0; j < n; j++)
                    part[j] += x[j];
        for (int64_t j = 0; j < n; j++)
            sums[j] += (double)part[j];
    }
}

/* Computes mean and inverse deviation of this batch and updates the running statistics. */
LAYER_INLINE void batch_statistics(const struct batch_job *job, int64_t first, int64_t n, float *mean, float *inverse)
{
    double sums[COLUMNS], count = (double)cpu_max(1, job->count);
    float *running_mean = job->running + first, *running_variance = running_mean + job->d;
    sum_valid(job, first, n, NULL, sums);
    for (int64_t j = 0; j < n; j++)
        mean[j] = (float)(sums[j] / count);
    sum_valid(job, first, n, mean, sums);
    for (int64_t j = 0; j < n; j++) {
        inverse[j] = (float)(1.0 / sqrt(sums[j] / count + (double)job->epsilon));
        job->stats[first + j] = mean[j];
        job->stats[job->d + first + j] = inverse[j];
        if (job->count > 0) {
            float unbiased = job->count > 1 ? (float)(sums[j] / (count - 1)) : 0;
            running_mean[j] += job->pace * (mean[j] - running_mean[j]);
            running_variance[j] += job->pace * (unbiased - running_variance[j]);
        }
    }
}

LAYER_INLINE void batch_norm_of(const struct batch_job *job, int64_t first, int64_t n)
{
    float mean[COLUMNS], inverse[COLUMNS], gain[COLUMNS], bias[COLUMNS];
    if (job->training)
        batch_statistics(job, first, n, mean, inverse);
    else
        for (int64_t j = 0; j < n; j++) {
            mean[j] = job->running[first + j];
            inverse[j] = 1.0f / sqrtf(job->running[job->d + first + j] + job->epsilon);
            if (job->stats) {
                job->stats[first + j] = mean[j];
                job->stats[job->d + first + j] = inverse[j];
            }
        }
    for (int64_t j = 0; j < n; j++) {
        gain[j] = job->gain[first + j] * inverse[j];
        bias[j] = job->bias[first + j];
    }
    for (int64_t b = 0; b < job->batch; b++) {
        int64_t valid = valid_of(job, b);
        for (int64_t t = 0; t < job->length; t++) {
            int64_t at = (b * job->length + t) * job->d + first;
            const float *restrict x = job->x + at;
            float *restrict y = job->y + at;
            if (t < valid)
                for (int64_t j = 0; j < n; j++)
                    y[j] = (x[j] - mean[j]) * gain[j] + bias[j];
            else
                for (int64_t j = 0; j < n; j++)
                    y[j] = 0;
        }
    }
}

/* With n = (x - mean) inverse: dX = gain inverse (dY - mean(dY) - n mean(dY n)), means over the valid positions. Not
 * training: dX = gain inverse dY. */
LAYER_INLINE void batch_norm_backward_of(const struct batch_job *job, int64_t first, int64_t n)
{
    double sums[COLUMNS] = {0}, products[COLUMNS] = {0}, count = (double)cpu_max(1, job->count);
    float mean[COLUMNS], inverse[COLUMNS];
    for (int64_t j = 0; j < n; j++) {
        mean[j] = job->stats[first + j];
        inverse[j] = job->stats[job->d + first + j];
    }
    for (int64_t b = 0; b < job->batch; b++) {
        float sum[COLUMNS] = {0}, product[COLUMNS] = {0};
        int64_t at = b * job->length * job->d + first;
        const float *restrict x = job->x + at, *restrict d_y = job->d_y + at;
        for (int64_t left = valid_of(job, b); left > 0; left--, x += job->d, d_y += job->d)
            for (int64_t j = 0; j < n; j++) {
                sum[j] += d_y[j];
                product[j] += d_y[j] * ((x[j] - mean[j]) * inverse[j]);
            }
        for (int64_t j = 0; j < n; j++) {
            sums[j] += (double)sum[j];
            products[j] += (double)product[j];
        }
    }
    double beta = (double)job->beta_parameters;
    for (int64_t j = 0; j < n; j++) {
        if (job->d_gain) {
            float *to = job->d_gain + first + j;
            *to = (float)(beta == 0 ? products[j] : products[j] + beta * (double)*to);
        }
        if (job->d_bias) {
            float *to = job->d_bias + first + j;
            *to = (float)(beta == 0 ? sums[j] : sums[j] + beta * (double)*to);
        }
    }
    if (!job->y)
        return;
    float scale[COLUMNS], sum_share[COLUMNS], product_share[COLUMNS];
    for (int64_t j = 0; j < n; j++) {
        scale[j] = job->gain[first + j] * inverse[j];
        sum_share[j] = job->training ? (float)(sums[j] / count) : 0;
        product_share[j] = job->training ? (float)(products[j] / count) * inverse[j] : 0;
    }
    for (int64_t b = 0; b < job->batch; b++) {
        int64_t valid = valid_of(job, b);
        for (int64_t t = 0; t < job->length; t++) {
            int64_t at = (b * job->length + t) * job->d + first;
            const float *restrict x = job->x + at, *restrict d_y = job->d_y + at;
            float slope[COLUMNS] = {0};
            if (t < valid)
                for (int64_t j = 0; j < n; j++)
                    slope[j] = scale[j] * (d_y[j] - sum_share[j] - (x[j] - mean[j]) * product_share[j]);
            layer_blend_run(n, slope, job->beta, job->y + at);
        }
    }
}

/* A constant count keeps the sums in registers. */
LAYER_INLINE void batch_norm_body(const struct batch_job *job, int64_t first)
{
    if (job->d - first >= COLUMNS)
        batch_norm_of(job, first, COLUMNS);
    else
        batch_norm_of(job, first, job->d - first);
}

LAYER_INLINE void batch_norm_backward_body(const struct batch_job *job, int64_t first)
{
    if (job->d - first >= COLUMNS)
        batch_norm_backward_of(job, first, COLUMNS);
    else
        batch_norm_backward_of(job, first, job->d - first);
}

CPU_KERNEL(batch_norm, batch_norm_body, (const struct batch_job *job, int64_t first), (job, first))
CPU_KERNEL(batch_norm_backward, batch_norm_backward_body, (const struct batch_job *job, int64_t first), (job, first))

static void batch_norm_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct batch_job *job = context;
    CPU_KERNEL_CALL(job->simd, batch_norm, (job, (int64_t)index * COLUMNS));
}

static void batch_norm_backward_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct batch_job *job = context;
    CPU_KERNEL_CALL(job->simd, batch_norm_backward, (job, (int64_t)index * COLUMNS));
}

/* lengths may be none: all positions are valid. With a single valid position the unbiased variance is undefined; 0 is
 * used, so that the running variance moves towards 0 and nothing becomes NaN. Without any valid position the
 * running statistics stay. */
enum status cpu_batch_norm(struct compute_stream *stream, bool training, float epsilon, float pace, int64_t batch,
                           int64_t length, int64_t d, struct compute_slice lengths, struct compute_slice x,
                           struct compute_slice gain, struct compute_slice bias, struct compute_slice running,
                           struct compute_slice stats, struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("batch_norm", batch, length, d, 2);
    int64_t n = status == STATUS_OK ? batch * length * d : 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("batch_norm", {"lengths", lengths, batch, true}, {"X", x, n, false},
                              {"gain", gain, d, false}, {"bias", bias, d, false}, {"running", running, 2 * d, false},
                              {"stats", stats, 2 * d, !training}, {"Y", y, n, false});
    if (status != STATUS_OK)
        return status;
    struct batch_job job = {.training = training,
                            .epsilon = epsilon,
                            .pace = pace,
                            .batch = batch,
                            .length = length,
                            .d = d,
                            .lengths = cpu_ints(lengths),
                            .x = cpu_floats(x),
                            .gain = cpu_floats(gain),
                            .bias = cpu_floats(bias),
                            .running = cpu_floats(running),
                            .stats = cpu_floats(stats),
                            .y = cpu_floats(y),
                            .simd = stream->device->simd};
    job.count = count_valid(&job);
    pool_run(stream->device->pool, (size_t)cpu_blocks(d, COLUMNS), batch_norm_task, &job);
    return STATUS_OK;
}

/* At invalid positions d_y is not read, and the gradient is 0. */
enum status cpu_batch_norm_backward(struct compute_stream *stream, bool training, int64_t batch, int64_t length,
                                    int64_t d, struct compute_slice lengths, struct compute_slice x,
                                    struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
                                    float beta, struct compute_slice d_x, float beta_parameters,
                                    struct compute_slice d_gain, struct compute_slice d_bias, struct error *error)
{
    enum status status = CPU_SIZES("batch_norm_backward", batch, length, d, 2);
    int64_t n = status == STATUS_OK ? batch * length * d : 0;
    if (status == STATUS_OK)
        status = CPU_OPERANDS("batch_norm_backward", {"lengths", lengths, batch, true}, {"X", x, n, false},
                              {"gain", gain, d, false}, {"stats", stats, 2 * d, false}, {"dY", d_y, n, false},
                              {"dX", d_x, n, true}, {"dgain", d_gain, d, true}, {"dbias", d_bias, d, true});
    if (status != STATUS_OK)
        return status;
    struct batch_job job = {.training = training,
                            .batch = batch,
                            .length = length,
                            .d = d,
                            .lengths = cpu_ints(lengths),
                            .x = cpu_floats(x),
                            .gain = cpu_floats(gain),
                            .d_y = cpu_floats(d_y),
                            .stats = cpu_floats(stats),
                            .beta = beta,
                            .y = cpu_floats(d_x),
                            .beta_parameters = beta_parameters,
                            .d_gain = cpu_floats(d_gain),
                            .d_bias = cpu_floats(d_bias),
                            .simd = stream->device->simd};
    job.count = count_valid(&job);
    pool_run(stream->device->pool, (size_t)cpu_blocks(d, COLUMNS), batch_norm_backward_task, &job);
    return STATUS_OK;
}
