#ifndef SLEEVE_FITNESS_DATA_H
#define SLEEVE_FITNESS_DATA_H

#include "fitness/split.h"

/* What a training learns from. */

/* Where inputs come from. */
struct fitness_inputs {
    /* Writes the input of song `song` to x [input size]. `draw` is 0, or a random number of this use of the song in
     * training, from which augmentation follows. One thread at a time. */
    enum status (*read)(void *context, int64_t song, uint64_t draw, float *x, struct error *error);
    void *context;
};

struct fitness_data {
    int64_t n_songs;
    const struct fitness_pair *pairs; /* [n_pairs] by song; songs without inputs are in none */
    int64_t n_pairs;
    const int8_t *parts; /* [n_songs] enum fitness_part */
    struct fitness_inputs inputs;
};

#endif
