#include <math.h>

#include "gpu/cpu/cpu_sequences.h"

/* Adagrad over whole arrays. */

enum { ELEMENTS = 16384 /* elements per task */ };

struct adagrad_job {
    enum cpu_simd simd;
    int64_t n;
    float rate, epsilon, decay, share; /* share: the factor of gradient clipping */
    const float *gradient;
    float *values, *sums;
};

static inline __attribute__((always_inline)) void adagrad_elements(const struct adagrad_job *job,
                                                                   const float *restrict gradient,
                                                                   float *restrict values, float *restrict sums,
                                                                   int64_t n)
{
    float rate = job->rate, epsilon = job->epsilon, decay = job->decay, share = job->share;
    for (int64_t i = 0; i < n; i++) {
        float g = share * gradient[i] + decay * values[i], sum = sums[i] + g * g;
        sums[i] = sum;
        values[i] -= rate * g / (sqrtf(sum) + epsilon);
    }
}

CPU_KERNEL(adagrad_kernel, adagrad_elements,
           (const struct adagrad_job *job, const float *gradient, float *values, float *sums, int64_t n),
           (job, gradient, values, sums, n))

static void adagrad_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct adagrad_job *job = context;
    int64_t begin = (int64_t)index * ELEMENTS;
    CPU_KERNEL_CALL(
        job->simd, adagrad_kernel,
        (job, job->gradient + begin, job->values + begin, job->sums + begin, cpu_min(ELEMENTS, job->n - begin)));
}

enum status cpu_adagrad(struct compute_stream *stream, int64_t n, float rate, float epsilon, float decay, float clip,
                        struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                        struct compute_slice sums, struct error *error)
{
    struct adagrad_job job = {.simd = stream->device->simd, .n = n, .rate = rate, .epsilon = epsilon, .decay = decay};
    enum status status = cpu_check("adagrad", "the gradient", gradient, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("adagrad", "values", values, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("adagrad", "sums", sums, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_clip("adagrad", clip, squares, &job.share, error);
    if (status != STATUS_OK)
        return status;
    job.gradient = cpu_floats(gradient);
    job.values = cpu_floats(values);
    job.sums = cpu_floats(sums);
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ELEMENTS), adagrad_block, &job);
    return STATUS_OK;
}
