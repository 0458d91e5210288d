/* Marks follow their tracks when a list changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "ui/marks.h"

enum { MOST = 12 };

static struct track tracks[MOST];

static size_t list_of(const char *ids, const struct track **items)
{
    size_t count = 0;
    for (; ids[count]; count++) {
        tracks[ids[count] - 'a'].id = ids[count];
        items[count] = &tracks[ids[count] - 'a'];
    }
    return count;
}

/* "a*bc*": a and c are marked. */
static void shown(const struct marks *marks, const char *list, size_t selected, const char *expected)
{
    char text[3 * MOST] = "";
    size_t used = 0;
    for (size_t i = 0; list[i]; i++) {
        text[used++] = list[i];
        if (marks_has(marks, i, selected))
            text[used++] = '*';
    }
    assert_string_equal(text, expected);
}

static void follow(struct marks *marks, const char *list, size_t selected, const char *expected)
{
    const struct track *items[MOST];
    marks_follow(marks, items, list_of(list, items));
    shown(marks, list, selected, expected);
}

static void test_following(void **unused)
{
    (void)unused;
    struct marks marks = {0};
    const struct track *items[MOST];
    size_t count = list_of("abcab", items), *positions;
    follow(&marks, "abcab", 0, "abcab");
    assert_true(marks_toggle(&marks, items, count, 1));
    assert_true(marks_toggle(&marks, items, count, 3)); /* the second a */
    shown(&marks, "abcab", 0, "ab*ca*b");
    follow(&marks, "abcab", 0, "ab*ca*b");
    follow(&marks, "cabab", 0, "cab*a*b");
    follow(&marks, "daba", 0, "dab*a*");
    assert_int_equal(marks_positions(&marks, 0, &positions), 2);
    assert_int_equal(positions[0], 2);
    assert_int_equal(positions[1], 3);
    free(positions);
    follow(&marks, "db", 0, "db*");
    follow(&marks, "d", 0, "d");
    follow(&marks, "db", 0, "db"); /* what has gone comes back without its mark */
    assert_int_equal(marks_count(&marks, 0), 0);
    assert_int_equal(marks_positions(&marks, 0, &positions), 0);
    free(positions);
    marks_free(&marks);
}

static void test_ranges(void **unused)
{
    (void)unused;
    struct marks marks = {0};
    const struct track *items[MOST];
    size_t count = list_of("abcdef", items);
    assert_true(marks_range(&marks, items, count, 3));
    shown(&marks, "abcdef", 3, "abcd*ef");
    shown(&marks, "abcdef", 1, "ab*c*d*ef");
    assert_int_equal(marks_count(&marks, 5), 3);
    follow(&marks, "dabcef", 2, "d*a*b*cef"); /* the range begins at d, wherever that is */
    assert_true(marks_range(&marks, items, list_of("dabcef", items), 1));
    shown(&marks, "dabcef", 5, "d*a*bcef");
    assert_true(marks_invert(&marks, items, count, 5));
    shown(&marks, "dabcef", 5, "dab*c*e*f*");
    assert_true(marks_all(&marks, items, count));
    assert_int_equal(marks_count(&marks, 0), 6);
    marks_clear(&marks);
    assert_int_equal(marks_count(&marks, 0), 0);
    assert_true(marks_set(&marks, items, count, (const size_t[]){0, 4}, 2));
    shown(&marks, "dabcef", 0, "d*abce*f");
    marks_free(&marks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_following), cmocka_unit_test(test_ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
