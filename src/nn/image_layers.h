#ifndef SLEEVE_NN_IMAGE_LAYERS_H
#define SLEEVE_NN_IMAGE_LAYERS_H

#include "nn/images.h"
#include "nn/layers.h"

/* Layers with parameters for images. */

/* How a layer's weights start; its biases start at 0. */
enum initialiser {
    INITIALISER_HE_NORMAL,      /* normal, variance 2 / fan_in (He et al. 2015) */
    INITIALISER_GLOROT_UNIFORM, /* uniform, ± sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010); Keras' default */
    INITIALISER_ZERO,
};

struct linear linear_declare_as(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                int64_t out, enum initialiser initialiser);

/* A convolution: NAME.weight [time·frequency·in x out], NAME.bias. */
struct filters {
    struct tensor *weight, *bias;
    struct window window;
};
struct filters filters_declare(struct parameters *parameters, const char *prefix, const char *name,
                               const struct window *window, int64_t in, int64_t out, enum initialiser initialiser);
struct tensor *filters_apply(struct tape *tape, const struct filters *filters, enum activation f, struct tensor *x,
                             struct image *image);

/* Batch normalisation over channels: NAME.gain, NAME.bias, and NAME.running [2 x width] (means, variances). */
struct channel_norm {
    struct norm norm;
    struct tensor *running;
    float epsilon, pace;
};
struct channel_norm channel_norm_declare(struct parameters *parameters, const char *prefix, const char *name,
                                         int64_t width, float epsilon, float pace);
/* Declare running statistics after all trained parameters. */
void channel_norm_declare_running(struct parameters *parameters, const char *prefix, const char *name,
                                  struct channel_norm *norm);
/* `training`: normalises by the batch and updates the running statistics. */
struct tensor *channel_norm_apply(struct tape *tape, const struct channel_norm *norm, struct tensor *x,
                                  const struct image *image, bool training);

#endif
