/* Events and results to states, without threads or a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ui/bindings.h"
#include "ui/help.h"
#include "ui/layout.h"
#include "ui/session.h"
#include "ui_fixture.h"

enum { SAVED = 1700000000 }; /* when a session is written */

static struct bench bench;

static int begin(void **unused)
{
    (void)unused;
    bench_begin(&bench);
    bench_settle(&bench);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    bench_end(&bench);
    return 0;
}

static void run(const char *line)
{
    struct error error = {0};
    enum status status = command_run(&bench.state, &bench.asked, line, &error);
    layout_settle(&bench.state);
    if (status != STATUS_OK)
        print_message("%s: %s\n", line, error.text);
    assert_int_equal(status, STATUS_OK);
}

static void refused(const char *line, const char *part)
{
    struct error error = {0};
    size_t versions = bench.state.playlist.count;
    assert_int_equal(command_run(&bench.state, &bench.asked, line, &error), STATUS_USAGE);
    if (!strstr(error.text, part))
        print_message("%s: %s\n", line, error.text);
    assert_non_null(strstr(error.text, part));
    assert_int_equal(bench.state.playlist.count, versions);
}

static size_t asked(enum effect_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < bench.asked.count; i++)
        count += bench.asked.items[i].type == type;
    return count;
}

static size_t where(enum effect_type type, size_t nth)
{
    for (size_t i = 0; i < bench.asked.count; i++)
        if (bench.asked.items[i].type == type && nth-- == 0)
            return i;
    fail();
    return 0;
}

static void test_start(void **unused)
{
    (void)unused;
    assert_true(bench.state.session_known);
    assert_string_equal(bench.state.model, "als");
    assert_int_equal(explore_of(&bench.state)->suggestions.tracks.count, FAKE_TRACKS);
    assert_int_equal(explore_pages(&bench.state), 32);
    assert_int_equal(explore_page_tracks(&bench.state), 10);
}

static void test_pages_and_clicks(void **unused)
{
    (void)unused;
    run("page next");
    run("page next");
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 2);
    assert_int_equal(explore_of(&bench.state)->suggestions.clicks, 2);
    run("page 3");
    assert_int_equal(explore_of(&bench.state)->suggestions.clicks, 2); /* no change of page */
    run("page previous");
    assert_int_equal(explore_of(&bench.state)->suggestions.clicks, 3);
    refused("page 33", "there are 32");
    refused("page 0", "not a number");
    run("page 32");
    refused("page next", "last page");
    run("pane suggestions");
    run("page 1");
    run("select last");
    run("select next"); /* flips */
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 1);
    assert_int_equal(explore_of(&bench.state)->suggestions.selected, 0);
    int64_t wanted = explore_of(&bench.state)->suggestions.tracks.items[10]->id;
    run("add");
    assert_true(explore_of(&bench.state)->suggestions.stale);
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 1); /* the old page stays until the answer */
    bench_settle(&bench);
    assert_false(explore_of(&bench.state)->suggestions.stale);
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 0);
    assert_int_equal(explore_of(&bench.state)->suggestions.clicks, 0);
    for (size_t i = 0; i < explore_of(&bench.state)->suggestions.tracks.count; i++)
        assert_int_not_equal(explore_of(&bench.state)->suggestions.tracks.items[i]->id, wanted);
}

/* The old page stays as it is for the blink of an eye, then dimmed until the answer. */
static void test_slow_model(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    run("add 1");
    assert_false(explore_late(&bench.state));
    assert_true(update_due(&bench.state) > 0 && update_due(&bench.state) < 1.01 * STATE_LATE);
    bench.state.now += 1.01 * STATE_LATE;
    assert_true(explore_late(&bench.state));
    refused("add 1", "was just added");
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&bench.state, &screen);
    screen_dump_images(&screen, &dump);
    assert_non_null(strstr(dump.data, "dimmed"));
    bench_settle(&bench);
    buffer_clear(&dump);
    view_draw(&bench.state, &screen);
    screen_dump_images(&screen, &dump);
    assert_null(strstr(dump.data, "dimmed"));
    buffer_free(&dump);
    screen_free(&screen);
}

static void test_late_answers_are_dropped(void **unused)
{
    (void)unused;
    run("search rai");
    run("search rain");
    assert_int_equal(asked(EFFECT_SEARCH), 2);
    struct result late = bench_do(&bench, where(EFFECT_SEARCH, 0));
    struct result fresh = bench_do(&bench, where(EFFECT_SEARCH, 0));
    bench_take(&bench, &fresh);
    size_t count = explore_of(&bench.state)->results.count;
    assert_true(count > 0);
    fake_fail_recommend(bench.app, NULL);
    bench_take(&bench, &late);
    assert_int_equal(explore_of(&bench.state)->results.count, count);
    run("key /");
    run("key ctrl+u");
    assert_int_equal(explore_of(&bench.state)->results.count, 0);
    run("type rain");
    late = bench_do(&bench, where(EFFECT_SEARCH, 0));
    run("key ctrl+u");
    bench_take(&bench, &late); /* the line is empty by now */
    assert_int_equal(explore_of(&bench.state)->results.count, 0);
}

static void test_search_from_the_first_character(void **unused)
{
    (void)unused;
    run("key /");
    assert_int_equal(bench.state.input, INPUT_SEARCH);
    run("key q"); /* typed, not a command */
    assert_false(bench.state.quitting);
    assert_string_equal(explore_of(&bench.state)->search.text, "q");
    assert_int_equal(asked(EFFECT_SEARCH), 1);
    run("key 雨");
    assert_string_equal(explore_of(&bench.state)->search.text, "q雨");
    run("key left");
    run("key backspace");
    assert_string_equal(explore_of(&bench.state)->search.text, "雨");
    bench_settle(&bench);
    assert_true(explore_of(&bench.state)->results.count > 0);
    run("key enter");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 1);
    assert_int_equal(bench.state.input, INPUT_SEARCH);
    run("key escape");
    assert_int_equal(bench.state.input, INPUT_NONE);
    assert_int_equal(explore_of(&bench.state)->pane, PANE_RESULTS);
    run("key /"); /* the first character replaces what was looked for before */
    run("key r");
    run("key a");
    assert_string_equal(explore_of(&bench.state)->search.text, "ra");
    run("key escape");
    run("key /");
    run("key end"); /* unless it is edited first */
    run("key i");
    assert_string_equal(explore_of(&bench.state)->search.text, "rai");
}

static void test_edits(void **unused)
{
    (void)unused;
    run("add 1");
    run("add 2");
    run("add 3");
    run("pane playlist");
    int64_t last = playlist_now(&bench.state.playlist)->items[2]->id;
    run("key K");
    assert_int_equal(playlist_now(&bench.state.playlist)->items[1]->id, last);
    assert_int_equal(explore_of(&bench.state)->playlist_at.selected, 1);
    run("key x");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 2);
    run("key u");
    assert_int_equal(playlist_now(&bench.state.playlist)->items[1]->id, last);
    assert_int_equal(strncmp(bench.state.message, "undone: removed ", 16), 0);
    run("key U");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 2);
    refused("redo", "nothing to do again");
    refused("remove 9", "no entry 9");
    run("rename Evening");
    run("playlist new");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 0);
    run("undo");
    assert_string_equal(playlist_now(&bench.state.playlist)->name, "Evening");
}

static void test_typed_errors(void **unused)
{
    (void)unused;
    refused("frobnicate", "no command \"frobnicate\"");
    refused("pages", "no command");
    refused("page", "page needs next|previous|first|N");
    refused("page sideways", "not a number");
    refused("undo 3", "undo takes nothing");
    refused("undo", "nothing to undo");
    refused("model nosuch", "no model \"nosuch\"");
    refused("add 100000", "no row 100000");
    refused("add -1", "not a number");
    refused("add 99999999999999999999", "not a number");
    refused("playlist fly", "no command");
    refused("map fly", "map takes nothing");
    refused("key nokey", "no key");
    refused("key %", "means nothing here");
    refused("resize 0x0", "not like");
    refused("images purple", "no way");
    refused("click x", "not like");
    run("  :page   2 ");
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 1);
    refused("", "no command");
}

static void test_saving(void **unused)
{
    (void)unused;
    run("add 1");
    run("playlist save Mine");
    assert_int_equal(fake_saved_playlists(bench.app), 0); /* nothing is written by update itself */
    bench_settle(&bench);
    assert_int_equal(fake_saved_tracks(bench.app, "Mine"), 1);
    run("add 1");
    run("playlist new");
    bench_settle(&bench);
    assert_int_equal(fake_saved_tracks(bench.app, "Mine"), 2); /* the edit was not lost */
    assert_int_equal(fake_saved_playlists(bench.app), 1);
    run("undo");
    run("add 2");
    bench_settle(&bench);
    assert_int_equal(fake_saved_tracks(bench.app, "Mine"), 3);
    assert_int_equal(fake_saved_playlists(bench.app), 1);
    assert_non_null(strstr(fake_session(bench.app), "\"playlist\":1000"));
}

static void test_two_saves_before_an_answer(void **unused)
{
    (void)unused;
    run("add 1");
    run("playlist save Twice");
    run("add 2");
    run("playlist new");
    assert_int_equal(asked(EFFECT_SAVE), 2);
    fake_fail_save(bench.app, "the disk is full; make room");
    bench_settle(&bench);
    assert_string_equal(bench.state.message, "the disk is full; make room");
    assert_int_equal(bench.state.saving, 0);
}

static void test_save_failure_is_told_once(void **unused)
{
    (void)unused;
    fake_fail_save(bench.app, "the disk is full; make room");
    run("add 1");
    bench_settle(&bench);
    assert_string_equal(bench.state.message, "the disk is full; make room");
    run("add 1");
    bench_settle(&bench);
    assert_null(strstr(bench.state.message, "disk"));
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 2);
}

static void test_map(void **unused)
{
    (void)unused;
    refused("map move up", "not there yet");
    run("map");
    assert_int_equal(map_of(&bench.state)->phase, MAP_OPENING);
    bench_settle(&bench);
    assert_int_equal(map_of(&bench.state)->phase, MAP_RESTING);
    assert_int_equal(map_of(&bench.state)->n_labels, 10);
    uint64_t version = map_of(&bench.state)->version;
    run("map artist 4");
    assert_int_equal(map_of(&bench.state)->labels[map_of(&bench.state)->selected], 3);
    assert_true(map_of(&bench.state)->version > version);
    int64_t album = map_selected_album(&bench.state)->id;
    run("map set next");
    bench_settle(&bench);
    assert_string_equal(map_of(&bench.state)->set, "gray16");
    assert_int_equal(map_selected_album(&bench.state)->id, album);
    assert_int_equal(map_of(&bench.state)->nearest_of, album);
    run("map add");
    bench_settle(&bench);
    assert_int_equal(playlist_now(&bench.state.playlist)->items[0]->album_id, album);
    run("map artist 1");
    int64_t first = map_of(&bench.state)->selected;
    run("map artist 1");
    assert_int_not_equal(map_of(&bench.state)->selected, first);
    refused("map artist 11", "10 artists");
}

static void top_line_has(const char *part, bool has)
{
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&bench.state, &screen);
    screen_dump(&screen, &dump);
    *strchr(dump.data, '\n') = '\0';
    assert_int_equal(strstr(dump.data, part) != NULL, has);
    screen_free(&screen);
    buffer_free(&dump);
}

static void test_device(void **unused)
{
    (void)unused;
    top_line_has("CPU", true);
    refused("device gpu", "auto, cpu and cuda");
    run("device");
    assert_non_null(strstr(bench.state.message, "CPU 2 threads"));
    assert_int_equal(bench.asked.count, 0);
    run("page 3");
    run("device cuda");
    assert_int_equal(asked(EFFECT_DEVICE), 1);
    bench_settle(&bench);
    assert_string_equal(bench.state.device.name, "Invented GPU 8000");
    assert_non_null(strstr(bench.state.message, "Invented GPU 8000"));
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 2);
    top_line_has("GPU", true);
    top_line_has("CPU", false);

    /* It fails while suggestions are on their way: they come from the CPU, and the person sees why, once. */
    fake_lose_gpu(bench.app, "The Invented GPU 8000 was lost. The work goes on on the CPU.");
    run("add 1");
    bench_settle(&bench);
    assert_false(explore_of(&bench.state)->suggestions.stale);
    assert_string_equal(bench.state.message, "The Invented GPU 8000 was lost. The work goes on on the CPU.");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 1);
    top_line_has("CPU", true);
    run("add 2");
    bench_settle(&bench);
    assert_null(strstr(bench.state.message, "was lost"));

    fake_without_gpu(bench.app);
    run("device cuda");
    bench_settle(&bench);
    assert_true(bench.state.message_warning);
    assert_string_equal(bench.state.message, ":device cuda: there is no CUDA driver in this machine");
    assert_string_equal(bench.state.device.name, "CPU 2 threads");
    run("add 3");
    bench_settle(&bench);
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 3);
}

/* A result that was on its way when another device was chosen does not bring the earlier one's name back. */
static void test_late_result_of_an_earlier_device(void **unused)
{
    (void)unused;
    run("add 1");
    struct result late = bench_do(&bench, where(EFFECT_RECOMMEND, 0));
    run("device cuda");
    bench_settle(&bench);
    bench_take(&bench, &late);
    assert_string_equal(bench.state.device.name, "Invented GPU 8000");
}

/* tmux hands escape and the key after it over as one, unless it comes late. */
static void test_escape_and_a_key(void **unused)
{
    (void)unused;
    run("search rain");
    bench_settle(&bench);
    run("key /");
    run("key alt+tab");
    assert_int_equal(bench.state.input, INPUT_NONE);
    assert_int_equal(explore_of(&bench.state)->pane, PANE_SUGGESTIONS);
    run("key alt+n");
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 1);
    run("help");
    run("key alt+2");
    assert_int_equal(bench.state.overlay, VIEW_NONE);
    assert_int_equal(bench.state.view, VIEW_MAP);
    bench_settle(&bench);
    run("key alt+2"); /* this one has a meaning of its own */
    assert_int_equal(bench.state.view, VIEW_MAP);
}

/* The message of a small terminal says that q leaves: so it does, whatever was being typed; other keys edit nothing. */
static void test_keys_of_a_small_terminal(void **unused)
{
    (void)unused;
    run("add 1");
    bench_settle(&bench);
    run("pane playlist");
    run("resize 60x15");
    run("key x");
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 1);
    run("resize 80x24");
    run("key /");
    run("resize 79x24");
    run("key q");
    assert_true(bench.state.quitting);
    assert_int_equal(explore_of(&bench.state)->search.size, 0);
}

/* What the person chose is not undone by what the terminal turns out to show. */
static void test_map_marks(void **unused)
{
    (void)unused;
    run("map");
    bench_settle(&bench);
    run("map marks");
    run("images half");
    assert_true(map_of(&bench.state)->marks);
    run("map marks");
    assert_false(map_of(&bench.state)->marks);
    run("images none");
    refused("map marks", "no pictures");
}

/* The steps of a map that was closed meanwhile must not reach the new one. */
static void test_map_changed_while_moving(void **unused)
{
    (void)unused;
    run("map");
    struct result opened = bench_do(&bench, where(EFFECT_MAP_OPEN, 0));
    bench_take(&bench, &opened);
    bench.state.now += 1;
    update_tick(&bench.state, &bench.asked);
    struct result step = bench_do(&bench, where(EFFECT_MAP_STEP, 0));
    run("map set gray16");
    bench_take(&bench, &step);
    assert_int_equal(map_of(&bench.state)->phase, MAP_OPENING);
    assert_true(map_of(&bench.state)->albums.count >
                0); /* the old one stays to be looked at until the new one is there */
    refused("map move up", "being opened");
    bench_settle(&bench);
    assert_int_equal(map_of(&bench.state)->phase, MAP_RESTING);
}

static void test_mouse(void **unused)
{
    (void)unused;
    run("search rain");
    bench_settle(&bench);
    struct layout layout = layout_of(&bench.state);
    const struct explore_layout mine = explore_layout(&bench.state, &layout);
    char line[64];
    snprintf(line, sizeof line, "click %d %d", layout.body_top + 3 * layout.row_height, mine.right_column + 9);
    run(line);
    assert_int_equal(explore_of(&bench.state)->pane, PANE_SUGGESTIONS);
    assert_int_equal(explore_of(&bench.state)->suggestions.selected, 3);
    snprintf(line, sizeof line, "click %d 5 2", mine.results_top + 1);
    run(line);
    assert_int_equal(playlist_now(&bench.state.playlist)->count, 1);
    assert_int_equal(playlist_now(&bench.state.playlist)->items[0]->id, explore_of(&bench.state)->results.items[1]->id);
    snprintf(line, sizeof line, "click 0 %d", layout.tab_columns[VIEW_MAP]);
    run(line);
    assert_int_equal(bench.state.view, VIEW_MAP);
    run("explore");
    run("wheel 10 60 down");
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 1);
    run("wheel 10 60 up");
    assert_int_equal(explore_of(&bench.state)->suggestions.page, 0);
}

static void check_binding(const struct binding *binding)
{
    struct error error = {0};
    char name[32];
    int32_t key;
    bool alt;
    key_name(binding->key, binding->alt, name);
    assert_true(key_parse(name, &key, &alt));
    assert_int_equal(key, binding->key);
    assert_int_equal(alt, binding->alt);
    enum status status = command_run(&bench.state, &bench.asked, binding->command, &error);
    if (status != STATUS_OK) {
        assert_null(strstr(error.text, "there is no command"));
        assert_null(strstr(error.text, " needs "));
        assert_null(strstr(error.text, "takes nothing"));
    }
}

static void test_every_binding_is_a_command(void **unused)
{
    (void)unused;
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets(sets);
    assert_in_range(count, 5, KEY_SETS_MAX - 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            check_binding(&sets[i]->bindings[k]);
}

/* Each binding of the sets that hold now is the one that its key finds. */
static void check_unambiguous(void)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_now(&bench.state, sets);
    assert_in_range(count, 1, KEY_SETS_MAX - 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++) {
            const struct binding *binding = &sets[i]->bindings[k];
            assert_ptr_equal(binding_find(&bench.state, binding->key, binding->alt), binding);
        }
}

static void test_no_key_means_two_things(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_COUNT; view++) {
        if (view < VIEW_TAB_COUNT)
            bench.state.view = (enum view)view;
        bench.state.overlay = view < VIEW_TAB_COUNT ? VIEW_NONE : (enum view)view;
        check_unambiguous();
    }
    bench.state.overlay = VIEW_NONE;
    bench.state.view = VIEW_EXPLORE;
    bench.state.input = INPUT_SEARCH;
    check_unambiguous();
    bench.state.input = INPUT_COMMAND;
    check_unambiguous();
}

/* The tab bar, the number keys and the session go by the list of views. */
static void test_tabs(void **unused)
{
    (void)unused;
    for (int view = VIEW_TAB_COUNT - 1; view >= 0; view--) {
        char line[32];
        snprintf(line, sizeof line, "key %d", view + 1);
        run(line);
        assert_int_equal(bench.state.view, view);
        run("key 1");
        snprintf(line, sizeof line, "click 0 %d", layout_of(&bench.state).tab_columns[view]);
        run(line);
        assert_int_equal(bench.state.view, view);
        assert_int_equal(view_find(view_ops((enum view)view)->name), view);
    }
    assert_int_equal(view_find("help"), VIEW_NONE); /* a popup is no tab */
}

static void test_history(void **unused)
{
    (void)unused;
    run("key :");
    run("type page 2");
    run("key enter");
    run("key :");
    run("type page 3");
    run("key enter");
    run("key :");
    run("key up");
    run("key up");
    assert_string_equal(bench.state.command.text, "page 2");
    run("key down");
    assert_string_equal(bench.state.command.text, "page 3");
    run("key escape");
}

static void test_session_comes_back(void **unused)
{
    (void)unused;
    run("search rain");
    bench_settle(&bench);
    run("add 2");
    run("pane suggestions");
    run("add 3");
    run("rename Slow 雨");
    run("model popularity");
    bench_settle(&bench);
    run("page 4");
    run("map");
    bench_settle(&bench);
    run("map artist 5");
    bench_settle(&bench);
    struct buffer json = {0}, again = {0};
    session_write(&bench.state, SAVED, &json);
    assert_non_null(strstr(json.data, "\"saved\":1700000000,"));
    struct bench other;
    bench_begin(&other);
    fake_set_session(other.app, json.data);
    bench_settle(&other);
    session_write(&other.state, SAVED, &again);
    assert_string_equal(json.data, again.data);
    assert_int_equal(other.state.view, VIEW_MAP);
    assert_int_equal(explore_of(&other.state)->suggestions.page, 3);
    assert_int_equal(map_of(&other.state)->phase, MAP_RESTING);
    struct error error;
    const char *what;
    assert_int_equal(playlist_undo(&other.state.playlist, &what, &error), STATUS_USAGE);
    bench_end(&other);
    buffer_free(&json);
    buffer_free(&again);
}

/* What a key or a command does can be read whole at the smallest size. */
static void test_help_fits_80_columns(void **unused)
{
    (void)unused;
    struct help_line line;
    for (int i = 0; help_line(i, &line); i++) {
        if (strlen(line.right) > 48)
            print_message("%s: %s\n", line.left, line.right);
        assert_true(strlen(line.right) <= 48);
    }
}

int main(void)
{
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_start),
        WITH_BENCH(test_help_fits_80_columns),
        WITH_BENCH(test_pages_and_clicks),
        WITH_BENCH(test_slow_model),
        WITH_BENCH(test_late_answers_are_dropped),
        WITH_BENCH(test_search_from_the_first_character),
        WITH_BENCH(test_edits),
        WITH_BENCH(test_typed_errors),
        WITH_BENCH(test_saving),
        WITH_BENCH(test_two_saves_before_an_answer),
        WITH_BENCH(test_save_failure_is_told_once),
        WITH_BENCH(test_map),
        WITH_BENCH(test_device),
        WITH_BENCH(test_late_result_of_an_earlier_device),
        WITH_BENCH(test_escape_and_a_key),
        WITH_BENCH(test_keys_of_a_small_terminal),
        WITH_BENCH(test_map_marks),
        WITH_BENCH(test_map_changed_while_moving),
        WITH_BENCH(test_mouse),
        WITH_BENCH(test_every_binding_is_a_command),
        WITH_BENCH(test_no_key_means_two_things),
        WITH_BENCH(test_tabs),
        WITH_BENCH(test_history),
        WITH_BENCH(test_session_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
