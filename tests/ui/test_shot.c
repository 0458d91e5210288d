/* Pictures of the screen: what is where, in all formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "draw/plot.h"
#include "ui/shot/shot.h"
#include "vision/image.h"

enum { ROWS = 6, COLUMNS = 24, CELL_WIDTH = 12, CELL_HEIGHT = 24 };

static struct screen screen;
static struct shot_source source;

static enum status picture(void *context, const struct image_rect *rect, int width, int height, struct image *image,
                           struct error *error)
{
    (void)context;
    if (rect->reference.id == 2)
        return error_set(error, STATUS_FAILED, "not there");
    enum status status = image_create(width, height, image, error);
    if (status == STATUS_OK)
        plot_fill(image, 0x20c040);
    return status;
}

static int begin(void **unused)
{
    struct error error;
    (void)unused;
    assert_int_equal(screen_create(ROWS, COLUMNS, &screen, &error), STATUS_OK);
    theme_choose(THEME_DARK, 1 << 24, 0x101014, &source.theme);
    source.cell_width = CELL_WIDTH;
    source.cell_height = CELL_HEIGHT;
    source.picture = picture;
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    screen_free(&screen);
    return 0;
}

static void make(enum shot_format format, struct buffer *out)
{
    struct error error = {0};
    enum status status = shot_make(&screen, &source, format, out, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
}

static void make_png(struct image *image)
{
    struct buffer bytes = {0};
    struct error error;
    make(SHOT_PNG, &bytes);
    assert_int_equal(image_decode(bytes.data, bytes.size, "shot", image, &error), STATUS_OK);
    assert_int_equal(image->width, COLUMNS * CELL_WIDTH);
    assert_int_equal(image->height, ROWS * CELL_HEIGHT);
    buffer_free(&bytes);
}

static uint32_t pixel(const struct image *image, int x, int y)
{
    const uint8_t *rgb = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

/* Pixels of a cell that do not have this colour. */
static int other_pixels(const struct image *image, int row, int column, uint32_t colour)
{
    int count = 0;
    for (int y = 0; y < CELL_HEIGHT; y++)
        for (int x = 0; x < CELL_WIDTH; x++)
            count += pixel(image, column * CELL_WIDTH + x, row * CELL_HEIGHT + y) != colour;
    return count;
}

static void test_letters_and_colours(void **unused)
{
    (void)unused;
    struct image image;
    screen_text(&screen, 1, 2, 10, STYLE_TEXT, "Ab \xc3\xa9");
    screen_fill(&screen, 2, 0, COLUMNS, STYLE_SELECTED);
    make_png(&image);
    assert_int_equal(other_pixels(&image, 0, 0, 0x101014), 0);
    assert_int_equal(other_pixels(&image, 1, 4, 0x101014), 0); /* the blank between them */
    for (int column = 2; column < 6; column++)
        if (column != 4)
            assert_true(other_pixels(&image, 1, column, 0x101014) > 12);
    uint32_t selected = source.theme.looks[STYLE_SELECTED].background;
    assert_int_equal(other_pixels(&image, 2, 5, selected), 0);
    image_free(&image);
}

/* Lines reach the edges of their cells, so that neighbours meet. */
static void test_lines_meet(void **unused)
{
    (void)unused;
    struct image image;
    screen_text(&screen, 1, 0, 6, STYLE_TEXT, "──┬───");
    screen_text(&screen, 2, 2, 1, STYLE_TEXT, "│");
    screen_text(&screen, 3, 0, 2, STYLE_TEXT, "█▌");
    make_png(&image);
    int y = CELL_HEIGHT + CELL_HEIGHT / 2;
    for (int x = 0; x < 6 * CELL_WIDTH; x++)
        assert_int_not_equal(pixel(&image, x, y), 0x101014);
    int x = 2 * CELL_WIDTH + CELL_WIDTH / 2;
    for (int down = y; down < 3 * CELL_HEIGHT; down++)
        assert_int_not_equal(pixel(&image, x, down), 0x101014);
    assert_int_equal(other_pixels(&image, 3, 0, 0x101014), CELL_WIDTH * CELL_HEIGHT);
    assert_int_equal(other_pixels(&image, 3, 1, 0x101014), CELL_WIDTH * CELL_HEIGHT / 2);
    image_free(&image);
}

static void place(int64_t id, int column, bool dimmed)
{
    screen_image(&screen, &(struct image_rect){.row = 1,
                                               .column = column,
                                               .rows = 4,
                                               .columns = 8,
                                               .reference = {IMAGE_COVER, id, 0},
                                               .colour = 0xcc3322,
                                               .dimmed = dimmed});
}

static void test_pictures(void **unused)
{
    (void)unused;
    struct image image;
    place(1, 0, false);
    place(2, 8, false); /* not available: its mean colour */
    place(3, 16, true);
    make_png(&image);
    int y = 3 * CELL_HEIGHT;
    assert_int_equal(pixel(&image, 4 * CELL_WIDTH, y), 0x20c040);
    assert_int_equal(pixel(&image, 12 * CELL_WIDTH, y), 0xcc3322);
    assert_int_equal(pixel(&image, 20 * CELL_WIDTH, y), 0x18682a);
    assert_int_equal(pixel(&image, 4 * CELL_WIDTH, CELL_HEIGHT - 1), 0x101014);
    image_free(&image);
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void test_svg(void **unused)
{
    (void)unused;
    struct buffer out = {0};
    place(1, 0, false);
    place(2, 8, false);
    screen_text(&screen, 0, 1, 20, STYLE_TITLE, "Salt & <Pepper> \xe5\xa4\x9c");
    make(SHOT_SVG, &out);
    assert_int_equal(count(out.data, "data:image/png;base64,"), 2);
    assert_int_equal(count(out.data, "<text "), 4); /* each word and each wide character */
    assert_non_null(strstr(out.data, ">&amp;</text>"));
    assert_non_null(strstr(out.data, ">&lt;Pepper&gt;</text>"));
    assert_non_null(strstr(out.data, "textLength=\"24\"")); /* a wide character has two columns */
    assert_int_equal(count(out.data, "font-weight"), 4);
    buffer_free(&out);
}

static void test_text(void **unused)
{
    (void)unused;
    struct buffer out = {0};
    place(1, 0, false);
    screen_text(&screen, 1, 9, 10, STYLE_TEXT, "Rain");
    make(SHOT_TEXT, &out);
    assert_string_equal(out.data, "\n         Rain\n\n\n\n\n");
    buffer_free(&out);
}

static void test_formats(void **unused)
{
    (void)unused;
    enum shot_format format;
    struct error error;
    assert_int_equal(shot_format_of("a/b.PNG", &format, &error), STATUS_OK);
    assert_int_equal(format, SHOT_PNG);
    assert_int_equal(shot_format_of("talk.svg", &format, &error), STATUS_OK);
    assert_int_equal(format, SHOT_SVG);
    assert_int_equal(shot_format_of(".png", &format, &error), STATUS_USAGE);
    assert_int_equal(shot_format_of("talk.jpg", &format, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, ".png, .svg or .txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_letters_and_colours, begin, end),
        cmocka_unit_test_setup_teardown(test_lines_meet, begin, end),
        cmocka_unit_test_setup_teardown(test_pictures, begin, end),
        cmocka_unit_test_setup_teardown(test_svg, begin, end),
        cmocka_unit_test_setup_teardown(test_text, begin, end),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
