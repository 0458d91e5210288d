#ifndef SLEEVE_GPU_COMPUTE_NETWORK_H
#define SLEEVE_GPU_COMPUTE_NETWORK_H

#include <stdbool.h>

#include "gpu/compute_types.h"
#include "gpu/dropout.h"

/* Operations for neural networks, forward and backward. As in compute.h: contiguous row-major float32, explicit sizes,
 * no allocation, no waiting. Slices must not overlap unless an operation says "in place". Results do not depend on the
 * number of threads: sums are partitioned by size alone.
 *
 * Backward operations take the gradient of the loss with respect to their output (d_y) and compute it with respect to
 * their inputs. A `beta` before a result scales its previous contents: 0 overwrites (the memory may be uninitialised),
 * 1 accumulates. A result slice without a buffer is not computed. Dropout masks are indexed by the elements of the
 * output (gpu/dropout.h) and are the same forward and backward. Ids are int32; a negative id reads as a row of zeros
 * and takes no gradient. Lengths are int32 [batch], 1..length; sequences are padded on the right. */

enum activation {
    ACTIVATION_RELU,
    ACTIVATION_GELU,       /* x Φ(x) exactly, not its approximation by tanh (Hendrycks and Gimpel 2016) */
    ACTIVATION_QUICK_GELU, /* x σ(1.702 x), as in CLIP (Radford et al. 2021) */
    ACTIVATION_ELU,        /* x, or e^x - 1 below 0 (Clevert, Unterthiner and Hochreiter 2016) */
    ACTIVATION_IDENTITY,   /* `dense` is then a linear layer with bias */
    ACTIVATIONS
};

/* What inputs and weights of the products of gpu/ops/inference.h are rounded to (to nearest, ties to even). Sums, bias,
 * addend and result are always float32. */
enum precision { PRECISION_FLOAT32, PRECISION_BFLOAT16, PRECISIONS };
enum { PACKED_IN_MAX = 8192 /* columns of weights that can be packed */ };

/* A window that moves over images: what convolutions and pooling need to know of shapes. out_time and out_frequency are
 * the output's; the window of any output position overlaps the image. `pad` are the positions before the image that the
 * first window covers; those after it follow from the output's shape. */
struct compute_window {
    int64_t batch, time, frequency, in; /* of the input; in: channels */
    int64_t out_time, out_frequency, out;
    int64_t kernel_time, kernel_frequency;
    int64_t stride_time, stride_frequency;
    int64_t pad_time, pad_frequency;
};

/* Losses of single elements, of output s and target t. */
enum element_loss {
    ELEMENT_LOSS_SQUARE,   /* (s - t)² */
    ELEMENT_LOSS_LOGISTIC, /* -t ln σ(s) - (1 - t) ln σ(-s): binary cross-entropy of logits, t in [0, 1] */
    ELEMENT_LOSSES
};

/* A table of embeddings that is updated lazily: SGD with momentum, Nesterov and weight decay is linear in (parameter,
 * velocity) for a row whose gradient is zero, so a row untouched for k steps of one learning rate is brought up to date
 * by (p, v) <- A^k (p, v), A = [[1 - lr wd (1 + mu), -lr mu²], [wd, mu]], when it is next read. */
struct compute_table {
    int64_t n_rows, d;
    struct compute_slice values, velocity; /* [n_rows x d] */
    struct compute_slice last;             /* int32 [n_rows]: the row holds the state before step `last`; at step 0 its
                                            * velocity is 0 */
};

/* Piecewise constant learning rates: rates[i] applies from step first[i] until first[i + 1]; first[0] = 0. Host memory,
 * read when the operation is called. */
struct compute_schedule {
    int64_t count;
    const int64_t *first;
    const float *rates;
    float momentum, decay;
};

struct compute_network_ops {
#define OPERATION(name, ...) enum status (*name)(struct compute_stream * stream, __VA_ARGS__, struct error * error);
#include "gpu/ops/convolution.h"
#include "gpu/ops/network.h"
#undef OPERATION
};

#endif
