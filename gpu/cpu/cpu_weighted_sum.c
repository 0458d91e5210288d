#include "gpu/cpu/cpu_layer_checks.h"
#include "gpu/cpu/cpu_layer_math.h"
#include "gpu/cpu/cpu_ops.h"

/* The learned mean of a few slots. Tasks are groups of rows; the gradient of each weight, and of b, is a task. */

enum { BLOCK = 16384 /* elements of X per task */ };

struct weighted_sum_job {
    int64_t rows, slots, d, block; /* block: rows per task */
    const float *x, *w, *b, *d_y;
    float *y, *d_x, *d_w, *d_b;
    float beta, beta_parameters;
    enum cpu_simd simd;
};

LAYER_INLINE void weighted_sum_body(const struct weighted_sum_job *job, int64_t begin, int64_t end)
{
    for (int64_t r = begin; r < end; r++) {
        float *y = job->y + r * job->d;
        for (int64_t j = 0; j < job->d; j++)
            y[j] = *job->b;
        for (int64_t s = 0; s < job->slots; s++)
            layer_add(job->d, job->w[s], job->x + (r * job->slots + s) * job->d, y);
    }
}

LAYER_INLINE void spread_body(const struct weighted_sum_job *job, int64_t begin, int64_t end)
{
    float beta = job->beta;
    for (int64_t r = begin; r < end; r++)
        for (int64_t s = 0; s < job->slots; s++) {
            const float *restrict d_y = job->d_y + r * job->d;
            float *restrict d_x = job->d_x + (r * job->slots + s) * job->d;
            float w = job->w[s];
            if (beta == 0)
                for (int64_t j = 0; j < job->d; j++)
                    d_x[j] = w * d_y[j];
            else
                for (int64_t j = 0; j < job->d; j++)
                    d_x[j] = w * d_y[j] + beta * d_x[j];
        }
}

/* The gradient of w[slot]; of b if slot is one past the last. */
LAYER_INLINE void slot_body(const struct weighted_sum_job *job, int64_t slot)
{
    double sum = 0;
    float *to = slot < job->slots ? job->d_w ? job->d_w + slot : NULL : job->d_b;
    if (!to)
        return;
    for (int64_t r = 0; r < job->rows; r++) {
        const float *d_y = job->d_y + r * job->d, *x = job->x + (r * job->slots + slot) * job->d;
        if (slot < job->slots) {
#pragma omp simd reduction(+ : sum)
            for (int64_t j = 0; j < job->d; j++)
                sum += (double)d_y[j] * (double)x[j];
        } else {
#pragma omp simd reduction(+ : sum)
            for (int64_t j = 0; j < job->d; j++)
                sum += (double)d_y[j];
        }
    }
    *to = (float)(job->beta_parameters == 0 ? sum : sum + (double)job->beta_parameters * (double)*to);
}

CPU_KERNEL(mix, weighted_sum_body, (const struct weighted_sum_job *job, int64_t begin, int64_t end), (job, begin, end))
CPU_KERNEL(spread, spread_body, (const struct weighted_sum_job *job, int64_t begin, int64_t end), (job, begin, end))
CPU_KERNEL(slot, slot_body, (const struct weighted_sum_job *job, int64_t slot), (job, slot))

static void weighted_sum_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct weighted_sum_job *job = context;
    int64_t begin = (int64_t)index * job->block, end = cpu_min(begin + job->block, job->rows);
    CPU_KERNEL_CALL(job->simd, mix, (job, begin, end));
}

/* The first tasks take rows, the others slots. */
static void weighted_sum_backward_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct weighted_sum_job *job = context;
    int64_t row_tasks = job->d_x ? cpu_blocks(job->rows, job->block) : 0, task = (int64_t)index;
    if (task < row_tasks) {
        int64_t begin = task * job->block, end = cpu_min(begin + job->block, job->rows);
        CPU_KERNEL_CALL(job->simd, spread, (job, begin, end));
    } else {
        CPU_KERNEL_CALL(job->simd, slot, (job, task - row_tasks));
    }
}

static int64_t rows_of_task(int64_t slots, int64_t d)
{
    return cpu_max(1, BLOCK / cpu_max(1, slots * d));
}

enum status cpu_weighted_sum(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                             struct compute_slice x, struct compute_slice w, struct compute_slice b,
                             struct compute_slice y, struct error *error)
{
    enum status status = CPU_SIZES("weighted_sum", rows, slots, d);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("weighted_sum", {"X", x, rows * slots * d, false}, {"w", w, slots, false},
                              {"b", b, 1, false}, {"Y", y, rows * d, false});
    if (status != STATUS_OK)
        return status;
    struct weighted_sum_job job = {.rows = rows,
                                   .slots = slots,
                                   .d = d,
                                   .block = rows_of_task(slots, d),
                                   .x = cpu_floats(x),
                                   .w = cpu_floats(w),
                                   .b = cpu_floats(b),
                                   .y = cpu_floats(y),
                                   .simd = stream->device->simd};
    pool_run(stream->device->pool, (size_t)cpu_blocks(rows, job.block), weighted_sum_task, &job);
    return STATUS_OK;
}

enum status cpu_weighted_sum_backward(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                                      struct compute_slice x, struct compute_slice w, struct compute_slice d_y,
                                      float beta, struct compute_slice d_x, float beta_parameters,
                                      struct compute_slice d_w, struct compute_slice d_b, struct error *error)
{
    enum status status = CPU_SIZES("weighted_sum_backward", rows, slots, d);
    if (status == STATUS_OK)
        status = CPU_OPERANDS("weighted_sum_backward", {"X", x, rows * slots * d, false}, {"w", w, slots, false},
                              {"dY", d_y, rows * d, false}, {"dX", d_x, rows * slots * d, true},
                              {"dw", d_w, slots, true}, {"db", d_b, 1, true});
    if (status != STATUS_OK)
        return status;
    struct weighted_sum_job job = {.rows = rows,
                                   .slots = slots,
                                   .d = d,
                                   .block = rows_of_task(slots, d),
                                   .x = cpu_floats(x),
                                   .w = cpu_floats(w),
                                   .d_y = cpu_floats(d_y),
                                   .d_x = cpu_floats(d_x),
                                   .d_w = cpu_floats(d_w),
                                   .d_b = cpu_floats(d_b),
                                   .beta = beta,
                                   .beta_parameters = beta_parameters,
                                   .simd = stream->device->simd};
    int64_t row_tasks = job.d_x ? cpu_blocks(rows, job.block) : 0;
    pool_run(stream->device->pool, (size_t)(row_tasks + slots + 1), weighted_sum_backward_task, &job);
    return STATUS_OK;
}
