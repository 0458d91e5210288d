/* Files of weights that are not what they should be: named tensors, shapes, reasons. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "audionet/inspect.h"
#include "tests/compute_fixture.h"
#include "tests/folder.h"

enum { TENSORS_MAX_ = 96 };

/* How a file differs from the golden one. */
struct variant {
    const char *without;       /* this tensor is left out */
    const char *odd;           /* this tensor has one number too few in its last dimension */
    const char *integers;      /* this tensor is of type I32 */
    const char *not_finite;    /* the first number of this tensor is NaN */
    const char *frames, *mels; /* metadata; NULL: as in the golden file */
};

static char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 32];

static void write_variant(const char *family, const struct variant *variant)
{
    static const float first_nan[1 << 12] = {NAN};
    struct tensor_source tensors[TENSORS_MAX_];
    size_t count = 0;
    char source[512];
    const char *root = getenv("SLEEVE_SOURCE");
    struct safetensors *golden = NULL;
    snprintf(source, sizeof source, "%s/tests/audionet/golden/%s.safetensors", root ? root : ".", family);
    must(safetensors_open(source, &golden, &error));
    for (size_t i = 0; i < safetensors_count(golden); i++) {
        const struct tensor_view *view = safetensors_at(golden, i);
        if (variant->without && strcmp(view->name, variant->without) == 0)
            continue;
        struct tensor_source *tensor = &tensors[count++];
        assert_true(count < TENSORS_MAX_);
        *tensor =
            (struct tensor_source){.name = view->name, .dtype = view->dtype, .rank = view->rank, .bytes = view->bytes};
        memcpy(tensor->shape, view->shape, sizeof tensor->shape[0] * (size_t)view->rank);
        if (variant->odd && strcmp(view->name, variant->odd) == 0)
            tensor->shape[view->rank - 1]--;
        if (variant->integers && strcmp(view->name, variant->integers) == 0)
            tensor->dtype = "I32";
        if (variant->not_finite && strcmp(view->name, variant->not_finite) == 0)
            tensor->bytes = first_nan;
    }
    const struct metadata_pair pairs[] = {
        {"frames", variant->frames ? variant->frames : safetensors_metadata(golden, "frames")},
        {"mels", variant->mels ? variant->mels : safetensors_metadata(golden, "mels")}};
    must(safetensors_write(path, tensors, count, pairs, 2, &error));
    safetensors_close(golden);
}

/* Opening fails with a message that has this part. */
static void check_refused(const char *family, const struct variant *variant, const char *part)
{
    struct audionet *net;
    struct error fault = {0};
    write_variant(family, variant);
    assert_int_equal(audionet_open(path, &compute, &net, &fault), STATUS_BAD_DATA);
    assert_null(net);
    if (!strstr(fault.text, part))
        fail_msg("\"%s\" does not contain \"%s\"", fault.text, part);
    unlink(path);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        struct variant variant;
        const char *part;
    } cases[] = {
        {"musicnn", {.without = "conv2d_3/bias"}, "has no tensor conv2d_3/bias"},
        {"musicnn", {.without = "conv2d_5/kernel"}, "is not a musicnn or vgg network"},
        {"musicnn", {.without = "batch_normalization_10/moving_variance"}, "batch_normalization_10/moving_variance"},
        {"musicnn", {.odd = "conv2d_1/bias"}, "tensor conv2d_1/bias has the shape [4]; expected [5]"},
        {"musicnn", {.odd = "batch_normalization_9/gamma"}, "expected"},
        {"musicnn", {.odd = "conv2d_2/kernel"}, "expected"},
        {"musicnn", {.odd = "dense_1/kernel"}, "expected"},
        {"musicnn", {.integers = "dense/kernel"}, "tensor dense/kernel is of type I32"},
        {"musicnn", {.not_finite = "conv2d/kernel"}, "tensor conv2d/kernel has a value that is not a finite number"},
        {"musicnn", {.not_finite = "batch_normalization/beta"}, "not a finite number"},
        {"musicnn", {.mels = "12"}, "the number of mel bands is 12; its other tensors need 16"},
        {"musicnn", {.mels = "300"}, "metadata \"mels\" is \"300\"; expected a number from 1 to 256"},
        {"musicnn", {.mels = "0"}, "metadata \"mels\" is \"0\""},
        {"musicnn", {.frames = "99999999"}, "metadata \"frames\""},
        {"musicnn", {.frames = "4x"}, "metadata \"frames\""},
        {"vgg", {.frames = "187"}, "the height of dense/kernel is 12; its other tensors need"},
        {"vgg", {.frames = "3"}, "the height of dense/kernel"},
        {"vgg", {.mels = "8"}, "the height of dense/kernel"},
        {"vgg", {.odd = "3CNN/kernel"}, "tensor 3CNN/kernel has the shape [3, 3, 6, 5]; expected [3, 3, 6, 6]"},
        {"vgg", {.without = "batch_normalization_5/beta"}, "batch_normalization_5/beta"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refused(cases[i].family, &cases[i].variant, cases[i].part);
}

static void test_inspection(void **state)
{
    (void)state;
    struct weights weights;
    struct audionet_inspection found;
    write_variant("musicnn", &(struct variant){.without = "dense/bias", .odd = "conv2d_3/bias"});
    must(weights_open(path, &weights, &error));
    assert_true(audionet_is_recognised(&weights));
    must(audionet_inspect(&weights, &found, &error));
    assert_false(found.usable);
    assert_int_equal(found.n_needed, 64);
    assert_int_equal(found.n_missing, 1);
    assert_true(found.n_wrong >= 1);
    assert_true(found.fault.text[0]);
    weights_close(&weights);
    unlink(path);
    write_variant("vgg", &(struct variant){0});
    must(weights_open(path, &weights, &error));
    must(audionet_inspect(&weights, &found, &error));
    assert_true(found.usable);
    assert_int_equal(found.shape.family, AUDIONET_VGG);
    assert_int_equal(found.shape.width, 12);
    assert_int_equal(found.shape.tags, 5);
    weights_close(&weights);
    unlink(path);
}

/* Without names, tags are numbered; metadata is optional. */
static void test_tags_without_names(void **state)
{
    (void)state;
    struct audionet *net;
    write_variant("musicnn", &(struct variant){0});
    must(audionet_open(path, &compute, &net, &error));
    assert_string_equal(audionet_tag(net, 4), "tag 5");
    audionet_close(net);
    unlink(path);
}

static int open_all(void **state)
{
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/network.safetensors", folder);
    return open_compute(state);
}

static int close_all(void **state)
{
    rmdir(folder);
    return close_compute(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_inspection),
        cmocka_unit_test(test_tags_without_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
