#ifndef SLEEVE_GPU_CUDA_LAUNCH_H
#define SLEEVE_GPU_CUDA_LAUNCH_H

#include <cuda_runtime.h>

/* CUDA's own syntax in macros, so that the same files also compile for the host, where tests/gpu/emulator runs every
 * block's threads one after the other. Kernels use only what that emulator supports: __syncthreads, full-warp shuffles
 * and ballots, atomics on integers, static shared arrays and the dynamic one below. */

#ifdef __CUDACC__
#define CUDA_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                                    \
    kernel<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)
/* The launch's dynamic shared memory as an array of `type`. */
#define CUDA_DYNAMIC_SHARED(type, name)                                                                                \
    extern __shared__ __align__(16) unsigned char cuda_dynamic_shared[];                                               \
    type *name = (type *)cuda_dynamic_shared
#else
#define CUDA_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                                    \
    emulator_launch((grid), (block), (shared_bytes), (stream), [&] { kernel(__VA_ARGS__); })
#define CUDA_DYNAMIC_SHARED(type, name) type *name = (type *)emulator_dynamic_shared()
#endif

#endif
