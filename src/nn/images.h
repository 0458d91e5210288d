#ifndef SLEEVE_NN_IMAGES_H
#define SLEEVE_NN_IMAGES_H

#include "nn/functions.h"

/* Differentiable functions of images (spectrograms). A tensor of images is [batch·time·frequency x channels], so a
 * convolution with one input channel takes a spectrogram [frames x bands] as it is. gpu/ops/convolution.h defines the
 * operations. */

struct image {
    int64_t batch, time, frequency;
};

enum padding {
    PADDING_VALID, /* none: windows are inside of the image */
    PADDING_SAME,  /* ceil(size / stride) positions, zeros on both sides, one more behind if odd (TensorFlow) */
    PADDING_GIVEN, /* pad_time and pad_frequency zeros on either side (PyTorch) */
};

/* A window that moves over images. A stride of 0 is 1 for convolutions, and the window's size for pooling. */
struct window {
    int64_t time, frequency;
    int64_t stride_time, stride_frequency;
    enum padding padding;
    int64_t pad_time, pad_frequency; /* PADDING_GIVEN */
};

/* The functions below replace `image`, the shape of x, by that of the result. A window that does not fit the image
 * fails the tape with a message about both. */

/* f(X * W + bias); W [time·frequency·in x out], as in TensorFlow; bias [1 x out] or NULL. For gradients f is RELU, ELU
 * or IDENTITY. Before max pooling these commute with the maximum: applied after it they cost less. */
struct tensor *nn_convolution(struct tape *tape, enum activation f, struct tensor *x, struct image *image,
                              const struct window *window, struct tensor *weight, struct tensor *bias);
/* Each channel with a kernel of its own: W [time·frequency x channels]. */
struct tensor *nn_depthwise(struct tape *tape, struct tensor *x, struct image *image, const struct window *window,
                            struct tensor *weight);
/* Positions outside of the image do not take part. */
struct tensor *nn_max_pool(struct tape *tape, struct tensor *x, struct image *image, const struct window *window);
/* With counts_padding zeros outside of the image take part, as by default in PyTorch. */
struct tensor *nn_mean_pool(struct tape *tape, struct tensor *x, struct image *image, const struct window *window,
                            bool counts_padding);

/* The positions of images as sequences, for nn_batch_norm over channels. */
static inline struct sequences image_positions(const struct image *image)
{
    return (struct sequences){.batch = image->batch * image->time, .length = image->frequency};
}

/* ---- losses; each adds to `loss` (double [1]) and to the gradient of its first tensor ---- */

/* Sum over rows of weights[r] (ln sum_j exp(S[r, j]) - S[r, classes[r]]), in host memory; weights NULL: 1 / rows. A row
 * of class -1 contributes 0. For weights by label (as `weight` in PyTorch) pass those of the rows' labels, divided by
 * their sum. */
void nn_cross_entropy(struct tape *tape, struct tensor *scores, const int32_t *classes, const float *weights,
                      struct compute_slice loss);
/* factor · the sum of a loss of each element; targets as x, weights as x or none. With factor 1 / elements it is
 * PyTorch's MSELoss or BCEWithLogitsLoss. */
void nn_element_loss(struct tape *tape, enum element_loss kind, struct tensor *x, struct compute_slice targets,
                     struct compute_slice weights, float factor, struct compute_slice loss);

#endif
