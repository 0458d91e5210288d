#ifndef SLEEVE_NN_DENSE_H
#define SLEEVE_NN_DENSE_H

#include "core/progress.h"
#include "nn/layers.h"
#include "nn/optimiser.h"

/* Fully-connected networks with ReLU after each hidden layer: rows [n x in] to rows [n x out]. */

enum { DENSE_HIDDEN_MAX = 8 };

struct dense_shape {
    int64_t in, out;
    int n_hidden; /* at least 1 */
    int64_t hidden[DENSE_HIDDEN_MAX];
};

struct dense {
    int n_hidden;
    struct linear hidden[DENSE_HIDDEN_MAX], last;
};
/* The hidden layers start as He et al. 2015 propose. */
void dense_declare(struct parameters *parameters, const struct dense_shape *shape, struct dense *dense);
/* Dropout is that of the hidden layers. */
struct tensor *dense_apply(struct tape *tape, const struct dense *dense, struct tensor *x, struct dropout dropout);

/* How many weights a network has, biases included; -1: too many. */
int64_t dense_size(const struct dense_shape *shape);
/* The weights of a network's parameters, each layer's matrix and then its biases: weights [dense_size]. */
enum status dense_read_weights(const struct parameters *parameters, float *weights, struct error *error);
/* out [n x shape->out] of x [n x shape->in] with weights [dense_size], as dense_fit gives them. */
enum status dense_predict(struct compute *compute, const struct dense_shape *shape, const float *weights, int64_t n,
                          const float *x, float *out, struct error *error);

/* ---- training ---- */

enum dense_loss {
    DENSE_SQUARED_ERROR, /* mean squared error */
    DENSE_CROSS_ENTROPY, /* of σ(output) and targets from 0 to 1, each output for itself */
};

struct dense_data {
    int64_t n, in, out;
    const float *x;                       /* [n x in] inputs of all items */
    const float *y;                       /* [n x out] targets; only those of training and validation items are read */
    const int32_t *training, *validation; /* items, ascending; the validation items choose the epoch */
    int64_t n_training, n_validation;
};

/* How good predictions [n x out] are for some items; 1 is perfect.
 * Squared error: R² = 1 - (squared error) / (squared deviation of the targets from 0, which is to be the training
 * items' mean). Cross-entropy: 1 - (cross-entropy) / (that of each output's mean over the items). Predictions of a
 * network trained with the cross-entropy are what comes before σ. */
double dense_score(enum dense_loss loss, const struct dense_data *data, const float *predicted, const int32_t *items,
                   int64_t n_items);

struct dense_settings {
    int n_hidden;
    int64_t hidden[DENSE_HIDDEN_MAX];
    enum dense_loss loss;
    enum optimiser_kind optimiser;
    float dropout; /* of the hidden layers */
    float learning_rate, weight_decay;
    float rate_decay; /* the rate is multiplied by it after each epoch; 0: it falls to 0 along a cosine */
    int64_t batch, epochs;
    int64_t patience; /* epochs without a better score on the validation items after which training stops */
    uint64_t seed;
    const char *identity;   /* what a checkpoint must match: data and settings */
    const char *checkpoint; /* its file; the best weights are beside it */
    bool resume;
    bool keep_checkpoint; /* a finished training can be resumed, until dense_checkpoint_remove */
};
struct dense_result {
    int64_t epochs, best_epoch, steps; /* taken in all epochs */
    double validation_score;           /* of the best epoch, whose weights are used */
};
/* Trains, and predicts all items [n x out]. `weights` [dense_size] may be NULL. An interruption writes the
 * checkpoint and is STATUS_INTERRUPTED; with `resume` the training continues to the same result. */
enum status dense_fit(struct compute *compute, const struct dense_data *data, const struct dense_settings *settings,
                      float *predicted, float *weights, struct progress *progress, struct dense_result *result,
                      struct error *error);
/* Removes a checkpoint and the best weights beside it. */
void dense_checkpoint_remove(const char *checkpoint);

#endif
