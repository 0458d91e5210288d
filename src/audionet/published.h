#ifndef SLEEVE_AUDIONET_PUBLISHED_H
#define SLEEVE_AUDIONET_PUBLISHED_H

#include "core/safetensors.h"
#include "nn/image_layers.h"

/* Internal to audionet: parameters of trainable networks from files of published ones, float32 tensors with the names
 * of TensorFlow and Keras ("LAYER/kernel"). A tensor that is missing or does not fit is STATUS_BAD_DATA with the
 * reason. */

struct published {
    struct compute *compute;
    const struct safetensors *file;
};

enum status published_put(const struct published *published, const char *layer, const char *part, int rank,
                          const int64_t shape[], struct compute_slice to, struct error *error);
/* "LAYER/kernel", and "LAYER/bias" if `bias` is not NULL. */
enum status published_put_filters(const struct published *published, const char *layer, const struct window *window,
                                  const struct tensor *weight, const struct tensor *bias, struct error *error);
/* "LAYER/gamma", "LAYER/beta", "LAYER/moving_mean", "LAYER/moving_variance". */
enum status published_put_norm(const struct published *published, const char *layer, const struct channel_norm *norm,
                               struct error *error);

#endif
