/* The grid keeps wide characters whole and pictures inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/random.h"
#include "screen_check.h"
#include "ui/view_text.h"

static const char *const texts[] = {
    "plain",
    "夜の雨が降る街角で",
    "a夜b雨c",
    "e\xcc\x81\xcc\xa3 n\xcc\x83",
    "👨‍👩‍👧‍👦 family 🇩🇪",
    "tab\tbell\x07 esc\x1b[31m",
    "broken \xff\xfe\xc3",
    "비 오는 날",
    "",
    "…",
    "\xcc\x81 alone",
    "\xe2\x80\xae turned",
};

static void test_text_at_every_width(void **unused)
{
    (void)unused;
    struct error error;
    for (int columns = 1; columns <= 24; columns++) {
        struct screen screen;
        assert_int_equal(screen_create(3, columns, &screen, &error), STATUS_OK);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            for (int width = 0; width <= columns + 2; width++)
                for (int at = -1; at <= columns; at++) {
                    screen_clear(&screen);
                    int used = screen_text(&screen, 1, at, width, STYLE_TEXT, texts[i]);
                    assert_true(used >= 0 && used <= (width > 0 ? width : 0));
                    screen_text_right(&screen, 1, at, width, STYLE_DIM, texts[i]);
                    check_screen(&screen);
                }
        screen_free(&screen);
    }
}

static void test_overwriting_halves(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct random random;
    random_seed(&random, 7);
    assert_int_equal(screen_create(4, 17, &screen, &error), STATUS_OK);
    for (int i = 0; i < 20000; i++) {
        int row = (int)random_below(&random, 6) - 1, column = (int)random_below(&random, 20) - 1;
        int width = (int)random_below(&random, 20);
        if (random_below(&random, 5) == 0)
            screen_fill(&screen, row, column, width, STYLE_SELECTED);
        else
            screen_text(&screen, row, column, width, STYLE_TEXT, texts[random_below(&random, 12)]);
        screen_restyle(&screen, row, column, width, STYLE_DIM);
        check_screen(&screen);
    }
    screen_free(&screen);
}

static void test_ellipsis(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    assert_int_equal(screen_create(4, 12, &screen, &error), STATUS_OK);
    assert_int_equal(screen_text(&screen, 0, 0, 5, STYLE_TEXT, "abcdef"), 5);
    assert_int_equal(screen_text(&screen, 1, 0, 4, STYLE_TEXT, "夜の雨"), 3);
    assert_int_equal(screen_text(&screen, 2, 0, 6, STYLE_TEXT, "夜の雨"), 6);
    assert_int_equal(screen_text_right(&screen, 3, 12, 5, STYLE_TEXT, "4:05"), 4);
    screen_dump(&screen, &dump);
    assert_string_equal(dump.data, "abcd…\n夜…\n夜の雨\n        4:05\n");
    buffer_free(&dump);
    screen_free(&screen);
}

static void test_images(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    assert_int_equal(screen_create(5, 10, &screen, &error), STATUS_OK);
    const struct image_rect rects[] = {
        {.row = 0, .column = 0, .rows = 4, .columns = 8, .reference = {.kind = IMAGE_COVER, .id = 3}},
        {.row = 1, .column = 0, .rows = 4, .columns = 4}, /* overlaps the last row */
        {.row = 0, .column = 3, .rows = 2, .columns = 8}, /* too far right */
        {.row = -1, .column = 0, .rows = 2, .columns = 2},
        {.row = 0, .column = 0, .rows = 0, .columns = 2},
        {.row = 2, .column = 8, .rows = 1, .columns = 2, .reference = {.kind = IMAGE_MAP, .id = 1}, .dimmed = true},
        {.row = 0, .column = 0, .rows = 2147483647, .columns = 2147483647},
    };
    for (size_t i = 0; i < sizeof rects / sizeof rects[0]; i++)
        screen_image(&screen, &rects[i]);
    screen_dump_images(&screen, &dump);
    assert_string_equal(dump.data, "image 0 0 4x8 cover 3\nimage 2 8 1x2 map 1 dimmed\n");
    for (int i = 0; i < 2 * SCREEN_IMAGES_MAX; i++)
        screen_image(&screen, &rects[0]);
    assert_int_equal(screen.n_images, SCREEN_IMAGES_MAX);
    buffer_free(&dump);
    screen_free(&screen);
}

static void test_sizes(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    assert_int_equal(screen_create(0, 5, &screen, &error), STATUS_USAGE);
    assert_int_equal(screen_create(5, -1, &screen, &error), STATUS_USAGE);
    assert_int_equal(screen_create(1 << 20, 1 << 20, &screen, &error), STATUS_USAGE);
}

/* Text that does not fit its rows ends in an ellipsis, not in silence. */
static void test_paragraphs(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    assert_int_equal(screen_create(4, 12, &screen, &error), STATUS_OK);
    assert_int_equal(view_paragraph(&screen, 0, 0, 12, 2, STYLE_TEXT, "one two three four five six"), 2);
    assert_int_equal(view_paragraph(&screen, 2, 0, 12, 2, STYLE_TEXT, "one two three four"), 2);
    screen_dump(&screen, &dump);
    assert_string_equal(dump.data, "one two\nthree four …\none two\nthree four\n");
    /* A word that is longer than a row continues in the next one, and the rows are those that are counted. */
    static const char path[] = "see /home/夜の/a-long-name.m3u8";
    buffer_clear(&dump);
    screen_clear(&screen);
    assert_int_equal(view_paragraph_rows(path, 12), 4);
    assert_int_equal(view_paragraph(&screen, 0, 0, 12, 4, STYLE_TEXT, path), 4);
    screen_dump(&screen, &dump);
    assert_string_equal(dump.data, "see\n/home/夜の/a\n-long-name.m\n3u8\n");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (int columns = 1; columns <= 12; columns++)
            assert_true(view_paragraph_rows(texts[i], columns) < 64);
    buffer_free(&dump);
    screen_free(&screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paragraphs),
        cmocka_unit_test(test_text_at_every_width),
        cmocka_unit_test(test_overwriting_halves),
        cmocka_unit_test(test_ellipsis),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
