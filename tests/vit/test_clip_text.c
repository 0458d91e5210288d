/* CLIP's text tower against transformers (tests/oracle/clip_text.py), on the CPU and on the emulated GPU; files without
 * a text tower are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/compute_fixture.h"
#include "tests/folder.h"
#include "tests/vit/small_model.h"
#include "vit/clip_text.h"

enum { WIDTH = 24, PLACE_MAX = 80 };

static const char merges[] = "#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\n";
static const double tolerance = 1e-4;

struct place {
    char folder[TEST_FOLDER_MAX], weights[PLACE_MAX], merges[PLACE_MAX];
    struct safetensors *golden;
};

static void place_make(struct place *place, const struct small_variant *variant)
{
    assert_true(test_folder_make(place->folder));
    snprintf(place->weights, sizeof place->weights, "%s/model.safetensors", place->folder);
    snprintf(place->merges, sizeof place->merges, "%s/merges.txt", place->folder);
    place->golden = golden_open("clip_text");
    small_model_write(place->golden, place->weights, variant);
    FILE *file = fopen(place->merges, "w");
    assert_non_null(file);
    fputs(merges, file);
    fclose(file);
}

static void place_remove(struct place *place)
{
    safetensors_close(place->golden);
    unlink(place->weights);
    unlink(place->merges);
    rmdir(place->folder);
}

static void check_embeddings(const struct place *place, double most)
{
    char long_text[201];
    memset(long_text, 'x', 200);
    long_text[200] = 0;
    const char *const texts[] = {"", "the cat", "A cat, the CAT & a dog", long_text, "the <|endoftext|> cat"};
    const float *expected = golden_floats(place->golden, "embedding");
    struct clip_text *tower = NULL;
    must(clip_text_open(place->weights, place->merges, &compute, &tower, &error));
    assert_int_equal(clip_text_width(tower), WIDTH);
    for (int i = 4; i >= 0; i--) { /* an earlier text leaves nothing behind */
        float values[WIDTH];
        bool truncated;
        must(clip_text_embed(tower, texts[i], strlen(texts[i]), values, &truncated, &error));
        assert_int_equal(truncated, i == 3);
        for (int j = 0; j < WIDTH; j++)
            if (!(fabs((double)values[j] - (double)expected[i * WIDTH + j]) < most))
                fail_msg("text %d, number %d: %g, expected %g", i, j, (double)values[j],
                         (double)expected[i * WIDTH + j]);
    }
    clip_text_close(tower);
}

static void test_embeddings_are_those_of_transformers(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, &(struct small_variant){0});
    check_embeddings(&place, tolerance);
    place_remove(&place);
}

/* bfloat16 has 8 significant bits, so weights differ by up to 2^-9 of their size. */
static void test_bf16_is_read(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, &(struct small_variant){.dtype = "BF16"});
    check_embeddings(&place, 0.1);
    place_remove(&place);
}

static void check_refused(const struct small_variant *variant, const char *message)
{
    struct place place;
    struct clip_text *tower = NULL;
    struct error error = {0};
    place_make(&place, variant);
    assert_int_equal(clip_text_open(place.weights, place.merges, &compute, &tower, &error), STATUS_BAD_DATA);
    assert_null(tower);
    if (!strstr(error.text, message))
        fail_msg("%s", error.text);
    place_remove(&place);
}

static void test_other_files_are_refused(void **state)
{
    (void)state;
    check_refused(&(struct small_variant){.without = "token_embedding"}, "has no text tower of CLIP");
    check_refused(&(struct small_variant){.without = "text_projection"}, "text_projection.weight");
    check_refused(&(struct small_variant){.without = "layers.1.mlp.fc2.bias"}, "layers.1.mlp.fc2.bias");
    check_refused(&(struct small_variant){.odd = "text_model.embeddings.position_embedding.weight"},
                  "expected [77, 128]");
    check_refused(&(struct small_variant){.odd = "text_model.final_layer_norm.bias"}, "expected [128]");
    check_refused(&(struct small_variant){.without = "encoder"}, "no layers");
}

static void test_vocabulary_beside_the_file_is_found(void **state)
{
    (void)state;
    struct place place;
    struct clip_text *tower = NULL;
    struct error error = {0};
    place_make(&place, &(struct small_variant){0});
    assert_int_equal(clip_text_open(place.weights, NULL, &compute, &tower, &error), STATUS_OK);
    clip_text_close(tower);
    FILE *file = fopen(place.merges, "a");
    assert_non_null(file);
    fputs("d o\n", file);
    fclose(file);
    assert_int_equal(clip_text_open(place.weights, NULL, &compute, &tower, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "518 tokens, but the vocabulary has 519"));
    unlink(place.merges);
    assert_int_equal(clip_text_open(place.weights, NULL, &compute, &tower, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "merges.txt"));
    place_remove(&place);
}

static void test_long_texts_are_refused(void **state)
{
    (void)state;
    struct place place;
    struct clip_text *tower = NULL;
    struct error error = {0};
    float values[WIDTH];
    static char text[20000];
    memset(text, 'x', sizeof text);
    place_make(&place, &(struct small_variant){0});
    assert_int_equal(clip_text_open(place.weights, place.merges, &compute, &tower, &error), STATUS_OK);
    assert_int_equal(clip_text_embed(tower, text, sizeof text, values, NULL, &error), STATUS_USAGE);
    clip_text_close(tower);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embeddings_are_those_of_transformers),
        cmocka_unit_test(test_bf16_is_read),
        cmocka_unit_test(test_other_files_are_refused),
        cmocka_unit_test(test_vocabulary_beside_the_file_is_found),
        cmocka_unit_test(test_long_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
