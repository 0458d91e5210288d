#ifndef SLEEVE_NN_SCHEDULE_H
#define SLEEVE_NN_SCHEDULE_H

#include "gpu/compute.h"

/* Learning rates of the steps so far: from each step first[i] on, rates[i]. */
enum { SCHEDULE_MAX = 64 };
struct schedule {
    int64_t first[SCHEDULE_MAX];
    float rates[SCHEDULE_MAX];
    int64_t count;
    float momentum, decay;
};
/* Rate `rate` until step `start + interval`, from there half of it, and so on after every `interval` steps; interval 0:
 * never. After SCHEDULE_MAX halvings the rate stays. */
void schedule_halving(struct schedule *schedule, float rate, int64_t start, int64_t interval, float momentum,
                      float decay);
struct compute_schedule schedule_on_device(const struct schedule *schedule);
float schedule_rate(const struct schedule *schedule, int64_t step);

#endif
