/* Xception against a port to PyTorch in float64 (tests/oracle/xception.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audionet/xception.h"
#include "tests/compute_fixture.h"

enum { IMAGES = 2, TIME = 48, FREQUENCY = 40, RESULT_MAX = IMAGES * 3 * 3 * 8 };

static const struct xception_shape small_shape = {{4, 5, 6, 7, 8}};

static struct safetensors *golden_open(void)
{
    char path[512];
    const char *source = getenv("SLEEVE_SOURCE");
    struct safetensors *golden = NULL;
    snprintf(path, sizeof path, "%s/tests/audionet/golden/xception.safetensors", source ? source : ".");
    must(safetensors_open(path, &golden, &error));
    return golden;
}

static struct parameters *declare(const struct xception_shape *shape, struct xception *xception)
{
    struct parameters *parameters = calloc(1, sizeof *parameters);
    assert_non_null(parameters);
    xception_declare(parameters, "xception", shape, xception);
    xception_declare_running(parameters, "xception", xception);
    return parameters;
}

static void test_result(void **state)
{
    (void)state;
    struct xception xception;
    struct random random;
    struct tape tape;
    float own[RESULT_MAX];
    struct safetensors *golden = golden_open();
    struct parameters *parameters = declare(&small_shape, &xception);
    random_seed(&random, 1);
    must(parameters_create(parameters, &compute, true, &random, &error));
    must(xception_load(&xception, &compute, golden, &error));
    tape_open(&tape, &compute);
    tape_reset(&tape, true);
    struct image image = {IMAGES, TIME, FREQUENCY};
    struct tensor *x = tape_tensor(&tape, (int64_t)IMAGES * TIME * FREQUENCY, 3, false);
    x->value =
        tape_upload(&tape, safetensors_find(golden, "golden/images")->bytes, (int64_t)IMAGES * TIME * FREQUENCY * 3);
    struct tensor *result = xception_apply(&tape, &xception, x, &image);
    must(tape_status(&tape, &error));
    assert_int_equal(image.time, 3);
    assert_int_equal(image.frequency, 3);
    assert_int_equal(result->rows * result->columns, RESULT_MAX);
    tape_download(&tape, result->value, own, sizeof own);
    must(tape_status(&tape, &error));
    const float *expected = safetensors_find(golden, "golden/result")->bytes;
    double largest = 0, worst = 0;
    for (int i = 0; i < RESULT_MAX; i++) {
        assert_true(own[i] == own[i]);
        largest = fmax(largest, fabs((double)expected[i]));
        worst = fmax(worst, fabs((double)own[i] - (double)expected[i]));
    }
    print_message("# largest difference %.2g of %.3g\n", worst, largest);
    assert_true(worst < 1e-5 * largest);
    tape_close(&tape);
    parameters_destroy(parameters);
    free(parameters);
    safetensors_close(golden);
}

/* The published network's numbers up to this layer, without running statistics. */
static void test_parameters(void **state)
{
    (void)state;
    struct xception xception;
    struct parameters *parameters = declare(&xception_published, &xception);
    assert_false(parameters->misdeclared);
    size_t count = 0;
    for (size_t i = 0; i < parameters->count; i++)
        if (parameters->items[i].trained)
            count += (size_t)(parameters->items[i].tensor.rows * parameters->items[i].tensor.columns);
    /* Block 1: 3·3·3·32 + 3·3·32·64 and norms; a separable layer has 9·in + in·out + 2·out. */
    size_t expected = 864 + 64 + 18432 + 128;
    const size_t widths[] = {64, 128, 256, 728};
    for (int i = 0; i < 3; i++) {
        size_t in = widths[i], out = widths[i + 1];
        expected += in * out + 2 * out + 9 * in + in * out + 2 * out + 9 * out + out * out + 2 * out;
    }
    expected += (size_t)7 * 3 * (9 * 728 + 728 * 728 + 2 * 728);
    assert_int_equal(count, expected);
    free(parameters);
}

static void test_other_weights(void **state)
{
    (void)state;
    static const struct xception_shape wide = {{4, 5, 6, 7, 9}};
    struct xception xception;
    struct random random;
    struct error fault = {0};
    struct safetensors *golden = golden_open();
    struct parameters *parameters = declare(&wide, &xception);
    random_seed(&random, 1);
    must(parameters_create(parameters, &compute, false, &random, &error));
    assert_int_equal(xception_load(&xception, &compute, golden, &fault), STATUS_BAD_DATA);
    assert_non_null(strstr(fault.text, "conv2d_2/kernel"));
    parameters_destroy(parameters);
    free(parameters);
    safetensors_close(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_other_weights),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
