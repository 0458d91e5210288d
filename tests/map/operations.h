#ifndef SLEEVE_TESTS_MAP_OPERATIONS_H
#define SLEEVE_TESTS_MAP_OPERATIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "gpu/cpu/cpu_ops.h"
#include "tests/must.h"

/* Shared by the tests of single operations of the CPU module: a device with a selectable instruction set. */

struct bench {
    struct pool *pool;
    struct compute_device *device;
    struct compute_stream *stream;
};

static void bench_open(int threads, struct bench *bench)
{
    must(pool_create(threads, &bench->pool, &error));
    must(cpu_device_open(bench->pool, &bench->device, &error));
    must(cpu_stream_open(bench->device, &bench->stream, &error));
}

static void bench_close(struct bench *bench)
{
    cpu_stream_close(bench->stream);
    cpu_device_close(bench->device);
    pool_destroy(bench->pool);
}

static struct compute_slice upload(struct bench *bench, const void *host, size_t bytes)
{
    struct compute_buffer *buffer = NULL;
    must(cpu_buffer_create(bench->device, bytes, &buffer, &error));
    if (host)
        must(cpu_buffer_write(bench->stream, buffer, 0, host, bytes, &error));
    return (struct compute_slice){buffer, 0};
}

static float *normals(size_t count, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    float *out = malloc(sizeof *out * count);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)random_normal(&random);
    return out;
}

#endif
