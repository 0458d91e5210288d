#ifndef SLEEVE_NN_TABLE_H
#define SLEEVE_NN_TABLE_H

#include "core/safetensors.h"
#include "gpu/compute.h"

/* An embedding table on the device with its velocity, updated lazily (gpu/compute_network.h). */
struct table {
    struct compute *compute;
    struct compute_table on_device; /* values, velocity and last, owned */
};

/* Values [n_rows x d] are taken over, also when it fails (NULL: zeros); velocity and last 0. */
enum status table_create(struct table *table, struct compute *compute, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error);
void table_destroy(struct table *table);

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
