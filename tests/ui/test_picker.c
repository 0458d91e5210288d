/* Pickers: filtering, choosing, lists of any length, and what was used before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/random.h"
#include "ui/session.h"
#include "ui_fixture.h"

static struct fixture fixture;

static int begin(void **unused)
{
    (void)unused;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

static enum status run(const char *line)
{
    struct error error;
    return command_run(&fixture.state, &fixture.requested, line, &error);
}

/* A key, without waiting for results. */
static void press(const char *key)
{
    char line[64];
    snprintf(line, sizeof line, "key %s", key);
    run(line);
}

static void done(const char *key)
{
    press(key);
    fixture_settle(&fixture);
}

static void type(const char *text)
{
    for (const char *c = text; *c; c++)
        press(*c == ' ' ? "space" : (char[]){*c, '\0'});
}

static const struct picker_state *picker(void)
{
    return picker_of(&fixture.state);
}

static const char *row(size_t at)
{
    const char *name = "";
    return picker_row(picker(), at, &name) ? name : "";
}

static void test_filter_and_open(void **unused)
{
    (void)unused;
    done("o");
    assert_int_equal(picker_count(picker()), 4);
    type("rd");
    fixture_settle(&fixture);
    assert_int_equal(picker_count(picker()), 2); /* "Rainy day" and "road trip" */
    done("ctrl+u");
    assert_int_equal(picker_count(picker()), 4);
    type("sun");
    done("enter");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "Sunday");
}

static void test_nothing_matches(void **unused)
{
    (void)unused;
    done("o");
    type("zzzz");
    done("enter");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER); /* it stays open */
    assert_string_equal(row(0), "");
    done("escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "");
}

static void test_keys(void **unused)
{
    (void)unused;
    static const char *const down[] = {"down", "ctrl+j", "ctrl+n", "tab"};
    static const char *const up[] = {"up", "ctrl+k", "ctrl+p", "shift+tab"};
    done("o");
    for (size_t i = 0; i < 4; i++) {
        done(down[i]);
        assert_int_equal(picker()->at.selected, 1);
        done(up[i]);
        assert_int_equal(picker()->at.selected, 0);
    }
    done("page-down");
    assert_int_equal(picker()->at.selected, 3);
    type("a b");
    done("ctrl+w");
    assert_string_equal(picker()->query.text, "a ");
}

static void test_mouse(void **unused)
{
    (void)unused;
    done("m");
    run("click 5 5");
    assert_int_equal(picker()->at.selected, 1);
    run("wheel 5 5 down");
    run("click 5 5 2");
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_string_equal(fixture.state.model, "als"); /* the second, after mf-avg */
    done("m");
    run("click 0 5"); /* outside */
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

/* What was chosen comes first, also after a restart. */
static void test_used_first(void **unused)
{
    (void)unused;
    done("m");
    assert_string_equal(row(0), "mf-avg"); /* the best NDCG */
    type("pop");
    done("enter");
    assert_string_equal(fixture.state.model, "popularity");
    done("m");
    assert_string_equal(row(0), "popularity");
    done("escape");
    struct buffer json = {0};
    struct fixture again;
    session_write(&fixture.state, 0, &json);
    fixture_init(&again);
    fake_set_session(again.app, json.data);
    fixture_settle(&again);
    assert_int_equal(picker_of(&again.state)->uses.count, 1);
    assert_string_equal(picker_of(&again.state)->uses.items[0].name, "popularity");
    fixture_free(&again);
    buffer_free(&json);
}

static void test_uses(void **unused)
{
    (void)unused;
    struct picker_uses uses = {0};
    picker_uses_add(&uses, PICK_MODELS, "a");
    picker_uses_add(&uses, PICK_MODELS, "a");
    picker_uses_add(&uses, PICK_MODELS, "b");
    assert_string_equal(uses.items[0].name, "a"); /* twice before counts more than once now */
    picker_uses_add(&uses, PICK_MODELS, "b");
    assert_string_equal(uses.items[0].name, "b");
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d", i);
        picker_uses_add(&uses, i % 2 ? PICK_MODELS : PICK_PLAYLISTS, name);
    }
    assert_int_equal(uses.count, PICKER_USES_MAX);
}

/* The first part is shown at once; the rest arrives while the selection stays. Enter typed ahead waits for the filter.
 */
static void test_many_playlists(void **unused)
{
    (void)unused;
    fake_many_playlists(fixture.app, 100000);
    press("o");
    struct result first = fixture_run(&fixture, 0);
    assert_int_equal(first.effect.type, EFFECT_PICK);
    fixture_take(&fixture, &first);
    assert_int_equal(picker_count(picker()), PICKER_FIRST_PART);
    assert_false(picker()->complete);
    press("down");
    char selected[64];
    snprintf(selected, sizeof selected, "%s", row(1));
    fixture_settle(&fixture);
    assert_true(picker()->complete);
    assert_int_equal(picker_count(picker()), 100000);
    assert_string_equal(row(picker()->at.selected), selected);
    type("99999");
    press("enter");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "Playlist 99999");
}

/* The result of an earlier filter is not used for a later one. */
static void test_late_filter(void **unused)
{
    (void)unused;
    fake_many_playlists(fixture.app, 50000);
    done("o");
    type("12345");
    size_t last = fixture.requested.count;
    while (last > 0 && fixture.requested.items[last - 1].type != EFFECT_PICK_FILTER)
        last--;
    struct result latest = fixture_run(&fixture, last - 1), earlier;
    size_t at = 0;
    while (fixture.requested.items[at].type != EFFECT_PICK_FILTER)
        at++;
    earlier = fixture_run(&fixture, at);
    fixture_take(&fixture, &latest);
    fixture_take(&fixture, &earlier);
    fixture_settle(&fixture);
    assert_string_equal(row(0), "Playlist 12345");
    assert_int_equal(picker_count(picker()), 1);
}

static void test_everything(void **unused)
{
    (void)unused;
    done("ctrl+p");
    type("redo");
    fixture_settle(&fixture);
    assert_string_equal(row(0), "redo");
    done("ctrl+u");
    type("Purple Rain");
    fixture_settle(&fixture);
    const char *name;
    assert_int_equal(picker_row(picker(), 0, &name)->kind, PICK_TRACK);
    size_t before = playlist_now(&fixture.state.playlist)->count;
    done("enter");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, before + 1);
    assert_string_equal(playlist_now(&fixture.state.playlist)->items[before]->title, "Purple Rain");
}

/* A command that needs more is put into the command line. */
static void test_commands(void **unused)
{
    (void)unused;
    run("pick commands");
    fixture_settle(&fixture);
    type("rename");
    done("enter");
    assert_int_equal(fixture.state.input, INPUT_COMMAND);
    assert_string_equal(fixture.state.command.text, "rename ");
    press("escape");
    assert_int_equal(run("pick nonsense"), STATUS_USAGE);
}

static void test_exports(void **unused)
{
    (void)unused;
    run("rename Road/trip 2");
    done("e");
    type("m3");
    done("enter");
    assert_string_equal(fixture.state.command.text, "export m3u8 Road-trip-2.m3u8 ");
}

/* Any keys and texts: the popup closes only by Escape, Enter or a click. */
static void test_any_keys(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {
        KEYS_UP, KEYS_DOWN, KEYS_PAGE_DOWN, KEYS_BACKSPACE, KEYS_LEFT, KEYS_HOME,        KEYS_TAB,        ' ', 'a',
        'E',     '-',       0x96e8,         0x301,          0x1f600,   KEY_CONTROL('w'), KEY_CONTROL('u')};
    struct random random;
    struct error error;
    random_seed(&random, 3);
    done("ctrl+p");
    for (int i = 0; i < 3000; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[random_below(&random, sizeof keys / sizeof keys[0])]};
        char bytes[8] = {0};
        for (int k = 0; k < 7; k++)
            bytes[k] = (char)(1 + random_below(&random, 255));
        struct event paste = {.type = EVENT_PASTE, .text = bytes};
        update_event(&fixture.state, &fixture.requested, random_below(&random, 20) == 0 ? &paste : &key, &error);
        if (random_below(&random, 5) == 0)
            fixture_settle(&fixture);
        assert_int_equal(fixture.state.overlay, VIEW_PICKER);
        assert_true(picker()->at.selected <= picker_count(picker()));
    }
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_filter_and_open), WITH_FIXTURE(test_nothing_matches), WITH_FIXTURE(test_keys),
        WITH_FIXTURE(test_mouse),           WITH_FIXTURE(test_used_first),      WITH_FIXTURE(test_uses),
        WITH_FIXTURE(test_many_playlists),  WITH_FIXTURE(test_late_filter),     WITH_FIXTURE(test_everything),
        WITH_FIXTURE(test_commands),        WITH_FIXTURE(test_exports),         WITH_FIXTURE(test_any_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
