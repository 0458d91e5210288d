#ifndef SLEEVE_EVAL_AUC_H
#define SLEEVE_EVAL_AUC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/* The area under the receiver operating characteristic: the probability that a random positive item has a higher score
 * than a random negative one, ties counted half. 0.5 is chance. */
struct auc {
    size_t positives, negatives;
    double value; /* NAN without a positive or without a negative item */
    /* The 95 % interval from DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988), value +- 1.96 standard errors,
     * limited to 0..1. NAN with fewer than two items of a kind, or where the variance is 0, because a sample that is
     * separated perfectly says nothing about its spread. */
    double low, high;
};
/* In O(n log n) by mid-ranks (Sun and Xu 2014). Scores are finite. */
enum status auc_compute(const double *scores, const bool *positive, size_t n, struct auc *auc, struct error *error);

#endif
