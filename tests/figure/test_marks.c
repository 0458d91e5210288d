/* The ten marks of maps: their shapes at the smallest size, and their colours on dark and light pages under
 * normal vision, protanopia, deuteranopia and tritanopia. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "figure/scatter.h"
#include "figure/scatter_internal.h"
#include "tests/colour_vision.h"

/* Pixels that must differ, and what makes two marks similar: then their colours must differ for everyone. */
enum { RADIUS = 3, EDGE = 15, DIFFER = 8, SIMILAR = 16 };
/* Differences in Oklab, whose lightness is 0 to 1. About 0.02 is just noticeable. */
static const double far_apart = 0.12, apart = 0.08;

static double luminance(uint32_t colour)
{
    double rgb[3];
    vision_see(VISION_TYPICAL, colour, rgb);
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

/* WCAG 2: 1 to 21. */
static double contrast(uint32_t a, uint32_t b)
{
    double of_a = luminance(a) + 0.05, of_b = luminance(b) + 0.05;
    return of_a > of_b ? of_a / of_b : of_b / of_a;
}

static void multiply(const double matrix[3][3], const double from[3], double to[3])
{
    for (int row = 0; row < 3; row++)
        to[row] = matrix[row][0] * from[0] + matrix[row][1] * from[1] + matrix[row][2] * from[2];
}

/* Ottosson, A perceptual color space for image processing (2020). */
static void oklab(uint32_t colour, enum vision vision, double lab[3])
{
    static const double cones[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
                                       {0.2119034982, 0.6806995451, 0.1073969566},
                                       {0.0883024619, 0.2817188376, 0.6299787005}};
    static const double opponent[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                          {1.9779984951, -2.4285922050, 0.4505937099},
                                          {0.0259040371, 0.7827717662, -0.8086757660}};
    double seen[3], lms[3];
    vision_see(vision, colour, seen);
    multiply(cones, seen, lms);
    for (int c = 0; c < 3; c++)
        lms[c] = cbrt(lms[c]);
    multiply(opponent, lms, lab);
}

static double difference(uint32_t a, uint32_t b, enum vision vision)
{
    double of_a[3], of_b[3], sum = 0;
    oklab(a, vision, of_a);
    oklab(b, vision, of_b);
    for (int c = 0; c < 3; c++)
        sum += (of_a[c] - of_b[c]) * (of_a[c] - of_b[c]);
    return sqrt(sum);
}

static void draw(enum mark mark, struct image *image)
{
    struct error error;
    assert_int_equal(image_create(EDGE, EDGE, image, &error), STATUS_OK);
    plot_mark(image, mark, EDGE / 2.0F, EDGE / 2.0F, RADIUS, 0, 0xffffff);
}

/* The number of pixels that differ by a quarter of the range or more. */
static int unlike(enum mark a, enum mark b)
{
    struct image of_a, of_b;
    int count = 0;
    draw(a, &of_a);
    draw(b, &of_b);
    for (int i = 0; i < EDGE * EDGE; i++)
        count += abs(of_a.rgb[3 * i] - of_b.rgb[3 * i]) >= 64;
    image_free(&of_a);
    image_free(&of_b);
    return count;
}

static void every_mark_has_its_shape_at_the_smallest_size(void **state)
{
    (void)state;
    for (int a = 0; a < N_MARKS; a++)
        for (int b = 0; b < a; b++)
            assert_true(unlike((enum mark)a, (enum mark)b) >= DIFFER);
}

static void check_page(uint32_t page)
{
    for (int a = 0; a < SCATTER_LABELS_MAX; a++) {
        assert_true(contrast(scatter_colour(a, page), page) >= 3);
        for (int b = 0; b < a; b++) {
            uint32_t of_a = scatter_colour(a, page), of_b = scatter_colour(b, page);
            assert_true(difference(of_a, of_b, VISION_TYPICAL) >= far_apart);
            for (enum vision vision = VISION_PROTANOPIA; vision < VISIONS; vision++)
                if (unlike((enum mark)a, (enum mark)b) < SIMILAR)
                    assert_true(difference(of_a, of_b, vision) >= apart);
        }
    }
}

static void similar_marks_have_different_colours_for_everyone(void **state)
{
    (void)state;
    static const uint32_t pages[] = {0x000000, 0x101014, 0x1e1e2e, 0xffffff, 0xfdf6e3, 0xf0f0f0};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        check_page(pages[i]);
}

/* Marks become smaller with their number, and never suddenly. */
static void more_points_have_smaller_marks(void **state)
{
    (void)state;
    const struct scatter few = {.n = 10};
    float before = scatter_mark_radius(&few, 740, 640);
    for (int64_t n = 10; n <= 100000; n += n / 10 > 0 ? n / 10 : 1) {
        const struct scatter scatter = {.n = n};
        float radius = scatter_mark_radius(&scatter, 740, 640);
        assert_true(radius <= before && radius >= 0.8F * before);
        assert_true(n > 15000 || radius > 1.6F); /* shapes */
        assert_true(radius >= 1.2F);
        before = radius;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mark_has_its_shape_at_the_smallest_size),
        cmocka_unit_test(more_points_have_smaller_marks),
        cmocka_unit_test(similar_marks_have_different_colours_for_everyone),
    };
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
