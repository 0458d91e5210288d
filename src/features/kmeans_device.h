#ifndef SLEEVE_FEATURES_KMEANS_DEVICE_H
#define SLEEVE_FEATURES_KMEANS_DEVICE_H

#include "gpu/compute.h"

/* The parts of k-means: the nearest centres of rows, on a device, and the choice of the first centres. */

struct kmeans_device {
    struct compute *compute;
    int64_t k, d, most;                                       /* most: rows at a time */
    struct compute_slice rows, centres, ids, scores, scratch; /* rows and centres have one column more */
    float *wide;                                              /* [max(most, k) x (d + 1)] in host memory */
    float *scores_host;                                       /* [most] */
    double *halves;                                           /* [most] half the squared lengths of rows */
    float *origin;                                            /* [d] subtracted from rows and centres */
};

enum status kmeans_device_open(struct kmeans_device *device, struct compute *compute, int64_t k, int64_t d,
                               int64_t most, struct error *error);
void kmeans_device_close(struct kmeans_device *device);
/* Centres [k x d] for kmeans_device_assign. */
enum status kmeans_device_centres(struct kmeans_device *device, const float *centres, struct error *error);
/* The nearest centre of each row of X [n x d], n at most `most`; adds the squared distances to *inertia unless NULL. */
enum status kmeans_device_assign(struct kmeans_device *device, int64_t n, const float *x, int32_t *ids, double *inertia,
                                 struct error *error);
/* k different rows of X [n x d] as centres, n at least k. */
enum status kmeans_plus_plus(struct pool *pool, int64_t n, int64_t d, const float *x, int64_t k, int64_t candidates,
                             uint64_t seed, float *centres, struct error *error);

#endif
