#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

#include "figure/panel_picture.h"

/* One panel as pixels: what is where its axes say it is. */

enum { LINES = 2, POINTS = 4, WIDTH = 360, HEIGHT = 200 };
static const uint32_t colours[LINES] = {0x3090ff, 0xffb000};
static const int places[POINTS] = {1, 2, 5, 10};

static struct panel_picture picture_of(const double *means, const double *spreads)
{
    return (struct panel_picture){
        .n_lines = LINES,
        .n_points = POINTS,
        .x = places,
        .means = means,
        .spreads = spreads,
        .axis = panel_axis_of(means, spreads, LINES * POINTS),
        .background = 0x101010,
        .grid = 0x303030,
        .colours = colours,
    };
}

static uint32_t pixel(const struct image *image, double x, double y)
{
    const uint8_t *at =
        image->rgb + 3 * ((size_t)(y * image->height) * (size_t)image->width + (size_t)(x * image->width));
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

/* Marks are at the means in their line's colour, also where one line hides nothing of the other. */
static void marks_are_at_the_means(void **state)
{
    (void)state;
    const double means[] = {10, 30, 40, 45, 80, 70, 62, 90}, spreads[] = {2, 2, 2, 2, 3, 3, 3, 3};
    const struct panel_picture picture = picture_of(means, spreads);
    struct image image;
    assert_int_equal(panel_picture_draw(&picture, WIDTH, HEIGHT, &image, NULL), STATUS_OK);
    assert_true(image.width == WIDTH && image.height == HEIGHT);
    for (int i = 0; i < LINES * POINTS; i++)
        assert_int_equal(
            pixel(&image, panel_picture_x(&picture, places[i % POINTS]), panel_picture_y(&picture, means[i])),
            colours[i / POINTS]);
    assert_int_equal(pixel(&image, panel_picture_x(&picture, 2.6), panel_picture_y(&picture, 1)), 0x101010);
    image_free(&image);
}

/* Numbers of seeds are at distances that are in proportion, and values inside the axis. */
static void axes_are_linear(void **state)
{
    (void)state;
    const double means[] = {10, 30, 40, 45, 80, 70, 62, 90}, spreads[] = {2, 2, 2, 2, 3, 3, 3, 3};
    const struct panel_picture picture = picture_of(means, spreads);
    double unit = panel_picture_x(&picture, 2) - panel_picture_x(&picture, 1);
    assert_true(fabs(panel_picture_x(&picture, 10) - panel_picture_x(&picture, 5) - 5 * unit) < 1e-12);
    assert_true(panel_picture_x(&picture, 1) > 0 && panel_picture_x(&picture, 10) < 1);
    for (int i = 0; i < LINES * POINTS; i++)
        assert_true(picture.axis.low <= means[i] - spreads[i] && means[i] + spreads[i] <= picture.axis.high);
    assert_true(panel_picture_y(&picture, picture.axis.low) == 1 && panel_picture_y(&picture, picture.axis.high) == 0);
}

/* A number of seeds that no playlist has is a gap; with nothing known at all there is only the grid. */
static void unknown_values_are_gaps(void **state)
{
    (void)state;
    const double means[] = {10, NAN, 40, 45, NAN, NAN, NAN, NAN}, spreads[] = {0, 0, 0, 0, 0, 0, 0, 0};
    const struct panel_picture picture = picture_of(means, spreads);
    struct image image;
    assert_int_equal(panel_picture_draw(&picture, WIDTH, HEIGHT, &image, NULL), STATUS_OK);
    assert_int_equal(pixel(&image, panel_picture_x(&picture, 5), panel_picture_y(&picture, 40)), colours[0]);
    bool second = false;
    for (int at = 0; at < WIDTH * HEIGHT; at++)
        second = second || (image.rgb[3 * at] == 0xff && image.rgb[3 * at + 1] == 0xb0 && image.rgb[3 * at + 2] == 0);
    assert_false(second);
    double between = (panel_picture_x(&picture, 2) + panel_picture_x(&picture, 5)) / 2;
    for (double y = 0.01; y < 1; y += 0.01) {
        uint32_t grey = pixel(&image, between, y) & 0xff; /* background or grid */
        assert_int_equal(pixel(&image, between, y), grey << 16 | grey << 8 | grey);
    }
    image_free(&image);
    const double nothing[] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const struct panel_picture empty = picture_of(nothing, spreads);
    assert_int_equal(panel_picture_draw(&empty, 3, 2, &image, NULL), STATUS_OK);
    image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_at_the_means),
        cmocka_unit_test(axes_are_linear),
        cmocka_unit_test(unknown_values_are_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
