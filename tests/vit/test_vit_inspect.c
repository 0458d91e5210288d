/* What is read from files of weights: shapes, missing and wrong tensors, files that are refused, numbers of 16 bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "tests/folder.h"
#include "tests/vit/small_model.h"
#include "vit/inspect.h"

struct small {
    char folder[TEST_FOLDER_MAX], path[80], config[80];
};

static void small_open(struct small *small, const char *family, const struct small_variant *variant)
{
    struct safetensors *golden = golden_open(family);
    assert_true(test_folder_make(small->folder));
    snprintf(small->path, sizeof small->path, "%s/model.safetensors", small->folder);
    snprintf(small->config, sizeof small->config, "%s/config.json", small->folder);
    small_model_write(golden, small->path, variant);
    safetensors_close(golden);
}

static void small_close(struct small *small)
{
    unlink(small->path);
    unlink(small->config);
    rmdir(small->folder);
}

static struct vit_inspection inspect(const struct small *small)
{
    struct weights weights;
    struct vit_inspection inspection;
    must(weights_open(small->path, &weights, &error));
    must(vit_inspect(&weights, &(struct vit_options){0}, &inspection, &error));
    weights_close(&weights);
    return inspection;
}

static struct vit_inspection inspect_variant(const char *family, const struct small_variant *variant)
{
    struct small small;
    small_open(&small, family, variant);
    struct vit_inspection inspection = inspect(&small);
    small_close(&small);
    return inspection;
}

static void whole_files(void **state)
{
    (void)state;
    struct vit_inspection clip = inspect_variant("clip", &(struct small_variant){.random = true});
    assert_true(clip.usable && clip.random && !clip.has_config);
    assert_int_equal(clip.shape.family, VIT_CLIP);
    assert_int_equal(clip.shape.encoder.layers, 2);
    assert_int_equal(clip.shape.encoder.inner, 192);
    assert_int_equal(clip.shape.width, 24);
    assert_int_equal(clip.n_needed, 8 + 2 * 16);
    assert_int_equal(clip.n_found, clip.n_needed);
    assert_int_equal(clip.n_ignored, 0);
    assert_int_equal(clip.n_text + clip.n_found, clip.n_tensors);
    assert_string_equal(clip.types, "F32");
    assert_null(clip.published);
    struct vit_inspection dinov2 =
        inspect_variant("dinov2", &(struct small_variant){.from = "", .to = "dinov2.", .extra = "classifier.weight"});
    assert_true(dinov2.usable && !dinov2.random);
    assert_int_equal(dinov2.shape.family, VIT_DINOV2);
    assert_int_equal(dinov2.shape.stored_grid, 5);
    assert_int_equal(dinov2.shape.edge, 224);
    assert_int_equal(dinov2.n_needed, 6 + 2 * 18);
    assert_int_equal(dinov2.n_ignored, 1);
    assert_string_equal(dinov2.ignored, "classifier.weight");
}

static void faults_are_listed(void **state)
{
    (void)state;
    struct vit_inspection missing = inspect_variant("clip", &(struct small_variant){.without = "1.mlp.fc2"});
    assert_false(missing.usable);
    assert_int_equal(missing.n_missing, 2);
    assert_int_equal(missing.n_faults, 2);
    assert_non_null(strstr(missing.faults[0].text, "vision_model.encoder.layers.1.mlp.fc2.weight"));
    struct vit_inspection wrong = inspect_variant("dinov2", &(struct small_variant){.odd = "layernorm.bias"});
    assert_false(wrong.usable);
    assert_int_equal(wrong.n_wrong, 1);
    assert_non_null(strstr(wrong.fault.text, "has the shape [63]; expected [64]"));
    /* Half a layer is a fault, not a smaller model. */
    struct vit_inspection half = inspect_variant("dinov2", &(struct small_variant){.without = "layer.1.norm2"});
    assert_int_equal(half.shape.encoder.layers, 2);
    assert_int_equal(half.n_missing, 2);
}

static void refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        struct small_variant variant;
        const char *says;
    } files[] = {
        {"clip", {.without = "class_embedding"}, "is not a CLIP or DINOv2 model"},
        {"clip", {.without = "visual_projection"}, "without the projection"},
        {"clip", {.without = "layers.0."}, "no layers"},
        {"clip", {.without = "position_embedding"}, "position_embedding"},
        {"clip", {.odd = "vision_model.embeddings.position_embedding.weight"}, "9 position embeddings"},
        {"clip", {.odd = "vision_model.embeddings.class_embedding"}, "class_embedding"},
        {"clip", {.extra = "other.embeddings.class_embedding"}, "two towers"},
        {"clip", {.from = "vision_model.", .to = "visual.conv1.weight"}, "is not a CLIP"},
        {"dinov2", {.extra = "embeddings.register_tokens"}, "register tokens"},
        {"dinov2", {.extra = "encoder.layer.0.mlp.weights_in.weight"}, "SwiGLU"},
        {"dinov2", {.without = "layer_scale"}, "layer_scale"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct vit_inspection inspection = inspect_variant(files[i].family, &files[i].variant);
        if (inspection.usable || !strstr(inspection.fault.text, files[i].says))
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, inspection.fault.text, files[i].says);
        assert_int_equal(inspection.fault.status, STATUS_BAD_DATA);
    }
}

static struct vit_inspection inspect_with_config(const char *config)
{
    struct small small;
    small_open(&small, "clip", &(struct small_variant){0});
    struct buffer text = {0};
    buffer_add_text(&text, config);
    must(atomic_file_write(small.config, &text, &error));
    buffer_free(&text);
    struct vit_inspection inspection = inspect(&small);
    small_close(&small);
    return inspection;
}

static void config_beside_the_file(void **state)
{
    (void)state;
    struct vit_inspection own =
        inspect_with_config("{\"vision_config\":{\"hidden_size\":128,\"num_attention_heads\":4,\"hidden_act\":\"gelu\","
                            "\"layer_norm_eps\":1e-4}}");
    assert_true(own.usable && own.has_config);
    assert_int_equal(own.shape.encoder.heads, 4);
    assert_int_equal(own.shape.encoder.activation, ACTIVATION_GELU);
    assert_true(own.shape.encoder.epsilon == 1e-4F);
    struct vit_inspection other =
        inspect_with_config("{\"vision_config\":{\"hidden_size\":768,\"num_attention_heads\":4}}");
    assert_int_equal(other.shape.encoder.heads, 2); /* of another model */
    assert_true(inspect_with_config("{\"vision_config\":").usable);
    struct vit_inspection strange = inspect_with_config("{\"vision_config\":{\"hidden_act\":\"swish\"}}");
    assert_false(strange.usable);
    assert_non_null(strstr(strange.fault.text, "swish"));
    struct vit_inspection heads = inspect_with_config("{\"vision_config\":{\"num_attention_heads\":3}}");
    assert_false(heads.usable);
    assert_non_null(strstr(heads.fault.text, "heads"));
}

static void numbers_of_every_type(void **state)
{
    (void)state;
    static const uint16_t halves[] = {0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x7c00, 0x3555};
    static const float expected[] = {
        0.0F, -0.0F, 1.0F, -2.0F, 65504.0F, 0x1p-14F, 0x1p-24F, 0x1p-14F - 0x1p-24F, INFINITY, 0.333251953125F};
    enum { N = sizeof halves / sizeof *halves };
    float values[N];
    struct tensor_view view = {.dtype = "F16", .rank = 1, .shape = {N}, .bytes = halves, .size = sizeof halves};
    tensor_floats(&view, 0, N, values);
    for (int i = 0; i < N; i++)
        assert_true(values[i] == expected[i] && signbit(values[i]) == signbit(expected[i]));
    static const uint16_t nan = 0x7e01, bf16[] = {0x3f80, 0xc049, 0x7f80};
    view = (struct tensor_view){.dtype = "F16", .rank = 0, .bytes = &nan, .size = 2};
    tensor_floats(&view, 0, 1, values);
    assert_true(isnan(values[0]));
    view = (struct tensor_view){.dtype = "BF16", .rank = 1, .shape = {3}, .bytes = bf16, .size = sizeof bf16};
    tensor_floats(&view, 1, 2, values);
    assert_true(values[0] == -3.140625F && isinf(values[1]));
    static const double doubles[] = {0.1};
    view = (struct tensor_view){.dtype = "F64", .rank = 1, .shape = {1}, .bytes = doubles, .size = sizeof doubles};
    tensor_floats(&view, 0, 1, values);
    assert_true(values[0] == 0.1F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_files),
        cmocka_unit_test(faults_are_listed),
        cmocka_unit_test(refused_with_the_reason),
        cmocka_unit_test(config_beside_the_file),
        cmocka_unit_test(numbers_of_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
