#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "figure/heat_map.h"
#include "tests/must.h"
#include "vision/image.h"

/* The heat map: its colours, and both formats. */

static int lightness(uint32_t colour)
{
    return (int)(299 * (colour >> 16 & 0xff) + 587 * (colour >> 8 & 0xff) + 114 * (colour & 0xff));
}

static void larger_values_are_darker(void **state)
{
    (void)state;
    for (int i = 1; i <= 100; i++)
        assert_true(lightness(heat_map_colour(i, 0, 100)) < lightness(heat_map_colour(i - 1, 0, 100)));
    assert_int_equal(heat_map_colour(-5, 0, 1), heat_map_colour(0, 0, 1));
    assert_int_equal(heat_map_colour(7, 0, 1), heat_map_colour(1, 0, 1));
    assert_int_equal(heat_map_colour(3, 3, 3), heat_map_colour(0, 0, 1)); /* all values are equal */
}

static void both_formats_show_every_cell(void **state)
{
    (void)state;
    const double values[] = {0, 1, 2, 3};
    const char *const names[] = {"a <name> & more", "b\x1b[31m"};
    const struct heat_map map = {"Title", "below", 2, values, names};
    struct buffer svg = {0}, png = {0};
    must(heat_map_figure(&map, true, &svg, &error));
    assert_non_null(strstr(svg.data, "a &lt;name&gt; &amp; more"));
    assert_null(strchr(svg.data, '\x1b'));
    for (int i = 0; i < 4; i++) {
        char colour[16];
        snprintf(colour, sizeof colour, "#%06x", (unsigned)heat_map_colour(values[i], 0, 3));
        assert_non_null(strstr(svg.data, colour));
    }
    must(heat_map_figure(&map, false, &png, &error));
    struct image image;
    must(image_decode(png.data, png.size, "heat.png", &image, &error));
    assert_int_equal(image.width, 1200);
    image_free(&image);
    buffer_free(&svg);
    buffer_free(&png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(larger_values_are_darker),
        cmocka_unit_test(both_formats_show_every_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
