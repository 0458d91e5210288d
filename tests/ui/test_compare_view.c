/* The states of Compare: what is requested, what is kept, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "screen_check.h"
#include "shared_fixture.h"
#include "ui/session.h"
#include "ui/views/compare/compare.h"

static struct compare_state *compare(void)
{
    return compare_of(&fixture.state);
}

static const struct track *selected(size_t *at)
{
    const struct track *track = compare_selected(&fixture.state, at);
    assert_non_null(track);
    return track;
}

static void models_are(const char *a, const char *b)
{
    assert_string_equal(compare()->models[0], a);
    assert_string_equal(compare()->models[1], b);
}

static void test_the_playlist_in_hand(void **unused)
{
    (void)unused;
    run("compare");
    assert_int_equal(fixture.state.view, VIEW_COMPARE);
    models_are("als", "mf-avg"); /* the model in use, and the best other one that was evaluated */
    fixture_settle(&fixture);
    assert_false(compare()->lists_there); /* nothing is in the playlist */
    refused("add", "no suggestions");
    refused("page next", "no suggestions");
    refused("compare hit next", "no suggestions");
    run_and_wait("explore");
    run_and_wait("add page");
    run("compare");
    assert_true(compare()->stale && !compare()->lists_there); /* update never waits */
    fixture_settle(&fixture);
    assert_true(compare()->lists_there && !compare()->stale);
    assert_int_equal(compare()->lists.seeds.count, 10);
    assert_int_equal(compare()->lists.held_out.count, 0);
    assert_string_equal(compare()->lists.sides[0].model, "als");
    assert_string_equal(compare()->lists.sides[1].model, "mf-avg");
}

static void test_models_are_chosen_and_swapped(void **unused)
{
    (void)unused;
    run_and_wait("add page");
    run_and_wait("compare mf-avg popularity");
    models_are("mf-avg", "popularity");
    run_and_wait("compare swap");
    models_are("popularity", "mf-avg");
    assert_string_equal(compare()->lists.sides[0].model, "popularity");
    run_and_wait("compare a mf-avg"); /* the other one takes its place */
    models_are("mf-avg", "popularity");
    run_and_wait("compare b next");
    models_are("mf-avg", "als");
    run_and_wait("model popularity"); /* m chooses the first model here */
    models_are("popularity", "als");
    refused("compare nobody", "no model");
    refused("compare als als", "with itself");
    refused("compare als mf-avg popularity", "two models");
    refused("compare b nobody", "no model");
    models_are("popularity", "als");
    run_and_wait("compare a");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    run_and_wait("key escape");
}

/* The same track is selected in both lists, and followed to the page where the other list has it. */
static void test_a_track_is_followed(void **unused)
{
    (void)unused;
    size_t at, other;
    run_and_wait("add page");
    run_and_wait("compare");
    while (compare()->lists.moves.elsewhere[0][compare()->turned * PAGE_TRACKS + compare()->selected] == 0)
        run("select next");
    const struct track *before = selected(&at);
    run("compare follow");
    assert_int_equal(compare()->side, 1);
    assert_int_equal(selected(&other)->id, before->id);
    assert_int_equal(other + 1, compare()->lists.moves.elsewhere[0][at]);
    run("compare follow");
    assert_int_equal(compare()->side, 0);
    assert_int_equal(selected(&other)->id, before->id);
    assert_int_equal(other, at);
    run("page first");
    run("select first");
    while (compare()->lists.moves.elsewhere[0][compare()->turned * PAGE_TRACKS + compare()->selected] != 0)
        run("select next");
    refused("compare follow", "does not have this track");
    assert_int_equal(compare()->side, 0);
}

static void test_pages_turn_together(void **unused)
{
    (void)unused;
    run_and_wait("add page");
    run_and_wait("compare");
    size_t pages = compare_pages(&fixture.state);
    assert_true(pages > 2);
    run("page next");
    assert_int_equal(compare()->turned, 1);
    run("pane right");
    assert_int_equal(compare()->side, 1);
    assert_int_equal(compare()->turned, 1);
    run("select last");
    run("select next"); /* past the last row: the next page */
    assert_int_equal(compare()->turned, 2);
    assert_int_equal(compare()->selected, 0);
    run("select previous");
    assert_int_equal(compare()->turned, 1);
    assert_int_equal(compare()->selected, PAGE_TRACKS - 1);
    char last[32];
    snprintf(last, sizeof last, "page %zu", pages);
    run(last);
    refused("page next", "there is no page");
    run("page first");
    refused("page previous", "first page");
}

/* What is added joins the playlist in hand, and the lists follow: also after undo. */
static void test_adding_asks_again(void **unused)
{
    (void)unused;
    size_t at;
    run_and_wait("add page");
    run_and_wait("compare");
    const struct track *added = selected(&at);
    int64_t id = added->id;
    run("key enter");
    assert_true(compare_hand_has_changed(&fixture.state));
    fixture_settle(&fixture);
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 11);
    assert_int_equal(compare()->lists.seeds.count, 11);
    assert_true(playlist_find(playlist_now(&fixture.state.playlist), id) == 11);
    run("undo");
    fixture_settle(&fixture);
    assert_int_equal(compare()->lists.seeds.count, 10);
    refused("add 11", "rows 1 to 10");
}

static void test_a_failure_is_opened(void **unused)
{
    (void)unused;
    refused("compare failure", "no test playlist");
    run_and_wait("failures mf-avg");
    run_and_wait("failures against als");
    int64_t playlist = failures_of(&fixture.state)->opened.playlist_id;
    run_and_wait("key C");
    assert_int_equal(fixture.state.view, VIEW_COMPARE);
    models_are("mf-avg", "als");
    assert_int_equal(compare()->lists.playlist_id, playlist);
    assert_int_equal(compare()->lists.held_out.count, failures_of(&fixture.state)->opened.held_out.count);
    size_t hits = 0, at;
    const struct failure_side *side = &compare()->lists.sides[0];
    run("select first");
    for (struct error error;
         command_run(&fixture.state, &fixture.requested, "compare hit next", &error) == STATUS_OK;) {
        selected(&at);
        assert_true(side->hits[at]);
        hits++;
    }
    assert_int_equal(hits, side->n_hits - (size_t)side->hits[0]);
    run_and_wait("compare own");
    assert_int_equal(compare()->playlist, 0);
}

static void test_results_arrive_in_two_steps(void **unused)
{
    (void)unused;
    run_and_wait("compare mf-avg als");
    run("compare show results");
    assert_false(compare()->results_there);
    assert_int_equal(fixture.requested.count, 1);
    struct result first = fixture_run(&fixture, 0);
    fixture_take(&fixture, &first);
    assert_true(compare()->results_there && !compare()->results_whole);
    assert_int_equal(compare_metric(&fixture.state), COMPARE_LARGEST);
    for (int i = 0; i < compare()->results.n_metrics; i++)
        assert_true(isnan(compare()->results.metrics[i].comparison.bootstrap_low));
    fixture_settle(&fixture);
    assert_true(compare()->results_whole);
    for (int i = 0; i < compare()->results.n_metrics; i++)
        assert_true(isfinite(compare()->results.metrics[i].comparison.bootstrap_low));
}

/* Clicks are better where they are fewer: a win must not be a larger number. */
static void test_a_win_is_the_better_value(void **unused)
{
    (void)unused;
    run_and_wait("compare mf-avg als");
    run_and_wait("compare show results");
    while (compare_metric(&fixture.state) != METRIC_CLICKS)
        run_and_wait("select next");
    const struct compare_result *results = &compare()->results;
    assert_int_equal(results->by, METRIC_CLICKS);
    assert_true(results->n_wins > 0 && results->n_wins < results->n_largest);
    for (size_t i = 0; i < results->n_largest; i++)
        assert_true(i < results->n_wins ? results->largest[i].a < results->largest[i].b
                                        : results->largest[i].a > results->largest[i].b);
    for (size_t i = 1; i < results->n_largest; i++) /* the largest first, of wins and of losses */
        assert_true(i == results->n_wins ||
                    fabs(results->largest[i - 1].difference) >= fabs(results->largest[i].difference));
}

static void test_a_group_and_its_playlists(void **unused)
{
    (void)unused;
    run_and_wait("compare mf-avg als");
    run_and_wait("compare show results");
    size_t all = compare()->results.n_playlists;
    run("pane next");
    run("select 3");
    run_and_wait("key enter");
    assert_int_equal(compare()->filter.seeds, 3);
    assert_true(compare()->results.n_playlists > 0 && compare()->results.n_playlists < all);
    for (size_t i = 0; i < compare()->results.n_largest; i++)
        assert_int_equal(compare()->results.largest[i].seeds, 3);
    run("select 2");
    int64_t id = compare()->results.largest[1].id, next = compare()->results.largest[2].id;
    run_and_wait("key enter");
    assert_int_equal(compare()->page, COMPARE_LISTS);
    assert_int_equal(compare()->lists.playlist_id, id);
    run_and_wait("key J");
    assert_int_equal(compare()->lists.playlist_id, next);
    run_and_wait("key K");
    assert_int_equal(compare()->lists.playlist_id, id);
    run_and_wait("key escape"); /* back to the group, to all playlists, to Explore */
    assert_int_equal(compare()->page, COMPARE_RESULTS);
    assert_int_equal(compare()->filter.seeds, 3);
    run_and_wait("key escape");
    assert_int_equal(compare()->filter.seeds, SEEDS_ANY);
    assert_int_equal(compare()->results.n_playlists, all);
    run_and_wait("key escape");
    assert_int_equal(fixture.state.view, VIEW_EXPLORE);
}

/* With other models the same playlist stays selected, and open. */
static void test_other_models_keep_the_playlist(void **unused)
{
    (void)unused;
    run_and_wait("compare als mf-avg");
    run_and_wait("compare show results");
    compare()->pane = COMPARE_PLAYLISTS;
    run("select 3");
    const int64_t id = compare()->results.largest[2].id;
    run_and_wait("compare swap");
    assert_int_equal(compare()->results.largest[compare()->playlist_at.selected].id, id);
    run_and_wait("key enter");
    assert_int_equal(compare()->lists.playlist_id, id);
    run_and_wait("compare b popularity");
    assert_int_equal(compare()->lists.playlist_id, id);
    assert_string_equal(compare()->models[1], "popularity");
}

/* A model without results says how to get them; the lists do not need any. */
static void test_a_model_without_results(void **unused)
{
    (void)unused;
    run_and_wait("add page");
    run_and_wait("compare als popularity");
    assert_true(compare()->lists_there);
    run_and_wait("compare show results");
    assert_false(compare()->results_there);
    assert_non_null(strstr(compare()->results_failure, "sleeve evaluate --model popularity"));
    refused("compare accept", "nothing to open");
    run_and_wait("compare b mf-avg");
    assert_true(compare()->results_there);
    assert_string_equal(compare()->results_failure, "");
}

static void test_a_model_that_cannot_be_opened(void **unused)
{
    (void)unused;
    fake_refuse_model(fixture.app, "mf-avg");
    run_and_wait("add page");
    run_and_wait("compare als mf-avg");
    assert_false(compare()->lists_there);
    assert_non_null(strstr(compare()->failure, "another catalogue"));
    assert_true(fixture.state.message_warning);
    fake_refuse_model(fixture.app, NULL);
    run_and_wait("compare");
    assert_true(compare()->lists_there);
}

/* A test playlist that is gone, such as that of an old session: the reason and what to do are in the view. */
static void test_a_playlist_that_is_gone(void **unused)
{
    (void)unused;
    struct screen screen;
    struct error error;
    struct buffer dump = {0};
    run_and_wait("add page");
    compare()->playlist = 99999;
    run_and_wait("compare");
    assert_false(compare()->lists_there);
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump(&screen, &dump);
    assert_non_null(strstr(dump.data, "no playlist number 99999"));
    assert_non_null(strstr(dump.data, "i compares on the playlist in hand"));
    screen_free(&screen);
    buffer_free(&dump);
    run_and_wait("key i");
    assert_true(compare()->lists_there);
}

/* The popup explains the selected suggestion by the model of its side. */
static void test_why(void **unused)
{
    (void)unused;
    size_t at;
    struct view_suggestion suggestion;
    run_and_wait("add page");
    run_and_wait("compare als mf-avg");
    run("pane right");
    run("select 4");
    assert_true(view_compare.suggestion(&fixture.state, &suggestion));
    assert_string_equal(suggestion.model, "mf-avg");
    assert_int_equal(suggestion.track->id, selected(&at)->id);
    assert_int_equal(suggestion.n_seeds, 10);
    free(suggestion.seeds);
    run_and_wait("key w");
    assert_int_equal(fixture.state.overlay, VIEW_WHY);
    run_and_wait("key escape");
    run_and_wait("compare show plot");
    assert_false(view_compare.suggestion(&fixture.state, &suggestion));
}

/* Results of models that are no longer shown are dropped, in whichever order they arrive. */
static void test_late_results_are_dropped(void **unused)
{
    (void)unused;
    run_and_wait("add page");
    run("compare als mf-avg");
    struct result old = fixture_run(&fixture, 0);
    run("compare b popularity");
    struct result fresh = fixture_run(&fixture, 0);
    fixture_take(&fixture, &fresh);
    fixture_take(&fixture, &old);
    assert_string_equal(compare()->lists.sides[1].model, "popularity");
    run("compare b mf-avg");
    run("compare show results");
    old = fixture_run(&fixture, fixture.requested.count - 1);
    run("compare swap");
    fresh = fixture_run(&fixture, fixture.requested.count - 1);
    fixture_take(&fixture, &old);
    assert_false(compare()->results_there);
    fixture_take(&fixture, &fresh);
    assert_string_equal(compare()->result_models[0], "mf-avg");
}

static void test_the_session_remembers(void **unused)
{
    (void)unused;
    struct buffer saved = {0};
    run_and_wait("compare mf-avg popularity");
    run_and_wait("compare show plot");
    session_write(&fixture.state, 1700000000, &saved);
    fixture_free(&fixture);
    fixture_init(&fixture);
    fake_set_session(fixture.app, saved.data);
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.view, VIEW_COMPARE);
    models_are("mf-avg", "popularity");
    assert_int_equal(compare()->page, COMPARE_PLOT);
    buffer_free(&saved);
}

/* At every size each suggestion is on the screen, and a click selects it. */
static void test_clicks_select_what_is_drawn(void **unused)
{
    (void)unused;
    static const int sizes[][2] = {{24, 80}, {30, 100}, {36, 120}, {50, 160}, {55, 200}, {90, 300}};
    run_and_wait("add page");
    run_and_wait("compare");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        fixture.state.rows = sizes[s][0];
        fixture.state.columns = sizes[s][1];
        layout_settle(&fixture.state);
        const struct layout layout = layout_of(&fixture.state);
        const struct compare_layout mine = compare_layout(&fixture.state, &layout);
        for (int side = 0; side < COMPARE_SIDES; side++)
            for (int row = 0; row < PAGE_TRACKS; row++) {
                const struct compare_place place = compare_place(&mine, side, row);
                assert_true(place.row + mine.cover_rows <= layout.body_end && place.right <= fixture.state.columns - 1);
                assert_true(place.right - place.text >= 12);
                char click[64];
                snprintf(click, sizeof click, "click %d %d", place.row, place.text + 6);
                run(click);
                assert_int_equal(compare()->side, side);
                assert_int_equal(compare()->selected, row);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_playlist_in_hand, begin, end),
        cmocka_unit_test_setup_teardown(test_models_are_chosen_and_swapped, begin, end),
        cmocka_unit_test_setup_teardown(test_a_track_is_followed, begin, end),
        cmocka_unit_test_setup_teardown(test_pages_turn_together, begin, end),
        cmocka_unit_test_setup_teardown(test_adding_asks_again, begin, end),
        cmocka_unit_test_setup_teardown(test_a_failure_is_opened, begin, end),
        cmocka_unit_test_setup_teardown(test_results_arrive_in_two_steps, begin, end),
        cmocka_unit_test_setup_teardown(test_a_win_is_the_better_value, begin, end),
        cmocka_unit_test_setup_teardown(test_a_group_and_its_playlists, begin, end),
        cmocka_unit_test_setup_teardown(test_other_models_keep_the_playlist, begin, end),
        cmocka_unit_test_setup_teardown(test_a_model_without_results, begin, end),
        cmocka_unit_test_setup_teardown(test_a_model_that_cannot_be_opened, begin, end),
        cmocka_unit_test_setup_teardown(test_a_playlist_that_is_gone, begin, end),
        cmocka_unit_test_setup_teardown(test_why, begin, end),
        cmocka_unit_test_setup_teardown(test_late_results_are_dropped, begin, end),
        cmocka_unit_test_setup_teardown(test_the_session_remembers, begin, end),
        cmocka_unit_test_setup_teardown(test_clicks_select_what_is_drawn, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
