/* Small networks against the package's forward pass in float64 (tests/oracle/musicnn.py), on the CPU and on the
 * emulated GPU. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "audionet/audionet.h"
#include "tests/compute_fixture.h"

enum { WIDTH_MAX = 64, PATCHES = 2 };

struct small {
    char path[512];
    struct safetensors *golden;
    struct audionet *net;
};

static void small_open(struct small *small, const char *name)
{
    const char *source = getenv("SLEEVE_SOURCE");
    snprintf(small->path, sizeof small->path, "%s/tests/audionet/golden/%s.safetensors", source ? source : ".", name);
    must(safetensors_open(small->path, &small->golden, &error));
    must(audionet_open(small->path, &compute, &small->net, &error));
}

static void small_close(struct small *small)
{
    audionet_close(small->net);
    safetensors_close(small->golden);
}

static const float *golden_values(const struct small *small, const char *name)
{
    const struct tensor_view *view = safetensors_find(small->golden, name);
    assert_non_null(view);
    return view->bytes;
}

static void check_close(const char *what, const float *own, const float *expected, int64_t n)
{
    double worst = 0, size = 0;
    for (int64_t i = 0; i < n; i++) {
        assert_true(own[i] == own[i]);
        worst = fmax(worst, fabs((double)own[i] - (double)expected[i]));
        size = fmax(size, fabs((double)expected[i]));
    }
    print_message("# %s: largest difference %.2g of %.3g\n", what, worst, size);
    assert_true(worst < 1e-5 * fmax(size, 1));
}

static void check_network(const char *name, int64_t computed, int64_t all)
{
    struct small small;
    float embedding[PATCHES * WIDTH_MAX], tags[PATCHES * WIDTH_MAX];
    small_open(&small, name);
    const struct audionet_shape *shape = audionet_shape_of(small.net);
    int64_t own, total;
    audionet_filters(small.net, &own, &total);
    assert_int_equal(own, computed);
    assert_int_equal(total, all);
    const float *patches = golden_values(&small, "golden/patches");
    must(audionet_run(small.net, PATCHES, patches, embedding, tags, &error));
    check_close("embedding", embedding, golden_values(&small, "golden/embedding"), PATCHES * shape->width);
    check_close("tags", tags, golden_values(&small, "golden/tags"), PATCHES * shape->tags);
    assert_string_equal(audionet_tag(small.net, 2), "jazz");
    small_close(&small);
}

static void test_musicnn(void **state)
{
    (void)state;
    check_network("musicnn", 14, 21); /* 3 + 1 + 3 filters of the file have vanished */
}

static void test_vgg(void **state)
{
    (void)state;
    check_network("vgg", 26, 30); /* 2 + 1 + 2 filters have vanished; the first of a layer is always computed */
}

/* More patches than are computed together: each result belongs to its patch. */
static void test_many_patches(void **state)
{
    (void)state;
    enum { MANY = 19, WIDTH = 12, TAGS = 5 };
    struct small small;
    small_open(&small, "musicnn");
    const struct audionet_shape *shape = audionet_shape_of(small.net);
    int64_t size = shape->frames * shape->mels;
    const float *patches = golden_values(&small, "golden/patches");
    float *many = malloc((size_t)(MANY * size) * sizeof *many);
    float rows[MANY * WIDTH], expected[PATCHES * WIDTH], tags[MANY * TAGS];
    assert_non_null(many);
    for (int64_t i = 0; i < MANY; i++)
        for (int64_t k = 0; k < size; k++)
            many[i * size + k] = patches[i % PATCHES * size + k];
    must(audionet_run(small.net, MANY, many, rows, NULL, &error));
    must(audionet_run(small.net, MANY, many, NULL, tags, &error));
    must(audionet_run(small.net, PATCHES, patches, expected, NULL, &error));
    for (int64_t i = 0; i < MANY; i++) {
        for (int64_t k = 0; k < WIDTH; k++)
            assert_true(fabsf(rows[i * WIDTH + k] - expected[i % PATCHES * WIDTH + k]) < 1e-5F);
        for (int64_t k = 0; k < TAGS; k++)
            assert_true(fabsf(tags[i * TAGS + k] - golden_values(&small, "golden/tags")[i % PATCHES * TAGS + k]) <
                        1e-5F);
    }
    free(many);
    small_close(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_musicnn),
        cmocka_unit_test(test_vgg),
        cmocka_unit_test(test_many_patches),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
