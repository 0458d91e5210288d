#ifndef SLEEVE_GPU_CPU_INTERNAL_H
#define SLEEVE_GPU_CPU_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu/compute.h"

/* Shared by the files of the CPU module. Operations run immediately, on the caller's thread and the pool, so a stream
 * is always in order. BLAS is called with one thread; operations split their work into pool tasks, so that two thread
 * pools never compete. */

enum cpu_simd { CPU_PORTABLE, CPU_AVX2, CPU_AVX512 };
/* How products of bytes are summed (cpu_index_scan.c). */
enum cpu_bytes { CPU_BYTES_PORTABLE, CPU_BYTES_AVX2, CPU_BYTES_VNNI, CPU_BYTES_AMX };

struct compute_device {
    struct pool *pool;  /* the caller's */
    int threads;        /* pool_threads(pool) */
    enum cpu_simd simd; /* what this processor can do */
    enum cpu_bytes bytes;
    char name[64];
    char library[64];
    char core[32];
    struct cpu_workspace *workspace; /* cpu_workspace.h */
};

struct compute_stream {
    struct compute_device *device;
};

struct compute_buffer {
    void *bytes; /* aligned to 64 when owned */
    size_t size;
    bool owned;
    struct compute_device *device;
};

static inline int64_t cpu_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t cpu_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How many blocks of at most `block` make up n. */
static inline int64_t cpu_blocks(int64_t n, int64_t block)
{
    return (n + block - 1) / block;
}

/* The next multiple at or above `value`. */
static inline int64_t cpu_round_up(int64_t value, int64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/* The elements of a slice; NULL for a slice without a buffer. */
static inline float *cpu_floats(struct compute_slice slice)
{
    return slice.buffer ? (float *)slice.buffer->bytes + slice.offset : NULL;
}

static inline double *cpu_doubles(struct compute_slice slice)
{
    return slice.buffer ? (double *)slice.buffer->bytes + slice.offset : NULL;
}

static inline int32_t *cpu_ints(struct compute_slice slice)
{
    return slice.buffer ? (int32_t *)slice.buffer->bytes + slice.offset : NULL;
}

static inline int64_t *cpu_longs(struct compute_slice slice)
{
    return slice.buffer ? (int64_t *)slice.buffer->bytes + slice.offset : NULL;
}

/* For byte buffers: the offset counts bytes. */
static inline void *cpu_bytes(struct compute_slice slice)
{
    return slice.buffer ? (char *)slice.buffer->bytes + slice.offset : NULL;
}

/* STATUS_OK when `slice` holds `count` elements of `element` bytes; otherwise an error that names operation and
 * argument. */
enum status cpu_check(const char *operation, const char *argument, struct compute_slice slice, int64_t count,
                      size_t element, struct error *error);

/* A kernel compiled for each instruction set: BODY is an always_inline function; the wrappers NAME_avx512, NAME_avx2
 * and NAME_portable differ only in the instructions that the compiler may use. CPU_KERNEL_CALL selects one. All read
 * and write the same elements, so that for the sanitizers one is enough. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CPU_KERNEL(name, body, parameters, arguments)                                                                  \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))) static void name##_avx512 parameters        \
    {                                                                                                                  \
        body arguments;                                                                                                \
    }                                                                                                                  \
    __attribute__((target("avx2,fma"))) static void name##_avx2 parameters                                             \
    {                                                                                                                  \
        body arguments;                                                                                                \
    }                                                                                                                  \
    static void name##_portable parameters                                                                             \
    {                                                                                                                  \
        body arguments;                                                                                                \
    }
#define CPU_KERNEL_CALL(simd, name, arguments)                                                                         \
    do {                                                                                                               \
        if ((simd) == CPU_AVX512)                                                                                      \
            name##_avx512 arguments;                                                                                   \
        else if ((simd) == CPU_AVX2)                                                                                   \
            name##_avx2 arguments;                                                                                     \
        else                                                                                                           \
            name##_portable arguments;                                                                                 \
    } while (0)
#else
#define CPU_KERNEL(name, body, parameters, arguments)                                                                  \
    static void name##_portable parameters                                                                             \
    {                                                                                                                  \
        body arguments;                                                                                                \
    }
#define CPU_KERNEL_CALL(simd, name, arguments)                                                                         \
    do {                                                                                                               \
        (void)(simd);                                                                                                  \
        name##_portable arguments;                                                                                     \
    } while (0)
#endif

#endif
