/* When the large cover of the selected track follows a selection that moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/large_cover.h"

static struct image_rect cover(int64_t album)
{
    return (struct image_rect){
        .row = 2, .column = 100, .rows = 16, .columns = 32, .reference = {.id = album}, .large = true};
}

/* The album that is shown this long after the last key. */
static int64_t shown_after(struct large_cover *large, int64_t wanted, double since_key, bool available, double *left)
{
    struct image_rect rect = cover(wanted);
    *left = large_cover_settle(large, &rect, since_key, available);
    return rect.reference.id;
}

static void test_held_key(void **unused)
{
    (void)unused;
    struct large_cover large = {0};
    double left;
    assert_int_equal(shown_after(&large, 1, 0, false, &left), 1); /* there is none before it */
    assert_true(left == 0);
    for (int64_t album = 2; album < 40; album++) {
        assert_int_equal(shown_after(&large, album, 0, true, &left), 1);
        assert_true(left > 0.04 && left < 0.1);
    }
    assert_int_equal(shown_after(&large, 40, 0.02, true, &left), 1);
    assert_int_equal(shown_after(&large, 40, 0.02 + left, true, &left), 40);
    assert_true(left == 0);
    assert_int_equal(shown_after(&large, 40, 0, true, &left), 40);
    assert_true(left == 0);
}

static void test_cover_that_is_made(void **unused)
{
    (void)unused;
    struct large_cover large = {.shown = cover(1)};
    double left;
    assert_int_equal(shown_after(&large, 2, 0.1, false, &left), 1);
    assert_true(left > 0.1);
    assert_int_equal(shown_after(&large, 2, 0.15, true, &left), 2);
    assert_int_equal(shown_after(&large, 3, 1, false, &left), 3); /* its colour, rather than the wrong cover */
    assert_true(left == 0);
}

static void test_other_place(void **unused)
{
    (void)unused;
    struct large_cover large = {.shown = cover(1)};
    struct image_rect moved = cover(2);
    moved.row++;
    assert_true(large_cover_settle(&large, &moved, 0, true) == 0);
    assert_int_equal(moved.reference.id, 2);
    assert_int_equal(moved.row, 3);
}

static void test_screen_without(void **unused)
{
    (void)unused;
    struct large_cover large = {.shown = cover(1)};
    struct screen screen = {.n_images = 1, .images = {cover(2)}};
    double left;
    assert_ptr_equal(large_cover_of(&large, &screen), &screen.images[0]);
    assert_int_equal(shown_after(&large, 2, 0, true, &left), 1);
    screen.images[0].large = false;
    assert_null(large_cover_of(&large, &screen));
    assert_int_equal(shown_after(&large, 2, 0, true, &left), 2); /* another view had taken its place */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_key),
        cmocka_unit_test(test_cover_that_is_made),
        cmocka_unit_test(test_other_place),
        cmocka_unit_test(test_screen_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
