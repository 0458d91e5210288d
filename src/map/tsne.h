#ifndef SLEEVE_MAP_TSNE_H
#define SLEEVE_MAP_TSNE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/progress.h"
#include "core/status.h"
#include "gpu/compute.h"

/* t-SNE (van der Maaten and Hinton 2008) with scikit-learn's settings, one step at a time so that progress can be
 * shown. All iterations run: there is no early stopping. The same input gives the same map on the same instruction set,
 * whatever the number of threads.
 *
 * The exact method compares all pairs of points at every step. The approximate one (tsne_knn_step in gpu/ops/tsne.h)
 * keeps the 3 perplexity + 1 nearest neighbours of each point in P, like scikit-learn's Barnes-Hut method, and sums the
 * repulsion on a mesh.
 *
 * Maps of TSNE_LARGE_POINTS and more find the neighbours in cells (map/neighbours.h), descend with the learning rate
 * n / exaggeration of openTSNE (Belkina et al. 2019), and start from a map of a sample (map/tsne_start.h). */
enum {
    TSNE_APPROXIMATE_POINTS = 32, /* with fewer points, the mesh's error is as large as their repulsion */
    /* The approximate method is faster from 2,700 points on, but its sparse P is visible in maps without clear groups:
     * up to this size the exact one is used, which takes two seconds. */
    TSNE_EXACT_POINTS = 5000,
    TSNE_EXACT_POINTS_MAX = 40000, /* 6.4 GB of distances during initialisation, 1.6 GB of probabilities after */
    TSNE_LARGE_POINTS = 60000,
    TSNE_SAMPLE = 25000, /* points of the sample, or a twentieth of more than 500,000 */
    TSNE_NO_SAMPLE = -1,
    TSNE_POINTS_MAX = 1000000, /* of the approximate method: 5 GB during initialisation at perplexity 30 */
};

enum tsne_method { TSNE_AUTO, TSNE_EXACT, TSNE_APPROXIMATE };

struct tsne_settings {
    float perplexity;          /* 30; at least 1; lowered to (n - 1) / 3, but not below 1, when n is small */
    int iterations;            /* 1000 */
    int exaggerated;           /* 250 iterations with exaggeration 12, momentum 0.5; then 1 and 0.8 */
    float exaggeration;        /* 12 */
    float late_exaggeration;   /* 1: after these; more draws groups together (Linderman et al. 2019) */
    float learning_rate;       /* 0: max(n / 12 / 4, 50) */
    bool fast;                 /* after the early exaggeration n / 4 instead; large maps always are */
    int64_t sample;            /* points that are mapped first; 0: by the number of points, TSNE_NO_SAMPLE: none. With a
                                * sample, the map itself has no iterations with early exaggeration. */
    uint64_t seed;             /* 42 */
    enum tsne_method method;   /* auto: exact up to TSNE_EXACT_POINTS, if a tenth of the points would be neighbours, and
                                * on a device without the approximate method */
    struct progress *progress; /* of tsne_create, which it can stop (STATUS_INTERRUPTED); NULL: none */
};
struct tsne_settings tsne_defaults(void);

struct tsne;
/* X [n x d] is copied and must be finite (else STATUS_BAD_DATA). Starts from the first two principal components scaled
 * to a standard deviation of 1e-4. `compute` must outlive the map. */
enum status tsne_create(struct compute *compute, int64_t n, int64_t d, const float *x,
                        const struct tsne_settings *settings, struct tsne **tsne, struct error *error);
/* Runs up to `count` more iterations; *done: all have run. */
enum status tsne_run(struct tsne *tsne, int count, bool *done, struct error *error);
int tsne_iteration(const struct tsne *tsne);
/* The perplexity in use, which may be lower than the requested one. */
float tsne_perplexity(const struct tsne *tsne);
/* The number of points that were mapped first; 0: none. */
int64_t tsne_sample(const struct tsne *tsne);
/* Whether all pairs are compared at every step. */
bool tsne_is_exact(const struct tsne *tsne);
/* Copies Y [n x 2]. */
enum status tsne_points(struct tsne *tsne, float *points, struct error *error);
/* The state of the optimisation: points, velocity and gains [3 x n x 2]. A map of the same vectors and settings,
 * possibly on another device, continues from it. */
enum status tsne_save(struct tsne *tsne, float *state, struct error *error);
enum status tsne_restore(struct tsne *tsne, int iteration, const float *state, struct error *error);
/* KL divergence (natural logarithm, without exaggeration) of the method's own P at the current points. */
enum status tsne_kl_divergence(struct tsne *tsne, double *kl, struct error *error);
void tsne_destroy(struct tsne *tsne);

#endif
