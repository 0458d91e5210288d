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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_shows_the_selected_track, begin, end),
        cmocka_unit_test_setup_teardown(it_needs_a_track, begin, end),
        cmocka_unit_test_setup_teardown(the_picture_is_copied_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
