#ifndef SLEEVE_CONTENT_SOUND_NETWORK_H
#define SLEEVE_CONTENT_SOUND_NETWORK_H

#include "audionet/tagger.h"
#include "audionet/xception.h"
#include "content/networks.h"
#include "nn/image_layers.h"

/* The networks of content/networks.h on a tape. Activations are ELU (Clevert, Unterthiner and Hochreiter 2016); weights
 * start as He et al. 2015 propose, those of the last layer at 0, and those of LSTM as in PyTorch. */

enum { SOUND_DENSE_MAX = 3 };

struct sound_network {
    struct sound_shape shape;
    struct parameters parameters;
    struct parameters pretrained; /* of a transfer: those of the other network */
    struct tagger tagger;
    struct xception xception;
    struct filters filters[SOUND_CONVOLUTIONS_MAX];
    struct channel_norm norms[SOUND_CONVOLUTIONS_MAX];
    struct recurrent lstm[2];
    struct linear dense[SOUND_DENSE_MAX], out;
};

/* Declares the parameters of a zeroed network. Must not be moved. */
void sound_network_declare(struct sound_network *network, const struct sound_shape *shape);
/* Creates them. Those of another network that is not adapted get no gradients. */
enum status sound_network_create(struct sound_network *network, struct compute *compute, bool training,
                                 struct random *random, struct error *error);
void sound_network_destroy(struct sound_network *network);
/* Sets those of the other network from a file of published weights (audionet/tagger.h, audionet/xception.h). */
enum status sound_network_load(struct sound_network *network, struct compute *compute, const char *path,
                               struct error *error);

/* Vectors [n x out] of inputs [n x input size]: frames x bands, or for SOUND_FREQUENCY bands x frames. `training`: the
 * network's own norms normalise by the batch, those of a transferred network never do. An input that is too small for
 * the pools fails the tape. */
struct tensor *sound_network_apply(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n,
                                   bool training);
/* Inputs that are computed together, so that the layer with the most numbers has at most 64 MB, at least one. */
int64_t sound_piece_rows(const struct sound_shape *shape);
/* What the first `layers` convolutions of a SOUND_CNN give of inputs: [n·time·frequency x SOUND_FILTERS], with their
 * size in *image. */
struct tensor *sound_network_activations(struct tape *tape, const struct sound_network *network, struct tensor *x,
                                         int64_t n, int layers, struct image *image);

#endif
