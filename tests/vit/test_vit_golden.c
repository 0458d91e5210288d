/* Towers against transformers (tests/oracle/vit.py): pixels, every layer, embeddings; on the CPU and on the emulated
 * GPU. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/compute_fixture.h"
#include "tests/folder.h"
#include "tests/vit/small_model.h"
#include "vit/prepare.h"

enum { IMAGES = 2, PATH_MAX_ = 80 };

static const double tolerance = 1e-4, cosine_least = 0.99999;

static double cosine(const float *a, const float *b, int64_t n)
{
    double dot = 0, aa = 0, bb = 0;
    for (int64_t i = 0; i < n; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

static void check_close(const char *what, const float *own, const float *expected, int64_t n)
{
    double worst = 0, angle = cosine(own, expected, n);
    for (int64_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)own[i] - (double)expected[i]));
        if (isnan(own[i]))
            fail_msg("%s: NaN at %lld", what, (long long)i);
    }
    print_message("# %s: largest difference %.2g, cosine 1 - %.2g\n", what, worst, 1 - angle);
    assert_true(worst < tolerance);
    assert_true(angle > cosine_least);
}

struct small {
    struct safetensors *golden;
    char folder[TEST_FOLDER_MAX], path[PATH_MAX_];
    struct vit_tower tower;
};

static void small_open(struct small *small, const char *family, const struct small_variant *variant,
                       const struct vit_options *options)
{
    small->golden = golden_open(family);
    assert_true(test_folder_make(small->folder));
    snprintf(small->path, sizeof small->path, "%s/model.safetensors", small->folder);
    small_model_write(small->golden, small->path, variant);
    must(vit_tower_open(small->path, options, &compute, &small->tower, &error));
}

static void small_close(struct small *small)
{
    vit_tower_close(&small->tower);
    safetensors_close(small->golden);
    unlink(small->path);
    rmdir(small->folder);
}

/* Prepared pictures [IMAGES x vit_input] from the golden file's bytes, for the caller to free. */
static float *prepared_of(const struct small *small)
{
    const struct vit_shape *shape = &small->tower.shape;
    const struct vit_preparation preparation = vit_preparation_of(shape);
    const struct tensor_view *bytes = safetensors_find(small->golden, "bytes");
    float *prepared = malloc((size_t)(IMAGES * vit_input(shape)) * sizeof *prepared);
    assert_non_null(prepared);
    int edge = (int)bytes->shape[1];
    for (int i = 0; i < IMAGES; i++) {
        uint8_t *rgb = (uint8_t *)(uintptr_t)bytes->bytes + (size_t)i * (size_t)edge * (size_t)edge * 3;
        const struct image image = {.width = edge, .height = edge, .rgb = rgb};
        vit_patches(&preparation, shape, &image, prepared + i * vit_input(shape));
    }
    return prepared;
}

static void check_rows(const char *what, const struct small *small, const char *expected)
{
    const struct vit_tower *tower = &small->tower;
    float *prepared = prepared_of(small), rows[IMAGES * 128];
    assert_true(tower->shape.width <= 128);
    must(vit_tower_run(tower, IMAGES, prepared, rows, &error));
    check_close(what, rows, golden_floats(small->golden, expected), IMAGES * tower->shape.width);
    free(prepared);
}

/* Every layer, step by step. */
static void check_states(const struct small *small, const char *expected)
{
    const struct vit_tower *tower = &small->tower;
    const struct vit_shape *shape = &tower->shape;
    const struct tensor_view *view = safetensors_find(small->golden, expected);
    int64_t size = vit_tokens(shape) * shape->encoder.hidden, states = shape->encoder.layers + 1;
    assert_int_equal(view->shape[1], states);
    assert_int_equal(view->shape[2] * view->shape[3], size);
    float *prepared = prepared_of(small), *own = malloc((size_t)(IMAGES * size) * sizeof *own);
    assert_non_null(own);
    must(vit_tower_begin(tower, IMAGES, prepared, &error));
    for (int64_t layer = 0; layer < states; layer++) {
        if (layer > 0)
            must(encoder_run(&tower->encoder, &compute, layer - 1, layer, IMAGES, vit_tokens(shape), false, tower->x,
                             tower->workspace, &error));
        must(compute.ops->buffer_read(compute.stream, tower->x.buffer, 0, own, (size_t)(IMAGES * size) * sizeof *own,
                                      &error));
        for (int64_t i = 0; i < IMAGES; i++)
            check_close(expected, own + i * size, (const float *)view->bytes + (i * states + layer) * size, size);
    }
    free(prepared);
    free(own);
}

static void test_clip(void **state)
{
    (void)state;
    struct small small;
    small_open(&small, "clip", &(struct small_variant){0}, &(struct vit_options){0});
    assert_int_equal(small.tower.shape.edge, golden_number(small.golden, "image"));
    assert_int_equal(small.tower.shape.encoder.heads, 2);
    check_states(&small, "states");
    check_rows("embedding", &small, "embedding");
    small_close(&small);
}

static void test_clip_smaller_pictures(void **state)
{
    (void)state;
    struct small small;
    small_open(&small, "clip", &(struct small_variant){0}, &(struct vit_options){.edge = 37});
    assert_int_equal(small.tower.shape.grid, 2);
    check_rows("embedding of 37 x 37 pixels", &small, "small_embedding");
    small_close(&small);
}

static void test_dinov2(void **state)
{
    (void)state;
    static const struct {
        enum vit_positions positions;
        const char *states, *embedding;
    } modes[] = {{POSITIONS_CURRENT, "states", "embedding"}, {POSITIONS_OLD, "old_states", "old_embedding"}};
    for (size_t i = 0; i < 2; i++) {
        struct small small;
        small_open(&small, "dinov2", &(struct small_variant){0},
                   &(struct vit_options){.edge = 56, .positions = modes[i].positions});
        check_states(&small, modes[i].states);
        check_rows(modes[i].embedding, &small, modes[i].embedding);
        small_close(&small);
    }
}

/* Names that differ between versions, tensors that are not needed, numbers of 16 bits. */
static void test_variants(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        struct small_variant variant;
    } files[] = {
        {"clip", {.from = "vision_model.", .to = ""}},
        {"clip", {.without = "text_"}},
        {"clip", {.extra = "vision_model.embeddings.position_ids"}},
        {"dinov2", {.from = "", .to = "dinov2."}},
        {"dinov2", {.without = "mask_token"}},
        {"dinov2", {.extra = "classifier.weight"}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct small small;
        bool clip = strcmp(files[i].family, "clip") == 0;
        small_open(&small, files[i].family, &files[i].variant, &(struct vit_options){.edge = clip ? 0 : 56});
        check_rows("variant", &small, "embedding");
        small_close(&small);
    }
}

/* bfloat16 has 8 bits: embeddings of the truncated weights are close, not equal. */
static void test_half(void **state)
{
    (void)state;
    struct small small;
    small_open(&small, "clip", &(struct small_variant){.dtype = "BF16"}, &(struct vit_options){0});
    float *prepared = prepared_of(&small), rows[IMAGES * 128];
    const float *expected = golden_floats(small.golden, "embedding");
    must(vit_tower_run(&small.tower, IMAGES, prepared, rows, &error));
    assert_true(cosine(rows, expected, small.tower.shape.width) > 0.99);
    free(prepared);
    small_close(&small);
}

/* Rounding to bfloat16 changes a number by at most 2^-8 of it, so inputs and weights change a product by about 2^-7 of
 * its length at most, and to first order the four products of each layer turn the tokens by at most the sum of these
 * angles. Below, the embeddings are not those of float32. */
static void test_bfloat16(void **state)
{
    (void)state;
    static const char *const families[] = {"clip", "dinov2"};
    for (int i = 0; i < 2; i++) {
        struct small small;
        small_open(&small, families[i], &(struct small_variant){0},
                   &(struct vit_options){.edge = i == 0 ? 0 : 56, .precision = PRECISION_BFLOAT16});
        float *prepared = prepared_of(&small), rows[IMAGES * 128];
        const float *expected = golden_floats(small.golden, "embedding");
        int64_t width = small.tower.shape.width;
        double most = 4 * (double)small.tower.shape.encoder.layers / 128;
        must(vit_tower_run(&small.tower, IMAGES, prepared, rows, &error));
        for (int64_t image = 0; image < IMAGES; image++) {
            double angle = acos(fmin(1, cosine(rows + image * width, expected + image * width, width)));
            print_message("# %s in bfloat16: angle %.2g, at most %.2g\n", families[i], angle, most);
            assert_true(angle < most);
            assert_true(angle > 1.0 / (1 << 12));
        }
        free(prepared);
        small_close(&small);
    }
}

/* More pictures than are computed together: each row is that of its picture. */
static void test_batches(void **state)
{
    (void)state;
    struct small small;
    small_open(&small, "clip", &(struct small_variant){0}, &(struct vit_options){0});
    struct vit_tower *tower = &small.tower;
    int64_t size = vit_input(&tower->shape), width = tower->shape.width;
    tower->batch = 3;
    float *prepared = prepared_of(&small), *many = malloc((size_t)(7 * size) * sizeof *many), rows[7 * 128];
    assert_non_null(many);
    for (int i = 0; i < 7; i++)
        memcpy(many + i * size, prepared + i % 2 * size, (size_t)size * sizeof *many);
    must(vit_tower_run(tower, 7, many, rows, &error));
    for (int i = 0; i < 7; i++)
        check_close("row", rows + i * width, golden_floats(small.golden, "embedding") + i % 2 * width, width);
    free(prepared);
    free(many);
    small_close(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clip),    cmocka_unit_test(test_clip_smaller_pictures),
        cmocka_unit_test(test_dinov2),  cmocka_unit_test(test_variants),
        cmocka_unit_test(test_half),    cmocka_unit_test(test_bfloat16),
        cmocka_unit_test(test_batches),
    };
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
