#ifndef SLEEVE_GPU_CUDA_INTERNAL_H
#define SLEEVE_GPU_CUDA_INTERNAL_H

#include <cublas_v2.h>
#include <stddef.h>
#include <stdint.h>

extern "C" {
#include "gpu/compute.h"
}

#include "gpu/cuda/cuda_launch.h"

/* Shared by the files of the CUDA module. Each file implements some operations as static functions and registers them
 * in its cuda_*_operations function. Operations only queue work on their stream. Sums are partitioned by size alone and
 * added in a fixed order, without floating-point atomics, so the same call gives the same bits. */

struct compute_device {
    struct pool *pool; /* the caller's */
    int ordinal;
    int processors;      /* streaming multiprocessors */
    size_t shared_bytes; /* the most dynamic shared memory that a block may ask for */
    bool pooled;         /* buffers come from the driver's memory pool, which keeps some of what is freed */
    char name[256];
    char library[64];
    char core[32]; /* "compute capability 9.0" */
};

/* Faults that only the device detects; reported and cleared by the next synchronise or read of the stream. */
enum cuda_fault {
    CUDA_FAULT_ID = 1,       /* an id or length is out of range; its row was skipped */
    CUDA_FAULT_CHOLESKY = 2, /* a matrix was not positive definite */
};

struct compute_stream {
    struct compute_device *device;
    cudaStream_t queue;
    cublasHandle_t blas;
    char *workspace; /* device memory for partial sums, CUDA_WORKSPACE bytes; used by one operation at a time */
    int *faults;     /* device memory: bits of enum cuda_fault */
    int *seen;       /* pinned host memory: a copy of `faults` */
};

enum { CUDA_WORKSPACE = 32 << 20, CUDA_BLOCK = 256 };

struct compute_buffer {
    char *bytes; /* device memory */
    size_t size;
    bool writable;
    struct compute_device *device;
};

/* The elements of a slice in device memory; NULL for a slice without a buffer. */
template <typename T> static inline T *cuda_elements(struct compute_slice slice)
{
    return slice.buffer ? (T *)(void *)slice.buffer->bytes + slice.offset : NULL;
}

static inline float *cuda_floats(struct compute_slice slice)
{
    return cuda_elements<float>(slice);
}

static inline double *cuda_doubles(struct compute_slice slice)
{
    return cuda_elements<double>(slice);
}

static inline int32_t *cuda_ints(struct compute_slice slice)
{
    return cuda_elements<int32_t>(slice);
}

static inline int64_t *cuda_longs(struct compute_slice slice)
{
    return cuda_elements<int64_t>(slice);
}

/* cuda_buffer.cu: STATUS_OK when `slice` holds `count` elements of `element` bytes; otherwise an error that names
 * operation and argument. A negative count (cuda_count) never fits. */
enum status cuda_check(const char *operation, const char *argument, struct compute_slice slice, int64_t count,
                       size_t element, struct error *error);

struct cuda_operand {
    const char *name; /* as in compute_network.h */
    struct compute_slice slice;
    int64_t count;         /* of elements */
    size_t element = 4;    /* bytes */
    bool optional = false; /* may have no buffer */
};

/* cuda_check for each operand; the first error is kept. */
template <int N>
static inline enum status cuda_check_all(const char *operation, const struct cuda_operand (&operands)[N],
                                         struct error *error)
{
    for (const struct cuda_operand &operand : operands) {
        if (operand.optional && !operand.slice.buffer)
            continue;
        enum status status = cuda_check(operation, operand.name, operand.slice, operand.count, operand.element, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* a · b · c · d; -1 when one of them is negative or the product is more elements than any memory holds. */
static inline int64_t cuda_count(int64_t a, int64_t b = 1, int64_t c = 1, int64_t d = 1)
{
    int64_t count;
    if (a < 0 || b < 0 || c < 0 || d < 0 || __builtin_mul_overflow(a, b, &count) ||
        __builtin_mul_overflow(count, c, &count) || __builtin_mul_overflow(count, d, &count) ||
        count > (int64_t)1 << 48)
        return -1;
    return count;
}

/* The number of elements that n rows of d with this stride span; -1 when they overlap. */
static inline int64_t cuda_rows_count(int64_t n, int64_t d, int64_t stride)
{
    if (n <= 0)
        return n;
    int64_t before = cuda_count(n - 1, stride);
    return d < 0 || stride < d || before < 0 ? -1 : before + d;
}

/* The number of elements of `element` bytes in a slice from its offset on. */
static inline int64_t cuda_slice_count(struct compute_slice slice, size_t element)
{
    return slice.buffer ? (int64_t)(slice.buffer->size / element) - (int64_t)slice.offset : 0;
}

/* Whether begin..end-1 are valid indices below `n_entries`. */
static __device__ inline bool cuda_entries_valid(int64_t begin, int64_t end, int64_t n_entries)
{
    return begin >= 0 && begin <= end && end <= n_entries;
}

/* cuda_sums.cu: *total += the parts, in order. */
enum status cuda_add_parts(struct compute_stream *stream, const char *operation, int64_t n, const double *parts,
                           double *total, struct error *error);

/* cuda_device.cu: STATUS_OK for cudaSuccess; otherwise STATUS_DEVICE and an error with the operation and CUDA's
 * message. */
enum status cuda_check_call(const char *operation, cudaError_t result, struct error *error);

/* The same for cuBLAS. */
enum status cuda_check_blas(const char *operation, cublasStatus_t result, struct error *error);

/* Whether the last launch was accepted. */
static inline enum status cuda_launched(const char *operation, struct error *error)
{
    return cuda_check_call(operation, cudaGetLastError(), error);
}

/* Blocks of `block` threads for n elements, one per thread, or several with a stride when the grid would be too large.
 */
static inline unsigned cuda_blocks(int64_t n, int block = CUDA_BLOCK)
{
    int64_t blocks = (n + block - 1) / block;
    return (unsigned)(blocks < 1 ? 1 : blocks > (1 << 20) ? 1 << 20 : blocks);
}

/* Blocks for a sum over n elements: one per `part` elements, at most `parts`. */
static inline unsigned cuda_parts(int64_t n, int64_t part, int64_t parts)
{
    int64_t blocks = (n + part - 1) / part;
    return (unsigned)(blocks < 1 ? 1 : blocks > parts ? parts : blocks);
}

/* for (int64_t i = ...) over 0..n-1 with the stride of cuda_blocks. */
#define CUDA_EACH(i, n)                                                                                                \
    int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;                                                        \
    i < (n);                                                                                                           \
    i += (int64_t)gridDim.x * blockDim.x

/* The new value of y for a result `value`; with beta 0 the old one is not read. */
static __device__ inline float cuda_blend(float beta, const float *y, float value)
{
    return beta == 0 ? value : value + beta * *y;
}

/* cuda_device.cu: waits for the stream and reports the device's faults. */
enum status cuda_stream_wait(struct compute_stream *stream, struct error *error);

/* cuda_buffer.cu */
enum status cuda_buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                               struct error *error);
void cuda_buffer_operations(struct compute_ops *ops);
/* cuda_group.cu */
void cuda_group_operations(struct compute_group_ops *ops);

/* cuda_NAME for every operation that a GPU has. */
#define OPERATION(name, ...) enum status cuda_##name(struct compute_stream *stream, __VA_ARGS__, struct error *error);
#define SIZE(name, ...) size_t cuda_##name(const struct compute_device *device, __VA_ARGS__);
#include "gpu/ops/convolution.h"
#include "gpu/ops/index.h"
#include "gpu/ops/inference.h"
#include "gpu/ops/linalg.h"
#include "gpu/ops/network.h"
#include "gpu/ops/search.h"
#include "gpu/ops/tsne.h"
#undef OPERATION
#undef SIZE

#endif
