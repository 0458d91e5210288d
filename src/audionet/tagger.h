#ifndef SLEEVE_AUDIONET_TAGGER_H
#define SLEEVE_AUDIONET_TAGGER_H

#include "core/safetensors.h"
#include "nn/image_layers.h"

/* Taggers of five layers of 3 x 3 filters as trainable networks, for transfer: of music tagging to what else is learnt
 * from sound. `x` is a batch of log-mel spectrograms, the result the last pool, [batch x tagger_width].
 *
 * Frozen: the tagger's parameters are created without training, or its results are computed once (audionet_run for the
 * published vgg). All layers at a low rate: the tagger has `struct parameters` of its own, and so an optimiser of its
 * own, beside those of what is trained on top of it. */

enum { TAGGER_LAYERS_MAX = 8 };

struct tagger_shape {
    const char *name;
    int layers;
    int64_t filters; /* of each layer */
    int64_t frames, mels;
    struct window pools[TAGGER_LAYERS_MAX];
    bool norm_first; /* convolution, norm, ELU; otherwise convolution, ReLU, norm */
};

/* musicnn's vgg (Pons and Serra 2019), of which scripts/get-musicnn gets weights. */
extern const struct tagger_shape tagger_vgg;
/* Like the tagger of Choi et al. 2017, Transfer learning for music classification and regression tasks: 32 filters, 96
 * mel bands by 1,366 frames (29 s at 12 kHz with a hop of 256). */
extern const struct tagger_shape tagger_choi;

struct tagger {
    struct tagger_shape shape;
    struct channel_norm input;
    struct filters filters[TAGGER_LAYERS_MAX];
    struct channel_norm norms[TAGGER_LAYERS_MAX];
};

/* Numbers of the result; 0 if the pools do not fit the patch. */
int64_t tagger_width(const struct tagger_shape *shape);

/* Declares the trained parameters and, once those of all networks in `parameters` are declared, the running statistics.
 */
void tagger_declare(struct parameters *parameters, const char *prefix, const struct tagger_shape *shape,
                    struct tagger *tagger);
void tagger_declare_running(struct parameters *parameters, const char *prefix, struct tagger *tagger);

/* x [batch·frames·mels x 1]. Normalises by the running statistics even in training, so that a patch gives the same
 * whatever else is in the batch, as with the published weights. */
struct tensor *tagger_apply(struct tape *tape, const struct tagger *tagger, int64_t batch, struct tensor *x);

/* Sets the parameters, which were created on `compute`, from float32 tensors with the names of musicnn's vgg
 * ("batch_normalization/gamma", "1CNN/kernel", ...). A file that does not fit is STATUS_BAD_DATA with the reason, and
 * leaves them half set. */
enum status tagger_load(const struct tagger *tagger, struct compute *compute, const struct safetensors *file,
                        struct error *error);

#endif
