#include <float.h>
#include <math.h>

#include "gpu/cpu/cpu_sequences.h"

/* Adam over whole arrays. Values that depend on the step alone are computed once, in float64. */

enum { ELEMENTS = 16384 /* elements per task */ };

struct adam_step {
    float share, decay;   /* the factor of gradient clipping; the weight decay */
    float beta1, beta2;   /* decay rates of the moments */
    float fresh1, fresh2; /* 1 - beta1, 1 - beta2 */
    float epsilon;
    float rate, stretch; /* rate / (1 - beta1^step), 1 / sqrt(1 - beta2^step) */
};

struct adam_job {
    enum cpu_simd simd;
    int64_t n;
    struct adam_step step;
    const float *gradient;
    float *values, *m, *v;
};

/* Flushes moments towards zero: without gradients they decay to subnormal numbers, which are slow on many processors
 * and negligible beside epsilon. */
static inline __attribute__((always_inline)) float faded(float moment)
{
    return fabsf(moment) < FLT_MIN ? 0 : moment;
}

static inline __attribute__((always_inline)) void adam_elements(struct adam_step step, const float *restrict gradient,
                                                                float *restrict values, float *restrict m,
                                                                float *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float g = step.share * gradient[i] + step.decay * values[i];
        float mean = faded(step.beta1 * m[i] + step.fresh1 * g);
        float square = faded(step.beta2 * v[i] + step.fresh2 * (g * g));
        m[i] = mean;
        v[i] = square;
        values[i] -= step.rate * mean / (sqrtf(square) * step.stretch + step.epsilon);
    }
}

CPU_KERNEL(adam_kernel, adam_elements,
           (struct adam_step step, const float *gradient, float *values, float *m, float *v, int64_t n),
           (step, gradient, values, m, v, n))

static void adam_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct adam_job *job = context;
    int64_t begin = (int64_t)index * ELEMENTS;
    CPU_KERNEL_CALL(job->simd, adam_kernel,
                    (job->step, job->gradient + begin, job->values + begin, job->m + begin, job->v + begin,
                     cpu_min(ELEMENTS, job->n - begin)));
}

static enum status check_rates(const char *name, int64_t step, float beta1, float beta2, struct error *error)
{
    if (step >= 1 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "operation %s: step %lld with decay rates %g and %g is invalid (internal error)", name,
                     (long long)step, (double)beta1, (double)beta2);
}

static void set_rates(struct adam_step *adam, int64_t step, float rate, float beta1, float beta2, float epsilon,
                      float decay)
{
    double steps = (double)step, stays1 = (double)beta1, stays2 = (double)beta2;
    adam->decay = decay;
    adam->epsilon = epsilon;
    adam->beta1 = beta1;
    adam->beta2 = beta2;
    adam->fresh1 = (float)(1 - stays1);
    adam->fresh2 = (float)(1 - stays2);
    adam->rate = (float)((double)rate / (1 - pow(stays1, steps)));
    adam->stretch = (float)(1 / sqrt(1 - pow(stays2, steps)));
}

/* beta1 and beta2 are in [0, 1). A moment that would be subnormal becomes 0. */
enum status cpu_adam(struct compute_stream *stream, int64_t n, int64_t step, float rate, float beta1, float beta2,
                     float epsilon, float decay, float clip, struct compute_slice squares,
                     struct compute_slice gradient, struct compute_slice values, struct compute_slice m,
                     struct compute_slice v, struct error *error)
{
    struct adam_job job = {.simd = stream->device->simd, .n = n};
    enum status status = check_rates("adam", step, beta1, beta2, error);
    if (status == STATUS_OK)
        status = cpu_check("adam", "the gradient", gradient, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("adam", "values", values, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("adam", "m", m, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("adam", "v", v, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_clip("adam", clip, squares, &job.step.share, error);
    if (status != STATUS_OK)
        return status;
    set_rates(&job.step, step, rate, beta1, beta2, epsilon, decay);
    job.gradient = cpu_floats(gradient);
    job.values = cpu_floats(values);
    job.m = cpu_floats(m);
    job.v = cpu_floats(v);
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ELEMENTS), adam_block, &job);
    return STATUS_OK;
}

/* ---- some rows of a table ---- */

enum { ROWS = 64 /* rows per task */ };

struct adam_rows_job {
    int64_t d, n;
    const int32_t *ids;
    struct adam_step step;
    const float *gradient;
    float *values, *m, *v;
};

static void adam_row(struct adam_step step, int64_t d, const float *gradient, float *values, float *m, float *v)
{
    double squares = 0;
    for (int64_t j = 0; j < d; j++) {
        float g = step.share * gradient[j] + step.decay * values[j];
        m[j] = faded(step.beta1 * m[j] + step.fresh1 * g);
        squares += (double)(g * g);
    }
    *v = faded(step.beta2 * *v + step.fresh2 * (float)(squares / (double)d));
    float scale = step.rate / (sqrtf(*v) * step.stretch + step.epsilon);
    for (int64_t j = 0; j < d; j++)
        values[j] -= scale * m[j];
}

static void adam_rows_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct adam_rows_job *job = context;
    int64_t begin = (int64_t)index * ROWS, end = cpu_min(begin + ROWS, job->n);
    for (int64_t i = begin; i < end; i++)
        if (job->ids[i] >= 0)
            adam_row(job->step, job->d, job->gradient + i * job->d, job->values + job->ids[i] * job->d,
                     job->m + job->ids[i] * job->d, job->v + job->ids[i]);
}

enum status cpu_adam_rows(struct compute_stream *stream, int64_t n_rows, int64_t d, int64_t n, struct compute_slice ids,
                          int64_t step, float rate, float beta1, float beta2, float epsilon, float decay, float clip,
                          struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                          struct compute_slice m, struct compute_slice v, struct error *error)
{
    const struct {
        const char *name;
        struct compute_slice slice;
        int64_t count;
    } floats[] = {
        {"the gradient", gradient, n * d}, {"values", values, n_rows * d}, {"m", m, n_rows * d}, {"v", v, n_rows}};
    struct adam_rows_job job = {.d = d, .n = n};
    enum status status = check_rates("adam_rows", step, beta1, beta2, error);
    for (size_t i = 0; i < sizeof floats / sizeof *floats && status == STATUS_OK; i++)
        status = cpu_check("adam_rows", floats[i].name, floats[i].slice, floats[i].count, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_ids("adam_rows", "ids", ids, n, n_rows, error);
    if (status == STATUS_OK)
        status = cpu_check_clip("adam_rows", clip, squares, &job.step.share, error);
    if (status != STATUS_OK)
        return status;
    set_rates(&job.step, step, rate, beta1, beta2, epsilon, decay);
    job.ids = cpu_ints(ids);
    job.gradient = cpu_floats(gradient);
    job.values = cpu_floats(values);
    job.m = cpu_floats(m);
    job.v = cpu_floats(v);
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ROWS), adam_rows_block, &job);
    return STATUS_OK;
}
