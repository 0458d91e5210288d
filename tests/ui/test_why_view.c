#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared_fixture.h"
#include "ui/views/compare/compare.h"
#include "ui/views/why/why.h"

/* The popup that explains a suggestion. */

static const struct why_state *mine(void)
{
    return why_of(&fixture.state);
}

static void suggestions(void)
{
    run_and_wait("add page");
    run_and_wait("pane suggestions");
}

static void it_explains_the_selected_suggestion_for_the_playlist(void **state)
{
    (void)state;
    suggestions();
    run("select next");
    const struct track *selected = explore_selected_track(&fixture.state);
    run("why");
    assert_int_equal(fixture.state.overlay, VIEW_WHY);
    assert_int_equal(mine()->why.tracks.count, 0); /* nothing of another suggestion is shown */
    fixture_settle(&fixture);
    assert_int_equal(mine()->why.tracks.items[0].id, selected->id);
    assert_int_equal(mine()->why.score.n_seeds, 10);
    const struct playlist_version *playlist = playlist_now(&fixture.state.playlist);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(mine()->why.score.seeds[i].track, playlist->items[i]->id);
    assert_string_equal(mine()->model, "als");
}

static void without_a_suggestion_it_says_so(void **state)
{
    (void)state;
    suggestions();
    run("pane playlist");
    refused("why", "select a suggestion");
    refused("why next", "w shows one");
    refused("why sideways", "not next or previous");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

static void next_and_previous_follow_the_list(void **state)
{
    (void)state;
    suggestions();
    run_and_wait("why");
    const int64_t first = mine()->why.tracks.items[0].id;
    run_and_wait("why next");
    assert_int_equal(fixture.state.overlay, VIEW_WHY);
    assert_true(mine()->why.tracks.items[0].id == explore_selected_track(&fixture.state)->id);
    assert_true(mine()->why.tracks.items[0].id != first);
    run_and_wait("why previous");
    assert_int_equal(mine()->why.tracks.items[0].id, first);
}

/* Only the last request counts. */
static void an_older_explanation_is_dropped(void **state)
{
    (void)state;
    suggestions();
    run("why");
    struct result slow = fixture_run(&fixture, fixture.requested.count - 1);
    run("why next");
    fixture_settle(&fixture);
    const int64_t shown = mine()->why.tracks.items[0].id;
    fixture_take(&fixture, &slow);
    assert_int_equal(mine()->why.tracks.items[0].id, shown);
}

static void a_failure_is_shown_in_its_place(void **state)
{
    (void)state;
    suggestions();
    run_and_wait("why");
    fake_fail_why(fixture.app);
    run_and_wait("why next");
    assert_non_null(strstr(mine()->failure, "train it again"));
    assert_int_equal(mine()->why.tracks.count, 0);
    run("select next");
    refused("add", "escape closes this");
}

static void tracks_have_covers_and_albums(void **state)
{
    (void)state;
    suggestions();
    run_and_wait("why");
    run("select last");
    assert_int_equal(mine()->at.selected, 9);
    struct album album;
    assert_true(view_why.album(&fixture.state, &album));
    assert_int_equal(album.id, why_track(&fixture.state, 9)->album_id);
    run_and_wait("similar");
    assert_int_equal(fixture.state.overlay, VIEW_SIMILAR);
    run("close");
}

static void suggestions_of_failures_are_explained(void **state)
{
    (void)state;
    run_and_wait("failures");
    const struct failure_case *opened = &failures_of(&fixture.state)->opened;
    refused("why", "select a suggestion");
    run("pane held-out");
    run_and_wait("why");
    assert_int_equal(mine()->why.tracks.items[0].id, opened->held_out.items[0].id);
    run("close");
    run("pane page");
    run_and_wait("why");
    assert_int_equal(mine()->why.tracks.items[0].id, opened->sides[0].tracks.items[0].id);
    assert_int_equal(mine()->why.score.n_seeds, opened->seeds.count);
}

static void suggestions_of_a_comparison_are_explained(void **state)
{
    (void)state;
    suggestions();
    run_and_wait("compare");
    run_and_wait("why");
    size_t at;
    const struct track *selected = compare_selected(&fixture.state, &at);
    assert_non_null(selected);
    assert_int_equal(mine()->why.tracks.items[0].id, selected->id);
    assert_string_equal(mine()->model, compare_of(&fixture.state)->models[0]);
    assert_int_equal(mine()->why.score.n_seeds, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_explains_the_selected_suggestion_for_the_playlist, begin, end),
        cmocka_unit_test_setup_teardown(without_a_suggestion_it_says_so, begin, end),
        cmocka_unit_test_setup_teardown(next_and_previous_follow_the_list, begin, end),
        cmocka_unit_test_setup_teardown(an_older_explanation_is_dropped, begin, end),
        cmocka_unit_test_setup_teardown(a_failure_is_shown_in_its_place, begin, end),
        cmocka_unit_test_setup_teardown(tracks_have_covers_and_albums, begin, end),
        cmocka_unit_test_setup_teardown(suggestions_of_failures_are_explained, begin, end),
        cmocka_unit_test_setup_teardown(suggestions_of_a_comparison_are_explained, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
