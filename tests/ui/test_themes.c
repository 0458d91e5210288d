/* Every style of every theme can be read, and signs can be told apart by everyone: with exact colours, and with 256, 16
 * and 8 of xterm's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/colour_vision.h"
#include "ui/terminal/theme.h"

#define NOTICED_BY_ALL 2.0
#define SIGN_DEGREES 0.25

static const int depths[] = {1 << 24, 256, 16, 8};

/* Pages of terminals. With few colours the page is black or white. */
static const uint32_t pages[] = {0x000000, 0x101014, 0x1e1e2e, 0xffffff, 0xfdf6e3, 0xf0f0f0};

typedef void theme_check(enum theme_choice choice, const struct theme *theme, uint32_t page);

static void for_every_theme(theme_check *check)
{
    for (int choice = 0; choice < THEME_MONO; choice++)
        for (size_t d = 0; d < sizeof depths / sizeof *depths; d++)
            for (size_t p = 0; p < sizeof pages / sizeof *pages; p++) {
                struct theme theme;
                if (depths[d] < 256 && pages[p] != 0 && pages[p] != 0xffffff)
                    continue;
                theme_choose((enum theme_choice)choice, depths[d], pages[p], &theme);
                check((enum theme_choice)choice, &theme, pages[p]);
            }
}

static uint32_t behind(const struct theme *theme, int style, uint32_t page)
{
    return theme_rgb(theme->looks[style].background, page);
}

/* Without a colour of its own, text has the terminal's, which is readable on its page. */
static uint32_t in_front(const struct theme *theme, int style, uint32_t page)
{
    return theme_rgb(theme->looks[style].foreground, colour_contrast(page, 0) > 7 ? 0x000000 : 0xffffff);
}

static bool is_graphic(int style)
{
    return style == STYLE_RULE || style == STYLE_FRAME || style == STYLE_BAR;
}

/* WCAG 2.1: 4.5 for text (1.4.3), 3 for what is not text (1.4.11), 7 for enhanced contrast (1.4.6). */
static void check_contrast(enum theme_choice choice, const struct theme *theme, uint32_t page)
{
    bool high = choice == THEME_CONTRAST_DARK || choice == THEME_CONTRAST_LIGHT;
    for (int style = 0; style < STYLE_COUNT; style++) {
        double least = high ? 7 : is_graphic(style) ? 3 : 4.5;
        double contrast = colour_contrast(in_front(theme, style, page), behind(theme, style, page));
        if (contrast < least)
            fail_msg("%s with %d colours on %06x: style %d has contrast %.2f", theme_name(choice), theme->colours,
                     (unsigned)page, style, contrast);
    }
}

static void test_everything_can_be_read(void **unused)
{
    (void)unused;
    for_every_theme(check_contrast);
}

static void check_signs(enum theme_choice choice, const struct theme *theme, uint32_t page)
{
    static const int signs[] = {STYLE_GOOD, STYLE_WARNING, STYLE_ACCENT};
    for (int vision = 0; vision < VISIONS; vision++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < i; j++) {
                const struct look *a = &theme->looks[signs[i]], *b = &theme->looks[signs[j]];
                double difference = vision_difference((enum vision)vision, in_front(theme, signs[i], page),
                                                      in_front(theme, signs[j], page), SIGN_DEGREES);
                bool by_attribute = theme->colours < 256 && a->attributes != b->attributes;
                if (difference < NOTICED_BY_ALL && !by_attribute)
                    fail_msg("%s with %d colours: styles %d and %d differ by %.2f in %s", theme_name(choice),
                             theme->colours, signs[i], signs[j], difference, vision_name((enum vision)vision));
            }
}

/* A bar of what is lost is in the warning tone, another in that of the accent. */
static void test_signs_differ_for_everyone(void **unused)
{
    (void)unused;
    for_every_theme(check_signs);
    for (int choice = 0; choice < THEME_MONO; choice++) {
        struct theme theme;
        theme_choose((enum theme_choice)choice, 1 << 24, 0, &theme);
        assert_int_equal(theme.looks[STYLE_BAR].foreground, theme.looks[STYLE_ACCENT].foreground);
        assert_int_equal(theme.looks[STYLE_NEW].foreground, theme.looks[STYLE_GOOD].foreground);
    }
}

/* The simulation itself: greys stay grey, and the pairs that give red-green and blue-yellow blindness their names merge
 * only there. */
static void test_simulation(void **unused)
{
    (void)unused;
    for (int vision = 0; vision < VISIONS; vision++) {
        assert_int_equal(vision_rgb((enum vision)vision, 0xffffff), 0xffffff);
        assert_int_equal(vision_rgb((enum vision)vision, 0x000000), 0x000000);
    }
    const uint32_t red = 0xb05a50, green = 0x6f7a40; /* of similar lightness */
    assert_true(vision_difference(VISION_TYPICAL, red, green, SIGN_DEGREES) > NOTICED_BY_ALL);
    assert_true(vision_difference(VISION_DEUTERANOPIA, red, green, SIGN_DEGREES) < NOTICED_BY_ALL);
    const uint32_t blue = 0x0091c8, teal = 0x009e8e;
    assert_true(vision_difference(VISION_TRITANOPIA, blue, teal, SIGN_DEGREES) <
                vision_difference(VISION_TYPICAL, blue, teal, SIGN_DEGREES) / 2);
}

static void test_without_colours(void **unused)
{
    (void)unused;
    for (int choice = 0; choice < THEMES; choice++) {
        struct theme theme;
        theme_choose((enum theme_choice)choice, choice == THEME_MONO ? 1 << 24 : 0, 0xffffff, &theme);
        for (int style = 0; style < STYLE_COUNT; style++) {
            assert_int_equal(theme.looks[style].foreground, COLOUR_DEFAULT);
            assert_int_equal(theme.looks[style].background, COLOUR_DEFAULT);
        }
        assert_true(theme.looks[STYLE_SELECTED].attributes & ATTRIBUTE_REVERSE);
        assert_true(theme.looks[STYLE_SELECTED_DIM].attributes & ATTRIBUTE_REVERSE);
        assert_true(theme.looks[STYLE_TITLE].attributes & ATTRIBUTE_BOLD);
        assert_int_equal(theme.looks[STYLE_LOSS].attributes, ATTRIBUTE_BOLD); /* a line that is reversed is a block */
        static const int different[] = {STYLE_TEXT, STYLE_GOOD, STYLE_WARNING, STYLE_ACCENT};
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < i; j++)
                assert_int_not_equal(theme.looks[different[i]].attributes, theme.looks[different[j]].attributes);
        assert_int_equal(theme.page, 0xffffff);
    }
}

/* A theme for another page than the terminal's brings its own. */
static void test_pages(void **unused)
{
    (void)unused;
    struct theme theme;
    theme_choose(THEME_AUTO, 1 << 24, 0xffffff, &theme);
    assert_true(theme.light && theme.page == 0xffffff && theme.looks[STYLE_TEXT].background == COLOUR_DEFAULT);
    theme_choose(THEME_AUTO, 1 << 24, SCREEN_NO_COLOUR, &theme);
    assert_true(!theme.light && theme.page == 0 && theme.looks[STYLE_TEXT].background == COLOUR_DEFAULT);
    theme_choose(THEME_LIGHT, 1 << 24, 0x000000, &theme);
    assert_true(theme.light && theme.page == theme.looks[STYLE_DIM].background && theme.page > 0xf0f0f0);
    theme_choose(THEME_DARK, 256, 0xffffff, &theme);
    assert_true(!theme.light && theme.looks[STYLE_RULE].background != COLOUR_DEFAULT && theme.page < 0x202020);
    theme_choose(THEME_CONTRAST_DARK, 16, 0x000000, &theme);
    assert_int_equal(theme.looks[STYLE_TITLE].background, COLOUR_INDEXED | 0);
}

static void test_names(void **unused)
{
    (void)unused;
    enum theme_choice choice;
    for (int i = 0; i < THEMES; i++) {
        assert_true(theme_parse(theme_name((enum theme_choice)i), &choice));
        assert_int_equal(choice, i);
        assert_non_null(strstr("|" THEME_USAGE "|", theme_name((enum theme_choice)i)));
    }
    assert_false(theme_parse("darkest", &choice));
    assert_false(theme_parse("", &choice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_can_be_read),
        cmocka_unit_test(test_signs_differ_for_everyone),
        cmocka_unit_test(test_simulation),
        cmocka_unit_test(test_without_colours),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
