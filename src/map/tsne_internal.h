#ifndef SLEEVE_MAP_TSNE_INTERNAL_H
#define SLEEVE_MAP_TSNE_INTERNAL_H

#include "map/tsne.h"

/* Shared by tsne.c and tsne_prepare.c. */

#define TSNE_SPREAD 1e-4 /* initial standard deviation of the first component */

struct tsne {
    struct compute *compute;
    struct tsne_settings settings;
    int64_t n;
    int64_t neighbours; /* of each point in P; 0: all pairs, the exact method */
    float early_rate, late_rate;
    int exaggerated; /* iterations with early exaggeration */
    int iteration;
    size_t state_bytes; /* of y, velocity and gains */
    struct compute_buffer *p, *y, *velocity, *gains;
    struct compute_buffer *y_spare, *velocity_spare, *gains_spare; /* modified by a step that only measures the
                                                                    * divergence */
    struct compute_buffer *kl, *scratch;
    float *host; /* [n x 2] */
};

static inline struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){.buffer = buffer};
}

/* Everything that needs X: affinities and initial points. */
enum status tsne_prepare(struct tsne *tsne, int64_t d, const float *x, struct error *error);

#endif
