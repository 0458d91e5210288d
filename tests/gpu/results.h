#ifndef SLEEVE_TESTS_GPU_RESULTS_H
#define SLEEVE_TESTS_GPU_RESULTS_H

#include <stdbool.h>

#include "oracle.h"

/* Shared by the tests of network operations: results that are overwritten or accumulated, gradients by central
 * differences of a float64 forward pass, and a recording of all results to compare runs with 1 and 3 threads. */

#define NETWORK compute.ops->network

/* The CPU checks arguments immediately and names the operation or argument; other devices see ids and lengths only when
 * they run, and report faults at the next wait. */
#define refused(call, name)                                                                                            \
    do {                                                                                                               \
        struct error error = {0};                                                                                      \
        enum status refusal = (call);                                                                                  \
        bool reported_later = refusal == STATUS_OK && !test_device_is_cpu();                                           \
        if (reported_later)                                                                                            \
            refusal = compute.ops->stream_synchronise(compute.stream, &error);                                         \
        assert_int_equal(refusal, STATUS_FAILED);                                                                      \
        assert_non_null(strstr(error.text, reported_later ? "out of range" : name));                                   \
    } while (0)

static struct recording {
    unsigned char *bytes;
    size_t size;
} * recording;

static inline void fetch(struct compute_slice slice, void *host, size_t bytes)
{
    download(slice, host, bytes);
    if (!recording)
        return;
    recording->bytes = realloc(recording->bytes, recording->size + bytes + 1);
    assert_non_null(recording->bytes);
    memcpy(recording->bytes + recording->size, host, bytes);
    recording->size += bytes;
}

/* Runs the test on a device with this many threads. */
static inline struct recording record_with(int threads, void (*test)(void))
{
    struct compute saved = compute;
    struct recording result = {0};
    must(test_device_open(threads, &compute, &error));
    recording = &result;
    test();
    recording = NULL;
    compute_close(&compute);
    compute = saved;
    return result;
}

static inline void assert_threads_do_not_matter(void (*test)(void))
{
    struct recording one = record_with(1, test), three = record_with(3, test);
    assert_true(one.size > 0 && one.size == three.size);
    assert_memory_equal(one.bytes, three.bytes, one.size);
    free(one.bytes), free(three.bytes);
}

/* A result that an operation overwrites (beta 0: it holds NaN before) or accumulates into. */
struct result {
    struct compute_slice slice;
    int64_t n;
    float beta;
    float *before;
};

static inline struct result result_of(struct random *random, int64_t n, float beta)
{
    struct result result = {.n = n, .beta = beta, .before = random_matrix(random, n)};
    for (int64_t i = 0; i < n && beta == 0; i++)
        result.before[i] = NAN;
    result.slice = upload(result.before, (size_t)n * 4);
    return result;
}

/* Checks that the result is `want` plus the previous contents, to `tolerance` of 1 + |want|. */
static inline void check_result(struct result result, const double *want, double tolerance, const char *name)
{
    float *got = malloc((size_t)result.n * 4 + 1);
    fetch(result.slice, got, (size_t)result.n * 4);
    for (int64_t i = 0; i < result.n; i++) {
        double value = want[i] + (result.beta == 0 ? 0 : (double)(result.beta * result.before[i]));
        if (!(fabs((double)got[i] - value) <= tolerance * (1 + fabs(value))))
            fail_msg("%s: element %ld is %.9g instead of %.9g", name, (long)i, (double)got[i], value);
    }
    drop(result.slice);
    free(result.before), free(got);
}

static inline struct compute_slice upload_floats(const float *x, int64_t n)
{
    return upload(x, (size_t)n * 4);
}

static inline double *widened(const float *x, int64_t n)
{
    double *y = calloc((size_t)n + 1, sizeof *y);
    for (int64_t i = 0; i < n; i++)
        y[i] = (double)x[i];
    return y;
}

/* d_x = the gradient of Σ d_y y(x) by central differences, with an error of third order in h. */
static inline double *numeric_gradient(void (*forward)(const double *x, double *y, const void *context),
                                       const void *context, double *x, int64_t n_x, const float *d_y, int64_t n_y)
{
    double *d_x = calloc((size_t)n_x + 1, sizeof *d_x), *y = calloc((size_t)n_y + 1, sizeof *y);
    const double h = 1e-5;
    for (int64_t i = 0; i < n_x; i++) {
        double kept = x[i], sums[2] = {0};
        for (int side = 0; side < 2; side++) {
            x[i] = side ? kept + h : kept - h;
            forward(x, y, context);
            for (int64_t j = 0; j < n_y; j++)
                sums[side] += (double)d_y[j] * y[j];
        }
        x[i] = kept;
        d_x[i] = (sums[1] - sums[0]) / (2 * h);
    }
    free(y);
    return d_x;
}

#endif
