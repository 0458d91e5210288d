#ifndef SLEEVE_AUDIONET_AUDIONET_H
#define SLEEVE_AUDIONET_AUDIONET_H

#include "vit/weights.h"

/* Published networks that describe music (scripts/get-musicnn): musicnn (Pons and Serra 2019, musicnn: Pre-trained
 * convolutional neural networks for music audio tagging), whose filters are as high as a timbre and as long as a rhythm
 * (Pons et al. 2018, End-to-end learning for music audio tagging at scale), and vgg, five layers of 3 x 3 filters
 * (Choi et al. 2016). Both see patches of a log-mel spectrogram, [frames x mels] with time in rows, and give an
 * embedding and a probability for each tag. Names, shapes and epsilon are those of TensorFlow's layers. */

enum audionet_family { AUDIONET_MUSICNN, AUDIONET_VGG, AUDIONET_FAMILIES };
const char *audionet_family_name(enum audionet_family family); /* "musicnn", "vgg" */

enum {
    AUDIONET_MELS_MAX = 256,
    AUDIONET_FRAMES_MAX = 4096,
    AUDIONET_FILTERS_MAX = 2048,
    AUDIONET_KERNEL_MAX = 256,      /* frames that a filter sees */
    AUDIONET_WEIGHTS_MAX = 1 << 20, /* numbers of a bank of filters */
    AUDIONET_PATCH_MAX = 1 << 25,   /* numbers of a layer's results for a patch */
    AUDIONET_TAGS_MAX = 1024,
};

/* Those of the published networks, which the file's metadata "frames" and "mels" may change. */
enum { AUDIONET_FRAMES = 187, AUDIONET_MELS = 96 };

struct audionet_shape {
    enum audionet_family family;
    int64_t frames, mels; /* of a patch */
    int64_t width;        /* numbers of the embedding: musicnn's dense layer, vgg's last pool */
    int64_t tags;
    struct tensor_sizes sizes; /* of the tensors, by letter (audionet_rules.h) */
};

/* Reads the shape. A file of another network is STATUS_BAD_DATA with the reason. */
enum status audionet_shape_read(struct weights *weights, struct audionet_shape *shape, struct error *error);
/* Whether the file has the tensors by which these networks are recognised. */
bool audionet_is_recognised(const struct weights *weights);

struct audionet;

/* `path` and `compute` must outlive the network. On failure *net is NULL. */
enum status audionet_open(const char *path, struct compute *compute, struct audionet **net, struct error *error);
void audionet_close(struct audionet *net); /* NULL is ignored */
const struct audionet_shape *audionet_shape_of(const struct audionet *net);
const struct weights *audionet_weights(const struct audionet *net);
/* The name of tag i, in the order of the outputs; "tag 7" if the file has no names. */
const char *audionet_tag(const struct audionet *net, int64_t i);
/* Filters whose responses are computed, and all of the file: trained networks have filters that always give the same
 * number, which is then used instead (audionet_constant.h). */
void audionet_filters(const struct audionet *net, int64_t *computed, int64_t *all);

/* Patches that are computed together. */
int64_t audionet_batch(const struct audionet *net);
/* Embeddings [n x width] and probabilities of tags [n x tags] of n patches [n x frames x mels], which hold log10(10000
 * x + 1) of the mel spectrogram's power x (features/musicnn.h). Either result may be NULL. */
enum status audionet_run(struct audionet *net, int64_t n, const float *patches, float *embeddings, float *tags,
                         struct error *error);

#endif
