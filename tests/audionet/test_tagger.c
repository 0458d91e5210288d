/* Trainable taggers against a forward pass in float64 (tests/oracle/musicnn.py); their gradients against differences.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audionet/tagger.h"
#include "tests/compute_fixture.h"

enum { PATCHES = 2 };

static const struct tagger_shape small_choi = {
    .layers = 3,
    .filters = 5,
    .frames = 34,
    .mels = 24,
    .pools = {{.time = 4, .frequency = 2}, {.time = 4, .frequency = 3}, {.time = 2, .frequency = 2}},
    .norm_first = true,
};

struct small {
    char path[512];
    struct safetensors *golden;
    struct parameters *parameters;
    struct tagger tagger;
    struct tape tape;
};

static void small_open(struct small *small, const char *name, const struct tagger_shape *shape)
{
    const char *source = getenv("SLEEVE_SOURCE");
    struct random random;
    snprintf(small->path, sizeof small->path, "%s/tests/audionet/golden/%s.safetensors", source ? source : ".", name);
    must(safetensors_open(small->path, &small->golden, &error));
    small->parameters = calloc(1, sizeof *small->parameters);
    assert_non_null(small->parameters);
    tagger_declare(small->parameters, "tagger", shape, &small->tagger);
    tagger_declare_running(small->parameters, "tagger", &small->tagger);
    random_seed(&random, 1);
    must(parameters_create(small->parameters, &compute, true, &random, &error));
    must(tagger_load(&small->tagger, &compute, small->golden, &error));
    tape_open(&small->tape, &compute);
}

static void small_close(struct small *small)
{
    tape_close(&small->tape);
    parameters_destroy(small->parameters);
    free(small->parameters);
    safetensors_close(small->golden);
}

static const float *golden_values(const struct small *small, const char *name)
{
    const struct tensor_view *view = safetensors_find(small->golden, name);
    assert_non_null(view);
    return view->bytes;
}

/* Embeddings [PATCHES x width] of the golden patches. */
static struct tensor *apply(struct small *small)
{
    const struct tagger_shape *shape = &small->tagger.shape;
    int64_t pixels = PATCHES * shape->frames * shape->mels;
    struct tensor *x = tape_tensor(&small->tape, pixels, 1, false);
    x->value = tape_upload(&small->tape, golden_values(small, "golden/patches"), pixels);
    return tagger_apply(&small->tape, &small->tagger, PATCHES, x);
}

static void check_network(const char *name, const struct tagger_shape *shape)
{
    struct small small;
    float own[PATCHES * 64];
    small_open(&small, name, shape);
    tape_reset(&small.tape, false);
    struct tensor *result = apply(&small);
    int64_t width = tagger_width(shape), n = PATCHES * width;
    must(tape_status(&small.tape, &error));
    assert_int_equal(result->columns, width);
    tape_download(&small.tape, result->value, own, (size_t)n * sizeof *own);
    must(tape_status(&small.tape, &error));
    const float *expected = golden_values(&small, "golden/embedding");
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)own[i] - (double)expected[i]) < 1e-5 * (1 + fabs((double)expected[i]))))
            fail_msg("%s, number %lld: %.9g, expected %.9g", name, (long long)i, (double)own[i], (double)expected[i]);
    small_close(&small);
}

static void test_vgg(void **state)
{
    (void)state;
    struct tagger_shape shape = tagger_vgg;
    shape.filters = 6, shape.frames = 68, shape.mels = 128;
    check_network("vgg", &shape);
}

static void test_choi(void **state)
{
    (void)state;
    check_network("choi", &small_choi);
}

/* Half the sum of squares of the result, and its gradient in all parameters. */
static double loss_of(struct small *small, bool backward)
{
    float values[PATCHES * 64];
    tape_reset(&small->tape, backward);
    parameters_begin(small->parameters);
    struct tensor *result = apply(small);
    int64_t n = result->rows * result->columns;
    tape_download(&small->tape, result->value, values, (size_t)n * sizeof *values);
    double loss = 0;
    for (int64_t i = 0; i < n; i++)
        loss += 0.5 * (double)values[i] * (double)values[i];
    if (backward) {
        float beta;
        struct compute_slice gradient = tape_gradient(&small->tape, result, &beta);
        must(compute.ops->network.add_scaled(compute.stream, n, 1, result->value, beta, gradient, &error));
        tape_backward(&small->tape);
        must(parameters_complete_gradients(small->parameters, &error));
    }
    must(tape_status(&small->tape, &error));
    return loss;
}

/* All layers can be trained: the loss changes along the gradient as the gradient says. */
static void test_gradient(void **state)
{
    (void)state;
    struct small small;
    small_open(&small, "choi", &small_choi);
    struct parameters *parameters = small.parameters;
    size_t n = parameters->n_trained, all = parameters->n_values;
    float *values = malloc(all * sizeof *values), *moved = malloc(all * sizeof *moved), *g = malloc(n * sizeof *g);
    assert_non_null(values);
    assert_non_null(moved);
    assert_non_null(g);
    loss_of(&small, true);
    must(compute.ops->buffer_read(compute.stream, parameters->gradients, 0, g, n * sizeof *g, &error));
    must(parameters_read(parameters, values, &error));
    double square = 0, step = 1e-3, losses[2];
    for (size_t i = 0; i < n; i++)
        square += (double)g[i] * (double)g[i];
    assert_true(square > 1e-6);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < all; i++)
            moved[i] = values[i];
        for (size_t i = 0; i < n; i++)
            moved[i] += (float)((side == 0 ? 1 : -1) * step * (double)g[i] / sqrt(square));
        must(parameters_write(parameters, moved, &error));
        losses[side] = loss_of(&small, false);
    }
    double found = (losses[0] - losses[1]) / (2 * step);
    print_message("# slope %.6g, expected %.6g\n", found, sqrt(square));
    assert_true(fabs(found - sqrt(square)) < 0.01 * sqrt(square));
    free(values), free(moved), free(g);
    small_close(&small);
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(tagger_width(&tagger_vgg), 256);
    assert_int_equal(tagger_width(&tagger_choi), 32);
    struct tagger_shape shape = tagger_choi;
    shape.frames = 100;
    assert_int_equal(tagger_width(&shape), 0);
}

static void test_other_weights(void **state)
{
    (void)state;
    struct small small;
    struct safetensors *file;
    struct error fault = {0};
    char other[512];
    small_open(&small, "choi", &small_choi);
    snprintf(other, sizeof other, "%.*svgg.safetensors", (int)(strrchr(small.path, '/') - small.path + 1), small.path);
    must(safetensors_open(other, &file, &error));
    assert_int_equal(tagger_load(&small.tagger, &compute, file, &fault), STATUS_BAD_DATA);
    print_message("# %s\n", fault.text);
    assert_non_null(strstr(fault.text, "1CNN/kernel"));
    safetensors_close(file);
    small_close(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vgg),    cmocka_unit_test(test_choi),          cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_widths), cmocka_unit_test(test_other_weights),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
