/* Keys that wait for the result they refer to, and rows that change while a person is typing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared_fixture.h"
#include "ui/bindings.h"
#include "ui/layout.h"

static void press(const char *name)
{
    struct event event = {.type = EVENT_KEY};
    struct error error;
    bool alt;
    assert_true(key_parse(name, &event.key, &alt));
    event.alt = alt;
    update_event(&fixture.state, &fixture.requested, &event, &error);
}

static void type(const char *text)
{
    for (; *text; text++)
        press((char[]){*text, '\0'});
}

static void answer(enum effect_type type_)
{
    for (size_t i = 0; i < fixture.requested.count; i++)
        if (fixture.requested.items[i].type == type_) {
            struct result result = fixture_run(&fixture, i);
            fixture_take(&fixture, &result);
            return;
        }
    fail();
}

/* Runs everything that is requested. */
static void answer_all(void)
{
    for (size_t i = 0; i < fixture.requested.count;) {
        if (!effect_ops(fixture.requested.items[i].type)->run) {
            i++;
            continue;
        }
        struct result result = fixture_run(&fixture, i);
        fixture_take(&fixture, &result);
        i = 0;
    }
}

static size_t entries(void)
{
    return playlist_now(&fixture.state.playlist)->count;
}

static const struct track *entry(size_t at)
{
    return playlist_now(&fixture.state.playlist)->items[at];
}

static int64_t first_of(const char *text)
{
    struct track_list tracks = {0};
    struct error error;
    int64_t total;
    assert_int_equal(app_search(fixture.app, text, 10, &tracks, &total, NULL, &error), STATUS_OK);
    assert_true(tracks.count > 0);
    int64_t id = tracks.items[0].id;
    track_list_free(&tracks);
    return id;
}

static void test_enter_waits_for_its_search(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    press("enter");
    assert_int_equal(entries(), 0);
    fixture_settle(&fixture);
    assert_int_equal(entries(), 1);
    assert_int_equal(entry(0)->id, first_of("garden"));
    press("escape");
    press("/");
    type("tram");
    press("enter"); /* the rows that have arrived belong to "garden" */
    assert_int_equal(entries(), 1);
    fixture_settle(&fixture);
    assert_int_equal(entries(), 2);
    assert_int_equal(entry(1)->id, first_of("tram"));
}

/* What is marked ahead are rows of the search that was typed. */
static void test_marks_wait_for_the_search(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    press("escape");
    press("space");
    press("space");
    press("enter");
    press("tab"); /* to the playlist */
    press("f");
    type("q"); /* is typed, and does not quit */
    press("enter");
    assert_int_equal(entries(), 0);
    fixture_settle(&fixture);
    assert_false(fixture.state.quitting);
    assert_int_equal(entries(), 2);
    assert_int_equal(entry(0)->id, first_of("garden"));
    assert_string_equal(explore_of(&fixture.state)->filter.line.text, "q");
}

static void test_all_typed_ahead(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    press("enter");
    press("escape");
    press("/");
    type("tram");
    press("enter");
    press("down");
    press("enter");
    press("escape");
    press("u");
    press("q");
    assert_false(fixture.state.quitting);
    answer_all();
    assert_true(fixture.state.quitting);
    assert_int_equal(entries(), 2);
    assert_int_equal(entry(0)->id, first_of("garden"));
    assert_int_equal(entry(1)->id, first_of("tram"));
}

static void enter_line(const char *line)
{
    press(":");
    type(line);
    press("enter");
}

/* A command that was typed waits like the key that has it. */
static void test_typed_commands_wait(void **unused)
{
    (void)unused;
    enter_line("search garden");
    enter_line("add 1");
    enter_line("search tram");
    enter_line("add 1"); /* the rows that have arrived, if any, belong to "garden" */
    assert_int_equal(entries(), 0);
    answer_all();
    assert_int_equal(entries(), 2);
    assert_int_equal(entry(0)->id, first_of("garden"));
    assert_int_equal(entry(1)->id, first_of("tram"));
}

/* What is selected after a paste is one of the tracks that it brings. */
static void test_selecting_waits_for_the_paste(void **unused)
{
    (void)unused;
    char list[512];
    struct error error = {0};
    snprintf(list, sizeof list, "%s\n%s\n%s", fake_track(1).title, fake_track(2).title, fake_track(4).title);
    struct event event = {.type = EVENT_PASTE, .text = list};
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
    enter_line("pane playlist");
    enter_line("select 3");
    enter_line("move 1");
    answer_all();
    assert_int_equal(entries(), 3);
    assert_int_equal(entry(0)->id, 4);
    assert_int_equal(entry(1)->id, 1);
}

static void test_enter_behind_escape(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    press("alt+enter"); /* escape and enter arrived together */
    fixture_settle(&fixture);
    assert_int_equal(entries(), 1);
    assert_int_equal(entry(0)->id, first_of("garden"));
}

static void test_nothing_found_adds_nothing(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    fixture_settle(&fixture);
    type("xyzzy");
    press("enter");
    fixture_settle(&fixture);
    assert_int_equal(entries(), 0);
    assert_non_null(strstr(fixture.state.message, "no track was found"));
}

static void test_a_search_that_fails_leaves_no_old_rows(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    fixture_settle(&fixture);
    assert_true(explore_of(&fixture.state)->results.count > 0);
    fake_fail_search(fixture.app, "the search index is damaged");
    type("s");
    press("enter");
    fixture_settle(&fixture);
    assert_int_equal(entries(), 0);
    assert_int_equal(explore_of(&fixture.state)->results.count, 0);
}

static void test_who_leaves_is_not_kept(void **unused)
{
    (void)unused;
    press("/");
    type("queen"); /* a q that is typed does not quit */
    press("enter");
    press("escape");
    press("q");
    fixture.state.now += 0.5;
    update_tick(&fixture.state, &fixture.requested);
    assert_false(fixture.state.quitting);
    assert_true(update_due(&fixture.state) > 0 && update_due(&fixture.state) < 0.2);
    fixture.state.now += 0.2;
    update_tick(&fixture.state, &fixture.requested);
    assert_true(fixture.state.quitting);
    assert_non_null(strstr(fixture.state.exit_message, "queen"));
}

static void test_escape_gives_up(void **unused)
{
    (void)unused;
    press("/");
    type("garden");
    press("enter");
    fixture.state.now += 2;
    press("escape");
    assert_int_equal(fixture.state.input, INPUT_NONE);
    fixture_settle(&fixture);
    assert_int_equal(entries(), 0);
}

static void test_clicks_mean_what_is_seen(void **unused)
{
    (void)unused;
    struct error error;
    struct layout layout = layout_of(&fixture.state);
    const struct explore_layout mine = explore_layout(&fixture.state, &layout);
    const struct place place = explore_place(&mine, 0);
    struct event click = {.type = EVENT_CLICK, .clicks = 1, .row = place.row, .column = place.cover};
    const struct track *seen = explore_of(&fixture.state)->suggestions.tracks.items[0];
    struct error ignored;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "model mf-avg", &error), STATUS_OK);
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &click, &error), STATUS_OK);
    fixture_settle(&fixture); /* the rows are different now */
    assert_int_not_equal(explore_of(&fixture.state)->suggestions.tracks.items[0]->id, seen->id);
    click.clicks = 2;
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &click, &ignored), STATUS_OK);
    assert_int_equal(entry(0)->id, seen->id);
}

static void test_rows_replaced_a_moment_ago(void **unused)
{
    (void)unused;
    struct error error;
    const struct track *seen = explore_of(&fixture.state)->suggestions.tracks.items[2];
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "select 3", &error), STATUS_OK);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "model mf-avg", &error), STATUS_OK);
    answer(EFFECT_RECOMMEND);
    const struct track *fresh = explore_of(&fixture.state)->suggestions.tracks.items[2];
    assert_ptr_not_equal(fresh, seen);
    press("enter"); /* no person is that fast */
    assert_int_equal(entry(0)->id, seen->id);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "undo", &error), STATUS_OK);
    fixture.state.now += 1;
    press("enter");
    assert_int_equal(entry(0)->id, fresh->id);
}

static void test_enter_waits_for_the_list_of_playlists(void **unused)
{
    (void)unused;
    press("o");
    press("enter");
    press("j");
    press("j");
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_true(entries() > 0);
    assert_int_equal(explore_of(&fixture.state)->suggestions.selected, 2);
}

/* The playlist is still being read: keys refer to it. */
static void test_keys_wait_for_the_playlist(void **unused)
{
    (void)unused;
    struct error error;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    fixture_settle(&fixture);
    press("o");
    press("enter");
    press("/");
    type("garden");
    press("enter");
    fixture_settle(&fixture);
    size_t count = entries();
    assert_true(count > 2);
    assert_int_equal(entry(count - 1)->id, first_of("garden"));
}

/* The selected item of the picker. */
static int64_t selected_id(void)
{
    const struct picker_state *picker = picker_of(&fixture.state);
    const char *name;
    const struct picker_item *item = picker_row(picker, picker->at.selected, &name);
    return item ? item->id : 0;
}

static void test_the_selected_playlist_stays_selected(void **unused)
{
    (void)unused;
    struct error error;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "add 1", &error), STATUS_OK);
    fixture_settle(&fixture);
    press("o");
    fixture_settle(&fixture);
    press("down");
    press("down");
    int64_t id = selected_id();
    assert_true(id > 0);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "playlist save Mine", &error), STATUS_OK);
    fixture_settle(&fixture);
    struct effect *again = effect_request(&fixture.requested, &fixture.state, EFFECT_PICK, NULL);
    ((struct picker_input *)again->input)->kind = PICK_PLAYLISTS;
    fixture_settle(&fixture);
    assert_int_equal(picker_of(&fixture.state)->at.selected, 3);
    assert_int_equal(selected_id(), id);
}

/* The session of the last run is restored first: nothing typed earlier replaces it. */
static void test_keys_before_the_session(void **unused)
{
    (void)unused;
    struct fixture fresh;
    fixture_init(&fresh);
    fake_set_session(fresh.app, "{\"name\":\"Left\",\"tracks\":[9,7],\"search\":\"old\"}");
    struct event key = {.type = EVENT_KEY, .key = '/'};
    struct error error;
    update_event(&fresh.state, &fresh.requested, &key, &error);
    for (const char *c = "garden\r"; *c; c++) {
        key.key = *c;
        update_event(&fresh.state, &fresh.requested, &key, &error);
    }
    fixture_settle(&fresh);
    const struct playlist_version *playlist = playlist_now(&fresh.state.playlist);
    assert_int_equal(playlist->count, 3);
    assert_string_equal(playlist->name, "Left");
    assert_int_equal(playlist->items[0]->id, 9);
    assert_string_equal(explore_of(&fresh.state)->search.text, "garden");
    fixture_free(&fresh);
}

/* The map is still being opened: moves and additions refer to the new map. */
static void test_keys_wait_for_the_map(void **unused)
{
    (void)unused;
    press("2");
    assert_int_equal(map_of(&fixture.state)->phase, MAP_OPENING);
    press("a");
    press("enter");
    press("1");
    assert_int_equal(fixture.state.view, VIEW_MAP);
    fixture_settle(&fixture);
    assert_true(map_of(&fixture.state)->selected >= 0);
    assert_true(entries() > 0);
    assert_int_equal(fixture.state.view, VIEW_EXPLORE);
}

/* Nothing has arrived yet: keys refer to the lists that will arrive. */
static void test_keys_before_the_first_lists(void **unused)
{
    (void)unused;
    struct fixture fresh;
    fixture_init(&fresh);
    static const char keys[] = "\tm\x0a\rnjj\r2a\r";
    for (const char *c = keys; *c; c++) {
        struct event key = {.type = EVENT_KEY, .key = *c};
        struct error error;
        assert_int_equal(update_event(&fresh.state, &fresh.requested, &key, &error), STATUS_OK);
        if (*c == '\t') { /* the session has been read, but neither models nor suggestions */
            struct result session = fixture_run(&fresh, 0);
            assert_int_equal(session.effect.type, EFFECT_SESSION_READ);
            fixture_take(&fresh, &session);
        }
    }
    fixture_settle(&fresh);
    assert_int_equal(fresh.state.view, VIEW_MAP);
    assert_true(map_of(&fresh.state)->selected >= 0);
    assert_true(playlist_now(&fresh.state.playlist)->count > 1);
    assert_string_not_equal(fresh.state.model, fresh.state.models.names[0]);
    fixture_free(&fresh);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_enter_waits_for_its_search),
        WITH_FIXTURE(test_marks_wait_for_the_search),
        WITH_FIXTURE(test_all_typed_ahead),
        WITH_FIXTURE(test_typed_commands_wait),
        WITH_FIXTURE(test_selecting_waits_for_the_paste),
        WITH_FIXTURE(test_enter_behind_escape),
        WITH_FIXTURE(test_nothing_found_adds_nothing),
        WITH_FIXTURE(test_a_search_that_fails_leaves_no_old_rows),
        WITH_FIXTURE(test_who_leaves_is_not_kept),
        WITH_FIXTURE(test_escape_gives_up),
        WITH_FIXTURE(test_clicks_mean_what_is_seen),
        WITH_FIXTURE(test_rows_replaced_a_moment_ago),
        WITH_FIXTURE(test_enter_waits_for_the_list_of_playlists),
        WITH_FIXTURE(test_keys_wait_for_the_playlist),
        WITH_FIXTURE(test_keys_wait_for_the_map),
        WITH_FIXTURE(test_the_selected_playlist_stays_selected),
        WITH_FIXTURE(test_keys_before_the_session),
        WITH_FIXTURE(test_keys_before_the_first_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
