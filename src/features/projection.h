#ifndef SLEEVE_FEATURES_PROJECTION_H
#define SLEEVE_FEATURES_PROJECTION_H

#include "core/progress.h"
#include "gpu/compute.h"
#include "nn/dense.h"

/* A projection maps the rows of a feature set to a model's vectors, as van den Oord, Dieleman and Schrauwen (2013,
 * "Deep content-based music recommendation") map audio to the factors of a weighted matrix factorisation. It is fitted
 * to items whose vectors are known. Inputs and targets are standardised: each column has mean 0 and variance 1 over the
 * training items. */

/* What was learned, to predict other items later: of ridge regression W [out x in], of a network those of dense_fit. */
struct projection_weights {
    float *values; /* [count] malloc'ed */
    size_t count;
};

/* 1 - (squared error) / (squared deviation of the targets from 0, the training items' mean), over `n_items` items;
 * predicted [n x out]. Negative where the prediction is worse than the mean. */
double projection_r2(const struct dense_data *data, const float *predicted, const int32_t *items, int64_t n_items);

/* ---- ridge regression (projection_ridge.c) ---- */

struct ridge_choice {
    double lambda;        /* in units of a column's variance: W = Yᵀ X (Xᵀ X + λ n I)⁻¹ over n items */
    double validation_r2; /* of this λ, fitted to the training items */
    bool at_end;          /* the best λ is the largest or smallest that was tried */
};
/* λ from 1e-3 to 1e3, half a decade apart, chosen by R² on the validation items unless `lambda` > 0 is given. Then fits
 * to training and validation items, and predicts all items [n x out]. A λ for which float32 has no Cholesky factor is
 * left out. */
enum status ridge_fit(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                      struct progress *progress, struct ridge_choice *choice, struct error *error);

/* The same, and gives the weights. */
enum status ridge_fit_weights(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                              struct projection_weights *weights, struct progress *progress,
                              struct ridge_choice *choice, struct error *error);
/* Predicts all items [n x out]; STATUS_BAD_DATA if the weights are not [out x in]. */
enum status ridge_predict(struct compute *compute, const struct dense_data *data,
                          const struct projection_weights *weights, float *predicted, struct error *error);

/* ---- a network (projection_network.c) ---- */

struct projection_network_settings {
    int64_t layers, hidden;            /* 1 or 2 hidden layers with ReLU */
    float dropout;                     /* of the hidden layers */
    float learning_rate, weight_decay; /* of Adam; the rate falls to 0 along a cosine */
    int64_t batch, epochs;
    int64_t patience; /* epochs without a better R² on the validation items after which training stops */
    uint64_t seed;
    const char *identity;   /* what a checkpoint must match: data and settings */
    const char *checkpoint; /* its file; the best weights are beside it */
    bool resume;
    bool keep_checkpoint;               /* also of a finished training, until projection_checkpoint_remove */
    struct projection_weights *weights; /* receives them; NULL: nothing does */
};
struct projection_network_result {
    int64_t epochs, best_epoch;
    double validation_r2; /* of the best epoch, whose weights are used */
};
/* Minimises the mean squared error over the training items, and predicts all items [n x out]. An interruption writes
 * the checkpoint and is STATUS_INTERRUPTED; with `resume` the training continues to the same result. */
enum status projection_network_fit(struct compute *compute, const struct dense_data *data,
                                   const struct projection_network_settings *settings, float *predicted,
                                   struct progress *progress, struct projection_network_result *result,
                                   struct error *error);
void projection_checkpoint_remove(const char *checkpoint);
/* Predicts all items [n x out] with weights that were learned with the same `layers` and `hidden`. */
enum status projection_network_predict(struct compute *compute, const struct dense_data *data,
                                       const struct projection_network_settings *settings,
                                       const struct projection_weights *weights, float *predicted, struct error *error);

#endif
