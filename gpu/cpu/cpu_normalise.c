#include <math.h>

#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"

/* Layer normalisation: tasks are groups of rows, and groups of columns for the gradients of gain and bias. */

enum {
    BLOCK = 8192, /* elements of the rows of a task */
    COLUMNS = 32, /* columns per task */
};

struct layer_job {
    int64_t rows, d, block; /* block: rows per task */
    float epsilon;
    const float *x, *gain, *bias, *d_y;
    float *stats, *y;
    float beta, beta_parameters, *d_gain, *d_bias;
    enum cpu_simd simd;
};

static int64_t rows_of_task(int64_t d)
{
    return cpu_max(1, BLOCK / cpu_max(1, d));
}

LAYER_INLINE void layer_norm_body(const struct layer_job *job, int64_t begin, int64_t end)
{
    int64_t d = job->d;
    const float *restrict gain = job->gain, *restrict bias = job->bias;
    for (int64_t r = begin; r < end; r++) {
        const float *restrict x = job->x + r * d;
        float *restrict y = job->y + r * d;
        double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < d; j++)
            sum += (double)x[j];
        float mean = (float)(sum / (double)d);
#pragma omp simd reduction(+ : squares)
        for (int64_t j = 0; j < d; j++)
            squares += (double)((x[j] - mean) * (x[j] - mean));
        float inverse = (float)(1.0 / sqrt(squares / (double)d + (double)job->epsilon));
        for (int64_t j = 0; j < d; j++)
            y[j] = (x[j] - mean) * inverse * gain[j] + bias[j];
        if (job->stats) {
            job->stats[2 * r] = mean;
            job->stats[2 * r + 1] = inverse;
        }
    }
}

/* With g = dY gain and n = (x - mean) inverse: dX = inverse (g - mean(g) - n mean(g n)). */
LAYER_INLINE void layer_norm_backward_body(const struct layer_job *job, int64_t begin, int64_t end)
{
    int64_t d = job->d;
    const float *restrict gain = job->gain;
    for (int64_t r = begin; r < end; r++) {
        const float *restrict x = job->x + r * d, *restrict d_y = job->d_y + r * d;
        float *restrict d_x = job->y + r * d;
        float mean = job->stats[2 * r], inverse = job->stats[2 * r + 1], beta = job->beta;
        double sums = 0, products = 0;
#pragma omp simd reduction(+ : sums, products)
        for (int64_t j = 0; j < d; j++) {
            float g = d_y[j] * gain[j];
            sums += (double)g;
            products += (double)(g * (x[j] - mean));
        }
        float sum = (float)(sums / (double)d), product = (float)(products / (double)d) * inverse * inverse;
        if (beta == 0)
            for (int64_t j = 0; j < d; j++)
                d_x[j] = inverse * (d_y[j] * gain[j] - sum - (x[j] - mean) * product);
        else
            for (int64_t j = 0; j < d; j++)
                d_x[j] = beta * d_x[j] + inverse * (d_y[j] * gain[j] - sum - (x[j] - mean) * product);
    }
}

LAYER_INLINE void layer_parameters_of(const struct layer_job *job, int64_t first, int64_t count)
{
    double gain[COLUMNS] = {0}, bias[COLUMNS] = {0};
    for (int64_t r = 0; r < job->rows; r++) {
        const float *restrict x = job->x + r * job->d + first, *restrict d_y = job->d_y + r * job->d + first;
        float mean = job->stats[2 * r], inverse = job->stats[2 * r + 1];
        for (int64_t j = 0; j < count; j++) {
            gain[j] += (double)(d_y[j] * ((x[j] - mean) * inverse));
            bias[j] += (double)d_y[j];
        }
    }
    double beta = (double)job->beta_parameters;
    for (int64_t j = 0; j < count; j++) {
        if (job->d_gain) {
            float *to = job->d_gain + first + j;
            *to = (float)(beta == 0 ? gain[j] : gain[j] + beta * (double)*to);
        }
        if (job->d_bias) {
            float *to = job->d_bias + first + j;
            *to = (float)(beta == 0 ? bias[j] : bias[j] + beta * (double)*to);
        }
    }
}

LAYER_INLINE void layer_parameters_body(const struct layer_job *job, int64_t first)
{
    /* A constant count keeps the sums in registers. */
    if (job->d - first >= COLUMNS)
        layer_parameters_of(job, first, COLUMNS);
    else
        layer_parameters_of(job, first, job->d - first);
}

CPU_KERNEL(layer_norm, layer_norm_body, (const struct layer_job *job, int64_t begin, int64_t end), (job, begin, end))
CPU_KERNEL(layer_norm_backward, layer_norm_backward_body, (const struct layer_job *job, int64_t begin, int64_t end),
           (job, begin, end))
CPU_KERNEL(layer_parameters, layer_parameters_body, (const struct layer_job *job, int64_t first), (job, first))

static void layer_norm_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct layer_job *job = context;
    int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->rows);
    CPU_KERNEL_CALL(job->simd, layer_norm, (job, begin, end));
}

/* The first tasks take rows, the others columns, in one loop of the pool. */
static void layer_norm_backward_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct layer_job *job = context;
    int64_t row_tasks = job->y ? cpu_blocks(job->rows, job->block) : 0, task = (int64_t)index;
    if (task < row_tasks) {
        int64_t begin = task * job->block, end = cpu_min(begin + job->block, job->rows);
        CPU_KERNEL_CALL(job->simd, layer_norm_backward, (job, begin, end));
    } else {
        CPU_KERNEL_CALL(job->simd, layer_parameters, (job, (task - row_tasks) * COLUMNS));
    }
}

enum status cpu_layer_norm(struct compute_stream *stream, int64_t rows, int64_t d, float epsilon,
                           struct compute_slice x, struct compute_slice gain, struct compute_slice bias,
                           struct compute_slice stats, struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("layer_norm", rows, d, 2);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("layer_norm", {"X", x, rows * d, false}, {"gain", gain, d, false},
                              {"bias", bias, d, false}, {"stats", stats, rows * 2, true}, {"Y", y, rows * d, false});
    if (status != STATUS_OK || d == 0)
        return status;
    struct layer_job job = {.rows = rows,
                            .d = d,
                            .block = rows_of_task(d),
                            .epsilon = epsilon,
                            .x = cpu_floats(x),
                            .gain = cpu_floats(gain),
                            .bias = cpu_floats(bias),
                            .stats = cpu_floats(stats),
                            .y = cpu_floats(y),
                            .simd = stream->device->simd};
    pool_run(stream->device->pool, (size_t)cpu_blocks(rows, job.block), layer_norm_task, &job);
    return STATUS_OK;
}

enum status cpu_layer_norm_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                                    struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
                                    float beta, struct compute_slice d_x, float beta_parameters,
                                    struct compute_slice d_gain, struct compute_slice d_bias, struct error *error)
{
    enum status status = CPU_SIZES("layer_norm_backward", rows, d, 2);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("layer_norm_backward", {"X", x, rows * d, false}, {"gain", gain, d, false},
                              {"stats", stats, rows * 2, false}, {"dY", d_y, rows * d, false},
                              {"dX", d_x, rows * d, true}, {"dgain", d_gain, d, true}, {"dbias", d_bias, d, true});
    if (status != STATUS_OK)
        return status;
    struct layer_job job = {.rows = rows,
                            .d = d,
                            .block = rows_of_task(d),
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
    int64_t tasks =
        (job.y && d > 0 ? cpu_blocks(rows, job.block) : 0) + (job.d_gain || job.d_bias ? cpu_blocks(d, COLUMNS) : 0);
    pool_run(stream->device->pool, (size_t)tasks, layer_norm_backward_task, &job);
    return STATUS_OK;
}
