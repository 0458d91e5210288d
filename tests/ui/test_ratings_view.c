/* Rating suggestions by keys: where they are stored, reasons, undo among edits, and the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/views/compare/compare.h"
#include "ui/views/failures/failures.h"
#include "ui/views/ratings/ratings.h"

static const struct fake_rating *stored(size_t at)
{
    const struct fake_rating *rating = fake_rating(fixture.app, at);
    assert_non_null(rating);
    return rating;
}

static void says(const char *part)
{
    if (!strstr(fixture.state.message, part))
        print_message("the message is: %s\n", fixture.state.message);
    assert_non_null(strstr(fixture.state.message, part));
}

/* A saved playlist with one track, and the suggestions for it selected. */
static void open_saved(void)
{
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("close");
    run_and_wait("playlist save Rain");
    run("pane suggestions");
}

static const struct track *suggestion(size_t at)
{
    return explore_of(&fixture.state)->suggestions.tracks.items[at];
}

static bool shown_as(const struct track *track, enum rating_value wanted)
{
    enum rating_value value;
    return ratings_value(&fixture.state, track->id, &value) && value == wanted;
}

static void keys_rate_and_go_on(void **unused)
{
    (void)unused;
    open_saved();
    const struct track *first = suggestion(0), *second = suggestion(1);
    run_and_wait("key +");
    says("rated \"");
    says("good as ann (u undoes)");
    run_and_wait("key =");
    assert_int_equal(fake_ratings(fixture.app), 2);
    assert_int_equal(stored(0)->track, first->id);
    assert_int_equal(stored(0)->value, RATING_GOOD);
    assert_int_equal(stored(0)->rank, 1);
    assert_string_equal(stored(0)->model, "als");
    assert_int_equal(stored(0)->playlist, 1000);
    assert_int_equal(stored(1)->track, second->id);
    assert_int_equal(stored(1)->rank, 2);
    assert_true(shown_as(first, RATING_GOOD) && shown_as(second, RATING_BORDERLINE));
    run_and_wait("select 1");
    run_and_wait("rate borderline"); /* again: it replaces */
    assert_int_equal(fake_ratings(fixture.app), 2);
    assert_int_equal(stored(0)->value, RATING_BORDERLINE);
}

/* Keys that are typed before any result has arrived rate the rows that are selected then. */
static void keys_typed_ahead_wait(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {'+', '+', '=', 'u', 'U'};
    struct error error;
    open_saved();
    const struct track *third = suggestion(2);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[i]};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &key, &error), STATUS_OK);
    }
    fixture_settle(&fixture);
    assert_int_equal(fake_ratings(fixture.app), 3);
    assert_true(shown_as(third, RATING_BORDERLINE));
}

static void a_bad_one_asks_why(void **unused)
{
    (void)unused;
    open_saved();
    const struct track *first = suggestion(0);
    run_and_wait("key -");
    char title[160] = "";
    picker_source(PICK_REASONS)->write_title(&fixture.state, title);
    assert_non_null(strstr(title, first->title));
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    assert_int_equal(fake_ratings(fixture.app), 0);
    run_and_wait("key escape");
    says("not rated");
    assert_int_equal(fake_ratings(fixture.app), 0);
    run_and_wait("key -");
    run_and_wait("key enter");
    assert_int_equal(stored(0)->track, first->id);
    assert_int_equal(stored(0)->value, RATING_BAD);
    assert_string_equal(stored(0)->reason, "wrong year");
    says("bad (wrong year) as ann; hidden here from now on (u undoes)");
    run_and_wait("rate bad too long");
    assert_string_equal(stored(0)->reason, "too long");
    assert_false(stored(0)->metadata);
    run_and_wait("key -");
    run_and_wait("type does not fit"); /* offered before anybody has given it */
    run_and_wait("key enter");
    says("bad (does not fit)");
}

/* A text that matches nothing is a new reason, and with Alt-Enter also one that matches. */
static void new_reasons_are_typed(void **unused)
{
    (void)unused;
    open_saved();
    run_and_wait("key -");
    run_and_wait("type metadata: not a song");
    run_and_wait("key enter");
    assert_string_equal(stored(0)->reason, "not a song");
    assert_true(stored(0)->metadata);
    run_and_wait("select 2");
    run_and_wait("key -");
    run_and_wait("type year");
    run_and_wait("key alt+enter");
    assert_string_equal(stored(1)->reason, "year");
    refused("pick new", "no list is open");
    run_and_wait("key -");
    refused("pick new", "type the new one first");
    run_and_wait("key escape");
    refused("rate bad metadata:", "a reason follows");
    run_and_wait("key o");
    refused("pick new", "nothing can be added");
}

/* Ratings need a playlist of the catalogue: an unsaved one is saved, a copy belongs to the one that it was opened from.
 */
static void playlists_get_their_ratings(void **unused)
{
    (void)unused;
    refused("rate good", "the playlist is empty");
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("close");
    run_and_wait("pane suggestions");
    run_and_wait("rate good");
    says("saved as \"New playlist\" (r renames it); rated");
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    assert_int_equal(stored(0)->playlist, 1000);
    run_and_wait("playlist load Sunday");
    run_and_wait("rate good");
    assert_int_equal(stored(1)->playlist, 4);
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    run_and_wait("playlist save Mine");
    run_and_wait("rate good");
    assert_int_equal(stored(2)->playlist, 1001);
    run_and_wait("failures mf-avg");
    run_and_wait("open");
    run_and_wait("rate borderline");
    assert_int_equal(stored(3)->playlist, failures_of(&fixture.state)->opened.playlist_id);
}

static void undo_keeps_the_order_of_edits_and_ratings(void **unused)
{
    (void)unused;
    open_saved();
    const struct track *first = suggestion(0);
    run_and_wait("rate good");
    run_and_wait("select 1");
    run_and_wait("rate borderline");
    run_and_wait("add 3");
    run_and_wait("select 1");
    run_and_wait("rate bad late");
    assert_int_equal(fake_ratings(fixture.app), 2);
    run_and_wait("key u");
    says("undone: rated");
    assert_int_equal(fake_ratings(fixture.app), 1);
    run_and_wait("key u");
    says("undone: added");
    run_and_wait("key u");
    assert_true(shown_as(first, RATING_GOOD));
    run_and_wait("key u");
    assert_int_equal(fake_ratings(fixture.app), 0);
    run_and_wait("key U");
    says("done again: rated");
    run_and_wait("key U");
    assert_true(shown_as(first, RATING_BORDERLINE));
    run_and_wait("key U");
    says("done again: added");
    run_and_wait("key U");
    assert_int_equal(fake_ratings(fixture.app), 2);
    assert_string_equal(stored(1)->reason, "late");
    run_and_wait("key u");
    run_and_wait("key u");
    run_and_wait("rate good"); /* what was undone cannot be repeated after that */
    assert_int_equal(ratings_of(&fixture.state)->n_steps, 3);
    run_and_wait("key U");
    says("done again: added");
    refused("redo", "nothing");
}

static void others_do_not_see_it(void **unused)
{
    (void)unused;
    open_saved();
    const struct track *first = suggestion(0);
    run_and_wait("rate good");
    run_and_wait("rater Bob");
    says("rated as Bob");
    assert_false(shown_as(first, RATING_GOOD));
    run_and_wait("select 1");
    run_and_wait("rate borderline");
    assert_int_equal(fake_ratings(fixture.app), 2);
    run_and_wait("rater none");
    assert_true(shown_as(first, RATING_GOOD));
    run_and_wait("set rater");
    says("rated as ann");
}

/* A test playlist's suggestions are rated for that playlist and the model of the list. */
static void other_views_rate_for_their_playlist(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    refused("rate good", "select a suggestion");
    run_and_wait("pane page");
    const struct failure_case *opened = &failures_of(&fixture.state)->opened;
    const int64_t playlist = opened->playlist_id, track = opened->sides[0].tracks.items[0].id;
    run_and_wait("key =");
    says("borderline as ann for this playlist (u undoes)");
    assert_int_equal(stored(0)->playlist, playlist);
    assert_int_equal(stored(0)->track, track);
    assert_int_equal(stored(0)->rank, 1);
    assert_string_equal(stored(0)->model, opened->sides[0].model);
    enum rating_value value;
    assert_true(ratings_value(&fixture.state, track, &value) && value == RATING_BORDERLINE);
    run_and_wait("compare failure");
    assert_int_equal(compare_of(&fixture.state)->lists.playlist_id, playlist);
    run_and_wait("key -");
    run_and_wait("key enter");                      /* the first reason */
    assert_int_equal(fake_ratings(fixture.app), 1); /* the same track and model: now bad */
    assert_int_equal(stored(0)->playlist, playlist);
    assert_int_equal(stored(0)->value, RATING_BAD);
    run_and_wait("key u");
    assert_int_equal(stored(0)->value, RATING_BORDERLINE);
    run_and_wait("key u");
    assert_int_equal(fake_ratings(fixture.app), 0);
    run_and_wait("explore"); /* the playlist in hand has none of them */
    assert_false(ratings_value(&fixture.state, track, &value));
}

static void failures_change_nothing(void **unused)
{
    (void)unused;
    open_saved();
    fake_fail_rate(fixture.app, "the disk is full");
    run_and_wait("rate good");
    says("the disk is full");
    assert_true(fixture.state.message_warning);
    assert_int_equal(ratings_of(&fixture.state)->n_steps, 0);
    fake_fail_rate(fixture.app, NULL);
    refused("rate fine", "good, borderline or bad");
    refused("rate good because", "only a bad rating has a reason");
    run_and_wait("pane playlist");
    refused("rate good", "select a suggestion");
}

static void the_table_is_shown(void **unused)
{
    (void)unused;
    struct ratings_state *mine = ratings_of(&fixture.state);
    refused("ratings open", "not shown");
    refused("ratings discount", "not shown");
    open_saved();
    run_and_wait("rate good");
    run_and_wait("key g");
    run_and_wait("key r");
    assert_int_equal(fixture.state.overlay, VIEW_RATINGS);
    assert_int_equal(ratings_rows(mine), 4);
    run("key j");
    assert_int_equal(mine->at.selected, 1);
    run("key d");
    assert_true(mine->discounted);
    run("key G");
    refused("ratings open", "select the row of a playlist");
    run("select first");
    run_and_wait("key enter");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_int_equal(state_playlist_number(&fixture.state), 1);
    run_and_wait("key g");
    run_and_wait("key r");
    assert_int_equal(ratings_row(mine, 0)->playlist_id, 1);
}

/* After a restart a copy still belongs to the playlist that it was opened from. */
static void the_session_keeps_the_origin(void **unused)
{
    (void)unused;
    run_and_wait("playlist load Sunday");
    const char *session = fake_session(fixture.app);
    assert_non_null(session);
    char *kept = strdup(session);
    end(NULL);
    memset(&fixture, 0, sizeof fixture);
    struct error error;
    fixture.app = fake_app_create();
    fake_set_session(fixture.app, kept);
    assert_int_equal(effects_create(fixture.app, NULL, NULL, NULL, &fixture.effects, &error), STATUS_OK);
    assert_int_equal(state_start(&fixture.state, app_summary(fixture.app), 24, 80, &error), STATUS_OK);
    update_start(&fixture.state, &fixture.requested);
    fixture_settle(&fixture);
    free(kept);
    assert_int_equal(state_playlist_number(&fixture.state), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_rate_and_go_on),          TEST(keys_typed_ahead_wait),
        TEST(a_bad_one_asks_why),           TEST(new_reasons_are_typed),
        TEST(playlists_get_their_ratings),  TEST(undo_keeps_the_order_of_edits_and_ratings),
        TEST(others_do_not_see_it),         TEST(other_views_rate_for_their_playlist),
        TEST(failures_change_nothing),      TEST(the_table_is_shown),
        TEST(the_session_keeps_the_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
