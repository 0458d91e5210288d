#ifndef SLEEVE_FITNESS_REGRESSION_H
#define SLEEVE_FITNESS_REGRESSION_H

#include "core/progress.h"
#include "fitness/split.h"
#include "gpu/compute.h"

/* Multinomial logistic regression, the baseline: the minimum of
 *     sum over the training pairs of the cross-entropy + λ/2 |W|²
 * without a penalty on the intercepts, as scikit-learn's LogisticRegression with C = 1 / λ, by Nesterov's method with
 * restarts (O'Donoghue and Candès 2015). */

struct regression_data {
    int64_t n, in;
    int32_t out;
    const float *x;                   /* [n x in] standardised inputs of songs */
    const struct fitness_pair *pairs; /* [n_pairs] */
    int64_t n_pairs;
    const int8_t *parts; /* [n] */
};

struct regression_result {
    double lambda;     /* of 1, 3, 10, ..., 10000: the least cross-entropy on the validation pairs */
    double gradient;   /* the largest absolute value of the objective's gradient at the end */
    double validation; /* mean cross-entropy */
};
/* lambda 0: chosen. Writes the scores of all songs, scores [n x out]. */
enum status fitness_regression(struct compute *compute, const struct regression_data *data, double lambda,
                               float *scores, struct progress *progress, struct regression_result *result,
                               struct error *error);

#endif
