#ifndef SLEEVE_GPU_CUDA_REDUCE_H
#define SLEEVE_GPU_CUDA_REDUCE_H

#include "gpu/cuda/cuda_launch.h"

/* Sums and maxima over a warp and a block, in an order that depends on the sizes alone. All threads of the warp or
 * block call them and receive the result. */

static __device__ inline float cuda_warp_sum(float value)
{
    for (int step = 16; step > 0; step /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, step);
    return value;
}

static __device__ inline double cuda_warp_sum(double value)
{
    for (int step = 16; step > 0; step /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, step);
    return value;
}

static __device__ inline float cuda_warp_max(float value)
{
    for (int step = 16; step > 0; step /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, step));
    return value;
}

/* blockDim.x is a multiple of 32, at most 1024; `shared` holds 32 values and may be reused at once. */
template <typename T> static __device__ inline T cuda_block_sum(T value, T *shared)
{
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, warps = (int)blockDim.x / 32;
    value = cuda_warp_sum(value);
    __syncthreads();
    if (lane == 0)
        shared[warp] = value;
    __syncthreads();
    T sum = 0;
    for (int w = 0; w < warps; w++)
        sum += shared[w];
    return sum;
}

static __device__ inline float cuda_block_max(float value, float *shared)
{
    int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, warps = (int)blockDim.x / 32;
    value = cuda_warp_max(value);
    __syncthreads();
    if (lane == 0)
        shared[warp] = value;
    __syncthreads();
    float largest = shared[0];
    for (int w = 1; w < warps; w++)
        largest = fmaxf(largest, shared[w]);
    return largest;
}

#endif
