#ifndef SLEEVE_CONTENT_SOUND_NETWORK_H
#define SLEEVE_CONTENT_SOUND_NETWORK_H

#include "content/networks.h"
#include "nn/image_layers.h"

/* The networks of content/networks.h on a tape. Activations are ELU (Clevert, Unterthiner and Hochreiter 2016); weights
 * start as He et al. 2015 propose, those of the last layer at 0, and those of LSTM as in PyTorch. */

enum { SOUND_DENSE_MAX = 3 };

struct sound_network {
    struct sound_shape shape;
    struct parameters parameters;
    struct filters filters[SOUND_CONVOLUTIONS_MAX];
    struct channel_norm norms[SOUND_CONVOLUTIONS_MAX];
    struct recurrent lstm[2];
    struct linear dense[SOUND_DENSE_MAX], out;
};

/* Declares the parameters of a zeroed network; then call parameters_create. Must not be moved. */
void sound_network_declare(struct sound_network *network, const struct sound_shape *shape);

/* Vectors [n x out] of inputs [n x input size]: frames x bands, or for SOUND_FREQUENCY bands x frames. `training`:
 * normalises by the batch. An input that is too small for the pools fails the tape. */
struct tensor *sound_network_apply(struct tape *tape, const struct sound_network *network, struct tensor *x, int64_t n,
                                   bool training);

#endif
