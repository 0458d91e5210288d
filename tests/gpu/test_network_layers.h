#ifndef SLEEVE_TESTS_GPU_TEST_NETWORK_LAYERS_H
#define SLEEVE_TESTS_GPU_TEST_NETWORK_LAYERS_H

#include "oracle.h"

/* A layer in float64, implemented directly, beside its data on the device. The reference's gradients are checked
 * against differences of its forward function when the problem is small. */

enum { INPUTS_MAX = 4, SMALL = 700 /* elements in and out up to which differences are computed */ };

struct problem {
    int64_t rows, d, length, heads; /* rows: of a matrix, or sequences */
    bool causal;
    enum activation f;
    struct dropout dropout;
    const int32_t *lengths;
    struct compute_window window; /* of images */
    bool counts_padding;
    void (*forward)(struct problem *problem);  /* outputs from inputs */
    void (*backward)(struct problem *problem); /* adds to gradients, from inputs and d_outputs */
    int64_t sizes[INPUTS_MAX];                 /* 0: no such input */
    int64_t n_outputs;
    double *inputs[INPUTS_MAX], *gradients[INPUTS_MAX], *outputs, *d_outputs;
    struct compute_slice in[INPUTS_MAX], d_in[INPUTS_MAX], out, d_out, at_lengths;
};

/* f(x) and f'(x) in float64. */
static inline double activation_at(enum activation f, double x)
{
    switch (f) {
    case ACTIVATION_RELU:
        return fmax(x, 0);
    case ACTIVATION_GELU:
        return 0.5 * x * erfc(-x * sqrt(0.5));
    case ACTIVATION_QUICK_GELU:
        return x / (1 + exp(-1.702 * x));
    case ACTIVATION_ELU:
        return x < 0 ? expm1(x) : x;
    default:
        return x;
    }
}

static inline double activation_slope_at(enum activation f, double x)
{
    double s = 1 / (1 + exp(-1.702 * x));
    switch (f) {
    case ACTIVATION_RELU:
        return x > 0;
    case ACTIVATION_GELU:
        return 0.5 * erfc(-x * sqrt(0.5)) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1));
    case ACTIVATION_QUICK_GELU:
        return s + 1.702 * x * s / (1 + exp(1.702 * x));
    case ACTIVATION_ELU:
        return x < 0 ? exp(x) : 1;
    default:
        return 1;
    }
}

static inline double *zeros(int64_t count)
{
    double *values = calloc(count > 0 ? (size_t)count : 1, sizeof *values);
    assert_non_null(values);
    return values;
}

static inline void fill_nan(struct compute_slice slice, int64_t count)
{
    float *values = malloc((count > 0 ? (size_t)count : 1) * 4);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = NAN;
    must(compute.ops->buffer_write(compute.stream, slice.buffer, slice.offset * 4, values, (size_t)count * 4, &error));
    free(values);
}

/* `count` uninitialised floats on the device. */
static inline struct compute_slice garbage(int64_t count)
{
    struct compute_slice slice = upload(NULL, (size_t)count * 4);
    fill_nan(slice, count);
    return slice;
}

/* Random floats on the device, and the same values in float64. */
static inline struct compute_slice random_slice(struct random *random, int64_t count, double *values)
{
    float *floats = random_matrix(random, count);
    for (int64_t i = 0; i < count; i++)
        values[i] = (double)floats[i];
    struct compute_slice slice = upload(floats, (size_t)count * 4);
    free(floats);
    return slice;
}

/* Checks that the slice holds factor times `want`. */
static inline void expect(const char *what, struct compute_slice slice, const double *want, double factor,
                          int64_t count, double tolerance)
{
    float *got = malloc((count > 0 ? (size_t)count : 1) * 4);
    assert_non_null(got);
    download(slice, got, (size_t)count * 4);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - factor * want[i]) <= tolerance * (1 + fabs(factor * want[i]))))
            fail_msg("%s: element %lld of %lld is %.9g and should be %.9g (%s)", what, (long long)i, (long long)count,
                     (double)got[i], factor * want[i],
                     test_device_is_cpu() ? (const char *[]){"portable", "AVX2", "AVX-512"}[compute.device->simd]
                                          : "CUDA");
    free(got);
}

static inline double loss_of(struct problem *problem)
{
    double loss = 0;
    problem->forward(problem);
    for (int64_t i = 0; i < problem->n_outputs; i++)
        loss += problem->d_outputs[i] * problem->outputs[i];
    return loss;
}

static inline void check_by_differences(struct problem *problem)
{
    const double step = 1e-5;
    for (int input = 0; input < INPUTS_MAX; input++)
        for (int64_t i = 0; i < problem->sizes[input]; i++) {
            double *x = &problem->inputs[input][i], old = *x;
            *x = old + step;
            double above = loss_of(problem);
            *x = old - step;
            double slope = (above - loss_of(problem)) / (2 * step), gradient = problem->gradients[input][i];
            *x = old;
            if (!(fabs(slope - gradient) <= 1e-6 * (1 + fabs(slope))))
                fail_msg("the reference's gradient %lld of input %d is %.12g, by differences %.12g", (long long)i,
                         input, gradient, slope);
        }
}

/* Creates random inputs and output gradients on host and device, and the reference's results. */
static inline void problem_open(struct problem *problem, struct random *random)
{
    int64_t elements = problem->n_outputs;
    for (int i = 0; i < INPUTS_MAX; i++) {
        elements += problem->sizes[i];
        if (!problem->sizes[i])
            continue;
        problem->inputs[i] = zeros(problem->sizes[i]);
        problem->gradients[i] = zeros(problem->sizes[i]);
        problem->in[i] = random_slice(random, problem->sizes[i], problem->inputs[i]);
        problem->d_in[i] = garbage(problem->sizes[i]);
    }
    if (problem->lengths)
        problem->at_lengths = upload(problem->lengths, (size_t)problem->rows * 4);
    problem->outputs = zeros(problem->n_outputs);
    problem->d_outputs = zeros(problem->n_outputs);
    problem->out = garbage(problem->n_outputs);
    problem->d_out = random_slice(random, problem->n_outputs, problem->d_outputs);
    problem->backward(problem);
    if (elements <= SMALL && (!test_device_is_cpu() || compute.device->simd == CPU_PORTABLE))
        check_by_differences(problem);
    problem->forward(problem);
}

static inline void problem_close(struct problem *problem)
{
    for (int i = 0; i < INPUTS_MAX; i++)
        if (problem->sizes[i]) {
            free(problem->inputs[i]), free(problem->gradients[i]);
            drop(problem->in[i]), drop(problem->d_in[i]);
        }
    if (problem->lengths)
        drop(problem->at_lengths);
    free(problem->outputs), free(problem->d_outputs);
    drop(problem->out), drop(problem->d_out);
}

static inline void expect_output(const char *what, const struct problem *problem, double tolerance)
{
    expect(what, problem->out, problem->outputs, 1, problem->n_outputs, tolerance);
}

static inline void expect_gradient(const char *what, const struct problem *problem, int input, double factor,
                                   double tolerance)
{
    expect(what, problem->d_in[input], problem->gradients[input], factor, problem->sizes[input], tolerance);
}

/* The factor of element i: 1 without dropout. */
static inline double factor_of(const struct problem *problem, int64_t i)
{
    return problem->dropout.rate > 0 ? (double)dropout_factor(problem->dropout, (uint32_t)i) : 1;
}

/* Calls test(random, rows, d) for shapes that do and do not fill registers, chunks and tasks. */
static inline void for_shapes(uint64_t seed, void (*test)(struct random *random, int64_t rows, int64_t d))
{
    const int64_t rows[] = {1, 3, 37}, widths[] = {1, 5, 16, 17, 128, 131};
    struct random random;
    random_seed(&random, seed);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            test(&random, rows[r], widths[w]);
    test(&random, 151, 131);
    test(&random, 17, 1100);
}

#define refused(call)                                                                                                  \
    do {                                                                                                               \
        struct error error = {0};                                                                                      \
        assert_int_equal((call), STATUS_FAILED);                                                                       \
        assert_true(strlen(error.text) > 0);                                                                           \
    } while (0)

#endif
