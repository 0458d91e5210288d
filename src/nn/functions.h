#ifndef SLEEVE_NN_FUNCTIONS_H
#define SLEEVE_NN_FUNCTIONS_H

#include "nn/tape.h"

/* Differentiable functions. Each computes its result at once and records its gradient; results live until the tape is
 * reset. gpu/ops/network.h defines the operations. */

/* A batch of sequences, padded on the right. Tensors over them are [batch·length x columns]. */
struct sequences {
    int64_t batch, length;
    struct compute_slice lengths; /* int32 [batch]; no buffer: all sequences have the full length */
    /* Positions that are not padding, for layers that process each position alone and skip padding. */
    int64_t n_filled;                  /* 0: no position is padding, and there are no lists */
    struct compute_slice filled;       /* int32 [n_filled] rows of these positions in a tensor over the sequences */
    struct compute_slice filled_index; /* int32 [batch·length] index in `filled` of each row; -1: padding */
    /* Of a batch that several ranks share: how many sequences other ranks have before these, and how many positions of
     * them are not padding. Dropout masks are then those of the whole batch. */
    int64_t before, filled_before;
};

/* From lengths in host memory. */
struct sequences nn_sequences(struct tape *tape, int64_t batch, int64_t length, const int32_t *lengths);

/* X Wᵀ + bias; W [out x in], bias [1 x out] or NULL. */
struct tensor *nn_linear(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias);
/* Drop(f(X + bias)), bias may be NULL. */
struct tensor *nn_activate(struct tape *tape, enum activation f, struct tensor *x, struct tensor *bias,
                           struct dropout dropout);
/* Drop(f(X inᵀ + bias)) outᵀ: both layers of a feed-forward network without the second one's bias. */
struct tensor *nn_feed_forward(struct tape *tape, struct tensor *x, struct tensor *in, struct tensor *bias,
                               enum activation f, struct dropout dropout, struct tensor *out);
/* X + Drop(A + bias); x and bias may be NULL. */
struct tensor *nn_residual(struct tape *tape, struct tensor *x, struct tensor *a, struct tensor *bias,
                           struct dropout dropout);
/* X + factor · A. */
struct tensor *nn_add(struct tape *tape, struct tensor *x, float factor, struct tensor *a);
/* factor · X. */
struct tensor *nn_scale(struct tape *tape, struct tensor *x, float factor);
struct tensor *nn_glu(struct tape *tape, struct tensor *x, struct tensor *bias);

#define NN_EPSILON 1e-5f /* of normalisations, unless a published model has another */
#define NN_PACE 0.1f     /* of running statistics, likewise */

struct tensor *nn_layer_norm(struct tape *tape, struct tensor *x, struct tensor *gain, struct tensor *bias,
                             float epsilon);
/* `training`: normalises by the batch and moves the running statistics by `pace` towards its own. */
struct tensor *nn_batch_norm(struct tape *tape, struct tensor *x, struct tensor *gain, struct tensor *bias,
                             struct compute_slice running, const struct sequences *sequences, bool training,
                             float epsilon, float pace);
/* [rows x 1] of ones, without a gradient. */
struct tensor *nn_ones(struct tape *tape, int64_t rows);
/* Columns of A, then of B. */
struct tensor *nn_concat(struct tape *tape, struct tensor *a, struct tensor *b);
/* The same for up to NN_PARTS tensors. */
enum { NN_PARTS = 4 };
struct tensor *nn_concat_all(struct tape *tape, struct tensor *const *parts, int count);
/* The same memory with another shape. */
struct tensor *nn_reshape(struct tape *tape, struct tensor *x, int64_t rows, int64_t columns);
/* Rows ids[0..n) of X; a negative id gives zeros. Their gradients are added to rows gradient_ids[0..n) of `to`, which
 * is X itself or a tensor of the rows of X that are trained. */
struct tensor *nn_gather(struct tape *tape, const struct tensor *x, int64_t n, struct compute_slice ids,
                         struct tensor *to, struct compute_slice gradient_ids);
/* The same, added to Y in place, whose own values no backward pass may need (those of nn_linear). */
void nn_add_rows(struct tape *tape, struct tensor *y, const struct tensor *x, struct compute_slice ids,
                 struct tensor *to, struct compute_slice gradient_ids);

/* Rows ids[0..n) of X, each at most once; a negative id gives zeros. `inverse` [rows of X]: the index in ids of each
 * row, -1 where there is none. */
struct tensor *nn_select(struct tape *tape, struct tensor *x, int64_t n, struct compute_slice ids,
                         struct compute_slice inverse);

struct tensor *nn_attention(struct tape *tape, struct tensor *qkv, const struct sequences *sequences, int64_t heads,
                            bool causal, struct dropout dropout);
struct tensor *nn_gru(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias,
                      const struct sequences *sequences);
/* As nn_gru, with the gates i, f, g, o: x [batch·length x 4h]. */
struct tensor *nn_lstm(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias,
                       const struct sequences *sequences);
struct tensor *nn_unfold(struct tape *tape, struct tensor *x, int64_t kernel, const struct sequences *sequences);
struct tensor *nn_running_mean(struct tape *tape, struct tensor *x, const struct sequences *sequences);
struct tensor *nn_running_max(struct tape *tape, struct tensor *x, const struct sequences *sequences);
struct tensor *nn_sequence_mean(struct tape *tape, struct tensor *x, const struct sequences *sequences);
/* Mean of each sequence with weights softmax(logits) over its length; logits [batch·length x 1]. */
struct tensor *nn_pool(struct tape *tape, struct tensor *x, struct tensor *logits, const struct sequences *sequences);
/* X [rows x slots·d] -> [rows x d]. */
struct tensor *nn_weighted_sum(struct tape *tape, struct tensor *x, struct tensor *weight, struct tensor *bias);

/* [groups x size] products of Q [groups x d] with X [groups·size x d]. */
struct tensor *nn_batched_dot(struct tape *tape, struct tensor *q, struct tensor *x);
/* Adds sum of weights · (-ln σ(sign · scores)) to loss (double). */
void nn_log_sigmoid_loss(struct tape *tape, float sign, struct tensor *scores, struct compute_slice weights,
                         struct compute_slice loss);

/* A list of columns for each row: int64 starts [rows + 1], int32 columns. */
struct ragged {
    struct compute_slice starts, columns;
};
/* Scores Q Xᵀ, Q [rows x d], X [n x d]. */
struct scoring {
    struct tensor *q, *x;
};
enum { SCORINGS_MAX = 3 };
/* Adds the cross-entropy of softmax(S) to loss (double), where S [rows x n] is the sum of one to SCORINGS_MAX scores of
 * the same size: vectors of several sections need not be copied together, and only sections that need a gradient have
 * one. A row has any number of targets, all with the same weight; rows are weighted; `masked` columns are excluded from
 * the softmax. */
void nn_softmax_loss(struct tape *tape, const struct scoring *scorings, int count, struct ragged targets,
                     struct ragged masked, struct compute_slice weights, struct compute_slice loss);

#endif
