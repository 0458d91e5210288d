#include "test_network_layers.h"

/* Copies, elementwise layers and weighted sums against float64. */

#define NETWORK (&compute.ops->network)
#define STREAM compute.stream

static void copy_case(struct random *random, int64_t rows, int64_t d)
{
    int64_t n = rows * d, x_stride = d + 3, y_stride = d + 1, x_count = (rows - 1) * x_stride + d,
            y_count = (rows - 1) * y_stride + d;
    double *x = zeros(x_count), *y = zeros(y_count), *want = zeros(y_count > x_count ? y_count : x_count);
    struct compute_slice dx = random_slice(random, x_count, x), dy = garbage(y_count), sums = garbage(d);

    for (int64_t i = 0; i < n; i++)
        want[i] = -1.5;
    must(NETWORK->fill(STREAM, n, -1.5f, dy, &error));
    expect("fill", dy, want, 1, n, 0);

    fill_nan(dy, y_count);
    must(NETWORK->add_scaled(STREAM, n, 2, dx, 0, dy, &error));
    expect("add_scaled", dy, x, 2, n, 0);
    must(NETWORK->add_scaled(STREAM, n, -1, dx, 3, dy, &error));
    expect("add_scaled", dy, x, 5, n, 1e-6);

    drop(dy);
    dy = random_slice(random, y_count, y);
    for (int mode = 0; mode < 2; mode++) {
        memcpy(want, y, (size_t)y_count * sizeof *want); /* gaps between rows are not changed */
        for (int64_t r = 0; r < rows; r++)
            for (int64_t j = 0; j < d; j++)
                want[r * y_stride + j] = -0.5 * x[r * x_stride + j] + mode * y[r * y_stride + j];
        must(NETWORK->copy_columns(STREAM, rows, d, -0.5f, dx, x_stride, (float)mode, dy, y_stride, &error));
        expect("copy_columns", dy, want, 1, y_count, 1e-6);
        memcpy(y, want, (size_t)y_count * sizeof *want);
    }
    for (int64_t r = 0; r < rows; r++) { /* overlapping windows */
        for (int64_t j = 0; j < d; j++)
            want[r * y_stride + j] = x[r + j];
    }
    if (rows + d <= x_count) {
        must(NETWORK->copy_columns(STREAM, rows, d, 1, dx, 1, 0, dy, y_stride, &error));
        expect("copy_columns", dy, want, 1, y_count, 0);
    }

    memset(want, 0, (size_t)d * sizeof *want);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < d; j++)
            want[j] += x[r * d + j];
    for (int mode = 0; mode < 2; mode++) {
        must(NETWORK->column_sums(STREAM, rows, d, dx, (float)mode, sums, &error));
        expect("column_sums", sums, want, 1 + mode, d, 2e-6);
    }
    drop(dx), drop(dy), drop(sums);
    free(x), free(y), free(want);
}

static void copy_cases(void)
{
    for_shapes(1, copy_case);
}

/* Inputs of activate: X, bias. */
static double biased(const struct problem *p, int64_t i)
{
    return p->inputs[0][i] + (p->sizes[1] ? p->inputs[1][i % p->d] : 0);
}

static void activate_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        double v = biased(p, i);
        p->outputs[i] = factor_of(p, i) * activation_at(p->f, v);
    }
}

static void activate_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        double v = biased(p, i), slope = activation_slope_at(p->f, v);
        p->gradients[0][i] += p->d_outputs[i] * factor_of(p, i) * slope;
        if (p->sizes[1])
            p->gradients[1][i % p->d] += p->d_outputs[i] * factor_of(p, i) * slope;
    }
}

static void activate_case(struct random *random, int64_t rows, int64_t d)
{
    for (int mode = 0; mode < 4 * ACTIVATIONS; mode++) {
        struct problem p = {.rows = rows,
                            .d = d,
                            .f = (enum activation)(mode / 4),
                            .dropout = {mode & 1 ? 0.3f : 0, 99},
                            .forward = activate_forward,
                            .backward = activate_backward,
                            .sizes = {rows * d, mode & 2 ? d : 0},
                            .n_outputs = rows * d};
        problem_open(&p, random);
        must(NETWORK->activate(STREAM, p.f, rows, d, p.in[0], p.in[1], p.dropout, p.out, &error));
        expect_output("activate", &p, 4e-7);
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->activate_backward(STREAM, p.f, rows, d, p.in[0], p.in[1], p.dropout, p.d_out, (float)beta,
                                            p.d_in[0], &error));
            expect_gradient("activate_backward", &p, 0, 1 + beta, 1e-6);
        }
        problem_close(&p);
    }
}

static void activate_cases(void)
{
    for_shapes(2, activate_case);
}

/* A smooth activation over the range where it is not linear, and far outside. */
static void check_smooth(const char *name, enum activation f)
{
    enum { COUNT = 260001 };
    float *x = malloc(COUNT * 4), *y = malloc(COUNT * 4), *slopes = malloc(COUNT * 4);
    assert_true(x && y && slopes);
    for (int i = 0; i < COUNT; i++)
        x[i] = (float)(i - COUNT / 2) * 1e-4f;
    x[0] = -1e30f, x[1] = 1e30f, x[2] = NAN, x[3] = -300, x[4] = 300, x[5] = -0.0f;
    for (int i = 0; i < COUNT; i++)
        y[i] = 1;
    struct compute_slice dx = upload(x, COUNT * 4), ones = upload(y, COUNT * 4), dy = garbage(COUNT), none = {0};
    must(NETWORK->activate(STREAM, f, 1, COUNT, dx, none, (struct dropout){0}, dy, &error));
    download(dy, y, COUNT * 4);
    must(NETWORK->activate_backward(STREAM, f, 1, COUNT, dx, none, (struct dropout){0}, ones, 0, dy, &error));
    download(dy, slopes, COUNT * 4);
    for (int i = 0; i < COUNT; i++) {
        double v = (double)x[i];
        if (isnan(v))
            assert_true(isnan(y[i]) && isnan(slopes[i]));
        else if (!(fabs((double)y[i] - activation_at(f, v)) <= 2e-7 * fmax(1, fabs(v))) ||
                 !(fabs((double)slopes[i] - activation_slope_at(f, v)) <= 4e-7))
            fail_msg("at %.9g %s is %.9g (%.9g), its slope %.9g (%.9g)", v, name, (double)y[i], activation_at(f, v),
                     (double)slopes[i], activation_slope_at(f, v));
    }
    drop(dx), drop(dy), drop(ones);
    free(x), free(y), free(slopes);
}

static void smooth_activations_are_exact(void)
{
    check_smooth("GELU", ACTIVATION_GELU);
    check_smooth("quick GELU", ACTIVATION_QUICK_GELU);
    check_smooth("ELU", ACTIVATION_ELU);
}

/* Inputs of residual: A, X, bias. */
static void residual_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++)
        p->outputs[i] = (p->sizes[1] ? p->inputs[1][i] : 0) +
                        factor_of(p, i) * (p->inputs[0][i] + (p->sizes[2] ? p->inputs[2][i % p->d] : 0));
}

static void residual_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        p->gradients[0][i] += p->d_outputs[i] * factor_of(p, i);
        if (p->sizes[1])
            p->gradients[1][i] += p->d_outputs[i];
        if (p->sizes[2])
            p->gradients[2][i % p->d] += p->d_outputs[i] * factor_of(p, i);
    }
}

static void residual_case(struct random *random, int64_t rows, int64_t d)
{
    for (int mode = 0; mode < 8; mode++) {
        struct problem p = {.rows = rows,
                            .d = d,
                            .dropout = {mode & 4 ? 0.6f : 0, 5},
                            .forward = residual_forward,
                            .backward = residual_backward,
                            .sizes = {rows * d, mode & 1 ? rows * d : 0, mode & 2 ? d : 0},
                            .n_outputs = rows * d};
        problem_open(&p, random);
        must(NETWORK->residual(STREAM, rows, d, p.in[1], p.in[0], p.in[2], p.dropout, p.out, &error));
        expect_output("residual", &p, 4e-7);
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->dropout_backward(STREAM, rows * d, p.dropout, p.d_out, (float)beta, p.d_in[0], &error));
            expect_gradient("dropout_backward", &p, 0, 1 + beta, 4e-7);
        }
        if (p.sizes[1]) { /* in place */
            must(NETWORK->residual(STREAM, rows, d, p.in[1], p.in[0], p.in[2], p.dropout, p.in[1], &error));
            expect("residual in place", p.in[1], p.outputs, 1, p.n_outputs, 4e-7);
        }
        problem_close(&p);
    }
}

static void residual_cases(void)
{
    for_shapes(3, residual_case);
}

/* Inputs of glu: X [rows x 2d], bias [2d]. */
static void gate_parts(const struct problem *p, int64_t i, double *value, double *open)
{
    int64_t at = i / p->d * 2 * p->d + i % p->d;
    double s = p->inputs[0][at + p->d] + (p->sizes[1] ? p->inputs[1][p->d + i % p->d] : 0);
    *value = p->inputs[0][at] + (p->sizes[1] ? p->inputs[1][i % p->d] : 0);
    *open = 1 / (1 + exp(-s));
}

static void gate_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        double value, open;
        gate_parts(p, i, &value, &open);
        p->outputs[i] = value * open;
    }
}

static void glu_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        int64_t at = i / p->d * 2 * p->d + i % p->d;
        double value, open;
        gate_parts(p, i, &value, &open);
        double by_value = p->d_outputs[i] * open, by_gate = p->d_outputs[i] * value * open * (1 - open);
        p->gradients[0][at] += by_value;
        p->gradients[0][at + p->d] += by_gate;
        if (p->sizes[1]) {
            p->gradients[1][i % p->d] += by_value;
            p->gradients[1][p->d + i % p->d] += by_gate;
        }
    }
}

static void gate_case(struct random *random, int64_t rows, int64_t d)
{
    for (int mode = 0; mode < 2; mode++) {
        struct problem p = {.rows = rows,
                            .d = d,
                            .forward = gate_forward,
                            .backward = glu_backward,
                            .sizes = {2 * rows * d, mode ? 2 * d : 0},
                            .n_outputs = rows * d};
        problem_open(&p, random);
        must(NETWORK->glu(STREAM, rows, d, p.in[0], p.in[1], p.out, &error));
        expect_output("glu", &p, 5e-7);
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->glu_backward(STREAM, rows, d, p.in[0], p.in[1], p.d_out, (float)beta, p.d_in[0], &error));
            expect_gradient("glu_backward", &p, 0, 1 + beta, 1e-6);
        }
        problem_close(&p);
    }
}

static void gate_cases(void)
{
    for_shapes(4, gate_case);
    /* For large inputs a gate is open or closed, never NaN. */
    const float x[8] = {1, 1, 1, 1, -200, 200, -1e30f, 1e30f};
    const double want[4] = {0, 1, 0, 1};
    struct compute_slice dx = upload(x, sizeof x), y = garbage(4), none = {0};
    must(NETWORK->glu(STREAM, 1, 4, dx, none, y, &error));
    expect("glu", y, want, 1, 4, 1e-30);
    drop(dx), drop(y);
}

/* Inputs of weighted_sum: X, w, b; length is the number of slots. */
static void mix_forward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        p->outputs[i] = p->inputs[2][0];
        for (int64_t s = 0; s < p->length; s++)
            p->outputs[i] += p->inputs[1][s] * p->inputs[0][(i / p->d * p->length + s) * p->d + i % p->d];
    }
}

static void mix_backward(struct problem *p)
{
    for (int64_t i = 0; i < p->n_outputs; i++) {
        p->gradients[2][0] += p->d_outputs[i];
        for (int64_t s = 0; s < p->length; s++) {
            int64_t at = (i / p->d * p->length + s) * p->d + i % p->d;
            p->gradients[0][at] += p->d_outputs[i] * p->inputs[1][s];
            p->gradients[1][s] += p->d_outputs[i] * p->inputs[0][at];
        }
    }
}

static void mix_case(struct random *random, int64_t rows, int64_t d)
{
    const int64_t slots[] = {1, 4, 7};
    struct compute_slice none = {0};
    for (int c = 0; c < 3; c++) {
        struct problem p = {.rows = rows,
                            .d = d,
                            .length = slots[c],
                            .forward = mix_forward,
                            .backward = mix_backward,
                            .sizes = {rows * slots[c] * d, slots[c], 1},
                            .n_outputs = rows * d};
        problem_open(&p, random);
        must(NETWORK->weighted_sum(STREAM, rows, p.length, d, p.in[0], p.in[1], p.in[2], p.out, &error));
        expect_output("weighted_sum", &p, 2e-6);
        for (int beta = 0; beta < 2; beta++) {
            must(NETWORK->weighted_sum_backward(STREAM, rows, p.length, d, p.in[0], p.in[1], p.d_out, (float)beta,
                                                p.d_in[0], (float)beta, p.d_in[1], p.d_in[2], &error));
            for (int i = 0; i < 3; i++)
                expect_gradient("weighted_sum_backward", &p, i, 1 + beta, 5e-6);
        }
        for (int i = 0; i < 3; i++) { /* each gradient alone */
            must(NETWORK->weighted_sum_backward(STREAM, rows, p.length, d, p.in[0], p.in[1], p.d_out, 1,
                                                i == 0 ? p.d_in[0] : none, 1, i == 1 ? p.d_in[1] : none,
                                                i == 2 ? p.d_in[2] : none, &error));
            for (int other = 0; other < 3; other++)
                expect_gradient("weighted_sum_backward", &p, other, other <= i ? 3 : 2, 5e-6);
        }
        problem_close(&p);
    }
}

static void mix_cases(void)
{
    for_shapes(5, mix_case);
}

/* The share of dropped elements is the rate, adjacent elements and seeds are independent, and the mean is kept. */
static void masks_are_random(void)
{
    enum { COUNT = 100000 };
    float *ones = malloc(COUNT * 4), *first = malloc(COUNT * 4), *second = malloc(COUNT * 4);
    assert_true(ones && first && second);
    for (int i = 0; i < COUNT; i++)
        ones[i] = 1;
    struct compute_slice x = upload(ones, COUNT * 4), y = garbage(COUNT);
    for (uint32_t seed = 0; seed < 3; seed++) {
        const double rate = 0.25;
        must(NETWORK->dropout_backward(STREAM, COUNT, (struct dropout){(float)rate, seed}, x, 0, y, &error));
        download(y, first, COUNT * 4);
        must(NETWORK->dropout_backward(STREAM, COUNT, (struct dropout){(float)rate, seed + 1}, x, 0, y, &error));
        download(y, second, COUNT * 4);
        int dropped = 0, pairs = 0, both = 0;
        for (int i = 0; i < COUNT; i++) {
            assert_true(first[i] == 0 || fabsf(first[i] - 4.0f / 3) < 1e-6f);
            dropped += first[i] == 0;
            pairs += first[i] == 0 && first[(i + 1) % COUNT] == 0;
            both += first[i] == 0 && second[i] == 0;
        }
        /* Five standard deviations of a binomial count. */
        assert_true(fabs(dropped - COUNT * rate) < 5 * sqrt(COUNT * rate * (1 - rate)));
        assert_true(fabs(pairs - COUNT * rate * rate) < 5 * sqrt(COUNT * rate * rate));
        assert_true(fabs(both - COUNT * rate * rate) < 5 * sqrt(COUNT * rate * rate));
    }
    drop(x), drop(y);
    free(ones), free(first), free(second);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    struct compute_slice six = upload(NULL, 24), five = upload(NULL, 20), none = {0};
    struct dropout keep = {0}, all = {1, 0}, less = {-0.5f, 0};
    refused(NETWORK->fill(STREAM, 7, 0, six, &error));
    refused(NETWORK->fill(STREAM, -1, 0, six, &error));
    refused(NETWORK->add_scaled(STREAM, 6, 1, five, 0, six, &error));
    refused(NETWORK->copy_columns(STREAM, 2, 3, 1, six, 4, 0, six, 3, &error));
    refused(NETWORK->copy_columns(STREAM, 3, 2, 1, six, 2, 0, six, 1, &error));
    refused(NETWORK->copy_columns(STREAM, INT64_MAX / 2, 2, 1, six, INT64_MAX / 2, 0, six, 2, &error));
    refused(NETWORK->column_sums(STREAM, 1, 6, six, 0, five, &error));
    refused(NETWORK->activate(STREAM, ACTIVATION_RELU, 2, 3, six, none, keep, none, &error));
    refused(NETWORK->activate(STREAM, ACTIVATION_RELU, 2, 3, six, none, all, six, &error));
    refused(NETWORK->activate(STREAM, (enum activation)7, 2, 3, six, none, keep, six, &error));
    refused(NETWORK->activate(STREAM, ACTIVATION_RELU, 1, 6, six, five, keep, six, &error));
    refused(NETWORK->activate_backward(STREAM, ACTIVATION_GELU, 2, 3, six, none, keep, five, 0, six, &error));
    refused(NETWORK->residual(STREAM, 2, 3, five, six, none, keep, six, &error));
    refused(NETWORK->dropout_backward(STREAM, 6, less, six, 0, six, &error));
    refused(NETWORK->glu(STREAM, 2, 3, six, none, six, &error));
    refused(NETWORK->glu_backward(STREAM, 1, 3, six, five, six, 0, six, &error));
    refused(NETWORK->weighted_sum(STREAM, 1, 2, 3, six, five, none, six, &error));
    refused(NETWORK->weighted_sum_backward(STREAM, 1, 1, 6, six, five, five, 0, none, 0, none, none, &error));
    must(NETWORK->activate_backward(STREAM, ACTIVATION_GELU, 2, 3, six, none, keep, six, 0, none, &error));
    must(NETWORK->fill(STREAM, 0, 1, none, &error));
    drop(six), drop(five);
}

#define EACH_SET(name, cases)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        with_each_instruction_set(cases);                                                                              \
    }

EACH_SET(copy_equals_float64, copy_cases)
EACH_SET(activations_equal_float64, activate_cases)
EACH_SET(smooth_activations_equal_float64, smooth_activations_are_exact)
EACH_SET(residuals_equal_float64, residual_cases)
EACH_SET(gates_equal_float64, gate_cases)
EACH_SET(mixes_equal_float64, mix_cases)
EACH_SET(dropout_masks_are_random, masks_are_random)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_equals_float64),
        cmocka_unit_test(activations_equal_float64),
        cmocka_unit_test(smooth_activations_equal_float64),
        cmocka_unit_test(residuals_equal_float64),
        cmocka_unit_test(gates_equal_float64),
        cmocka_unit_test(mixes_equal_float64),
        cmocka_unit_test(dropout_masks_are_random),
        cmocka_unit_test(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests_name("network layers", tests, open_compute, close_compute);
}
