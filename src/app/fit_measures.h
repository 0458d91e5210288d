#ifndef SLEEVE_APP_FIT_MEASURES_H
#define SLEEVE_APP_FIT_MEASURES_H

#include "eval/retrieval.h"
#include "features/feature_set.h"

/* What a fit of predicted vectors found (app/feature_fit.h, app/content.h): how well those of held-out items are
 * predicted. */

struct feature_fit_result {
    enum feature_item item;
    int64_t n_rows; /* items with a row in the new set */
    int64_t n_known, n_training, n_validation, n_held_out;
    int64_t
        n_measured; /* held-out items that are compared with each other: all, or a random FIT_MEASURED_MAX of them */
    int in, out;    /* widths of features and vectors */
    double lambda;  /* ridge */
    bool lambda_at_end;         /* the best λ is the largest or smallest that was tried */
    int64_t epochs, best_epoch; /* network */
    double validation_r2;       /* NAN: nothing was chosen */
    /* Of the held-out items, in standardised columns: the mean squared error, that of predicting the mean of the
     * training items, and R² with its interval by the bootstrap over items. */
    double loss, loss_of_mean, r2, r2_low, r2_high;
    struct retrieval retrieval;
};
enum { FIT_MEASURED_MAX = 10000 };

struct fit_pairs {
    int64_t n, out;
    const float *predicted, *truth; /* [n x out] */
};
/* loss, loss_of_mean and r2 of a result, of vectors in standardised columns. */
enum status fit_measure_loss(const struct fit_pairs *pairs, struct feature_fit_result *result, struct error *error);
/* The retrieval of a result, of the model's vectors: of all items, or of a random FIT_MEASURED_MAX of them. */
enum status fit_measure_retrieval(const struct fit_pairs *pairs, uint64_t seed, struct progress *progress,
                                  struct feature_fit_result *result, struct error *error);
/* Appends the figures that are stored beside what was fitted. */
void fit_measures_json(const struct feature_fit_result *result, struct buffer *text);

#endif
