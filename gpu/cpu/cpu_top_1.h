#ifndef SLEEVE_GPU_CPU_TOP_1_H
#define SLEEVE_GPU_CPU_TOP_1_H

#include "gpu/cpu/cpu_internal.h"

/* The operation `top_k` for k = 1 without exclusions and for many queries, such as the nearest centres of rows. */
bool cpu_top_1_fits(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d);
void cpu_top_1(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d, const float *queries,
               const float *items, int32_t *ids, float *scores);

#endif
