#ifndef SLEEVE_GPU_CPU_POOL_H
#define SLEEVE_GPU_CPU_POOL_H

#include "gpu/compute.h"
#include "gpu/cpu/cpu_internal.h"

/* Attention pooling, single entries of rows and Adam in the CPU module, by file. */

/* cpu_entries.c: STATUS_OK when `starts` holds rows + 1 ascending indices into `columns`, and all columns from the
 * first to the last of them are in 0..n-1. `argument` names the columns. */
enum status cpu_check_entries(const char *operation, const char *argument, int64_t rows, int64_t n,
                              struct compute_slice starts, struct compute_slice columns, struct error *error);

/* cpu_pool.c */
/* Neither X nor logits are read past a sequence's length. weights or Y may be none. */
enum status cpu_pool(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                     struct compute_slice lengths, struct compute_slice x, struct compute_slice logits,
                     struct compute_slice weights, struct compute_slice y, struct error *error);
/* Past a sequence's length nothing is read and the gradients are 0. */
enum status cpu_pool_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                              struct compute_slice lengths, struct compute_slice x, struct compute_slice weights,
                              struct compute_slice d_y, float beta, struct compute_slice d_x, float beta_logits,
                              struct compute_slice d_logits, struct error *error);

/* cpu_entries.c */
enum status cpu_set_entries(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice starts,
                            struct compute_slice columns, float value, struct compute_slice s, struct error *error);

/* cpu_adam.c */
/* beta1 and beta2 are in [0, 1). A moment that would be subnormal becomes 0. */
enum status cpu_adam(struct compute_stream *stream, int64_t n, int64_t step, float rate, float beta1, float beta2,
                     float decay, float clip, struct compute_slice squares, struct compute_slice gradient,
                     struct compute_slice values, struct compute_slice m, struct compute_slice v, struct error *error);

/* Their entries in the table. */
#define CPU_POOL_OPERATIONS                                                                                            \
    .pool = cpu_pool, .pool_backward = cpu_pool_backward, .set_entries = cpu_set_entries, .adam = cpu_adam

#endif
