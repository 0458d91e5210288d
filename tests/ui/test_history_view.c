/* The history of the playlist: what it shows, and that restoring is an edit which can be undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared_fixture.h"
#include "ui/views/history/history.h"

static void save_three(void)
{
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("add 2");
    run_and_wait("add 3");
    run_and_wait("close");
    run_and_wait("playlist save Rain");
}

static const struct playlist_version *now(void)
{
    return playlist_now(&fixture.state.playlist);
}

static void restoring_is_an_edit(void **unused)
{
    (void)unused;
    save_three();
    const uint64_t serial = now()->serial;
    const struct track *last = now()->items[2];
    run_and_wait("history");
    assert_int_equal(history_of(&fixture.state)->history.count, 3);
    refused("history restore", "this is what the playlist is now");
    run_and_wait("key j");
    run_and_wait("key enter");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_int_equal(now()->count, 2);
    assert_int_equal(now()->serial, serial); /* the same playlist: the next save is of it */
    assert_true(now()->kept);
    run_and_wait("undo");
    assert_int_equal(now()->count, 3);
    assert_ptr_equal(now()->items[2], last);
    run_and_wait("redo");
    assert_int_equal(now()->count, 2);
}

/* Keys that are typed before the versions have arrived. */
static void keys_typed_ahead_wait(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {'g', 'h', 'j', 'j', KEYS_ENTER};
    struct error error;
    save_three();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[i]};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &key, &error), STATUS_OK);
    }
    fixture_settle(&fixture);
    assert_int_equal(now()->count, 1);
}

static void an_unsaved_playlist_has_none(void **unused)
{
    (void)unused;
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("history");
    assert_non_null(strstr(history_of(&fixture.state)->failure, "not saved"));
    refused("history restore", "no version");
    run_and_wait("close");
    refused("history restore", "gh shows it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(restoring_is_an_edit, begin, end),
        cmocka_unit_test_setup_teardown(keys_typed_ahead_wait, begin, end),
        cmocka_unit_test_setup_teardown(an_unsaved_playlist_has_none, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
