#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared_fixture.h"
#include "ui/views/space/space.h"

/* The popup of distances between playlists. */

static const struct space_state *mine(void)
{
    return space_of(&fixture.state);
}

static void it_measures_audio_first(void **state)
{
    (void)state;
    run_and_wait("space");
    assert_int_equal(fixture.state.overlay, VIEW_SPACE);
    assert_string_equal(mine()->set, "audio");
    assert_int_equal(mine()->space.n_playlists, SPACE_LONGEST);
    run("close");
    run("space"); /* what is known is not measured again */
    assert_false(state_awaits(&fixture.state, EFFECT_SPACE));
}

static void sets_and_a_second_set_are_chosen(void **state)
{
    (void)state;
    refused("space against next", "g a shows them");
    run_and_wait("space");
    run_and_wait("space next");
    assert_string_equal(mine()->space.sides[0].set, "gist");
    run_and_wait("space against next");
    assert_int_equal(mine()->space.n_sides, 2);
    assert_string_equal(mine()->space.sides[1].set, "audio");
    run_and_wait("space against next"); /* the set in hand is left out */
    assert_string_equal(mine()->space.sides[1].set, "metadata");
    run_and_wait("space against next");
    assert_int_equal(mine()->space.n_sides, 1);
    refused("space nothing", "no feature set \"nothing\"");
    refused("space longest 1", "2 to 36");
    refused("space longest x", "2 to 36");
    run_and_wait("space longest 5");
    assert_int_equal(mine()->space.n_playlists, 5);
    assert_true(mine()->row < 5 && mine()->column < 5);
}

static void the_list_is_of_the_selected_playlist_or_of_all(void **state)
{
    (void)state;
    run_and_wait("space");
    run("space move down");
    run("space move down");
    run("space move right");
    assert_int_equal(mine()->row, 2);
    assert_int_equal(mine()->column, 1);
    assert_true(mine()->n_listed > 0);
    for (size_t i = 0; i < mine()->n_listed; i++)
        assert_int_equal(mine()->space.misplaced[mine()->listed[i]].playlist, 2);
    run("space all");
    assert_int_equal(mine()->n_listed, mine()->space.n_misplaced);
    run("select last");
    struct album album;
    assert_true(view_space.album(&fixture.state, &album));
    assert_int_equal(album.id, space_track(&fixture.state, mine()->n_listed - 1)->album_id);
    refused("space move sideways", "not up, down, left or right");
}

static void the_selection_stays_on_the_map(void **state)
{
    (void)state;
    run_and_wait("space");
    for (int i = 0; i < 50; i++) {
        run("space move down");
        run("space move right");
    }
    assert_int_equal(mine()->row, SPACE_LONGEST - 1);
    assert_int_equal(mine()->column, SPACE_LONGEST - 1);
    run_and_wait("space longest 2");
    assert_int_equal(mine()->row, 1);
}

static void a_failure_is_shown(void **state)
{
    (void)state;
    run_and_wait("space refused");
    assert_non_null(strstr(mine()->failure, "no feature set refused"));
    run("select next");
    run("space move down");
    run_and_wait("space audio");
    assert_string_equal(mine()->failure, "");
    assert_int_equal(mine()->space.n_playlists, SPACE_LONGEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_measures_audio_first, begin, end),
        cmocka_unit_test_setup_teardown(sets_and_a_second_set_are_chosen, begin, end),
        cmocka_unit_test_setup_teardown(the_list_is_of_the_selected_playlist_or_of_all, begin, end),
        cmocka_unit_test_setup_teardown(the_selection_stays_on_the_map, begin, end),
        cmocka_unit_test_setup_teardown(a_failure_is_shown, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
