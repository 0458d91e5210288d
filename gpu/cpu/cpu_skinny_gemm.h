#ifndef SLEEVE_GPU_CPU_SKINNY_GEMM_H
#define SLEEVE_GPU_CPU_SKINNY_GEMM_H

#include "gpu/cpu/cpu_internal.h"

/* Y[m x n] = alpha X Wᵀ + beta Y for few rows of X [m x k], W [n x k]: one playlist in a network with many weights.
 * General matrix products first pack W, which takes longer here than the multiplication. */
bool cpu_skinny_gemm_fits(int64_t m, int64_t n, int64_t k);
void cpu_skinny_gemm_run(const struct compute_device *device, int64_t m, int64_t n, int64_t k, float alpha,
                         const float *x, const float *w, float beta, float *y);

#endif
