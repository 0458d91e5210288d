#ifndef SLEEVE_FITNESS_SHAPE_H
#define SLEEVE_FITNESS_SHAPE_H

#include <stdint.h>

/* Networks from a song to a score (logit) for each playlist. */

enum fitness_kind {
    /* The network of Stern 2022 over a mel spectrogram: four times a convolution 3 x 3 with stride 1 and padding 2,
     * ReLU, max pooling 2 x 2; flattened; linear. Initial values are PyTorch's. */
    FITNESS_CNN,
    /* Over a vector that describes the song: `members` networks of one hidden layer (or none), whose logits are
     * averaged. */
    FITNESS_HEAD,
};

enum { FITNESS_LAYERS = 4, FITNESS_MEMBERS_MAX = 64, FITNESS_CLASSES_MAX = 2000 };

struct fitness_shape {
    enum fitness_kind kind;
    int32_t n_classes;
    int64_t frames, bands, channels; /* FITNESS_CNN */
    int64_t width, hidden, members;  /* FITNESS_HEAD; hidden 0: linear */
};
/* Numbers of an input: frames x bands, or width. */
int64_t fitness_input_size(const struct fitness_shape *shape);
/* Columns of the CNN's linear layer; 0 where the spectrogram is too small for it. */
int64_t fitness_flat_size(const struct fitness_shape *shape);
/* How many numbers are trained. */
int64_t fitness_parameters(const struct fitness_shape *shape);

#endif
