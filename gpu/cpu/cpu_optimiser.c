#include "gpu/cpu/cpu_sequences.h"

#include <math.h>

#include "gpu/cpu/cpu_vector.h"

/* Stochastic gradient descent with Nesterov momentum over whole arrays. */

enum {
    PARTS = 128,      /* parts of a sum of squares, by size alone */
    STRETCH = 256,    /* squares summed in float32 before they are added in float64 */
    ELEMENTS = 16384, /* elements per task */
};

struct squares_job {
    enum cpu_simd simd;
    int64_t n;
    const float *x;
    double parts[PARTS];
};

static inline __attribute__((always_inline)) void add_squares(const float *x, int64_t n, double *sum)
{
    for (int64_t begin = 0; begin < n; begin += STRETCH)
        *sum += (double)cpu_vector_dot(x + begin, x + begin, cpu_min(STRETCH, n - begin));
}

CPU_KERNEL(squares_kernel, add_squares, (const float *x, int64_t n, double *sum), (x, n, sum))

static void squares_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct squares_job *job = context;
    int64_t block = cpu_blocks(job->n, PARTS), begin = cpu_min((int64_t)index * block, job->n);
    double sum = 0;
    CPU_KERNEL_CALL(job->simd, squares_kernel, (job->x + begin, cpu_min(block, job->n - begin), &sum));
    job->parts[index] = sum;
}

enum status cpu_sum_squares(struct compute_stream *stream, int64_t n, struct compute_slice x,
                            struct compute_slice total, struct error *error)
{
    enum status status = cpu_check("sum_squares", "X", x, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("sum_squares", "total", total, 1, sizeof(double), error);
    if (status != STATUS_OK || n == 0)
        return status;
    struct squares_job job = {.simd = stream->device->simd, .n = n, .x = cpu_floats(x)};
    pool_run(stream->device->pool, PARTS, squares_part, &job);
    for (int part = 0; part < PARTS; part++)
        *cpu_doubles(total) += job.parts[part];
    return STATUS_OK;
}

enum status cpu_check_clip(const char *operation, float clip, struct compute_slice squares, float *share,
                           struct error *error)
{
    *share = 1;
    if (clip == 0)
        return STATUS_OK;
    enum status status = cpu_check(operation, "squares", squares, 1, sizeof(double), error);
    if (status == STATUS_OK) {
        double ratio = (double)clip / (sqrt(*cpu_doubles(squares)) + 1e-6);
        *share = ratio >= 1 ? 1 : (float)ratio; /* a NaN norm is passed on */
    }
    return status;
}

struct nesterov_job {
    enum cpu_simd simd;
    int64_t n;
    struct cpu_step step;
    const float *gradient;
    float *values, *velocity;
};

static inline __attribute__((always_inline)) void step_elements(struct cpu_step step, const float *restrict gradient,
                                                                float *restrict values, float *restrict velocity,
                                                                int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        cpu_step_element(step, gradient[i], values + i, velocity + i);
}

CPU_KERNEL(nesterov_kernel, step_elements,
           (struct cpu_step step, const float *gradient, float *values, float *velocity, int64_t n),
           (step, gradient, values, velocity, n))

static void nesterov_block(void *context, size_t index, int worker)
{
    (void)worker;
    const struct nesterov_job *job = context;
    int64_t begin = (int64_t)index * ELEMENTS;
    CPU_KERNEL_CALL(job->simd, nesterov_kernel,
                    (job->step, job->gradient + begin, job->values + begin, job->velocity + begin,
                     cpu_min(ELEMENTS, job->n - begin)));
}

enum status cpu_nesterov(struct compute_stream *stream, int64_t n, float rate, float momentum, float decay, float clip,
                         struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                         struct compute_slice velocity, struct error *error)
{
    struct nesterov_job job = {.simd = stream->device->simd, .n = n, .step = {rate, momentum, decay, 1}};
    enum status status = cpu_check("nesterov", "the gradient", gradient, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("nesterov", "values", values, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check("nesterov", "velocity", velocity, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_clip("nesterov", clip, squares, &job.step.share, error);
    if (status != STATUS_OK)
        return status;
    job.gradient = cpu_floats(gradient);
    job.values = cpu_floats(values);
    job.velocity = cpu_floats(velocity);
    pool_run(stream->device->pool, (size_t)cpu_blocks(n, ELEMENTS), nesterov_block, &job);
    return STATUS_OK;
}
