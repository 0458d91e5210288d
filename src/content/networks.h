#ifndef SLEEVE_CONTENT_NETWORKS_H
#define SLEEVE_CONTENT_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tagger_shape;
struct xception_shape;

/* The networks from sound to a model's vectors (Pohl, master's thesis, chapters 5 and 6), one row of a table each.
 *
 * Bands are those of a mel spectrogram in dB with 256 frames to a patch of 6 seconds. Numbers of trained parameters
 * with 200 factors are those of the thesis for the bag of tones and for the convolutional networks on one patch that
 * the tests name. The thesis does not say how many layers its "more conv layers" has, how its 1-D networks pool, or how
 * its networks on 18 and 60 seconds do; those are ours. */

enum sound_kind {
    SOUND_BAG,  /* a histogram of tones (content/tones.h), then dense layers */
    SOUND_CNN,  /* convolutions with pooling, then dense layers */
    SOUND_LSTM, /* two layers of LSTM, all their states, then dense layers */
    /* Transfer: a network that was trained for something else, then dense layers. */
    SOUND_TAGGER,    /* audionet/tagger.h, applied to each patch alone */
    SOUND_XCEPTION,  /* audionet/xception.h, then convolutions */
    SOUND_EMBEDDING, /* the network "cnn" trained with triplets, then dense layers over the mean of its outputs */
};

/* Along which axes convolutions slide. In the other one they see everything. */
enum sound_axes { SOUND_BOTH, SOUND_TIME, SOUND_FREQUENCY };

enum { SOUND_CONVOLUTIONS_MAX = 6, SOUND_FILTERS = 64, SOUND_STATES_1 = 64, SOUND_STATES_2 = 128 };

/* A maximum over so many frames and bands; {0}: none. */
struct sound_pool {
    int64_t time, frequency;
};

struct sound_spec {
    const char *name, *about;
    enum sound_kind kind;
    const char *preset; /* of spectrograms (features/audio/spectrogram.h) */
    enum sound_axes axes;
    int n_convolutions;                              /* of SOUND_FILTERS filters, 3 x 3 or 3 */
    struct sound_pool pools[SOUND_CONVOLUTIONS_MAX]; /* behind each convolution */
    bool norm;                                       /* batch normalisation behind each convolution */
    int n_dense;
    int64_t dense;                         /* width of each hidden dense layer */
    const struct tagger_shape *tagger;     /* SOUND_TAGGER */
    const struct xception_shape *xception; /* SOUND_XCEPTION */
    bool adapted;                          /* transfer: the other network is trained, too, at a rate of its own */
    int64_t embedding;                     /* SOUND_EMBEDDING: its width */
    bool raw;                              /* inputs are not standardised: the other network was trained so */
};
/* Whether a network has parameters that were learned for something else. */
bool sound_is_transfer(const struct sound_spec *spec);

/* The table; NULL: there is no such network. */
const struct sound_spec *sound_spec_at(size_t i);
const struct sound_spec *sound_spec_find(const char *name);

/* The patches of an input of 6, 18 or 60 seconds; 0: another number. */
int64_t sound_patches_of(const struct sound_spec *spec, int64_t seconds);

/* A network with its sizes. */
struct sound_shape {
    const struct sound_spec *spec;
    int64_t patches;       /* of an input; 0 for vectors */
    int64_t frames, bands; /* of a patch */
    int64_t in;            /* numbers of a vector: tones, or the width of an embedding */
    int64_t out;           /* factors */
    bool random_out;       /* the last layer starts as the others, not at 0 */
};
/* The shape that the thesis has for a network, with `out` factors and, for the bag of tones, `tones`. */
struct sound_shape sound_shape_of(const struct sound_spec *spec, int64_t patches, int64_t tones, int64_t out);
/* Of SOUND_EMBEDDING: the network that embeds. */
struct sound_shape sound_embedding_of(const struct sound_spec *spec, int64_t patches);
/* How many numbers are trained, with those of an adapted network; -1: out of memory. */
int64_t sound_parameters(const struct sound_shape *shape);
/* Numbers of an input. */
int64_t sound_input_size(const struct sound_shape *shape);

#endif
