#ifndef SLEEVE_FITNESS_FIT_H
#define SLEEVE_FITNESS_FIT_H

#include "core/progress.h"
#include "fitness/shape.h"
#include "fitness/split.h"
#include "gpu/compute.h"

/* Trains a network of fitness/shape.h (nn/trainer.h), and applies it. */

enum fitness_loss {
    FITNESS_SOFTMAX, /* cross-entropy of one playlist at a time, as published */
    FITNESS_BINARY,  /* binary cross-entropy of every playlist: a song is on any number of them */
};

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

struct fitness_fit_settings {
    struct fitness_shape shape;
    enum fitness_loss loss;
    bool balanced; /* a step draws playlists equally often, then a song of each; otherwise each song once an epoch */
    float learning_rate, weight_decay, dropout;
    bool cosine; /* the learning rate falls to 0 as a cosine; otherwise constant */
    int64_t batch, epochs;
    int64_t patience; /* 0: trains all epochs */
    bool keep_last;   /* the last weights instead of those with the best validation */
    uint64_t seed;
    const char *checkpoint; /* path */
    const char *identity;   /* all that must be equal for a training to be resumed */
    bool resume;
};

struct fitness_epoch {
    float training, validation; /* top-1: while it was trained, and after the epoch; NAN: not known */
};

struct fitness_fitted {
    float *weights; /* [n_values] in the order of the parameters */
    size_t n_weights;
    struct fitness_epoch *curve; /* [epochs] */
    int64_t epochs, best_epoch;
    char report[256]; /* messages; "": none */
};
void fitness_fitted_free(struct fitness_fitted *fitted);

/* Trains. The best weights are those with the highest mean of 1 / rank of the right playlist over the validation songs.
 * Removes the checkpoint at the end. After a failure there is nothing to free. */
enum status fitness_fit(struct compute *compute, const struct fitness_data *data,
                        const struct fitness_fit_settings *settings, struct progress *progress,
                        struct fitness_fitted *fitted, struct error *error);

/* A trained network on a device. */
struct fitness_open;
enum status fitness_open(struct compute *compute, const struct fitness_shape *shape, const float *weights,
                         struct fitness_open **open, struct error *error);
void fitness_open_close(struct fitness_open *open); /* NULL is ignored */
/* Logits [n x n_classes] of inputs [n x input size], in pieces that fit into memory. */
enum status fitness_open_run(struct fitness_open *open, const float *x, int64_t n, float *logits, struct error *error);

#endif
