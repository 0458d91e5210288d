#ifndef SLEEVE_ATTRIBUTES_LOGISTIC_H
#define SLEEVE_ATTRIBUTES_LOGISTIC_H

#include "nn/dense.h"

/* Logistic regression of each target for itself, the baseline of attributes that are classes. It minimises
 *     sum over the items of the cross-entropy + λ/2 |w|²
 * without a penalty on the intercept, which scikit-learn's LogisticRegression does with C = 1 / λ, by L-BFGS (Nocedal
 * 1980) over all targets together. Products are computed on the device, sums in float64. */

struct logistic_choice {
    double lambda;
    double validation_score; /* dense_score of this λ; NAN where it was given */
    bool at_end;             /* the best λ is the largest or smallest that was tried */
};
/* λ from 1e-3 to 1e4, a decade apart, chosen on the validation items unless `lambda` > 0 is given. Fits to the training
 * items alone, and predicts all items [n x out], before σ. */
enum status logistic_fit(struct compute *compute, const struct dense_data *data, double lambda, float *predicted,
                         struct progress *progress, struct logistic_choice *choice, struct error *error);

#endif
