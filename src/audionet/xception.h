#ifndef SLEEVE_AUDIONET_XCEPTION_H
#define SLEEVE_AUDIONET_XCEPTION_H

#include "core/safetensors.h"
#include "nn/image_layers.h"

/* Xception (Chollet 2017, Xception: Deep learning with depthwise separable convolutions) up to the norm of the third
 * separable convolution of block 11 ("block11_sepconv3_bn" in Keras), as a trainable network for transfer: the forms of
 * transfer are those of tagger.h. Its weights are read from Keras' file, which scripts/convert-keras converts. */

enum {
    XCEPTION_WIDTHS = 5,
    XCEPTION_ENTRIES = 3, /* blocks 2 to 4, which halve the image */
    XCEPTION_MIDDLES = 7, /* blocks 5 to 11 */
};

struct xception_shape {
    int64_t widths[XCEPTION_WIDTHS]; /* of block 1's two convolutions, of blocks 2, 3 and 4 with those behind */
};
extern const struct xception_shape xception_published; /* 32, 64, 128, 256, 728 */

/* A convolution without bias, and its norm. */
struct xception_layer {
    struct tensor *depthwise; /* [9 x in]; NULL: an ordinary convolution */
    struct tensor *weight;    /* [time·frequency·in x out] */
    struct channel_norm norm;
};

struct xception {
    struct xception_layer first[2];
    struct xception_layer shortcuts[XCEPTION_ENTRIES], entries[XCEPTION_ENTRIES][2];
    struct xception_layer middles[XCEPTION_MIDDLES][3];
};

/* Declares the trained parameters and, once those of all networks in `parameters` are declared, the running statistics.
 */
void xception_declare(struct parameters *parameters, const char *prefix, const struct xception_shape *shape,
                      struct xception *xception);
void xception_declare_running(struct parameters *parameters, const char *prefix, struct xception *xception);

/* x [batch·time·frequency x 3]; `image` is the input's shape and becomes the result's, [batch·time·frequency x
 * widths[4]]. An image of less than 35 in one direction fails the tape. Normalises by the running statistics even in
 * training. */
struct tensor *xception_apply(struct tape *tape, const struct xception *xception, struct tensor *x,
                              struct image *image);

/* Sets the parameters, which were created on `compute`. The shortcuts' layers are "conv2d", "conv2d_1", ..., or
 * numbered from 1, as in files of Keras 2. A file that does not fit is STATUS_BAD_DATA with the reason, and leaves them
 * half set. */
enum status xception_load(const struct xception *xception, struct compute *compute, const struct safetensors *file,
                          struct error *error);

#endif
