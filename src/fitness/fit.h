#ifndef SLEEVE_FITNESS_FIT_H
#define SLEEVE_FITNESS_FIT_H

#include "core/progress.h"
#include "fitness/data.h"
#include "fitness/shape.h"
#include "gpu/compute.h"

/* Trains a network of fitness/shape.h (nn/trainer.h). */

enum fitness_loss {
    FITNESS_SOFTMAX, /* cross-entropy of one playlist at a time, as published */
    FITNESS_BINARY,  /* binary cross-entropy of every playlist: a song is on any number of them */
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

/* Trains. Without validation songs keep_last must be set. The best weights are those with the highest mean of 1 / rank
 * of the right playlist over the validation songs. Removes the checkpoint at the end. After a failure there is nothing
 * to free. */
enum status fitness_fit(struct compute *compute, const struct fitness_data *data,
                        const struct fitness_fit_settings *settings, struct progress *progress,
                        struct fitness_fitted *fitted, struct error *error);

#endif
