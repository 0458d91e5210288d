#ifndef SLEEVE_TESTS_GPU_ORACLE_H
#define SLEEVE_TESTS_GPU_ORACLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "gpu/compute.h"
#include "gpu/cpu/cpu_internal.h"
#include "tests/compute_fixture.h"

/* Shared by the tests of operations: one open device, buffers from and to host arrays, random matrices. */

/* Runs a test with every instruction set of this processor; without this, the CPU module uses the best one. Other
 * devices run it once. */
static inline void with_each_instruction_set(void (*test)(void))
{
    if (!test_device_is_cpu()) {
        test();
        return;
    }
    enum cpu_simd best = compute.device->simd;
    for (int simd = CPU_PORTABLE; simd <= (int)best; simd++) {
        compute.device->simd = (enum cpu_simd)simd;
        test();
    }
    compute.device->simd = best;
}

static inline struct compute_slice upload(const void *host, size_t bytes)
{
    struct compute_buffer *buffer = NULL;
    must(compute.ops->buffer_create(compute.device, bytes, &buffer, &error));
    if (host)
        must(compute.ops->buffer_write(compute.stream, buffer, 0, host, bytes, &error));
    return (struct compute_slice){buffer, 0};
}

static inline void download(struct compute_slice slice, void *host, size_t bytes)
{
    must(compute.ops->stream_synchronise(compute.stream, &error));
    must(compute.ops->buffer_read(compute.stream, slice.buffer, 0, host, bytes, &error));
}

static inline void drop(struct compute_slice slice)
{
    compute.ops->buffer_destroy(slice.buffer);
}

static inline float *random_matrix(struct random *random, int64_t count)
{
    float *values = malloc((size_t)(count ? count : 1) * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)random_normal(random);
    return values;
}

#endif
