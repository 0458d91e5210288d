/* Moving, paging and scrolling in a list, its scroll bar and its position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ui/layout.h"
#include "ui/list.h"

static const struct list_box box = {.row = 4, .column = 1, .rows = 20, .columns = 30, .bar_column = 31};

static void moved(struct list_position *at, size_t count, const char *how, size_t selected, size_t top)
{
    assert_true(list_move(at, count, how));
    layout_settle_list(at, count, box.rows);
    assert_int_equal(at->selected, selected);
    assert_int_equal(at->top, top);
}

static void test_moves(void **unused)
{
    (void)unused;
    struct list_position at = {.selected = 3};
    layout_settle_list(&at, 471, box.rows);
    assert_int_equal(at.rows, 20);
    moved(&at, 471, "page-down", 23, 20);
    moved(&at, 471, "half-down", 33, 30);
    moved(&at, 471, "next", 34, 30);
    moved(&at, 471, "page-up", 14, 10);
    moved(&at, 471, "half-up", 4, 0);
    moved(&at, 471, "page-up", 0, 0);
    moved(&at, 471, "previous", 0, 0);
    moved(&at, 471, "last", 470, 451);
    moved(&at, 471, "page-down", 470, 451);
    moved(&at, 471, "half-up", 460, 441);
    moved(&at, 471, "first", 0, 0);
    assert_false(list_move(&at, 471, "sideways"));
}

static void test_short_and_empty(void **unused)
{
    (void)unused;
    static const char *const moves[] = {"next",      "previous", "page-down", "page-up",
                                        "half-down", "half-up",  "first",     "last"};
    for (size_t count = 0; count < 4; count++)
        for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
            struct list_position at = {.selected = count / 2};
            assert_true(list_move(&at, count, moves[i]));
            assert_true(at.selected < count || (count == 0 && at.selected == 0));
        }
}

static void test_mouse(void **unused)
{
    (void)unused;
    struct list_position at = {.selected = 1};
    layout_settle_list(&at, 100, box.rows);
    assert_int_equal(list_item_at(&box, &at, 100, 3), 100);
    assert_int_equal(list_item_at(&box, &at, 100, 4), 0);
    assert_int_equal(list_item_at(&box, &at, 100, 24), 100);
    assert_int_equal(list_item_at(&box, &at, 5, 9), 5);
    list_wheel(&box, &at, 100, 1);
    assert_int_equal(at.top, 3);
    assert_int_equal(at.selected, 3);
    list_wheel(&box, &at, 100, -1);
    assert_int_equal(at.selected, 3); /* still visible */
    for (int i = 0; i < 40; i++)
        list_wheel(&box, &at, 100, 1);
    assert_int_equal(at.top, 80);
    struct event click = {.type = EVENT_CLICK, .row = 23, .column = 31, .clicks = 1};
    at = (struct list_position){.rows = 20};
    assert_true(list_click_bar(&box, &at, 100, &click));
    assert_int_equal(at.top, 80);
    assert_int_equal(at.selected, 99);
    assert_false(list_click_bar(&box, &at, 20, &click)); /* all rows fit: there is no bar */
    click.column = 30;
    assert_false(list_click_bar(&box, &at, 100, &click));
}

/* The first and the last row of the bar; false when there is none. */
static bool bar(size_t top, size_t count, int *first, int *last)
{
    struct screen screen;
    struct error error;
    struct list_position at = {.top = top, .selected = top, .rows = (size_t)box.rows};
    assert_int_equal(screen_create(30, 40, &screen, &error), STATUS_OK);
    list_draw_bar(&box, &at, count, &screen);
    *first = -1;
    for (int row = 0; row < 30; row++)
        if (strcmp(screen_cell(&screen, row, box.bar_column)->text, "┃") == 0) {
            *first = *first < 0 ? row : *first;
            *last = row;
        }
    screen_free(&screen);
    return *first >= 0;
}

/* The bar touches an end of its column exactly when the list is at that end. */
static void test_bar(void **unused)
{
    (void)unused;
    static const size_t counts[] = {21, 25, 40, 471, 10000};
    int first, last;
    assert_false(bar(0, 20, &first, &last));
    assert_false(bar(0, 0, &first, &last));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t top = 0; top + 20 <= counts[i]; top++) {
            assert_true(bar(top, counts[i], &first, &last));
            assert_true(first >= 4 && last <= 23);
            if (top == 0)
                assert_int_equal(first, 4);
            else if (counts[i] > 40)
                assert_int_not_equal(first, 4);
            if (top + 20 == counts[i])
                assert_int_equal(last, 23);
            else if (counts[i] > 40)
                assert_int_not_equal(last, 23);
        }
}

static void test_position(void **unused)
{
    (void)unused;
    char text[LIST_TEXT_SIZE];
    list_describe(&(struct list_position){.top = 40, .rows = 20}, 471, text);
    assert_string_equal(text, "41-60 of 471");
    list_describe(&(struct list_position){.top = 9980, .rows = 20}, 10000, text);
    assert_string_equal(text, "9,981-10,000 of 10,000");
    list_describe(&(struct list_position){.rows = 20}, 20, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves), cmocka_unit_test(test_short_and_empty), cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_bar),   cmocka_unit_test(test_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
