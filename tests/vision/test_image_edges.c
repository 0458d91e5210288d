/* Sizes of pictures from their headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <webp/encode.h>

#include "core/buffer.h"
#include "draw/image.h"
#include "vision/image_edges.h"

static void check(const void *bytes, size_t size)
{
    int width = 0, height = 0;
    assert_true(image_edges(bytes, size, &width, &height));
    assert_int_equal(width, 301);
    assert_int_equal(height, 40);
}

static void headers_give_sizes(void **state)
{
    (void)state;
    struct image image;
    struct buffer png = {0}, jpeg = {0};
    uint8_t *webp;
    assert_int_equal(image_create(301, 40, &image, NULL), 0);
    memset(image.rgb, 100, 3 * 301 * 40);
    assert_int_equal(image_encode_png(&image, &png, NULL), 0);
    check(png.data, png.size);
    assert_int_equal(image_encode_jpeg(&image, 90, &jpeg, NULL), 0);
    check(jpeg.data, jpeg.size);
    size_t size = WebPEncodeRGB(image.rgb, 301, 40, 3 * 301, 80, &webp);
    check(webp, size);
    WebPFree(webp);
    size = WebPEncodeLosslessRGB(image.rgb, 301, 40, 3 * 301, &webp);
    check(webp, size);
    WebPFree(webp);
    static const uint8_t extended[30] = "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2c\x01\0\x27\0\0";
    check(extended, sizeof extended);
    buffer_free(&png);
    buffer_free(&jpeg);
    image_free(&image);
}

/* Copies of exactly the size, so that the sanitizer sees a read beyond the end. */
static void any_bytes_are_safe(void **state)
{
    (void)state;
    static const char *const begins[] = {"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
                                         "\xff\xd8\xff\xe0\0\x10",
                                         "RIFF....WEBPVP8X",
                                         "RIFF....WEBPVP8L",
                                         "RIFF....WEBPVP8 ",
                                         "GIF89a"};
    static const size_t sizes[] = {16, 6, 16, 16, 16, 6};
    unsigned random = 1;
    for (int round = 0; round < 20000; round++) {
        const size_t size = (size_t)(round % 64), begin = sizes[round % 6];
        uint8_t *bytes = malloc(size + 1);
        int width, height;
        assert_non_null(bytes);
        for (size_t i = 0; i < size; i++) {
            random = random * 1664525U + 1013904223U;
            bytes[i] = random & 0x40000 ? 0xff : (uint8_t)(random >> 24);
        }
        memcpy(bytes, begins[round % 6], begin < size ? begin : size);
        uint8_t *exact = realloc(bytes, size ? size : 1);
        if (image_edges(exact, size, &width, &height))
            assert_true(width >= 0 && height >= 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_give_sizes), cmocka_unit_test(any_bytes_are_safe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
