#ifndef SLEEVE_TESTS_NN_FIXTURE_H
#define SLEEVE_TESTS_NN_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/random.h"
#include "nn/parameters.h"
#include "tests/compute_fixture.h"

/* Shared by the tests of networks: copying numbers to and from the device. */

static inline struct compute_buffer *buffer_of(const void *values, int64_t count)
{
    struct compute_buffer *buffer = NULL;
    must(compute.ops->buffer_create(compute.device, (size_t)count * 4, &buffer, &error));
    must(compute.ops->buffer_write(compute.stream, buffer, 0, values, (size_t)count * 4, &error));
    return buffer;
}

static inline void buffer_values(const struct compute_buffer *buffer, int64_t count, void *values)
{
    must(compute.ops->buffer_read(compute.stream, buffer, 0, values, (size_t)count * 4, &error));
}

static inline void draw_normal(struct random *random, int64_t count, float *values)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)random_normal(random);
}

static inline void assert_near(double got, double wanted, double tolerance, const char *what, int64_t at)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%s, at %lld: %.9g, not %.9g", what, (long long)at, got, wanted);
}

static inline void write_bytes(const char *path, const struct buffer *bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->size, file), bytes->size);
    assert_int_equal(fclose(file), 0);
}

#endif
