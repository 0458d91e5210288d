#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure/small_multiples.h"
#include "vision/image.h"

/* The line figure: positions of marks, what is omitted, and the contents of both formats. */

enum { LINES = PANELS_LINES_MAX, POINTS = 4, PANELS = 2 };

static double means[LINES * POINTS], spreads[LINES * POINTS];
static const char *names[LINES] = {
    "one", "<two> & \"2\"", "three\x1b[31m", "four", "a name that is far too long to be shown whole",
    "six", "seven",         "eight",         "nine", "ten"};
static const int places[POINTS] = {1, 2, 3, 5};
static const struct panel each[PANELS] = {{"First", "note", means, spreads}, {"Second", "note", means, spreads}};

static struct small_multiples figure(int n_lines)
{
    return (struct small_multiples){.title = "A title <&>",
                                    .subtitle = "below",
                                    .x_label = "seeds",
                                    .n_lines = n_lines,
                                    .n_points = POINTS,
                                    .n_small_multiples = PANELS,
                                    .names = names,
                                    .x = places,
                                    .small_multiples = each};
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void fill(double first, double step)
{
    for (int i = 0; i < LINES * POINTS; i++) {
        means[i] = first + step * i;
        spreads[i] = 0.5;
    }
}

/* Marks in the order of drawing: legend first, then line by line. */
static void read_marks(const char *svg, float (*marks)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        svg = strstr(svg, "translate(");
        assert_non_null(svg);
        assert_int_equal(sscanf(svg, "translate(%f %f)", &marks[i][0], &marks[i][1]), 2);
        svg++;
    }
}

static void marks_stand_where_the_numbers_are(void **state)
{
    (void)state;
    struct buffer svg = {0};
    fill(2, 1);
    struct small_multiples small_multiples = figure(2);
    assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
    float marks[2 + PANELS * 2 * POINTS][2];
    assert_int_equal(count(svg.data, "translate("), 2 + PANELS * 2 * POINTS);
    read_marks(svg.data, marks, 2 + PANELS * 2 * POINTS);
    for (int panel = 0; panel < PANELS; panel++) {
        const float(*first)[2] = (const float(*)[2])marks + 2 + panel * 2 * POINTS;
        float across = first[1][0] - first[0][0], up = first[0][1] - first[1][1];
        assert_true(across > 10 && up > 5);
        for (int i = 0; i < 2 * POINTS; i++) {
            assert_true(fabsf(first[i][0] - first[0][0] - across * (float)(places[i % POINTS] - 1)) < 0.05F);
            assert_true(fabsf(first[0][1] - first[i][1] - up * (float)i) < 0.05F);
        }
    }
    buffer_free(&svg);
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct buffer svg = {0}, whole = {0};
    fill(10, 1);
    struct small_multiples small_multiples = figure(1);
    assert_int_equal(small_multiples_svg(&small_multiples, &whole, NULL), STATUS_OK);
    means[1] = NAN;
    assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
    assert_int_equal(count(svg.data, "translate("), count(whole.data, "translate(") - PANELS);
    assert_int_equal(count(whole.data, "fill-opacity"), PANELS);
    assert_int_equal(count(svg.data, "fill-opacity"), PANELS); /* the first point is isolated and has a bar */
    assert_null(strstr(svg.data, "nan"));
    for (int i = 0; i < LINES * POINTS; i++)
        means[i] = NAN;
    buffer_clear(&svg);
    assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
    assert_null(strstr(svg.data, "nan"));
    buffer_free(&svg);
    buffer_free(&whole);
}

/* For any values: every mark is in the picture, and the lowest tick is not negative for values that are not. */
static void every_range_has_an_axis(void **state)
{
    (void)state;
    static const double firsts[] = {0, 0, 1e-6, 0.3, 59.04, 99, 1e6}, steps[] = {0, 1, 1e-8, 0.01, 0, 0.02, 12345};
    for (size_t k = 0; k < sizeof firsts / sizeof *firsts; k++) {
        struct buffer svg = {0};
        fill(firsts[k], steps[k]);
        if (k == 0 || k == 4)
            memset(spreads, 0, sizeof spreads);
        struct small_multiples small_multiples = figure(3);
        float marks[3 + PANELS * 3 * POINTS][2];
        int width = 0, height = 0;
        assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
        assert_int_equal(sscanf(strstr(svg.data, "viewBox"), "viewBox=\"0 0 %d %d", &width, &height), 2);
        read_marks(svg.data, marks, 3 + PANELS * 3 * POINTS);
        for (int i = 0; i < 3 + PANELS * 3 * POINTS; i++)
            assert_true(marks[i][0] > 0 && marks[i][0] < (float)width && marks[i][1] > 0 &&
                        marks[i][1] < (float)height);
        assert_null(strstr(svg.data, ">-"));
        assert_null(strstr(svg.data, "nan"));
        buffer_free(&svg);
    }
}

static void names_are_made_safe(void **state)
{
    (void)state;
    struct buffer svg = {0};
    fill(1, 1);
    struct small_multiples small_multiples = figure(LINES);
    assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
    assert_non_null(strstr(svg.data, "&lt;two&gt; &amp; &quot;2&quot;"));
    assert_non_null(strstr(svg.data, "<title>A title &lt;&amp;&gt;</title>"));
    assert_null(strchr(svg.data, '\x1b'));
    assert_null(strstr(svg.data, "whole"));
    assert_int_equal(count(svg.data, "<path"), count(svg.data, "\"/>") - 1); /* the background is a rect */
    buffer_free(&svg);
}

static void pixels_hold_every_line(void **state)
{
    (void)state;
    struct buffer png = {0}, svg = {0};
    struct image image = {0};
    fill(1, 3);
    struct small_multiples small_multiples = figure(LINES);
    assert_int_equal(small_multiples_png(&small_multiples, &png, NULL), STATUS_OK);
    assert_int_equal(small_multiples_svg(&small_multiples, &svg, NULL), STATUS_OK);
    assert_int_equal(image_decode(png.data, png.size, "figure", &image, NULL), STATUS_OK);
    float marks[LINES + PANELS * LINES * POINTS][2];
    read_marks(svg.data, marks, LINES + PANELS * LINES * POINTS);
    uint32_t seen[LINES];
    for (int i = 0; i < LINES + PANELS * LINES * POINTS; i++) {
        int line = i < LINES ? i : (i - LINES) / POINTS % LINES;
        /* Rings and frames are hollow and edges are blended with white: the most saturated colour near by is the line's
         * own. */
        int x = (int)marks[i][0], y = (int)marks[i][1], fullest = 3 * 255;
        uint32_t colour = 0;
        for (int dx = -6; dx <= 6; dx++) {
            const uint8_t *pixel = image.rgb + ((size_t)y * (size_t)image.width + (size_t)(x + dx)) * 3;
            if (pixel[0] + pixel[1] + pixel[2] < fullest) {
                fullest = pixel[0] + pixel[1] + pixel[2];
                colour = (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
            }
        }
        if (i < LINES)
            seen[line] = colour;
        else if (colour != seen[line])
            fail_msg("mark %d of line %d is not in the picture", i, line);
        for (int other = 0; i < LINES && other < i; other++)
            assert_true(seen[other] != colour);
    }
    image_free(&image);
    buffer_free(&png);
    buffer_free(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_stand_where_the_numbers_are),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(every_range_has_an_axis),
        cmocka_unit_test(names_are_made_safe),
        cmocka_unit_test(pixels_hold_every_line),
    };
    return cmocka_run_group_tests_name("small_multiples", tests, NULL, NULL);
}
