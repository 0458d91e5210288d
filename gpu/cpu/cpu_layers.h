#ifndef SLEEVE_GPU_CPU_LAYERS_H
#define SLEEVE_GPU_CPU_LAYERS_H

#include "gpu/compute.h"

/* The layers of compute_network.h in the CPU module, by file, with the details that the contract leaves to the device.
 * Every operation is split into tasks by its sizes alone, so results do not depend on the number of threads; they
 * differ in the last bits between instruction sets. */

/* cpu_copy.c */
enum status cpu_fill(struct compute_stream *stream, int64_t n, float value, struct compute_slice y,
                     struct error *error);
enum status cpu_add_scaled(struct compute_stream *stream, int64_t n, float alpha, struct compute_slice x, float beta,
                           struct compute_slice y, struct error *error);
/* Rows of X may overlap (x_stride < columns: windows), rows of Y may not. */
enum status cpu_copy_columns(struct compute_stream *stream, int64_t rows, int64_t columns, float alpha,
                             struct compute_slice x, int64_t x_stride, float beta, struct compute_slice y,
                             int64_t y_stride, struct error *error);
enum status cpu_column_sums(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x, float beta,
                            struct compute_slice y, struct error *error);

/* cpu_elementwise.c */
enum status cpu_activate(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                         struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                         struct compute_slice y, struct error *error);
enum status cpu_activate_backward(struct compute_stream *stream, enum activation f, int64_t rows, int64_t d,
                                  struct compute_slice x, struct compute_slice bias, struct dropout dropout,
                                  struct compute_slice d_y, float beta, struct compute_slice d_x, struct error *error);
enum status cpu_residual(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                         struct compute_slice a, struct compute_slice bias, struct dropout dropout,
                         struct compute_slice y, struct error *error);
enum status cpu_dropout_backward(struct compute_stream *stream, int64_t n, struct dropout dropout,
                                 struct compute_slice d_y, float beta, struct compute_slice d_a, struct error *error);
enum status cpu_glu(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                    struct compute_slice bias, struct compute_slice y, struct error *error);
enum status cpu_glu_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                             struct compute_slice bias, struct compute_slice d_y, float beta, struct compute_slice d_x,
                             struct error *error);

/* cpu_feed_forward.c */
enum status cpu_dense(struct compute_stream *stream, enum activation f, int64_t rows, int64_t in, int64_t out,
                      struct compute_slice x, struct compute_slice w, struct compute_slice bias, struct dropout dropout,
                      struct compute_slice slopes, struct compute_slice y, struct error *error);
/* Sums over rows are computed in float32, fourteen rows at a time. */
enum status cpu_dense_backward(struct compute_stream *stream, int64_t rows, int64_t in, int64_t out,
                               struct compute_slice w, struct compute_slice slopes, struct compute_slice d_y,
                               struct compute_slice d_u, float beta, struct compute_slice d_bias, struct error *error);

/* cpu_normalise.c */
/* stats may be none when no gradient is needed. */
enum status cpu_layer_norm(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                           struct compute_slice gain, struct compute_slice bias, struct compute_slice stats,
                           struct compute_slice y, struct error *error);
enum status cpu_layer_norm_backward(struct compute_stream *stream, int64_t rows, int64_t d, struct compute_slice x,
                                    struct compute_slice gain, struct compute_slice stats, struct compute_slice d_y,
                                    float beta, struct compute_slice d_x, float beta_parameters,
                                    struct compute_slice d_gain, struct compute_slice d_bias, struct error *error);
/* cpu_batch_norm.c */
/* lengths may be none: all positions are valid. With a single valid position the unbiased variance is undefined; 0 is
 * used, so that the running variance moves by 0.1 towards 0 and nothing becomes NaN. Without any valid position the
 * running statistics stay. stats is neither read nor written when not training. */
enum status cpu_batch_norm(struct compute_stream *stream, int training, int64_t batch, int64_t length, int64_t d,
                           struct compute_slice lengths, struct compute_slice x, struct compute_slice gain,
                           struct compute_slice bias, struct compute_slice running, struct compute_slice stats,
                           struct compute_slice y, struct error *error);
/* At invalid positions d_y is not read, and the gradient is 0. */
enum status cpu_batch_norm_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t d,
                                    struct compute_slice lengths, struct compute_slice x, struct compute_slice gain,
                                    struct compute_slice stats, struct compute_slice d_y, float beta,
                                    struct compute_slice d_x, float beta_parameters, struct compute_slice d_gain,
                                    struct compute_slice d_bias, struct error *error);

/* cpu_attention.c */
/* length is at most 1024: a row of weights is on the stack. weights may be none when no gradient is needed; a masked
 * weight is written as 0. A query at or past its sequence's length attends to the same keys as any other. */
enum status cpu_attention(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads, int64_t d,
                          int causal, struct compute_slice lengths, struct compute_slice qkv, struct dropout dropout,
                          struct compute_slice weights, struct compute_slice y, struct error *error);
enum status cpu_attention_backward(struct compute_stream *stream, int64_t batch, int64_t length, int64_t heads,
                                   int64_t d, int causal, struct compute_slice lengths, struct compute_slice qkv,
                                   struct dropout dropout, struct compute_slice weights, struct compute_slice d_y,
                                   float beta, struct compute_slice d_qkv, struct error *error);

/* cpu_weighted_sum.c */
enum status cpu_weighted_sum(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                             struct compute_slice x, struct compute_slice w, struct compute_slice b,
                             struct compute_slice y, struct error *error);
enum status cpu_weighted_sum_backward(struct compute_stream *stream, int64_t rows, int64_t slots, int64_t d,
                                      struct compute_slice x, struct compute_slice w, struct compute_slice d_y,
                                      float beta, struct compute_slice d_x, float beta_parameters,
                                      struct compute_slice d_w, struct compute_slice d_b, struct error *error);

/* Their entries in the table. */
#define CPU_LAYER_OPERATIONS                                                                                           \
    .fill = cpu_fill, .add_scaled = cpu_add_scaled, .copy_columns = cpu_copy_columns, .column_sums = cpu_column_sums,  \
    .activate = cpu_activate, .activate_backward = cpu_activate_backward, .residual = cpu_residual,                    \
    .dropout_backward = cpu_dropout_backward, .glu = cpu_glu, .glu_backward = cpu_glu_backward, .dense = cpu_dense,    \
    .dense_backward = cpu_dense_backward, .layer_norm = cpu_layer_norm,                                                \
    .layer_norm_backward = cpu_layer_norm_backward, .batch_norm = cpu_batch_norm,                                      \
    .batch_norm_backward = cpu_batch_norm_backward, .attention = cpu_attention,                                        \
    .attention_backward = cpu_attention_backward, .weighted_sum = cpu_weighted_sum,                                    \
    .weighted_sum_backward = cpu_weighted_sum_backward

#endif
