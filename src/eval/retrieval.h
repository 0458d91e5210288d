#ifndef SLEEVE_EVAL_RETRIEVAL_H
#define SLEEVE_EVAL_RETRIEVAL_H

#include <stdint.h>

#include "core/progress.h"
#include "core/status.h"
#include "eval/metrics.h"

/* How well predicted vectors find the true ones of the same n items: the rank of an item's true vector among those of
 * all n by cosine with its predicted one, and the overlap of nearest neighbours as in the thesis of Pohl (section 5.6):
 * for each item, the share of its k nearest items by predicted vectors that are also among its k nearest by true
 * vectors, once by cosine and once by dot product. */

enum { RETRIEVAL_DEPTHS = 4 };
extern const int64_t retrieval_depths[RETRIEVAL_DEPTHS]; /* 10, 50, 100, 500 */

struct retrieval {
    int64_t n;
    /* From 1. An item that ties with others has the middle of their ranks. */
    double median_rank, median_low, median_high; /* and the 95 % interval of the median by order statistics */
    double median_chance;
    struct interval reciprocal_rank; /* mean of 1 / rank */
    double reciprocal_chance;
    /* For the depths below n; others are NAN. */
    struct interval recall[RETRIEVAL_DEPTHS];                        /* share of items of rank k or better */
    double recall_chance[RETRIEVAL_DEPTHS];                          /* k / n */
    struct interval cosine[RETRIEVAL_DEPTHS], dot[RETRIEVAL_DEPTHS]; /* overlap */
    double overlap_chance[RETRIEVAL_DEPTHS];                         /* k / (n - 1) */
};

/* predicted and true_vectors [n x d]; n >= 2. A vector of zeros has cosine 0 with all. Takes time n² d. */
enum status retrieval_measure(const float *predicted, const float *true_vectors, int64_t n, int64_t d,
                              struct progress *progress, struct retrieval *retrieval, struct error *error);

#endif
