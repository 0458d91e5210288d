#ifndef SLEEVE_FEATURES_KMEANS_H
#define SLEEVE_FEATURES_KMEANS_H

#include "core/progress.h"
#include "gpu/compute.h"

/* Mini-batch k-means (Sculley 2010, Web-scale k-means clustering, algorithm 1): a centre is the running mean of the
 * rows that batches assigned to it. Started by k-means++ (Arthur and Vassilvitskii 2007) on a sample of the rows, with
 * a few candidates for each centre, of which the one that lowers the sum of squared distances most is taken. Everything
 * random follows from the seed; results do not depend on the number of threads. */

/* The rows to cluster: in memory, or read when they are needed. */
struct kmeans_rows {
    int64_t n, d;
    const float *x; /* [n x d]; NULL: `read` provides rows[0..count) */
    enum status (*read)(void *context, int64_t count, const int64_t *rows, float *x, struct error *error);
    void *context;
};

struct kmeans_settings {
    int64_t k;
    int64_t batch;      /* rows per batch; 0: 1024 */
    int64_t sample;     /* rows for k-means++; 0: three batches, at least 3 k */
    int64_t candidates; /* of k-means++ for each centre; 0: 2 + ln k */
    int64_t batches;    /* at most */
    double tolerance;   /* stops when the mean distance that centres moved was below this ... */
    int64_t patience;   /* ... for so many batches in turn; 0: never */
    uint64_t seed;
};

struct kmeans_result {
    int64_t batches;
    bool settled; /* stopped by the tolerance */
};

/* centres [k x d], counts [k]: rows that batches assigned to each. Fails if there are fewer rows than k. */
enum status kmeans_fit(struct compute *compute, const struct kmeans_rows *rows, const struct kmeans_settings *settings,
                       float *centres, int64_t *counts, struct progress *progress, struct kmeans_result *result,
                       struct error *error);

/* The nearest of k centres for each row of X [n x d]: ids [n], ties to the lower one. *inertia, if not NULL, receives
 * the sum of squared distances. */
enum status kmeans_assign(struct compute *compute, int64_t n, int64_t d, const float *x, int64_t k,
                          const float *centres, int32_t *ids, double *inertia, struct error *error);

#endif
