/* image_resize by every instruction set of this processor against Pillow's algorithm, written down plainly. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "tests/must.h"
#include "vision/resample.h"

static double weight_of(enum image_filter filter, double x)
{
    double size = fabs(x), angle = M_PI * x;
    switch (filter) {
    case FILTER_BOX:
        return x > -0.5 && x <= 0.5;
    case FILTER_BICUBIC:
        return size < 1   ? ((-0.5 + 2.0) * size - (-0.5 + 3.0)) * size * size + 1
               : size < 2 ? (((size - 5) * size + 8) * size - 4) * -0.5
                          : 0;
    default:
        return x == 0 ? 1 : x >= -3 && x < 3 ? sin(angle) / angle * (sin(angle / 3) / (angle / 3)) : 0;
    }
}

/* Byte `at` of a line of `from` bytes, `step` apart, that is resized to `to` bytes. */
static uint8_t sum_line(const uint8_t *bytes, size_t step, int from, int to, int at, enum image_filter filter)
{
    static const double supports[] = {[FILTER_BOX] = 0.5, [FILTER_BICUBIC] = 2, [FILTER_LANCZOS] = 3};
    double scale = (double)from / to, stretch = fmax(scale, 1), support = supports[filter] * stretch;
    double centre = (at + 0.5) * scale, total = 0;
    int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > from ? from : end;
    for (int x = first; x < end; x++)
        total += weight_of(filter, (x - centre + 0.5) * (1 / stretch));
    int64_t sum = 1 << 21;
    for (int x = first; x < end; x++) {
        double weight = weight_of(filter, (x - centre + 0.5) * (1 / stretch)) / total * (1 << 22);
        sum += bytes[(size_t)x * step] * (int64_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    sum = sum < 0 ? 0 : sum >> 22;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

static struct image resize_plainly(const struct image *image, int width, int height, enum image_filter filter)
{
    struct image narrow, resized;
    must(image_create(width, image->height, &narrow, &error));
    must(image_create(width, height, &resized, &error));
    size_t from = (size_t)image->width * 3, row = (size_t)width * 3;
    for (size_t y = 0; y < (size_t)image->height; y++)
        for (size_t x = 0; x < row; x++)
            narrow.rgb[y * row + x] = width == image->width ? image->rgb[y * from + x]
                                                            : sum_line(image->rgb + y * from + x % 3, 3, image->width,
                                                                       width, (int)(x / 3), filter);
    for (size_t y = 0; y < (size_t)height; y++)
        for (size_t x = 0; x < row; x++)
            resized.rgb[y * row + x] = height == image->height
                                           ? narrow.rgb[y * row + x]
                                           : sum_line(narrow.rgb + x, row, image->height, height, (int)y, filter);
    image_free(&narrow);
    return resized;
}

/* Noise, with large areas of the extremes, where sums leave 0..255. */
static struct image draw(struct random *random, int width, int height)
{
    struct image image;
    must(image_create(width, height, &image, &error));
    bool hard = random_below(random, 2);
    for (size_t i = 0; i < (size_t)width * (size_t)height * 3; i++)
        image.rgb[i] = (uint8_t)(hard ? 255 * random_below(random, 2) : random_below(random, 256));
    return image;
}

static struct image_part part_of(struct random *random, int width, int height)
{
    struct image_part part = {0, 0, width, height};
    if (random_below(random, 2)) {
        part.left = (int)random_below(random, (uint64_t)width);
        part.top = (int)random_below(random, (uint64_t)height);
        part.width = 1 + (int)random_below(random, (uint64_t)(width - part.left));
        part.height = 1 + (int)random_below(random, (uint64_t)(height - part.top));
    }
    return part;
}

static void check(struct random *random, int width, int height, int to_width, int to_height)
{
    for (int f = FILTER_BOX; f <= FILTER_LANCZOS; f++) {
        enum image_filter filter = (enum image_filter)f;
        struct image image = draw(random, width, height), wanted = resize_plainly(&image, to_width, to_height, filter);
        struct image_part part = part_of(random, to_width, to_height);
        for (int simd = 0; simd <= (int)resample_best(); simd++) {
            struct image resized;
            must(
                image_resize_by((enum resample_simd)simd, &image, to_width, to_height, filter, part, &resized, &error));
            assert_int_equal(resized.width, part.width);
            assert_int_equal(resized.height, part.height);
            for (int y = 0; y < part.height; y++)
                assert_memory_equal(resized.rgb + 3 * y * part.width,
                                    wanted.rgb + 3 * ((part.top + y) * to_width + part.left), (size_t)part.width * 3);
            image_free(&resized);
        }
        image_free(&image);
        image_free(&wanted);
    }
}

static void test_random_sizes(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    for (int i = 0; i < 40; i++) {
        int sizes[4];
        for (int j = 0; j < 4; j++)
            sizes[j] = 1 + (int)random_below(&random, random_below(&random, 2) ? 150 : 20);
        if (i % 10 == 0)
            sizes[2 + i / 10 % 2] = sizes[i / 10 % 2]; /* an edge that keeps its length */
        check(&random, sizes[0], sizes[1], sizes[2], sizes[3]);
    }
}

static void test_edges_of_blocks(void **state)
{
    (void)state;
    static const int lengths[] = {1, 17, 22, 64, 65};
    enum { N = sizeof lengths / sizeof lengths[0] };
    struct random random;
    random_seed(&random, 2);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            check(&random, lengths[i], lengths[j], lengths[(i + j) % N], lengths[(i + 2 * j + 1) % N]);
}

static void test_large_ratios(void **state)
{
    (void)state;
    static const int sizes[][4] = {{5000, 1, 3, 1},  {1, 5000, 1, 3},  {1, 1, 300, 200},    {3000, 2, 1, 90},
                                   {2, 3000, 90, 1}, {10000, 1, 1, 1}, {640, 480, 299, 224}};
    struct random random;
    random_seed(&random, 3);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check(&random, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
}

static void test_parts_that_do_not_exist(void **state)
{
    (void)state;
    static const struct image_part parts[] = {{0, 0, 6, 5},  {0, 0, 5, 6},  {-1, 0, 5, 5},
                                              {0, -1, 5, 5}, {1, 0, 5, 5},  {0, 1, 5, 5},
                                              {0, 0, 0, 5},  {0, 0, 5, -1}, {5, 0, INT32_MAX, 5}};
    uint8_t pixels[3 * 4 * 4] = {0};
    const struct image image = {4, 4, pixels};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct image resized;
        struct error error;
        assert_int_equal(image_resize_part(&image, 5, 5, FILTER_BOX, parts[i], &resized, &error), STATUS_USAGE);
        assert_null(resized.rgb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_sizes),
        cmocka_unit_test(test_edges_of_blocks),
        cmocka_unit_test(test_large_ratios),
        cmocka_unit_test(test_parts_that_do_not_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
