/* Playlists that another explorer changes while they are open here, and quitting while something takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "fake_app.h"
#include "ui/views/explore/explore.h"

static struct app *app;
static struct runtime runtime;

static void collect(void)
{
    collect_all(&runtime);
}

static void start(void)
{
    struct error error;
    assert_int_equal(runtime_start(app, NULL, 24, 80, &runtime, &error), STATUS_OK);
    collect();
}

static int begin(void **unused)
{
    (void)unused;
    app = fake_app_create();
    start();
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    struct error error;
    if (runtime.workers)
        runtime_stop(&runtime, &error);
    runtime_free(&runtime);
    fake_app_destroy(app);
    return 0;
}

static void now(const char *line) /* nothing is pending */
{
    struct error error;
    if (runtime_command(&runtime, line, &error) != STATUS_OK)
        fail_msg("%s: %s", line, error.text);
}

static void run(const char *line)
{
    now(line);
    collect();
}

static const struct playlist_version *shown(void)
{
    return playlist_now(&runtime.state.playlist);
}

/* Trip has the tracks 1, 2, 3. */
static void open_trip(void)
{
    run("add 1");
    run("playlist save Trip");
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 2, 3}, 3);
    run("playlist new");
    run("playlist load Trip");
    assert_int_equal(shown()->count, 3);
}

static void saved_is(const char *name, const int64_t *ids, size_t count)
{
    struct playlist_list list = {0};
    struct own_playlist playlist = {0};
    assert_int_equal(app_playlists(app, true, 0, 0, &list, NULL), STATUS_OK);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].name, name) == 0)
            app_own_playlist(app, list.items[i].id, &playlist, NULL);
    playlist_list_free(&list);
    assert_non_null(playlist.name);
    assert_int_equal(playlist.count, count);
    assert_memory_equal(playlist.ids, ids, count * sizeof *ids);
    own_playlist_free(&playlist);
}

static int64_t add_one(void)
{
    now("add 1");
    return shown()->items[shown()->count - 1]->id;
}

static void test_additions_of_both_are_kept(void **unused)
{
    (void)unused;
    open_trip();
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 2, 3, 9}, 4);
    int64_t mine = add_one();
    collect();
    saved_is("Trip", (const int64_t[]){1, 2, 3, 9, mine}, 5);
    assert_int_equal(shown()->count, 5);
    assert_int_equal(shown()->items[3]->id, 9);
    assert_non_null(strstr(runtime.state.message, "changed elsewhere"));
    run("undo"); /* undoes what was done here, not what was done there */
    saved_is("Trip", (const int64_t[]){1, 2, 3, 9}, 4);
    run("redo");
    saved_is("Trip", (const int64_t[]){1, 2, 3, 9, mine}, 5);
}

static void test_edits_during_the_save_are_kept(void **unused)
{
    (void)unused;
    open_trip();
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 2, 3, 9}, 4);
    int64_t first = add_one();
    runtime.ahead += 1;
    runtime_collect(&runtime); /* the save has been requested */
    explore_of(&runtime.state)->pane = PANE_PLAYLIST;
    now("remove 1");
    collect();
    saved_is("Trip", (const int64_t[]){2, 3, 9, first}, 4);
    assert_int_equal(shown()->count, 4);
}

static void test_moves_of_both_are_kept(void **unused)
{
    (void)unused;
    open_trip();
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){3, 1, 2}, 3);
    run("pane playlist");
    run("select 1");
    run("move down"); /* 2 1 3 */
    saved_is("Trip", (const int64_t[]){3, 2, 1}, 3);
    assert_string_equal(shown()->name, "Trip");
    assert_int_equal(shown()->items[1]->id, 2);
    assert_non_null(strstr(runtime.state.message, "was reordered elsewhere, too"));
    run("undo"); /* only what was moved here */
    saved_is("Trip", (const int64_t[]){3, 1, 2}, 3);
}

static void test_the_same_track_moved_on_both_sides_keeps_both(void **unused)
{
    (void)unused;
    open_trip();
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 2, 3, 4, 5}, 5);
    run("playlist load Trip");
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){2, 3, 4, 5, 1}, 5);
    run("pane playlist");
    run("select 1");
    run("move 3"); /* 2 3 1 4 5 */
    saved_is("Trip", (const int64_t[]){2, 3, 4, 5, 1}, 5);
    saved_is("Trip (2)", (const int64_t[]){2, 3, 1, 4, 5}, 5);
    assert_string_equal(shown()->name, "Trip (2)");
    run("select 1");
    run("remove");
    saved_is("Trip (2)", (const int64_t[]){3, 1, 4, 5}, 4);
    saved_is("Trip", (const int64_t[]){2, 3, 4, 5, 1}, 5);
}

static void test_renamed_elsewhere(void **unused)
{
    (void)unused;
    open_trip();
    fake_write_playlist(app, 1000, "Tour", (const int64_t[]){1, 2, 3}, 3);
    int64_t mine = add_one();
    collect();
    saved_is("Tour", (const int64_t[]){1, 2, 3, mine}, 4);
    assert_string_equal(shown()->name, "Tour");
}

static void test_deleted_elsewhere(void **unused)
{
    (void)unused;
    open_trip();
    fake_delete_playlist(app, 1000);
    int64_t mine = add_one();
    collect();
    saved_is("Trip", (const int64_t[]){1, 2, 3, mine}, 4);
    assert_non_null(strstr(runtime.state.message, "deleted elsewhere"));
    run("pane playlist");
    run("remove 1");
    saved_is("Trip", (const int64_t[]){2, 3, mine}, 3);
}

static void test_changed_between_two_sessions(void **unused)
{
    (void)unused;
    struct error error;
    open_trip();
    run("page next");
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_OK);
    runtime_free(&runtime);
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 3, 9}, 3);
    start();
    assert_int_equal(shown()->count, 3);
    assert_int_equal(shown()->items[2]->id, 9);
    int64_t mine = add_one();
    collect();
    saved_is("Trip", (const int64_t[]){1, 3, 9, mine}, 4);
}

/* Opened again at once: it contains the edit made just before. */
static void test_opened_again_behind_an_edit(void **unused)
{
    (void)unused;
    open_trip();
    int64_t mine = add_one();
    now("playlist new");
    now("playlist load Trip");
    collect();
    assert_int_equal(shown()->count, 4);
    int64_t more = add_one();
    collect();
    saved_is("Trip", (const int64_t[]){1, 2, 3, mine, more}, 5);
}

static void test_leaving_right_behind_edits(void **unused)
{
    (void)unused;
    struct error error;
    open_trip();
    fake_write_playlist(app, 1000, "Trip", (const int64_t[]){1, 2, 3, 9}, 4);
    int64_t mine = add_one();
    now("playlist new Other");
    now("add 2");
    now("playlist save");
    now("add 3");
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_OK);
    saved_is("Trip", (const int64_t[]){1, 2, 3, 9, mine}, 5);
    assert_int_equal(fake_saved_tracks(app, "Other"), 2);
    assert_int_equal(fake_saved_playlists(app), 2);
}

/* Quitting does not wait for a worker, and what the worker was saving is kept. */
static void test_leaving_while_a_worker_is_busy(void **unused)
{
    (void)unused;
    struct error error;
    open_trip();
    fake_hang(app, true);
    now("add 1"); /* requests suggestions of the model */
    while (!fake_is_hanging(app))
        runtime_collect(&runtime);
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_OK);
    assert_true(runtime.abandoned);
    assert_int_equal(fake_saved_tracks(app, "Trip"), 4);
    fake_hang(app, false);
    workers_destroy(runtime.workers, NULL);
    runtime.workers = NULL;
}

static void test_what_cannot_be_saved_is_rescued(void **unused)
{
    (void)unused;
    struct error error;
    open_trip();
    fake_fail_save(app, "another program is writing");
    now("add 1");
    now("playlist new Other");
    now("add 2");
    now("playlist save");
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "another program is writing"));
    assert_non_null(strstr(error.text, "/invented/unsaved-1.json"));
    assert_int_equal(fake_rescued(app), 2);
}

static void test_lost_work_is_reported(void **unused)
{
    (void)unused;
    struct error error;
    open_trip();
    fake_fail_save(app, "the disk is full");
    fake_fail_rescue(app, "the other disk too");
    now("add 1");
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_FAILED);
    assert_string_equal(error.text, "the disk is full; unsaved work is lost: the other disk too");
}

int main(void)
{
#define WITH_APP(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_APP(test_additions_of_both_are_kept),
        WITH_APP(test_edits_during_the_save_are_kept),
        WITH_APP(test_moves_of_both_are_kept),
        WITH_APP(test_the_same_track_moved_on_both_sides_keeps_both),
        WITH_APP(test_renamed_elsewhere),
        WITH_APP(test_deleted_elsewhere),
        WITH_APP(test_changed_between_two_sessions),
        WITH_APP(test_opened_again_behind_an_edit),
        WITH_APP(test_leaving_right_behind_edits),
        WITH_APP(test_leaving_while_a_worker_is_busy),
        WITH_APP(test_what_cannot_be_saved_is_rescued),
        WITH_APP(test_lost_work_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
