/* Words of a search or a filter in a text, as the search compares them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ui/match.h"
#include "ui/view_text.h"

/* The letters drawn in the style of a match, each run in brackets. */
static void marked(const char *text, const char *query, const char *expected)
{
    struct screen screen;
    struct error error;
    struct buffer shown = {0};
    bool inside = false;
    assert_int_equal(screen_create(1, 40, &screen, &error), STATUS_OK);
    int used = view_words(&screen, 0, 0, 40, STYLE_TEXT, STYLE_MATCH, text, query);
    for (int column = 0; column <= used; column++) {
        const struct cell *cell = screen_cell(&screen, 0, column);
        bool match = column < used && cell->style == STYLE_MATCH;
        if (match != inside)
            buffer_add_text(&shown, match ? "[" : "]");
        inside = match;
        if (column < used)
            buffer_add_text(&shown, cell->text);
    }
    assert_string_equal(shown.data ? shown.data : "", expected);
    buffer_free(&shown);
    screen_free(&screen);
}

static void test_marks(void **unused)
{
    (void)unused;
    marked("Beyoncé", "beyonce", "[Beyoncé]");
    marked("Beyonce\xcc\x81 Live", "BEYONCÉ", "[Beyonce\xcc\x81] Live");
    marked("Crazy In Love", "love crazy", "[Crazy] In [Love]");
    marked("Crazy In Love", "yin", "Crazy In Love"); /* not across words */
    marked("banana", "ana", "b[ana]na");
    marked("夜の雨が降る", "雨", "夜の[雨]が降る");
    marked("Straße", "strasse", "[Straße]");
    marked("Rain", "", "Rain");
    marked("", "rain", "");
    marked("Broken \xff bytes", "bytes", "Broken \xef\xbf\xbd [bytes]");
}

static void test_filter(void **unused)
{
    (void)unused;
    const char *const track[] = {"Hold Up", "Beyoncé", "Lemonade"};
    assert_true(match_all("beyonce lemon", track, 3));
    assert_true(match_all("", track, 3));
    assert_true(match_all("  ", track, 3));
    assert_false(match_all("beyonce halo", track, 3));
    assert_false(match_all("upbey", track, 3)); /* not across texts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_filter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
