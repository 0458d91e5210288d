#ifndef SLEEVE_ATTRIBUTES_QUALITY_H
#define SLEEVE_ATTRIBUTES_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/* How good predictions of an attribute are, and how much better than those of a baseline for the same tracks. */

/* The threshold with the largest F1 = 2 PR / (P + R), where a score at or above it is positive: midway between two
 * scores, so that scores near one of them stay on their side; of equally good ones the highest. Scores are finite, n >=
 * 1, and one at least is positive. *f1 is its F1. */
enum status quality_threshold(const double *scores, const bool *positive, int64_t n, double *threshold, double *f1,
                              struct error *error);

enum quality_metric {
    QUALITY_PRECISION, /* of classes: true positives / predicted positives */
    QUALITY_RECALL,    /* true positives / positives */
    QUALITY_F1,
    QUALITY_AUC,    /* the area under the ROC curve; ties count half */
    QUALITY_WITHIN, /* of amounts: the share with an error below `within` */
    QUALITY_RMSE,
    QUALITY_R2, /* 1 - squared error / squared deviation from the mean of the same tracks */
    QUALITY_METRICS,
};
extern const char *const quality_names[QUALITY_METRICS]; /* "precision", "recall", ..., as in JSON */

struct quality_data {
    int64_t n;
    const double *truth;    /* [n] of amounts; of classes 0 or 1 */
    const double *sides[2]; /* [n] predictions: the network's, the baseline's; of classes at or above 0: positive */
    const int32_t *groups;  /* [n] from 0 to n_groups - 1: items that are drawn together (the tracks of an artist) */
    int32_t n_groups;
    bool amounts;
    double within;
};

struct quality_estimate {
    double value, low, high; /* the interval holds 95 %; NAN: undefined */
};
struct quality {
    int64_t n, positives; /* of classes */
    struct quality_estimate sides[2][QUALITY_METRICS];
    struct quality_estimate difference[QUALITY_METRICS]; /* the first side less the second, paired */
};

enum { QUALITY_RESAMPLES = 1000 };
/* Intervals by the bootstrap over groups (percentiles of QUALITY_RESAMPLES samples), the same samples for both sides.
 * They are a function of the data and `seed`. Metrics of the other type are NAN. */
enum status quality_measure(const struct quality_data *data, uint64_t seed, struct quality *quality,
                            struct error *error);

#endif
