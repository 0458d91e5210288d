#ifndef SLEEVE_GPU_CUDA_OPTIMISER_H
#define SLEEVE_GPU_CUDA_OPTIMISER_H

#include "gpu/cuda/cuda_internal.h"

/* What a step of stochastic gradient descent does to one element, for whole arrays and for tables. */

struct cuda_step {
    float rate, momentum, decay, clip;
    const double *squares; /* device memory; not read when clip is 0 */
};

/* The factor of gradient clipping; NaN for a NaN norm. */
static __device__ inline float cuda_clip_factor(struct cuda_step step)
{
    if (step.clip == 0)
        return 1;
    double ratio = (double)step.clip / (sqrt(*step.squares) + 1e-6);
    return ratio >= 1 ? 1 : (float)ratio;
}

static __device__ inline void cuda_step_element(struct cuda_step step, float share, float gradient, float *p, float *v)
{
    float g = share * gradient + step.decay * *p;
    *v = step.momentum * *v + g;
    *p -= step.rate * (g + step.momentum * *v);
}

#endif
