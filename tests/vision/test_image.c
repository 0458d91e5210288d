#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/file.h"
#include "draw/image.h"
#include "golden.h"
#include "pattern.h"

static void load(const char *name, struct buffer *bytes)
{
    struct buffer path = {0};
    struct error error;
    buffer_printf(&path, "%s/tests/fuzz/corpus/image/%s", getenv("SLEEVE_SOURCE"), name);
    assert_int_equal(file_read(path.data, 1 << 20, bytes, &error), STATUS_OK);
    buffer_free(&path);
}

static void check_resize(int width, int height, enum image_filter filter, const uint8_t *wanted)
{
    struct image image = pattern(13, 9), resized;
    struct error error;
    assert_int_equal(image_resize(&image, width, height, filter, &resized, &error), STATUS_OK);
    assert_int_equal(resized.width, width);
    assert_int_equal(resized.height, height);
    assert_memory_equal(resized.rgb, wanted, (size_t)width * (size_t)height * 3);
    image_free(&resized);
    image_free(&image);
}

static void resize_is_pillows_to_the_bit(void **state)
{
    (void)state;
    check_resize(5, 4, FILTER_BOX, box_smaller);
    check_resize(6, 11, FILTER_BOX, box_mixed);
    check_resize(5, 4, FILTER_BICUBIC, bicubic_smaller);
    check_resize(6, 11, FILTER_BICUBIC, bicubic_mixed);
    check_resize(5, 4, FILTER_LANCZOS, lanczos_smaller);
    check_resize(6, 11, FILTER_LANCZOS, lanczos_mixed);
}

static void resize_to_the_same_size_copies(void **state)
{
    (void)state;
    struct image image = pattern(13, 9), same;
    struct error error;
    assert_int_equal(image_resize(&image, 13, 9, FILTER_LANCZOS, &same, &error), STATUS_OK);
    assert_memory_equal(same.rgb, image.rgb, 13 * 9 * 3);
    image_free(&same);
    assert_int_equal(image_resize(&image, 0, 9, FILTER_BOX, &same, &error) == STATUS_OK, 0);
    assert_null(same.rgb);
    image_free(&image);
}

static void resize_keeps_a_constant(void **state)
{
    (void)state;
    struct image image, resized;
    struct error error;
    assert_int_equal(image_create(37, 3, &image, &error), STATUS_OK);
    memset(image.rgb, 201, 37 * 3 * 3);
    for (int filter = FILTER_BOX; filter <= FILTER_LANCZOS; filter++) {
        assert_int_equal(image_resize(&image, 5, 71, (enum image_filter)filter, &resized, &error), STATUS_OK);
        for (int i = 0; i < 5 * 71 * 3; i++)
            assert_int_equal(resized.rgb[i], 201);
        image_free(&resized);
    }
    image_free(&image);
}

static void fit_is_pillows_pad(void **state)
{
    (void)state;
    struct error error;
    struct image wide = pattern(30, 13), tall = pattern(3, 7), line = pattern(900, 1), fitted;
    assert_int_equal(image_fit(&wide, 8, &fitted, &error), STATUS_OK);
    assert_memory_equal(fitted.rgb, fitted_wide, sizeof fitted_wide);
    image_free(&fitted);
    assert_int_equal(image_fit(&tall, 9, &fitted, &error), STATUS_OK);
    assert_memory_equal(fitted.rgb, fitted_tall, sizeof fitted_tall);
    image_free(&fitted);
    assert_int_equal(image_fit(&line, 8, &fitted, &error), STATUS_OK);
    assert_int_equal(fitted.rgb[0], 128);
    image_free(&fitted);
    image_free(&wide);
    image_free(&tall);
    image_free(&line);
}

static void every_kind_of_png_decodes_as_pillow_does(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const uint8_t *rgb;
    } cases[] = {
        {"rgb.png", decoded_rgb},         {"rgba.png", decoded_rgba},
        {"grey.png", decoded_grey},       {"grey_alpha.png", decoded_grey_alpha},
        {"bilevel.png", decoded_bilevel}, {"palette.png", decoded_palette},
        {"rgb16.png", decoded_rgb16},     {"interlaced.png", decoded_interlaced},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer bytes = {0};
        struct image image;
        struct error error;
        load(cases[i].name, &bytes);
        assert_int_equal(image_decode(bytes.data, bytes.size, cases[i].name, &image, &error), STATUS_OK);
        assert_int_equal(image.width, 5);
        assert_int_equal(image.height, 4);
        assert_memory_equal(image.rgb, cases[i].rgb, 60);
        image_free(&image);
        buffer_free(&bytes);
    }
}

static void check_jpeg(const char *name, const uint8_t *wanted)
{
    struct buffer bytes = {0};
    struct image image;
    struct error error;
    load(name, &bytes);
    assert_int_equal(image_decode(bytes.data, bytes.size, name, &image, &error), STATUS_OK);
    for (int i = 0; i < 16 * 12 * 3; i++)
        assert_int_equal(image.rgb[i], wanted[i]);
    image_free(&image);
    buffer_free(&bytes);
}

static void jpeg_decodes_as_pillow_does(void **state)
{
    (void)state;
    check_jpeg("baseline.jpg", decoded_baseline);
    check_jpeg("progressive.jpg", decoded_progressive);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb.png", "interlaced.png", "baseline.jpg", "progressive.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct buffer bytes = {0};
        load(names[i], &bytes);
        /* A PNG's last chunks hold no pixels; truncation within them loses nothing. */
        size_t end = bytes.size - (bytes.data[0] == '\x89' ? 20 : 1);
        for (size_t size = 0; size < end; size++) {
            char *exact = malloc(size > 0 ? size : 1);
            struct image image;
            struct error error;
            memcpy(exact, bytes.data, size);
            assert_int_equal(image_decode(exact, size, names[i], &image, &error), STATUS_BAD_DATA);
            assert_null(image.rgb);
            assert_non_null(strstr(error.text, names[i]));
            free(exact);
        }
        buffer_free(&bytes);
    }
}

static void set_png_size(struct buffer *bytes, uint32_t width, uint32_t height)
{
    for (int i = 0; i < 4; i++) {
        bytes->data[16 + i] = (char)(width >> (24 - 8 * i));
        bytes->data[20 + i] = (char)(height >> (24 - 8 * i));
    }
}

static void claims_of_size_are_checked_before_decoding(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {
        {10001, 1}, {1, 10001}, {9000, 9000}, {0, 4}, {4, 0}, {0xffffffff, 0xffffffff}, {0x80000000, 2}, {8000, 8000}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buffer bytes = {0};
        struct image image;
        struct error error;
        load("rgb.png", &bytes);
        set_png_size(&bytes, sizes[i][0], sizes[i][1]);
        assert_int_equal(image_decode(bytes.data, bytes.size, "big.png", &image, &error), STATUS_BAD_DATA);
        assert_null(image.rgb);
        buffer_free(&bytes);
    }
}

static void what_is_no_image_is_refused(void **state)
{
    (void)state;
    struct image image;
    struct error error;
    assert_int_equal(image_decode("", 0, "empty", &image, &error), STATUS_BAD_DATA);
    assert_int_equal(image_decode("GIF89a.....", 11, "a.gif", &image, &error), STATUS_BAD_DATA);
    assert_int_equal(image_decode("BM..........................", 28, "a.bmp", &image, &error), STATUS_BAD_DATA);
    char *huge = calloc(1, (32 << 20) + 1);
    assert_int_equal(image_decode(huge, (32 << 20) + 1, "huge", &image, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "32 MB"));
    free(huge);
}

/* A table segment may declare more codes than a table can hold, in the header or after the first scan. */
static void jpeg_tables_that_overflow_are_refused(void **state)
{
    (void)state;
    static const char segment[] = {(char)0xff, (char)0xc4, 0, 19, 0, (char)200, (char)200, 0, 0, 0, 0,
                                   0,          0,          0, 0,  0, 0,         0,         0, 0, 0};
    for (int behind = 0; behind < 2; behind++) {
        struct buffer bytes = {0}, changed = {0};
        struct image image;
        struct error error;
        load("baseline.jpg", &bytes);
        size_t at = behind ? bytes.size - 2 : 2;
        buffer_add(&changed, bytes.data, at);
        buffer_add(&changed, segment, sizeof segment);
        buffer_add(&changed, bytes.data + at, bytes.size - at);
        assert_int_equal(image_decode(changed.data, changed.size, "a.jpg", &image, &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.text, "Huffman"));
        buffer_free(&bytes);
        buffer_free(&changed);
    }
}

static void png_comes_back_exactly(void **state)
{
    (void)state;
    struct image image = pattern(57, 41), back;
    struct buffer bytes = {0};
    struct error error;
    assert_int_equal(image_encode_png(&image, &bytes, &error), STATUS_OK);
    assert_int_equal(image_decode(bytes.data, bytes.size, "back", &back, &error), STATUS_OK);
    assert_int_equal(back.width, 57);
    assert_memory_equal(back.rgb, image.rgb, 57 * 41 * 3);
    image_free(&back);
    buffer_free(&bytes);
    image_free(&image);
}

static void jpeg_comes_back_closely(void **state)
{
    (void)state;
    struct image image, back;
    struct buffer bytes = {0};
    struct error error;
    assert_int_equal(image_create(64, 48, &image, &error), STATUS_OK);
    for (int i = 0; i < 64 * 48 * 3; i++)
        image.rgb[i] = (uint8_t)(i % 3 == 0 ? i / 3 % 64 * 4 : i % 3 == 1 ? i / 192 * 5 : 90);
    assert_int_equal(image_encode_jpeg(&image, 92, &bytes, &error), STATUS_OK);
    assert_int_equal(image_decode(bytes.data, bytes.size, "back", &back, &error), STATUS_OK);
    for (int i = 0; i < 64 * 48 * 3; i++)
        assert_in_range(back.rgb[i] - image.rgb[i] + 12, 0, 24);
    image_free(&back);
    buffer_free(&bytes);
    image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_is_pillows_to_the_bit),
        cmocka_unit_test(resize_to_the_same_size_copies),
        cmocka_unit_test(resize_keeps_a_constant),
        cmocka_unit_test(fit_is_pillows_pad),
        cmocka_unit_test(every_kind_of_png_decodes_as_pillow_does),
        cmocka_unit_test(jpeg_decodes_as_pillow_does),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(claims_of_size_are_checked_before_decoding),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(jpeg_tables_that_overflow_are_refused),
        cmocka_unit_test(png_comes_back_exactly),
        cmocka_unit_test(jpeg_comes_back_closely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
