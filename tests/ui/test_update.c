/* From events and results to states, without threads or a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "requests.h"
#include "ui/bindings.h"
#include "ui/layout.h"
#include "ui/session.h"

enum { SAVED = 1700000000 }; /* when a session is written */

static void test_start(void **unused)
{
    (void)unused;
    assert_true(fixture.state.session_known);
    assert_string_equal(fixture.state.model, "als");
    assert_int_equal(explore_of(&fixture.state)->suggestions.tracks.count, FAKE_TRACKS);
    assert_int_equal(explore_pages(&fixture.state), 32);
    assert_int_equal(explore_page_tracks(&fixture.state), 10);
}

static void test_pages_and_clicks(void **unused)
{
    (void)unused;
    run("page next");
    run("page next");
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 2);
    assert_int_equal(explore_of(&fixture.state)->suggestions.clicks, 2);
    run("page 3");
    assert_int_equal(explore_of(&fixture.state)->suggestions.clicks, 2); /* the page does not change */
    run("page previous");
    assert_int_equal(explore_of(&fixture.state)->suggestions.clicks, 3);
    refused_unchanged("page 33", "there are 32");
    refused_unchanged("page 0", "not a number");
    run("page 32");
    refused_unchanged("page next", "last page");
    run("pane suggestions");
    run("page 1");
    run("select last");
    run("select next"); /* turns the page */
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1);
    assert_int_equal(explore_of(&fixture.state)->suggestions.selected, 0);
    int64_t wanted = explore_of(&fixture.state)->suggestions.tracks.items[10]->id;
    run("add");
    assert_true(explore_of(&fixture.state)->suggestions.stale);
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1); /* the old page stays until the result arrives */
    fixture_settle(&fixture);
    assert_false(explore_of(&fixture.state)->suggestions.stale);
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1); /* an edit keeps the page */
    assert_int_equal(explore_of(&fixture.state)->suggestions.clicks, 0);
    for (size_t i = 0; i < explore_of(&fixture.state)->suggestions.tracks.count; i++)
        assert_int_not_equal(explore_of(&fixture.state)->suggestions.tracks.items[i]->id, wanted);
}

/* The old page stays unchanged for a moment, then it is dimmed until the result arrives. */
static void test_slow_model(void **unused)
{
    (void)unused;
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    run("add 1");
    assert_false(explore_late(&fixture.state));
    assert_true(update_due(&fixture.state) > 0 && update_due(&fixture.state) < 1.01 * STATE_LATE);
    fixture.state.now += 1.01 * STATE_LATE;
    assert_true(explore_late(&fixture.state));
    refused_unchanged("add 1", "was just added");
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump_images(&screen, &dump);
    assert_non_null(strstr(dump.data, "dimmed"));
    fixture_settle(&fixture);
    buffer_clear(&dump);
    view_draw(&fixture.state, &screen);
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
    assert_int_equal(requested(EFFECT_SEARCH), 2);
    struct result late = fixture_run(&fixture, where(EFFECT_SEARCH, 0));
    struct result fresh = fixture_run(&fixture, where(EFFECT_SEARCH, 0));
    fixture_take(&fixture, &fresh);
    size_t count = explore_of(&fixture.state)->results.count;
    assert_true(count > 0);
    fake_fail_recommend(fixture.app, NULL);
    fixture_take(&fixture, &late);
    assert_int_equal(explore_of(&fixture.state)->results.count, count);
    run("command rename my name");
    run("key ctrl+u"); /* first the argument */
    assert_string_equal(fixture.state.command.text, "rename ");
    run("key ctrl+u");
    assert_string_equal(fixture.state.command.text, "");
    run("key escape");
    run("key /");
    run("key ctrl+u");
    assert_int_equal(explore_of(&fixture.state)->results.count, 0);
    run("type rain");
    late = fixture_run(&fixture, where(EFFECT_SEARCH, 0));
    run("key ctrl+u");
    fixture_take(&fixture, &late); /* the line is empty */
    assert_int_equal(explore_of(&fixture.state)->results.count, 0);
}

static void test_search_from_the_first_character(void **unused)
{
    (void)unused;
    run("key /");
    assert_int_equal(fixture.state.input, INPUT_SEARCH);
    run("key q"); /* typed, not a command */
    assert_false(fixture.state.quitting);
    assert_string_equal(explore_of(&fixture.state)->search.text, "q");
    assert_int_equal(requested(EFFECT_SEARCH), 1);
    run("key 雨");
    assert_string_equal(explore_of(&fixture.state)->search.text, "q雨");
    run("key left");
    run("key backspace");
    assert_string_equal(explore_of(&fixture.state)->search.text, "雨");
    fixture_settle(&fixture);
    assert_true(explore_of(&fixture.state)->results.count > 0);
    run("key enter");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    assert_int_equal(fixture.state.input, INPUT_SEARCH);
    run("key escape");
    assert_int_equal(fixture.state.input, INPUT_NONE);
    assert_int_equal(explore_of(&fixture.state)->pane, PANE_RESULTS);
    run("key /"); /* the first character replaces the earlier search */
    run("key r");
    run("key a");
    assert_string_equal(explore_of(&fixture.state)->search.text, "ra");
    run("key escape");
    run("key /");
    run("key end"); /* unless the line is edited first */
    run("key i");
    assert_string_equal(explore_of(&fixture.state)->search.text, "rai");
}

/* The first Escape ends the typing, the second the search, and only then nothing is left to leave. */
static void test_escape_ends_the_search(void **unused)
{
    (void)unused;
    const struct explore_state *explore = explore_of(&fixture.state);
    run("key /");
    run("type rain");
    fixture_settle(&fixture);
    run("key escape");
    assert_int_equal(fixture.state.input, INPUT_NONE);
    assert_int_equal(explore->pane, PANE_RESULTS);
    assert_true(explore->results.count > 0);
    run("key escape");
    assert_int_equal(explore->search.size, 0);
    assert_int_equal(explore->results.count, 0);
    assert_int_equal(explore->pane, PANE_SUGGESTIONS);
    assert_string_equal(fixture.state.message, "");
    run("key escape");
    assert_string_equal(fixture.state.message, "q quits");
    run("search xyzzy"); /* nothing is found: the selection stays where it was */
    fixture_settle(&fixture);
    run("key escape");
    assert_int_equal(explore->search.size, 0);
}

/* A search comes back after a restart only if it was in use. */
static void test_search_of_the_last_session(void **unused)
{
    (void)unused;
    for (int used = 0; used < 2; used++) {
        struct fixture other;
        struct buffer json = {0};
        run("search rain");
        fixture_settle(&fixture);
        if (!used)
            run("pane suggestions");
        session_write(&fixture.state, SAVED, &json);
        fixture_init(&other);
        fake_set_session(other.app, json.data);
        fixture_settle(&other);
        assert_string_equal(explore_of(&other.state)->search.text, used ? "rain" : "");
        assert_int_equal(explore_of(&other.state)->pane, used ? PANE_RESULTS : PANE_SUGGESTIONS);
        fixture_free(&other);
        buffer_free(&json);
    }
}

/* Each pane pages its own list; n and p turn the suggestions from everywhere. */
static void test_paging_in_each_pane(void **unused)
{
    (void)unused;
    struct explore_state *explore = explore_of(&fixture.state);
    for (int i = 0; i < 60; i++) {
        run("add 1");
        fixture_settle(&fixture);
    }
    run("search e");
    fixture_settle(&fixture);
    run("pane playlist");
    run("key home");
    run("key page-down");
    assert_int_equal(explore->playlist_at.selected, explore->playlist_at.rows);
    run("key end");
    assert_int_equal(explore->playlist_at.selected, 59);
    run("key ctrl+u");
    assert_int_equal(explore->playlist_at.selected, 59 - explore->playlist_at.rows / 2);
    assert_int_equal(explore->suggestions.page, 0);
    run("key n");
    assert_int_equal(explore->suggestions.page, 1);
    assert_int_equal(explore->pane, PANE_PLAYLIST);
    run("key right");
    assert_int_equal(explore->pane, PANE_SUGGESTIONS);
    run("key page-down");
    assert_int_equal(explore->suggestions.page, 2);
    run("key h");
    assert_int_equal(explore->pane, PANE_PLAYLIST);
    run("key h");
    assert_int_equal(explore->pane, PANE_PLAYLIST);
    run("pane results");
    run("key page-down");
    assert_int_equal(explore->result_at.selected, explore->result_at.rows);
    run("key l");
    run("key left");
    assert_int_equal(explore->pane, PANE_RESULTS);
}

static void test_map(void **unused)
{
    (void)unused;
    refused_unchanged("map move up", "not open");
    run("map");
    assert_int_equal(map_of(&fixture.state)->phase, MAP_OPENING);
    fixture_settle(&fixture);
    assert_int_equal(map_of(&fixture.state)->phase, MAP_RESTING);
    assert_int_equal(map_of(&fixture.state)->n_labels, 10);
    uint64_t version = map_of(&fixture.state)->version;
    run("map artist 4");
    assert_int_equal(map_of(&fixture.state)->labels[map_of(&fixture.state)->selected], 3);
    assert_true(map_of(&fixture.state)->version > version);
    int64_t album = map_selected_album(&fixture.state)->id;
    run("map set next");
    fixture_settle(&fixture);
    assert_string_equal(map_of(&fixture.state)->set, "gray16");
    assert_int_equal(map_selected_album(&fixture.state)->id, album);
    assert_int_equal(map_of(&fixture.state)->nearest_of, album);
    run("map add");
    fixture_settle(&fixture);
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->album_id, album);
    run("map artist 1");
    int64_t first = map_of(&fixture.state)->selected;
    run("map artist 1");
    assert_int_not_equal(map_of(&fixture.state)->selected, first);
    refused_unchanged("map artist 11", "10 artists");
}

static void top_line_has(const char *part, bool has)
{
    struct error error;
    struct screen screen;
    struct buffer dump = {0};
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
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
    refused_unchanged("device gpu", "auto, cpu and cuda");
    run("device");
    assert_non_null(strstr(fixture.state.message, "CPU 2 threads"));
    assert_int_equal(fixture.requested.count, 0);
    run("page 3");
    run("device cuda");
    assert_int_equal(requested(EFFECT_DEVICE), 1);
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.device.name, "Invented GPU 8000");
    assert_non_null(strstr(fixture.state.message, "Invented GPU 8000"));
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 2);
    top_line_has("GPU", true);
    top_line_has("CPU", false);

    /* The device fails while suggestions are pending: they come from the CPU, and a message says why, once. */
    fake_lose_gpu(fixture.app, "The Invented GPU 8000 was lost. The work continues on the CPU.");
    run("add 1");
    fixture_settle(&fixture);
    assert_false(explore_of(&fixture.state)->suggestions.stale);
    assert_string_equal(fixture.state.message, "The Invented GPU 8000 was lost. The work continues on the CPU.");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    top_line_has("CPU", true);
    run("add 2");
    fixture_settle(&fixture);
    assert_null(strstr(fixture.state.message, "was lost"));

    fake_without_gpu(fixture.app);
    run("device cuda");
    fixture_settle(&fixture);
    assert_true(fixture.state.message_warning);
    assert_string_equal(fixture.state.message, ":device cuda: there is no CUDA driver in this machine");
    assert_string_equal(fixture.state.device.name, "CPU 2 threads");
    run("add 3");
    fixture_settle(&fixture);
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 3);
}

/* A result that was pending when another device was chosen does not restore the earlier one's name. */
static void test_late_result_of_an_earlier_device(void **unused)
{
    (void)unused;
    run("add 1");
    struct result late = fixture_run(&fixture, where(EFFECT_RECOMMEND, 0));
    run("device cuda");
    fixture_settle(&fixture);
    fixture_take(&fixture, &late);
    assert_string_equal(fixture.state.device.name, "Invented GPU 8000");
}

/* tmux sends escape and the key after it as one, unless the key is late. */
static void test_escape_and_a_key(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    run("key /");
    run("key alt+tab");
    assert_int_equal(fixture.state.input, INPUT_NONE);
    assert_int_equal(explore_of(&fixture.state)->pane, PANE_SUGGESTIONS);
    run("key alt+n");
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1);
    run("help");
    run("key alt+2");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_int_equal(fixture.state.view, VIEW_MAP);
    fixture_settle(&fixture);
    run("key alt+2"); /* this one has a command of its own */
    assert_int_equal(fixture.state.view, VIEW_MAP);
}

/* The message of a small terminal says that q quits: so it does, whatever was being typed; other keys edit nothing. */
static void test_keys_of_a_small_terminal(void **unused)
{
    (void)unused;
    run("add 1");
    fixture_settle(&fixture);
    run("pane playlist");
    run("resize 60x15");
    run("key x");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    run("resize 80x24");
    run("key /");
    run("resize 79x24");
    run("key q");
    assert_true(fixture.state.quitting);
    assert_int_equal(explore_of(&fixture.state)->search.size, 0);
}

/* A choice of the person is not undone by what the terminal reports later. */
static void test_map_looks(void **unused)
{
    (void)unused;
    run("map");
    fixture_settle(&fixture);
    assert_int_equal(map_look(&fixture.state), MAP_MARKS);
    run("images half");
    assert_int_equal(map_look(&fixture.state), MAP_CHARACTERS);
    run("map look next");
    assert_int_equal(map_look(&fixture.state), MAP_COVERS);
    run("map look next");
    assert_int_equal(map_look(&fixture.state), MAP_CHARACTERS);
    run("images sixel");
    assert_int_equal(map_look(&fixture.state), MAP_MARKS);
    run("map look characters");
    run("images half");
    run("images sixel");
    assert_int_equal(map_look(&fixture.state), MAP_CHARACTERS);
    run("images half"); /* a choice for pictures with pixels is none for pictures of characters */
    run("images sixel");
    run("map look covers");
    run("images half");
    assert_int_equal(map_look(&fixture.state), MAP_CHARACTERS);
    refused_unchanged("map look marks", "no pixels");
    run("images none");
    refused_unchanged("map look covers", "no pictures");
    refused_unchanged("map look dots", "not next, marks, covers or characters");
}

/* The steps of a map that was closed must not change the new one. */
static void test_map_changed_while_moving(void **unused)
{
    (void)unused;
    run("map");
    struct result opened = fixture_run(&fixture, where(EFFECT_MAP_OPEN, 0));
    fixture_take(&fixture, &opened);
    fixture.state.now += 1;
    update_tick(&fixture.state, &fixture.requested);
    struct result step = fixture_run(&fixture, where(EFFECT_MAP_STEP, 0));
    run("map set gray16");
    fixture_take(&fixture, &step);
    assert_int_equal(map_of(&fixture.state)->phase, MAP_OPENING);
    assert_true(map_of(&fixture.state)->albums.count > 0); /* the old map is shown until the new one has arrived */
    refused_unchanged("map move up", "still being opened");
    fixture_settle(&fixture);
    assert_int_equal(map_of(&fixture.state)->phase, MAP_RESTING);
}

static void test_mouse(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    struct layout layout = layout_of(&fixture.state);
    const struct explore_layout mine = explore_layout(&fixture.state, &layout);
    char line[64];
    snprintf(line, sizeof line, "click %d %d", explore_place(&mine, 3).row, mine.right_column + 9);
    run(line);
    assert_int_equal(explore_of(&fixture.state)->pane, PANE_SUGGESTIONS);
    assert_int_equal(explore_of(&fixture.state)->suggestions.selected, 3);
    snprintf(line, sizeof line, "click %d 5 2", mine.results_top + 2); /* results have two lines */
    run(line);
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->id,
                     explore_of(&fixture.state)->results.items[1]->id);
    snprintf(line, sizeof line, "click 0 %d", layout.tab_columns[VIEW_MAP]);
    run(line);
    assert_int_equal(fixture.state.view, VIEW_MAP);
    run("explore");
    run("wheel 10 60 down");
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1);
    run("wheel 10 60 up");
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 0);
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
    enum status status = command_run(&fixture.state, &fixture.requested, binding->command, &error);
    if (status != STATUS_OK) {
        assert_null(strstr(error.text, "there is no command"));
        assert_null(strstr(error.text, " needs "));
        assert_null(strstr(error.text, "takes no argument"));
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

/* Each binding of the key sets that apply now is found by its key. */
static void check_unambiguous(void)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_now(&fixture.state, sets);
    assert_in_range(count, 1, KEY_SETS_MAX - 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++) {
            const struct binding *binding = &sets[i]->bindings[k];
            assert_ptr_equal(binding_find(&fixture.state, binding->key, binding->alt), binding);
        }
}

static void test_no_key_means_two_things(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_COUNT; view++) {
        if (view < VIEW_TAB_COUNT)
            fixture.state.view = (enum view)view;
        fixture.state.overlay = view < VIEW_TAB_COUNT ? VIEW_NONE : (enum view)view;
        check_unambiguous();
    }
    fixture.state.overlay = VIEW_NONE;
    fixture.state.view = VIEW_EXPLORE;
    fixture.state.input = INPUT_SEARCH;
    check_unambiguous();
    fixture.state.input = INPUT_COMMAND;
    check_unambiguous();
}

/* The tab bar, the number keys and the session follow from the list of views. */
static void test_tabs(void **unused)
{
    (void)unused;
    for (int view = VIEW_TAB_COUNT - 1; view >= 0; view--) {
        char line[32];
        snprintf(line, sizeof line, "key %d", view + 1);
        run(line);
        assert_int_equal(fixture.state.view, view);
        run("key 1");
        snprintf(line, sizeof line, "click 0 %d", layout_of(&fixture.state).tab_columns[view]);
        run(line);
        assert_int_equal(fixture.state.view, view);
        assert_int_equal(view_find(view_ops((enum view)view)->name), view);
    }
    assert_int_equal(view_find("help"), VIEW_NONE); /* a popup is not a tab */
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
    assert_string_equal(fixture.state.command.text, "page 2");
    run("key down");
    assert_string_equal(fixture.state.command.text, "page 3");
    run("key escape");
}

static void test_session_comes_back(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    run("add 2");
    run("pane suggestions");
    run("add 3");
    run("rename Slow 雨");
    run("model popularity");
    fixture_settle(&fixture);
    run("page 4");
    run("map");
    fixture_settle(&fixture);
    run("map artist 5");
    fixture_settle(&fixture);
    struct buffer json = {0}, again = {0};
    session_write(&fixture.state, SAVED, &json);
    assert_non_null(strstr(json.data, "\"saved\":1700000000,"));
    struct fixture other;
    fixture_init(&other);
    fake_set_session(other.app, json.data);
    fixture_settle(&other);
    session_write(&other.state, SAVED, &again);
    assert_string_equal(json.data, again.data);
    assert_int_equal(other.state.view, VIEW_MAP);
    assert_int_equal(explore_of(&other.state)->suggestions.page, 3);
    assert_int_equal(map_of(&other.state)->phase, MAP_RESTING);
    struct error error;
    const char *what;
    assert_int_equal(playlist_undo(&other.state.playlist, &what, &error), STATUS_USAGE);
    fixture_free(&other);
    buffer_free(&json);
    buffer_free(&again);
}

static const struct effect *theme_requested(void)
{
    for (size_t i = 0; i < fixture.requested.count; i++)
        if (fixture.requested.items[i].type == EFFECT_THEME)
            return &fixture.requested.items[i];
    return NULL;
}

/* A theme is shown at once and comes back with the session, unless the command line says another. */
static void test_themes(void **unused)
{
    (void)unused;
    struct buffer json = {0};
    refused_unchanged("set theme darkest", "there is no theme");
    assert_null(theme_requested());
    run("set theme contrast-light");
    assert_non_null(theme_requested());
    assert_string_equal(theme_requested()->text, "contrast-light");
    run("set theme");
    assert_non_null(strstr(fixture.state.message, "theme: contrast-light"));
    session_write(&fixture.state, 1700000000, &json);
    for (int forced = 0; forced < 2; forced++) {
        fixture_free(&fixture);
        fixture_init(&fixture);
        fake_set_session(fixture.app, json.data);
        if (forced)
            snprintf(fixture.state.theme_forced, sizeof fixture.state.theme_forced, "mono");
        while (!fixture.state.session_known) {
            struct result result = fixture_run(&fixture, 0);
            fixture_take(&fixture, &result);
        }
        assert_int_equal(theme_requested() == NULL, forced);
        assert_string_equal(fixture.state.theme, "contrast-light"); /* is not lost */
        run("set theme");
        assert_non_null(strstr(fixture.state.message, forced ? "theme: mono" : "theme: contrast-light"));
    }
    run("set theme auto");
    assert_string_equal(fixture.state.theme_forced, "");
    buffer_free(&json);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_start),
        WITH_FIXTURE(test_themes),
        WITH_FIXTURE(test_pages_and_clicks),
        WITH_FIXTURE(test_slow_model),
        WITH_FIXTURE(test_late_answers_are_dropped),
        WITH_FIXTURE(test_search_from_the_first_character),
        WITH_FIXTURE(test_escape_ends_the_search),
        WITH_FIXTURE(test_search_of_the_last_session),
        WITH_FIXTURE(test_paging_in_each_pane),
        WITH_FIXTURE(test_map),
        WITH_FIXTURE(test_device),
        WITH_FIXTURE(test_late_result_of_an_earlier_device),
        WITH_FIXTURE(test_escape_and_a_key),
        WITH_FIXTURE(test_keys_of_a_small_terminal),
        WITH_FIXTURE(test_map_looks),
        WITH_FIXTURE(test_map_changed_while_moving),
        WITH_FIXTURE(test_mouse),
        WITH_FIXTURE(test_every_binding_is_a_command),
        WITH_FIXTURE(test_no_key_means_two_things),
        WITH_FIXTURE(test_tabs),
        WITH_FIXTURE(test_history),
        WITH_FIXTURE(test_session_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
