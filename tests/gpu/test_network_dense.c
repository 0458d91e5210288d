#include "test_network_layers.h"

/* Two dense layers fused with an activation against float64: Y = Drop(f(X Wᵀ + bias)) Vᵀ. */

#define NETWORK (&compute.ops->network)
#define STREAM compute.stream

enum { X, W, BIAS, V };

/* Of a problem, `rows` are those of X and `d` is the width of the hidden layer. */
static int64_t in_of(const struct problem *p)
{
    return p->sizes[X] / p->rows;
}

static int64_t out_of(const struct problem *p)
{
    return p->n_outputs / p->rows;
}

/* Column j of row r before the activation. */
static double before(const struct problem *p, int64_t r, int64_t j)
{
    int64_t in = in_of(p);
    double v = p->sizes[BIAS] ? p->inputs[BIAS][j] : 0;
    for (int64_t k = 0; k < in; k++)
        v += p->inputs[X][r * in + k] * p->inputs[W][j * in + k];
    return v;
}

static void forward(struct problem *p)
{
    int64_t out = out_of(p);
    memset(p->outputs, 0, (size_t)p->n_outputs * sizeof *p->outputs);
    for (int64_t r = 0; r < p->rows; r++)
        for (int64_t j = 0; j < p->d; j++) {
            double h = factor_of(p, r * p->d + j) * activation_at(p->f, before(p, r, j));
            for (int64_t o = 0; o < out; o++)
                p->outputs[r * out + o] += h * p->inputs[V][o * p->d + j];
        }
}

static void backward(struct problem *p)
{
    int64_t in = in_of(p), out = out_of(p);
    for (int64_t r = 0; r < p->rows; r++)
        for (int64_t j = 0; j < p->d; j++) {
            double v = before(p, r, j), factor = factor_of(p, r * p->d + j), d_h = 0;
            for (int64_t o = 0; o < out; o++) {
                d_h += p->d_outputs[r * out + o] * p->inputs[V][o * p->d + j];
                p->gradients[V][o * p->d + j] += p->d_outputs[r * out + o] * factor * activation_at(p->f, v);
            }
            double d_u = d_h * factor * activation_slope_at(p->f, v);
            if (p->sizes[BIAS])
                p->gradients[BIAS][j] += d_u;
            for (int64_t k = 0; k < in; k++) {
                p->gradients[X][r * in + k] += d_u * p->inputs[W][j * in + k];
                p->gradients[W][j * in + k] += d_u * p->inputs[X][r * in + k];
            }
        }
}

static void check_problem(struct problem *p, double tolerance)
{
    int64_t rows = p->rows, in = in_of(p), width = p->d, out = out_of(p);
    struct compute_slice hidden = garbage(rows * width), slopes = garbage(rows * width), none = {0};
    /* Without slopes, as for inference. */
    must(NETWORK->dense(STREAM, p->f, rows, in, width, p->in[X], p->in[W], p->in[BIAS], p->dropout, none, hidden,
                        &error));
    must(compute.ops->gemm(STREAM, 0, 1, rows, out, width, 1, hidden, p->in[V], 0, p->out, &error));
    expect_output("dense", p, tolerance);
    fill_nan(hidden, rows * width);
    must(NETWORK->dense(STREAM, p->f, rows, in, width, p->in[X], p->in[W], p->in[BIAS], p->dropout, slopes, hidden,
                        &error));
    must(compute.ops->gemm(STREAM, 0, 1, rows, out, width, 1, hidden, p->in[V], 0, p->out, &error));
    expect_output("dense with slopes", p, tolerance);
    for (int beta = 0; beta < 2; beta++) {
        fill_nan(hidden, rows * width);
        must(NETWORK->dense_backward(STREAM, rows, width, out, p->in[V], slopes, p->d_out, hidden, (float)beta,
                                     p->d_in[BIAS], &error));
        if (p->sizes[BIAS])
            expect_gradient("dense_backward, the bias", p, BIAS, 1 + beta, tolerance);
        must(compute.ops->gemm(STREAM, 0, 0, rows, in, width, 1, hidden, p->in[W], 0, p->d_in[X], &error));
        expect_gradient("dense_backward", p, X, 1, tolerance);
        must(compute.ops->gemm(STREAM, 1, 0, width, in, rows, 1, hidden, p->in[X], 0, p->d_in[W], &error));
        expect_gradient("dense_backward", p, W, 1, tolerance);
    }
    drop(hidden), drop(slopes);
}

/* Sizes that do and do not fill the tiles and blocks of the CPU's own product, or that are left to BLAS: few columns, a
 * sum in several parts, more rows than one thread processes. */
static void dense_cases(void)
{
    const int64_t sizes[][4] = {{1, 1, 1, 1},      {3, 5, 7, 2},       {14, 16, 32, 16},   {37, 16, 131, 17},
                                {70, 131, 61, 33}, {40, 300, 64, 530}, {29, 17, 700, 600}, {4600, 16, 40, 16}};
    struct random random;
    random_seed(&random, 11);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int mode = 0; mode < 4 * ACTIVATIONS; mode++) {
            int64_t rows = sizes[s][0], in = sizes[s][1], width = sizes[s][2], out = sizes[s][3];
            struct problem p = {.rows = rows,
                                .d = width,
                                .f = (enum activation)(mode / 4),
                                .dropout = {mode & 1 ? 0.3f : 0, 99},
                                .forward = forward,
                                .backward = backward,
                                .sizes = {rows * in, width * in, mode & 2 ? width : 0, out * width},
                                .n_outputs = rows * out};
            if (rows * width > 10000 && mode != 4 * ACTIVATION_GELU + 3)
                continue;
            problem_open(&p, &random);
            /* Where nothing cancels, sums are of the first size; where the activation is not linear, the error of the
             * sum before it is multiplied by the gradient after it, which gives the second. float32 errors are a share
             * of these. */
            double size = sqrt(fmax((double)rows, (double)width) * fmax((double)in, (double)out));
            check_problem(&p, 4e-6 * (size + sqrt((double)in * (double)out)));
            problem_close(&p);
        }
}

static void dense_layers_equal_float64(void **state)
{
    (void)state;
    with_each_instruction_set(dense_cases);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    struct compute_slice six = upload(NULL, 24), five = upload(NULL, 20), none = {0};
    struct dropout keep = {0}, all = {1, 0};
    enum activation relu = ACTIVATION_RELU;
    refused(NETWORK->dense(STREAM, relu, 2, 3, 2, five, six, none, keep, none, six, &error));
    refused(NETWORK->dense(STREAM, relu, 2, 3, 3, six, six, none, keep, none, six, &error));
    refused(NETWORK->dense(STREAM, relu, 1, 1, 6, six, six, five, keep, none, six, &error));
    refused(NETWORK->dense(STREAM, relu, 2, 3, 2, six, six, none, all, none, six, &error));
    refused(NETWORK->dense(STREAM, (enum activation)7, 2, 3, 2, six, six, none, keep, none, six, &error));
    refused(NETWORK->dense(STREAM, relu, 3, 2, 2, six, six, none, keep, five, six, &error));
    refused(NETWORK->dense_backward(STREAM, 2, 3, 2, six, none, six, six, 0, none, &error));
    refused(NETWORK->dense_backward(STREAM, 2, 3, 2, six, six, six, five, 0, none, &error));
    refused(NETWORK->dense_backward(STREAM, 1, 6, 1, six, six, six, six, 0, five, &error));
    refused(NETWORK->dense_backward(STREAM, -1, 6, 1, six, six, six, six, 0, five, &error));
    drop(six), drop(five);
}

/* An empty sum. */
static void a_gradient_of_no_rows_is_zero(void **state)
{
    (void)state;
    const float old[4] = {1, 2, 3, 4};
    float sums[4];
    struct compute_slice four = upload(old, sizeof old), none = upload(NULL, 4);
    for (int beta = 1; beta >= 0; beta--) {
        must(NETWORK->dense_backward(STREAM, 0, 4, 1, four, none, none, none, (float)beta, four, &error));
        download(four, sums, sizeof sums);
        for (int i = 0; i < 4; i++)
            assert_true(sums[i] == (beta ? old[i] : 0));
    }
    drop(four), drop(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_layers_equal_float64),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(a_gradient_of_no_rows_is_zero),
    };
    return cmocka_run_group_tests_name("network dense layers", tests, open_compute, close_compute);
}
