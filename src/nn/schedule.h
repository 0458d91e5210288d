#ifndef SLEEVE_NN_SCHEDULE_H
#define SLEEVE_NN_SCHEDULE_H

#include "gpu/compute.h"

/* Learning-rate schedules. Steps are counted from 0. */

/* A piecewise constant rate, with momentum and weight decay: what lazily updated tables need to apply the steps that
 * they skipped (nn/table.h). From step first[i] on the rate is rates[i]. */
enum { SCHEDULE_MAX = 64 };
struct schedule {
    int64_t first[SCHEDULE_MAX];
    float rates[SCHEDULE_MAX];
    int64_t count;
    float momentum, decay;
};
/* `rate` until step `start + interval`, then halved after every `interval` steps; interval 0: constant. After
 * SCHEDULE_MAX halvings the rate stays constant. */
void schedule_halving(struct schedule *schedule, float rate, int64_t start, int64_t interval, float momentum,
                      float decay);
struct compute_schedule schedule_on_device(const struct schedule *schedule);
float schedule_rate(const struct schedule *schedule, int64_t step);

/* rate · (1 + cos(π step / total)) / 2: from `rate` at step 0 to 0 at step `total` (Loshchilov and Hutter 2017, SGDR,
 * equation 5, without restarts). */
float schedule_cosine(double rate, int64_t step, int64_t total);

/* rate / (1 + decay · step): `decay` of Keras' optimisers. */
float schedule_inverse(double rate, double decay, int64_t step);

/* rate · factor^floor(step / interval): exponential decay in stairs. */
float schedule_stairs(double rate, double factor, int64_t interval, int64_t step);

#endif
