/* Palettes and sixel: round trips through libsixel's decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <sixel.h>

#include "core/random.h"
#include "ui/terminal/palette.h"
#include "ui/terminal/sixel.h"

static struct image picture(int width, int height)
{
    return (struct image){width, height, calloc(3 * (size_t)width * (size_t)height, 1)};
}

static uint8_t *decode(struct buffer *bytes, int *width, int *height)
{
    unsigned char *indices = NULL;
    unsigned char *palette = NULL;
    int colours;
    assert_true(SIXEL_SUCCEEDED(sixel_decode_raw((unsigned char *)bytes->data, (int)bytes->size, &indices, width,
                                                 height, &palette, &colours, NULL)));
    size_t count = (size_t)*width * (size_t)*height;
    uint8_t *rgb = malloc(3 * count);
    memset(rgb, 0, 3 * count);
    for (size_t i = 0; i < count; i++) /* rows of the last band below the picture have no colour */
        if (indices[i] < colours)
            memcpy(rgb + 3 * i, palette + 3 * indices[i], 3);
    free(indices);
    free(palette);
    return rgb;
}

static double round_trip(const struct image *image, int registers, int *colours)
{
    struct buffer bytes = {0};
    struct error error;
    assert_int_equal(sixel_encode_image(image, registers, &bytes, &error), STATUS_OK);
    assert_true(bytes.size < SIXEL_BYTES_MAX);
    assert_memory_equal(bytes.data, "\x1bP0;1q\"1;1;", 11);
    assert_memory_equal(bytes.data + bytes.size - 2, "\x1b\\", 2);
    assert_true(bytes.data[bytes.size - 3] != '-');
    *colours = 0;
    for (const char *at = bytes.data; (at = strstr(at, ";2;")); at++)
        ++*colours;
    int width;
    int height;
    uint8_t *shown = decode(&bytes, &width, &height);
    assert_int_equal(width, image->width);
    assert_true(height >= image->height && height < image->height + 6);
    double sum = 0;
    size_t count = 3 * (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < count; i++) {
        double difference = (double)shown[i] - image->rgb[i];
        sum += difference * difference;
    }
    free(shown);
    buffer_free(&bytes);
    return sum / (double)count;
}

static double decibels(double square)
{
    return square > 0 ? 10 * log10(255.0 * 255.0 / square) : 99;
}

static void few_colours_are_kept_exactly(void **state)
{
    (void)state;
    struct image image = picture(6, 6); /* libsixel's own quantiser makes one red of these */
    for (int i = 0; i < 36; i++) {
        bool border = i < 6 || i >= 30 || i % 6 == 0 || i % 6 == 5;
        image.rgb[3 * i] = 255;
        image.rgb[3 * i + 1] = image.rgb[3 * i + 2] = border ? 0 : 255;
    }
    int colours;
    assert_true(round_trip(&image, 256, &colours) == 0);
    assert_int_equal(colours, 2);
    free(image.rgb);
}

/* A smooth picture with some texture, like a photograph. */
static struct image photograph(int edge)
{
    struct image image = picture(edge, edge);
    struct random random;
    random_seed(&random, 5);
    for (int y = 0; y < edge; y++)
        for (int x = 0; x < edge; x++) {
            double u = (double)x / edge;
            double v = (double)y / edge;
            double values[] = {128 + 100 * sin(5 * u + 2 * v), 128 + 90 * sin(3 * v + 4 * u * v),
                               128 + 80 * cos(7 * u - 3 * v)};
            for (int c = 0; c < 3; c++)
                image.rgb[3 * (y * edge + x) + c] = (uint8_t)(values[c] + 16 * (random_uniform(&random) - 0.5));
        }
    return image;
}

static void photographs_stay_close(void **state)
{
    (void)state;
    struct image image = photograph(72);
    int colours;
    assert_true(decibels(round_trip(&image, 256, &colours)) > 28);
    assert_true(colours <= 256);
    assert_true(decibels(round_trip(&image, 16, &colours)) > 17);
    assert_true(colours <= 16);
    assert_true(decibels(round_trip(&image, 2, &colours)) > 8);
    assert_int_equal(colours, 2);
    free(image.rgb);
}

static void odd_sizes_are_whole(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 6}, {7, 6}, {1, 13}, {13, 11}, {300, 7}, {5, 301}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct image image = picture(sizes[i][0], sizes[i][1]);
        for (int p = 0; p < 3 * image.width * image.height; p++)
            image.rgb[p] = (uint8_t)(p % 2 ? 255 : 0);
        int colours;
        assert_true(round_trip(&image, 256, &colours) == 0);
        free(image.rgb);
    }
}

static void noise_stays_below_the_limit(void **state)
{
    (void)state;
    struct image image = picture(600, 420);
    struct random random;
    random_seed(&random, 1);
    for (size_t i = 0; i < (size_t)(3 * 600 * 420); i++)
        image.rgb[i] = (uint8_t)random_next(&random);
    struct buffer bytes = {0};
    struct error error;
    assert_int_equal(sixel_encode_image(&image, 256, &bytes, &error), STATUS_OK);
    assert_true(bytes.size < SIXEL_BYTES_MAX && bytes.size > 1000);
    buffer_free(&bytes);
    free(image.rgb);
}

static void a_dimmed_picture_differs_in_its_palette_only(void **state)
{
    (void)state;
    struct image image = photograph(36);
    struct buffer bytes = {0};
    struct buffer dimmed = {0};
    struct error error;
    assert_int_equal(sixel_encode_image(&image, 64, &bytes, &error), STATUS_OK);
    sixel_dim(bytes.data, bytes.size, 0x000000, &dimmed);
    int width;
    int height;
    uint8_t *bright = decode(&bytes, &width, &height);
    uint8_t *dark = decode(&dimmed, &width, &height);
    for (int i = 0; i < 3 * 36 * 36; i++)
        assert_true(abs(dark[i] - bright[i] / 2) <= 3);
    free(bright);
    free(dark);
    buffer_clear(&dimmed);
    const char odd[] = "#1;2;3;4#5;1;2;3;4#;#12345678;2;1;1;1##0;2;100;100;100#"; /* cut and unusual entries */
    for (size_t size = 0; size < sizeof odd; size++)
        sixel_dim(odd, size, 0xffffff, &dimmed);
    assert_int_equal(colour_dim(0xff8000, 0x000000), 0x804000);
    buffer_free(&bytes);
    buffer_free(&dimmed);
    free(image.rgb);
}

static void a_palette_holds_each_of_few_colours(void **state)
{
    (void)state;
    uint8_t rgb[3 * 5] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0};
    struct palette palette;
    struct error error;
    assert_int_equal(palette_make(rgb, 5, 5, &palette, &error), STATUS_OK);
    assert_int_equal(palette.count, 5);
    assert_true(palette.error == 0);
    uint8_t indices[5];
    palette_map(&palette, rgb, 5, 1, indices);
    for (int i = 0; i < 5; i++)
        assert_memory_equal(palette.rgb[indices[i]], rgb + 3 * i, 3);
    assert_int_equal(palette_make(rgb, 5, 1, &palette, &error), STATUS_OK);
    assert_int_equal(palette.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_colours_are_kept_exactly),
        cmocka_unit_test(photographs_stay_close),
        cmocka_unit_test(odd_sizes_are_whole),
        cmocka_unit_test(noise_stays_below_the_limit),
        cmocka_unit_test(a_dimmed_picture_differs_in_its_palette_only),
        cmocka_unit_test(a_palette_holds_each_of_few_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
