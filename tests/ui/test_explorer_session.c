/* Sessions with any text: a damaged one gives a state that works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect.h"
#include "core/buffer.h"
#include "core/random.h"
#include "ui_fixture.h"

static void start_with(const char *json, struct fixture *fixture)
{
    fixture_init(fixture);
    fake_set_session(fixture->app, json);
    fixture_settle(fixture);
    assert_true(fixture->state.session_known);
    assert_true(explore_of(&fixture->state)->suggestions.tracks.count > 0);
}

static void test_damaged(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "7",
        "\"text\"",
        "{\"tracks\":7}",
        "{\"tracks\":[1,\"2\",null,-3,1e30,2.5,{}]}",
        "{\"tracks\":[999999,1,0,888888]}",
        "{\"page\":-1}",
        "{\"page\":99999999999999999999}",
        "{\"view\":\"kitchen\",\"model\":7,\"set\":[],\"history\":[1,{},\"ok\"]}",
        "{\"name\":\"\\u0000\\u001b[31m\",\"kept\":true,\"playlist\":-5,\"tracks\":[1]}",
        "{\"model\":\"nosuch\",\"set\":\"nosuch\",\"view\":\"map\",\"album\":12345}",
        "{\"search\":\"\\ud800\\u202e\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture fixture;
        start_with(texts[i], &fixture);
        fixture_free(&fixture);
    }
}

static void test_tracks_that_are_gone(void **unused)
{
    (void)unused;
    struct fixture fixture;
    start_with("{\"name\":\"kept\",\"tracks\":[5,999999,7]}", &fixture);
    const struct playlist_version *playlist = playlist_now(&fixture.state.playlist);
    assert_int_equal(playlist->count, 2);
    assert_int_equal(playlist->items[0]->id, 5);
    assert_int_equal(playlist->items[1]->id, 7);
    fixture_free(&fixture);
}

/* The playlist was deleted elsewhere: the work is saved as a new one. */
static void test_playlist_that_is_gone(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct error error;
    start_with("{\"name\":\"Lost\",\"kept\":true,\"playlist\":1007,\"tracks\":[1,2]}", &fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_tracks(fixture.app, "Lost"), 3);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_tracks(fixture.app, "Lost"), 4);
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    fixture_free(&fixture);
}

/* While another process locks the catalogue, the playlist must not be saved a second time under a new number. */
static void test_failed_save_makes_no_second_playlist(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct error error;
    start_with(NULL, &fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "playlist save Mine", &error), STATUS_OK);
    fixture_settle(&fixture);
    fake_fail_playlist_once(fixture.app, "another process holds the catalogue");
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 2", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "another process holds the catalogue");
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 3", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    assert_int_equal(fake_saved_tracks(fixture.app, "Mine"), 3);
    fixture_free(&fixture);
}

/* The playlist was written but not the session after it: the playlist keeps its number. */
static void test_failed_session_makes_no_second_playlist(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct error error;
    start_with(NULL, &fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    fake_fail_session(fixture.app, "the disk is full; free some space");
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "playlist save Mine", &error), STATUS_OK);
    fixture_settle(&fixture);
    fake_fail_session(fixture.app, NULL);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 2", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    assert_int_equal(fake_saved_tracks(fixture.app, "Mine"), 2);
    fixture_free(&fixture);
}

/* What could not be written after the edit is written on exit, if it is possible by then. */
static void test_failed_save_is_tried_again_when_leaving(void **unused)
{
    (void)unused;
    struct app *app = fake_app_create();
    struct runtime runtime;
    struct error error;
    assert_int_equal(runtime_start(app, NULL, 24, 80, &runtime, &error), STATUS_OK);
    collect_all(&runtime);
    fake_fail_save(app, "the disk is full; free some space");
    assert_int_equal(runtime_command(&runtime, "add 1", &error), STATUS_OK);
    collect_all(&runtime);
    assert_string_equal(runtime.state.message, "the disk is full; free some space");
    fake_fail_save(app, NULL);
    assert_int_equal(runtime_stop(&runtime, &error), STATUS_OK);
    assert_non_null(fake_session(app));
    assert_non_null(strstr(fake_session(app), "\"tracks\":["));
    assert_null(strstr(fake_session(app), "\"tracks\":[]"));
    runtime_free(&runtime);
    fake_app_destroy(app);
}

/* ---- any text is restored ---- */

static void random_text(struct random *random, char *text, size_t size, bool line)
{
    static const char *const pieces[] = {"[",
                                         "]",
                                         "{",
                                         "}",
                                         "\"",
                                         "\\",
                                         "'",
                                         "\\u0000",
                                         "\\n",
                                         ",",
                                         ":",
                                         "/",
                                         "a",
                                         " b",
                                         "é",
                                         "😀",
                                         "👨‍👩‍👧‍👦",
                                         "❤️",
                                         "\xe2\x80\xae",
                                         "שלום",
                                         "\xe2\x80\x8b",
                                         "雨",
                                         "\"playlist\":7}",
                                         "$",
                                         "%s",
                                         "null",
                                         "-",
                                         "#",
                                         "=1+1",
                                         "\xef\xbf\xbd",
                                         "\xef\xbb\xbf"};
    static const char *const controls[] = {"\n", "\t", "\x1b[31m", "\x01", "\x7f", "\xc2\x9b"};
    text[0] = '\0';
    for (size_t n = random_below(random, 12); n > 0; n--) {
        bool control = !line && random_below(random, 4) == 0;
        const char *piece = control ? controls[random_below(random, 6)]
                                    : pieces[random_below(random, sizeof pieces / sizeof pieces[0])];
        size_t used = strlen(text);
        if (used + strlen(piece) < size)
            snprintf(text + used, size - used, "%s", piece);
    }
}

static void comes_back(struct random *random)
{
    char name[200], search[200], typed[200];
    struct fixture fixture, again;
    struct error error;
    struct track_row row = {0};
    random_text(random, name, sizeof name, false);
    random_text(random, search, sizeof search, true);
    random_text(random, typed, sizeof typed, true);
    fixture_init(&fixture);
    fixture_settle(&fixture);
    const struct track track = fake_track(1 + (int64_t)random_below(random, FAKE_TRACKS));
    assert_true(track_row_append(&row, track_book_keep(&fixture.state.book, &track)));
    bool kept = random_below(random, 2) == 0;
    assert_int_equal(playlist_open(&fixture.state.playlist, name, &row, kept, "", &error), STATUS_OK);
    line_set(&explore_of(&fixture.state)->search, search);
    explore_of(&fixture.state)->pane = PANE_RESULTS;                      /* the search is in use */
    assert_string_equal(explore_of(&fixture.state)->search.text, search); /* a line keeps what was typed */
    history_add(&fixture.state.history, typed);
    state_touch(&fixture.state);
    fixture_settle(&fixture);

    fixture_init(&again);
    fake_set_session(again.app, fake_session(fixture.app));
    if (kept) /* the same catalogue */
        fake_copy_playlists(again.app, fixture.app);
    fixture_settle(&again);
    const struct playlist_version *playlist = playlist_now(&again.state.playlist);
    assert_string_equal(playlist->name, name);
    assert_int_equal(playlist->count, 1);
    assert_int_equal(playlist->items[0]->id, track.id);
    assert_int_equal(playlist->kept, kept);
    assert_string_equal(explore_of(&again.state)->search.text, search);
    if (typed[0])
        assert_string_equal(again.state.history.lines[again.state.history.count - 1], typed);
    track_row_free(&row);
    fixture_free(&again);
    fixture_free(&fixture);
}

static void test_any_text_comes_back(void **unused)
{
    (void)unused;
    struct random random;
    random_seed(&random, 5);
    for (int run = 0; run < 300; run++)
        comes_back(&random);
}

/* Any pasted text becomes one line without control characters, with a message when it is too long. */
static void test_pasted_texts(void **unused)
{
    (void)unused;
    static const char *const texts[][2] = {
        {"two\nlines\r\n", "two lines  "},
        {"a\tb\xe2\x80\xa8"
         "c",
         "a b c"},
        {"\x1b]0;title\x07", "]0;title"},
        {"\xff"
         "broken\xc3",
         "broken"},
        {"\xc2\x9b"
         "31m",
         "31m"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct line line = {0};
        assert_true(line_insert(&line, texts[i][0], strlen(texts[i][0])));
        assert_string_equal(line.text, texts[i][1]);
    }
    struct line line = {0};
    char longest[LINE_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    assert_false(line_insert(&line, longest, sizeof longest));
    assert_int_equal(line.size, LINE_SIZE - 1);
}

static void test_deeply_nested(void **unused)
{
    (void)unused;
    struct buffer json = {0};
    for (int i = 0; i < 200000; i++)
        buffer_add_text(&json, "{\"a\":[");
    struct fixture fixture;
    start_with(json.data, &fixture);
    fixture_free(&fixture);
    buffer_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_tracks_that_are_gone),
        cmocka_unit_test(test_playlist_that_is_gone),
        cmocka_unit_test(test_failed_save_makes_no_second_playlist),
        cmocka_unit_test(test_failed_session_makes_no_second_playlist),
        cmocka_unit_test(test_failed_save_is_tried_again_when_leaving),
        cmocka_unit_test(test_deeply_nested),
        cmocka_unit_test(test_any_text_comes_back),
        cmocka_unit_test(test_pasted_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
