#ifndef SLEEVE_GPU_CPU_SEQUENCES_H
#define SLEEVE_GPU_CPU_SEQUENCES_H

#include "gpu/compute.h"
#include "gpu/cpu/cpu_internal.h"

/* The operations of compute_network.h on rows, sequences, scores and tables in the CPU module, by file, and shared
 * helpers. */

/* a · b · c; -1, which no slice holds, when one of them is negative or the product overflows 63 bits. */
static inline int64_t cpu_count(int64_t a, int64_t b, int64_t c)
{
    int64_t count;
    if (a < 0 || b < 0 || c < 0 || __builtin_mul_overflow(a, b, &count) || __builtin_mul_overflow(count, c, &count))
        return -1;
    return count;
}

/* Number of blocks of at most `block` in n. */
static inline int64_t cpu_blocks(int64_t n, int64_t block)
{
    return (n + block - 1) / block;
}

static inline int64_t cpu_smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
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

/* cpu_rows.c */
enum status cpu_gather(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                       int64_t x_rows, struct compute_slice x, float beta, struct compute_slice y, int64_t y_stride,
                       struct error *error);
enum status cpu_scatter_add(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice ids, float alpha,
                            struct compute_slice x, int64_t x_stride, int64_t y_rows, struct compute_slice y,
                            struct error *error);

/* cpu_sequences.c */
enum status cpu_unfold(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d, int64_t kernel,
                       struct compute_slice x, struct compute_slice y, struct error *error);
enum status cpu_unfold_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d, int64_t kernel,
                                struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error);
enum status cpu_running_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                             struct compute_slice x, struct compute_slice y, struct error *error);
enum status cpu_running_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                      struct compute_slice d_y, float beta, struct compute_slice d_x,
                                      struct error *error);
enum status cpu_running_max(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                            struct compute_slice x, struct compute_slice places, struct compute_slice y,
                            struct error *error);
enum status cpu_running_max_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                     struct compute_slice places, struct compute_slice d_y, float beta,
                                     struct compute_slice d_x, struct error *error);
enum status cpu_sequence_mean(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                              struct compute_slice lengths, struct compute_slice x, struct compute_slice y,
                              struct error *error);
enum status cpu_sequence_mean_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                       struct compute_slice lengths, struct compute_slice d_y, float beta,
                                       struct compute_slice d_x, struct error *error);

/* cpu_gru.c */
enum status cpu_gru(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h, struct compute_slice x,
                    struct compute_slice w, struct compute_slice b, struct compute_slice gates, struct compute_slice y,
                    struct error *error);
enum status cpu_gru_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t h,
                             struct compute_slice w, struct compute_slice gates, struct compute_slice y,
                             struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_parameters,
                             struct compute_slice d_w, struct compute_slice d_b, struct compute_slice scratch,
                             struct error *error);

/* cpu_scores.c */
enum status cpu_batched_dot(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                            struct compute_slice q, struct compute_slice x, struct compute_slice s,
                            struct error *error);
enum status cpu_batched_dot_backward(struct compute_stream *stream, int64_t groups, int64_t size, int64_t d,
                                     struct compute_slice q, struct compute_slice x, struct compute_slice d_s,
                                     float beta_q, struct compute_slice d_q, float beta_x, struct compute_slice d_x,
                                     struct error *error);
enum status cpu_select_negatives(struct compute_stream *stream, int64_t groups, int64_t n, int64_t n_easy,
                                 int64_t n_hard, int64_t d, struct compute_slice q, int64_t x_rows,
                                 struct compute_slice x, struct compute_slice candidates, struct compute_slice selected,
                                 struct compute_slice scratch, struct error *error);

/* cpu_losses.c */
enum status cpu_log_sigmoid_loss(struct compute_stream *stream, int64_t n, float sign, struct compute_slice s,
                                 struct compute_slice weights, struct compute_slice loss, struct compute_slice d_s,
                                 struct error *error);
enum status cpu_softmax_loss(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice s,
                             struct compute_slice starts, struct compute_slice targets, struct compute_slice weights,
                             struct compute_slice loss, struct error *error);

/* cpu_optimiser.c */
enum status cpu_sum_squares(struct compute_stream *stream, int64_t n, struct compute_slice x,
                            struct compute_slice total, struct error *error);
enum status cpu_nesterov(struct compute_stream *stream, int64_t n, float rate, float momentum, float decay, float clip,
                         struct compute_slice squares, struct compute_slice gradient, struct compute_slice values,
                         struct compute_slice velocity, struct error *error);

/* cpu_table.c */
enum status cpu_table_read(struct compute_stream *stream, const struct compute_table *table,
                           const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                           float alpha, float beta, struct compute_slice y, int64_t y_stride, struct error *error);
enum status cpu_table_step(struct compute_stream *stream, const struct compute_table *table,
                           const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                           float clip, struct compute_slice squares, struct compute_slice gradient,
                           struct error *error);
enum status cpu_table_flush(struct compute_stream *stream, const struct compute_table *table,
                            const struct compute_schedule *schedule, int64_t step, int64_t first, int64_t n,
                            struct error *error);

/* Sets their entries in the table. */
#define CPU_SEQUENCE_OPERATIONS                                                                                        \
    .gather = cpu_gather, .scatter_add = cpu_scatter_add, .unfold = cpu_unfold,                                        \
    .unfold_backward = cpu_unfold_backward, .running_mean = cpu_running_mean,                                          \
    .running_mean_backward = cpu_running_mean_backward, .running_max = cpu_running_max,                                \
    .running_max_backward = cpu_running_max_backward, .sequence_mean = cpu_sequence_mean,                              \
    .sequence_mean_backward = cpu_sequence_mean_backward, .gru = cpu_gru, .gru_backward = cpu_gru_backward,            \
    .batched_dot = cpu_batched_dot, .batched_dot_backward = cpu_batched_dot_backward,                                  \
    .log_sigmoid_loss = cpu_log_sigmoid_loss, .softmax_loss = cpu_softmax_loss,                                        \
    .select_negatives = cpu_select_negatives, .sum_squares = cpu_sum_squares, .nesterov = cpu_nesterov,                \
    .table_read = cpu_table_read, .table_step = cpu_table_step, .table_flush = cpu_table_flush

#endif
