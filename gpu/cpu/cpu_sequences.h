#ifndef SLEEVE_GPU_CPU_SEQUENCES_H
#define SLEEVE_GPU_CPU_SEQUENCES_H

#include "gpu/cpu/cpu_internal.h"
#include "gpu/cpu/cpu_ops.h"

/* Helpers of the operations on rows, sequences, scores and tables. */

/* a · b · c; -1, which no slice holds, when one of them is negative or the product overflows 63 bits. */
static inline int64_t cpu_count(int64_t a, int64_t b, int64_t c)
{
    int64_t count;
    if (a < 0 || b < 0 || c < 0 || __builtin_mul_overflow(a, b, &count) || __builtin_mul_overflow(count, c, &count))
        return -1;
    return count;
}

/* Rows of d per task: about 32 KB. */
static inline int64_t cpu_task_rows(int64_t d)
{
    return d >= 8192 ? 1 : d < 1 ? 8192 : 8192 / d;
}

/* The new value of y for a result `value`; with beta 0 the old one is not read. */
static inline __attribute__((always_inline)) float cpu_blend(float beta, float y, float value)
{
    return beta == 0 ? value : value + beta * y;
}

/* Prefetches d floats. */
static inline __attribute__((always_inline)) void cpu_prefetch(const float *row, int64_t d)
{
    for (int64_t j = 0; j < d; j += 16)
        __builtin_prefetch(row + j);
}

/* What one step does to a row, given its gradient. */
struct cpu_step {
    float rate, momentum, decay;
    float share; /* the factor of gradient clipping */
};

static inline __attribute__((always_inline)) void cpu_step_element(struct cpu_step step, float gradient, float *p,
                                                                   float *v)
{
    float g = step.share * gradient + step.decay * *p;
    *v = step.momentum * *v + g;
    *p -= step.rate * (g + step.momentum * *v);
}

/* cpu_rows.c: STATUS_OK when `slice` holds n rows of d that are `stride` apart. */
enum status cpu_check_rows(const char *operation, const char *argument, struct compute_slice slice, int64_t n,
                           int64_t d, int64_t stride, struct error *error);
/* cpu_rows.c: STATUS_OK when `slice` holds n ids, all below `rows`. */
enum status cpu_check_ids(const char *operation, const char *argument, struct compute_slice slice, int64_t n,
                          int64_t rows, struct error *error);
/* cpu_rows.c: STATUS_OK when `slice` holds `batch` lengths, each in 1..length. */
enum status cpu_check_lengths(const char *operation, struct compute_slice slice, int64_t batch, int64_t length,
                              struct error *error);
/* cpu_optimiser.c: the factor by which clipping its norm scales a gradient; squares is not read when clip is 0. */
enum status cpu_check_clip(const char *operation, float clip, struct compute_slice squares, float *share,
                           struct error *error);

/* cpu_entries.c: STATUS_OK when `starts` holds rows + 1 ascending indices into `columns`, and all columns from the
 * first to the last of them are in 0..n-1. `argument` names the columns. */
enum status cpu_check_entries(const char *operation, const char *argument, int64_t rows, int64_t n,
                              struct compute_slice starts, struct compute_slice columns, struct error *error);

#endif
