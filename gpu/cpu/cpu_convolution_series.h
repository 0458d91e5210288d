#ifndef SLEEVE_GPU_CPU_CONVOLUTION_SERIES_H
#define SLEEVE_GPU_CPU_CONVOLUTION_SERIES_H

#include "gpu/compute_network.h"
#include "gpu/cpu/cpu_internal.h"

/* The operation `convolution` for filters over time alone, of an image of one channel. */
bool cpu_convolution_series_fits(const struct compute_device *device, const struct compute_window *window);
void cpu_convolution_series(const struct compute_device *device, enum activation f, const struct compute_window *window,
                            const float *x, const float *kernel, const float *bias, float *y);

#endif
