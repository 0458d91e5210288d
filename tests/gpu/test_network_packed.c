#include "test_network_layers.h"

#include <float.h>

#include "core/pool.h"

/* Dense layers with packed weights against float64: Y = f(X Wᵀ + bias), Y = addend + X Wᵀ + bias. In bfloat16, X and W
 * are rounded first. */

#define STREAM compute.stream

static const struct compute_slice none;

struct layer {
    int64_t rows, in, out;
    enum precision precision;
    double *x, *w, *bias, *addend;
    struct compute_slice at_x, at_w, at_bias, at_addend, packed, y;
};

/* To the nearest multiple of 2^-7 of its binary exponent, ties to even. */
static double rounded(double value, enum precision precision)
{
    int exponent;
    if (precision != PRECISION_BFLOAT16)
        return value;
    double fraction = frexp(value, &exponent);
    return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

static void round_all(double *values, int64_t n, enum precision precision)
{
    for (int64_t i = 0; i < n; i++)
        values[i] = rounded(values[i], precision);
}

static void layer_open(struct layer *l, int64_t rows, int64_t in, int64_t out, enum precision precision)
{
    struct random random;
    random_seed(&random, (uint64_t)(rows * 31 + in * 7 + out));
    *l = (struct layer){.rows = rows, .in = in, .out = out, .precision = precision};
    l->x = zeros(rows * in), l->w = zeros(out * in), l->bias = zeros(out), l->addend = zeros(rows * out);
    l->at_x = random_slice(&random, rows * in, l->x);
    l->at_w = random_slice(&random, out * in, l->w);
    round_all(l->x, rows * in, precision);
    round_all(l->w, out * in, precision);
    l->at_bias = random_slice(&random, out, l->bias);
    l->at_addend = random_slice(&random, rows * out, l->addend);
    l->packed = upload(NULL, compute.ops->packed_weights(compute.device, precision, in, out));
    l->y = garbage(rows * out);
    must(compute.ops->pack_weights(STREAM, precision, in, out, l->at_w, l->packed, &error));
}

static void layer_close(struct layer *l)
{
    free(l->x), free(l->w), free(l->bias), free(l->addend);
    drop(l->at_x), drop(l->at_w), drop(l->at_bias), drop(l->at_addend), drop(l->packed), drop(l->y);
}

static void want(const struct layer *l, enum activation f, bool bias, bool addend, double *y)
{
    for (int64_t r = 0; r < l->rows; r++)
        for (int64_t j = 0; j < l->out; j++) {
            double sum = bias ? l->bias[j] : 0;
            for (int64_t k = 0; k < l->in; k++)
                sum += l->x[r * l->in + k] * l->w[j * l->in + k];
            y[r * l->out + j] = activation_at(f, sum) + (addend ? l->addend[r * l->out + j] : 0);
        }
}

static void check_layer(struct layer *l)
{
    int64_t n = l->rows * l->out;
    double *y = zeros(n), tolerance = 1e-6 * (1 + sqrt((double)l->in));
    for (int f = 0; f < ACTIVATIONS; f++)
        for (int bias = 0; bias < 2; bias++) {
            want(l, (enum activation)f, bias, false, y);
            fill_nan(l->y, n);
            must(compute.ops->dense_packed(STREAM, l->precision, (enum activation)f, l->rows, l->in, l->out, l->at_x,
                                           l->packed, bias ? l->at_bias : none, none, l->y, &error));
            expect("dense_packed", l->y, y, 1, n, tolerance);
        }
    want(l, ACTIVATION_IDENTITY, true, true, y);
    must(compute.ops->dense_packed(STREAM, l->precision, ACTIVATION_IDENTITY, l->rows, l->in, l->out, l->at_x,
                                   l->packed, l->at_bias, l->at_addend, l->y, &error));
    expect("dense_packed with an addend", l->y, y, 1, n, tolerance);
    must(compute.ops->dense_packed(STREAM, l->precision, ACTIVATION_IDENTITY, l->rows, l->in, l->out, l->at_x,
                                   l->packed, l->at_bias, l->at_addend, l->at_addend, &error));
    expect("dense_packed in place", l->at_addend, y, 1, n, tolerance);
    free(y);
}

/* Sizes that do and do not fill tiles, panels and blocks of the sum; one row and one column; a sum of several blocks;
 * an empty sum. */
static void layers_agree(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1},     {3, 5, 7}, {14, 16, 32},  {37, 16, 131},
                                       {50, 300, 96}, {6, 9, 8}, {29, 768, 33}, {251, 40, 64},
                                       {1, 2000, 40}, {4, 0, 5}, {2, 8192, 3}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int precision = 0; precision < PRECISIONS; precision++) {
            struct layer layer;
            layer_open(&layer, sizes[s][0], sizes[s][1], sizes[s][2], (enum precision)precision);
            check_layer(&layer);
            layer_close(&layer);
        }
}

/* Rows of X times one weight: ties go to the even neighbour, the largest numbers to infinity, NaN stays. */
static void values_are_rounded_to_even(void)
{
    static const float x[] = {0x1.01p0F,     0x1.03p0F, -0x1.01p0F,  0x1.010002p0F,
                              0x1.00FFFEp0F, 0x1p-120F, 0x1.FEp127F, 0x1.FFp127F,
                              -FLT_MAX,      -INFINITY, NAN},
                       want[] = {1,           0x1.04p0F, -1,        0x1.02p0F, 1,  0x1p-120F,
                                 0x1.FEp127F, INFINITY,  -INFINITY, -INFINITY, NAN};
    enum { ROWS = sizeof x / sizeof *x };
    const float one = 1;
    float y[ROWS];
    struct compute_slice at_x = upload(x, sizeof x), w = upload(&one, sizeof one), at_y = garbage(ROWS);
    struct compute_slice packed = upload(NULL, compute.ops->packed_weights(compute.device, PRECISION_BFLOAT16, 1, 1));
    must(compute.ops->pack_weights(STREAM, PRECISION_BFLOAT16, 1, 1, w, packed, &error));
    must(compute.ops->dense_packed(STREAM, PRECISION_BFLOAT16, ACTIVATION_IDENTITY, ROWS, 1, 1, at_x, packed, none,
                                   none, at_y, &error));
    download(at_y, y, sizeof y);
    for (int i = 0; i < ROWS; i++)
        if (isnan(want[i]) ? !isnan(y[i]) : y[i] != want[i])
            fail_msg("%a gives %a instead of %a", (double)x[i], (double)y[i], (double)want[i]);
    drop(at_x), drop(w), drop(at_y), drop(packed);
}

/* On other devices, the order in which blocks and threads run does not matter either. */
static void threads_do_not_matter_in(enum precision precision)
{
    enum { ROWS = 300, IN = 100, OUT = 70 };
    struct layer layer;
    layer_open(&layer, ROWS, IN, OUT, precision);
    float *results[2];
    struct pool *many = test_device_is_cpu() ? compute.device->pool : NULL, *one = NULL;
    must(pool_create(1, &one, &error));
    for (int i = 0; i < 2; i++) {
        results[i] = malloc((size_t)ROWS * OUT * 4);
        assert_non_null(results[i]);
        if (test_device_is_cpu())
            compute.device->pool = i ? one : many;
        must(compute.ops->dense_packed(STREAM, precision, ACTIVATION_GELU, ROWS, IN, OUT, layer.at_x, layer.packed,
                                       layer.at_bias, none, layer.y, &error));
        download(layer.y, results[i], (size_t)ROWS * OUT * 4);
    }
    if (test_device_is_cpu())
        compute.device->pool = many;
    pool_destroy(one);
    assert_memory_equal(results[0], results[1], (size_t)ROWS * OUT * 4);
    free(results[0]), free(results[1]);
    layer_close(&layer);
}

static void threads_do_not_matter(void)
{
    for (int precision = 0; precision < PRECISIONS; precision++)
        threads_do_not_matter_in((enum precision)precision);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    const enum precision f32 = PRECISION_FLOAT32;
    const enum activation relu = ACTIVATION_RELU, identity = ACTIVATION_IDENTITY;
    struct compute_slice x = upload(NULL, 24), five = upload(NULL, 20), large = upload(NULL, 4096);
    refused(compute.ops->pack_weights(STREAM, f32, 3, 2, five, large, &error));
    refused(compute.ops->pack_weights(STREAM, f32, 3, 2, x, five, &error));
    refused(compute.ops->pack_weights(STREAM, f32, -1, 2, x, large, &error));
    refused(compute.ops->pack_weights(STREAM, (enum precision)9, 3, 2, x, large, &error));
    refused(compute.ops->dense_packed(STREAM, f32, relu, 2, 3, 2, five, large, none, none, x, &error));
    refused(compute.ops->dense_packed(STREAM, f32, relu, 2, 3, 2, x, five, none, none, x, &error));
    refused(compute.ops->dense_packed(STREAM, f32, relu, 1, 3, 6, x, large, five, none, x, &error));
    refused(compute.ops->dense_packed(STREAM, f32, relu, 2, 3, 3, x, large, none, none, five, &error));
    refused(compute.ops->dense_packed(STREAM, f32, identity, 2, 3, 3, x, large, none, five, x, &error));
    refused(compute.ops->dense_packed(STREAM, f32, relu, 2, 3, 2, x, large, none, x, five, &error));
    refused(compute.ops->dense_packed(STREAM, f32, (enum activation)9, 2, 3, 2, x, large, none, none, x, &error));
    refused(compute.ops->dense_packed(STREAM, (enum precision)9, relu, 2, 3, 2, x, large, none, none, x, &error));
    must(compute.ops->dense_packed(STREAM, f32, relu, 0, 3, 2, none, large, none, none, none, &error));
    drop(x), drop(five), drop(large);
}

#define EACH_SET(name, cases)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        with_each_instruction_set(cases);                                                                              \
    }

EACH_SET(packed_layers_equal_float64, layers_agree)
EACH_SET(bfloat16_is_rounded_to_nearest, values_are_rounded_to_even)
EACH_SET(results_do_not_depend_on_threads, threads_do_not_matter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_layers_equal_float64),
        cmocka_unit_test(bfloat16_is_rounded_to_nearest),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests_name("dense layers with packed weights", tests, open_compute, close_compute);
}
