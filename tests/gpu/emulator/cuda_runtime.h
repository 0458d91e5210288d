#ifndef SLEEVE_TESTS_GPU_EMULATOR_CUDA_RUNTIME_H
#define SLEEVE_TESTS_GPU_EMULATOR_CUDA_RUNTIME_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

/* Replaces CUDA's header of this name when gpu/cuda is compiled for the host. Every launch runs immediately, one block
 * after the other, with a block's threads as fibers that switch at barriers; the order of blocks and threads is random
 * for each launch. This tests index arithmetic, tiling, selection and the placement of barriers, and under the address
 * sanitizer every access, on machines without a GPU. It does not test speed, the memory model or cuBLAS itself. */

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define __shared__ static
#define __constant__ static
#define __align__(n) __attribute__((aligned(n)))

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
};

struct uint3 {
    unsigned x, y, z;
};

struct float2 {
    float x, y;
};

struct __attribute__((aligned(16))) float4 {
    float x, y, z, w;
};

struct __attribute__((aligned(16))) int4 {
    int x, y, z, w;
};

struct __attribute__((aligned(16))) double2 {
    double x, y;
};

static inline float2 make_float2(float x, float y)
{
    return float2{x, y};
}

static inline float4 make_float4(float x, float y, float z, float w)
{
    return float4{x, y, z, w};
}

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
static const int warpSize = 32;

typedef struct emulator_stream *cudaStream_t;

/* ---- the launch and its threads (emulator.cc) ---- */
/* One launch at a time: callers on other threads wait. */
void emulator_launch(dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                     const std::function<void()> &kernel);
void *emulator_dynamic_shared(void);
/* Parks the thread until all running threads of its block have reached the barrier. */
void emulator_block_barrier(void);
/* The same for a warp; returns the 32 values of its lanes. */
const uint64_t *emulator_warp_exchange(uint64_t value);
unsigned emulator_lane(void);

static inline void __syncthreads(void)
{
    emulator_block_barrier();
}

static inline void __syncwarp(unsigned mask = 0xffffffffu)
{
    (void)mask;
    emulator_warp_exchange(0);
}

static inline void __threadfence(void)
{
}

template <typename T> static inline T emulator_shuffle(T value, unsigned from)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves 8 bytes at most");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = emulator_warp_exchange(bits)[from];
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <typename T> static inline T __shfl_sync(unsigned, T value, int lane, int width = 32)
{
    unsigned self = emulator_lane();
    return emulator_shuffle(value, (self & ~(unsigned)(width - 1)) | ((unsigned)lane & (unsigned)(width - 1)));
}

template <typename T> static inline T __shfl_xor_sync(unsigned, T value, int mask, int width = 32)
{
    (void)width;
    return emulator_shuffle(value, emulator_lane() ^ (unsigned)mask);
}

template <typename T> static inline T __shfl_down_sync(unsigned, T value, unsigned delta, int width = 32)
{
    unsigned self = emulator_lane(), group = self & ~(unsigned)(width - 1), to = self + delta;
    return emulator_shuffle(value, to < group + (unsigned)width ? to : self);
}

template <typename T> static inline T __shfl_up_sync(unsigned, T value, unsigned delta, int width = 32)
{
    unsigned self = emulator_lane(), group = self & ~(unsigned)(width - 1);
    return emulator_shuffle(value, self >= group + delta ? self - delta : self);
}

static inline unsigned __ballot_sync(unsigned, int predicate)
{
    const uint64_t *votes = emulator_warp_exchange(predicate != 0);
    unsigned ballot = 0;
    for (unsigned lane = 0; lane < 32; lane++)
        ballot |= (unsigned)votes[lane] << lane;
    return ballot;
}

static inline int __any_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, predicate) != 0;
}

static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}

static inline int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}

static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}

static inline int __clz(int x)
{
    return x ? __builtin_clz((unsigned)x) : 32;
}

static inline int __clzll(long long x)
{
    return x ? __builtin_clzll((unsigned long long)x) : 64;
}

/* Rounded results that are never part of a fused multiply-add. */
static inline float __fadd_rn(float x, float y)
{
    return x + y;
}

static inline float __fmul_rn(float x, float y)
{
    return x * y;
}

/* The sum and the products of four signed bytes. */
static inline int __dp4a(int a, int b, int sum)
{
    for (int shift = 0; shift < 32; shift += 8)
        sum += (int)(int8_t)((unsigned)a >> shift) * (int)(int8_t)((unsigned)b >> shift);
    return sum;
}

template <typename T> static inline T __ldg(const T *address)
{
    return *address;
}

static inline unsigned __float_as_uint(float x)
{
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline int __float_as_int(float x)
{
    return (int)__float_as_uint(x);
}

static inline float __uint_as_float(unsigned bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float __int_as_float(int bits)
{
    return __uint_as_float((unsigned)bits);
}

static inline float __fdividef(float x, float y)
{
    return x / y;
}

static inline float rsqrtf(float x)
{
    return 1 / sqrtf(x);
}

static inline double rsqrt(double x)
{
    return 1 / std::sqrt(x);
}

static inline float normcdff(float x)
{
    return 0.5f * erfcf(-x * 0.70710678118654752f);
}

static inline int min(int a, int b)
{
    return a < b ? a : b;
}

static inline unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static inline long long min(long long a, long long b)
{
    return a < b ? a : b;
}

static inline long min(long a, long b)
{
    return a < b ? a : b;
}

static inline int max(int a, int b)
{
    return a > b ? a : b;
}

static inline unsigned max(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static inline long long max(long long a, long long b)
{
    return a > b ? a : b;
}

static inline long max(long a, long b)
{
    return a > b ? a : b;
}

template <typename T, typename U> static inline T atomicAdd(T *address, U value)
{
    T before = *address;
    *address = (T)(before + (T)value);
    return before;
}

template <typename T, typename U> static inline T atomicMax(T *address, U value)
{
    T before = *address;
    *address = before > (T)value ? before : (T)value;
    return before;
}

template <typename T, typename U> static inline T atomicMin(T *address, U value)
{
    T before = *address;
    *address = before < (T)value ? before : (T)value;
    return before;
}

template <typename T, typename U> static inline T atomicOr(T *address, U value)
{
    T before = *address;
    *address = before | (T)value;
    return before;
}

template <typename T, typename U> static inline T atomicExch(T *address, U value)
{
    T before = *address;
    *address = (T)value;
    return before;
}

template <typename T, typename U, typename V> static inline T atomicCAS(T *address, U expected, V value)
{
    T before = *address;
    if (before == (T)expected)
        *address = (T)value;
    return before;
}

/* ---- memory, streams and properties ---- */
enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorNotReady = 600,
    cudaErrorUnknown = 999
};
enum cudaMemcpyKind { cudaMemcpyHostToHost, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaStreamNonBlocking = 1 };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

struct cudaDeviceProp {
    char name[256];
    int major, minor, multiProcessorCount;
    size_t totalGlobalMem, sharedMemPerBlockOptin;
    int memoryPoolsSupported;
};
typedef int cudaMemPool_t;
enum { cudaMemPoolAttrReleaseThreshold = 4 };

/* cudaSuccess, or the failure set by emulator_fail; each function below that can fail calls it once. */
cudaError_t emulator_answer(void);
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaGetLastError(void); /* also reports a launch that no device would accept */
const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);

static inline cudaError_t cudaMallocAsync(void **memory, size_t bytes, cudaStream_t)
{
    return cudaMalloc(memory, bytes);
}

static inline cudaError_t cudaFreeAsync(void *memory, cudaStream_t)
{
    return cudaFree(memory);
}

static inline cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t *pool, int)
{
    *pool = 0;
    return emulator_answer();
}

static inline cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, int, void *)
{
    return emulator_answer();
}

static inline cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    return cudaMalloc(memory, bytes);
}

static inline cudaError_t cudaFreeHost(void *memory)
{
    return cudaFree(memory);
}

static inline cudaError_t cudaMemset(void *memory, int value, size_t bytes)
{
    cudaError_t answer = emulator_answer();
    if (answer == cudaSuccess)
        memset(memory, value, bytes);
    return answer;
}

static inline cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t)
{
    return cudaMemset(memory, value, bytes);
}

static inline cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind)
{
    cudaError_t answer = emulator_answer();
    if (answer == cudaSuccess)
        memcpy(to, from, bytes);
    return answer;
}

static inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t)
{
    return cudaMemcpy(to, from, bytes, kind);
}

static inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    *stream = nullptr;
    return emulator_answer();
}

static inline cudaError_t cudaStreamDestroy(cudaStream_t)
{
    return emulator_answer();
}

static inline cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    return emulator_answer();
}

static inline cudaError_t cudaStreamQuery(cudaStream_t)
{
    return emulator_answer();
}

static inline cudaError_t cudaDeviceSynchronize(void)
{
    return emulator_answer();
}

static inline cudaError_t cudaGetDeviceCount(int *count)
{
    *count = 1;
    return emulator_answer();
}

static inline cudaError_t cudaSetDevice(int)
{
    return emulator_answer();
}

static inline cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 0;
    return emulator_answer();
}

template <typename K> static inline cudaError_t cudaFuncSetAttribute(K, cudaFuncAttribute, int)
{
    return emulator_answer();
}

#endif
