#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "shared_fixture.h"
#include "ui/views/sound/sound.h"
#include "ui/views/sound/sound_picture_shown.h"

/* The popup of the selected track's spectrogram. */

static const struct sound_state *mine(void)
{
    return sound_of(&fixture.state);
}

static void it_shows_the_selected_track(void **state)
{
    (void)state;
    run_and_wait("search rain");
    run_and_wait("spectrogram");
    assert_int_equal(fixture.state.overlay, VIEW_SPECTROGRAM);
    assert_non_null(mine()->picture.levels);
    assert_non_null(strstr(mine()->title, "ain"));
    run("close");
    run("spectrogram"); /* what is known is not decoded again */
    assert_false(state_awaits(&fixture.state, EFFECT_SPECTROGRAM));
    const int64_t first = mine()->track;
    run("close");
    run("select next");
    run_and_wait("key g");
    run_and_wait("key w");
    assert_int_equal(fixture.state.overlay, VIEW_SPECTROGRAM);
    assert_true(mine()->track != first);
    refused("add", "escape closes");
}

/* Escape does not only close the popup: the worker stops, and the track can be asked for again. */
static void escape_stops_the_decoding(void **state)
{
    (void)state;
    run_and_wait("search rain");
    run("key escape");
    run("spectrogram");
    assert_true(state_awaits(&fixture.state, EFFECT_SPECTROGRAM));
    const uint64_t decoding = fixture.state.wanted[EFFECT_SPECTROGRAM];
    run("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_true(fixture.state.wanted[EFFECT_SPECTROGRAM] > decoding); /* a later request cancels it */
    run_and_wait("spectrogram");
    assert_non_null(mine()->picture.levels);
    assert_string_equal(mine()->failure, "");
}

static void it_needs_a_track(void **state)
{
    (void)state;
    run_and_wait("map");
    refused("spectrogram", "select a track in Explore");
}

/* The picture is drawn again when it or its size has changed. */
static void the_picture_is_copied_once(void **state)
{
    (void)state;
    struct sound_shown shown = {0};
    struct image_rect rect = {.rows = 10, .columns = 40};
    assert_false(sound_shown_take(&fixture.state, &rect, &shown));
    run_and_wait("search rain");
    run_and_wait("spectrogram");
    assert_true(sound_shown_take(&fixture.state, &rect, &shown));
    assert_true(sound_shown_is(&shown, &fixture.state, &rect));
    rect.columns = 41;
    assert_false(sound_shown_is(&shown, &fixture.state, &rect));
    rect.columns = 40;
    run("close");
    run("select next");
    run_and_wait("spectrogram");
    assert_false(sound_shown_is(&shown, &fixture.state, &rect));
    sound_shown_free(&shown);
}

/* ---- what models hear ---- */

static const struct explore_sound *heard(void)
{
    return &explore_of(&fixture.state)->sound;
}

static bool is_requested(enum effect_type type)
{
    for (size_t i = 0; i < fixture.requested.count; i++)
        if (fixture.requested.items[i].type == type)
            return true;
    return false;
}

static void widen(void)
{
    fixture.state.columns = 160;
    fixture.state.rows = 50;
    layout_settle(&fixture.state);
    fake_with_sound(fixture.app);
}

/* Nothing is read while the selection moves, and one request follows when it rests. */
static void a_track_is_heard_when_it_rests(void **state)
{
    (void)state;
    widen();
    run_and_wait("search rain");
    for (int i = 0; i < 4; i++) {
        run("select next");
        fixture.state.now += EXPLORE_REST / 2;
        update_tick(&fixture.state, &fixture.requested);
        assert_false(is_requested(EFFECT_TRACK_FITNESS) || is_requested(EFFECT_TRACK_CURVE));
        assert_true(explore_sound_due(&fixture.state) > 0);
    }
    const int64_t track = explore_selected_track(&fixture.state)->id;
    fixture.state.now += EXPLORE_REST;
    update_tick(&fixture.state, &fixture.requested);
    assert_true(is_requested(EFFECT_TRACK_FITNESS) && is_requested(EFFECT_TRACK_CURVE));
    assert_true(explore_sound_due(&fixture.state) < 0);
    fixture_settle(&fixture);
    assert_int_equal(heard()->heard, track);
    assert_int_equal(heard()->curve_heard, track);
    assert_string_equal(heard()->fitness.model, "fitness");
    assert_true(heard()->fitness.n > 0 && heard()->curve.n > 0);
    run_and_wait("set fitness other");
    fixture_settle(&fixture);
    assert_string_equal(heard()->fitness.model, "other");
}

/* A narrow screen has no pane for it, so nothing is computed. */
static void nothing_is_heard_without_a_pane(void **state)
{
    (void)state;
    fake_with_sound(fixture.app);
    run_and_wait("search rain");
    assert_int_equal(heard()->heard, 0);
    assert_true(explore_sound_due(&fixture.state) < 0);
}

/* The result of an earlier track does not replace that of the selected one. */
static void a_late_result_is_of_its_track(void **state)
{
    (void)state;
    widen();
    run_and_wait("search rain");
    run("select next");
    for (int i = 0; i < 2; i++) {
        fixture.state.now += 2 * EXPLORE_REST;
        update_tick(&fixture.state, &fixture.requested);
    }
    assert_int_equal(fixture.requested.count, 3);
    size_t at = 0;
    while (fixture.requested.items[at].type != EFFECT_TRACK_FITNESS)
        at++;
    struct result late = fixture_run(&fixture, at);
    run_and_wait("select next");
    const int64_t track = explore_selected_track(&fixture.state)->id;
    assert_int_equal(heard()->heard, track);
    fixture_take(&fixture, &late);
    assert_int_equal(heard()->heard, track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_shows_the_selected_track, begin, end),
        cmocka_unit_test_setup_teardown(escape_stops_the_decoding, begin, end),
        cmocka_unit_test_setup_teardown(it_needs_a_track, begin, end),
        cmocka_unit_test_setup_teardown(the_picture_is_copied_once, begin, end),
        cmocka_unit_test_setup_teardown(a_track_is_heard_when_it_rests, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_heard_without_a_pane, begin, end),
        cmocka_unit_test_setup_teardown(a_late_result_is_of_its_track, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
