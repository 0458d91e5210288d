/* Completing the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "ui/completion.h"
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

static void press_key(int32_t key)
{
    struct event event = {.type = EVENT_KEY, .key = key};
    struct error error;
    update_event(&fixture.state, &fixture.requested, &event, &error);
}

/* Types a command line from its beginning; "\t" is Tab. */
static void type(const char *text)
{
    press_key(KEYS_ESCAPE);
    press_key(':');
    for (const char *c = text; *c; c++)
        press_key((unsigned char)*c);
    fixture_settle(&fixture);
}

#define LINE_IS(expected) assert_string_equal(fixture.state.command.text, expected)

static bool is_offered(const char *text)
{
    const struct completion *completion = &fixture.state.completion;
    for (size_t i = 0; i < completion->count; i++)
        if (strcmp(completion->items[i].text, text) == 0)
            return true;
    return false;
}

static void test_names(void **unused)
{
    (void)unused;
    type("ded\t"); /* fuzzy, because no name begins so */
    LINE_IS("playlist dedupe");
    type("playl\t");
    LINE_IS("playlist ");
    assert_true(is_offered("playlist save") && is_offered("playlist load"));
    press_key(KEYS_TAB);
    LINE_IS("playlist save");
    press_key(KEYS_TAB);
    LINE_IS("playlist load");
    press_key(KEYS_BACK_TAB);
    LINE_IS("playlist save");
    press_key(KEYS_BACK_TAB);
    assert_string_not_equal(fixture.state.command.text, "playlist save"); /* the last one */
    press_key('x');                                                       /* typing ends the choice */
    assert_int_equal(fixture.state.completion.count, 0);
    type("xyzzy\t");
    LINE_IS("xyzzy");
    assert_string_equal(fixture.state.message, "nothing completes this");
    assert_false(is_offered("type")); /* for scripts */
}

static void test_arguments(void **unused)
{
    (void)unused;
    type("device c\t");
    LINE_IS("device c");
    assert_true(is_offered("cpu") && is_offered("cuda") && fixture.state.completion.count == 2);
    type("device cu\t");
    LINE_IS("device cuda ");
    type("model po\t");
    LINE_IS("model popularity ");
    type("model \t");
    assert_true(is_offered("als") && is_offered("mf-avg") && is_offered("next"));
    type("map set gr\t");
    LINE_IS("map set gray16 ");
    type("export m\t");
    LINE_IS("export m3u8 ");
    type("failures \t"); /* an argument, or a longer name */
    assert_true(is_offered("als") && is_offered("next") && is_offered("sort"));
    type("quit \t"); /* takes none */
    assert_int_equal(fixture.state.completion.count, 0);
}

static void test_playlists(void **unused)
{
    (void)unused;
    type("playlist load Su\t");
    LINE_IS("playlist load Sunday ");
    type("playlist load rainy d\t"); /* with a blank in it, in another case */
    LINE_IS("playlist load Rainy day ");
}

/* Keys typed after Tab wait until the candidates have arrived. */
static void test_keys_wait(void **unused)
{
    (void)unused;
    press_key(':');
    for (const char *c = "playlist load Su\t"; *c; c++)
        press_key(*c);
    press_key(KEYS_ENTER);
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.input, INPUT_NONE);
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "Sunday");
}

static void test_files(void **unused)
{
    (void)unused;
    char folder[] = "/tmp/sleeve-files-XXXXXX", path[128], line[256];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/trip.csv", folder);
    fclose(fopen(path, "w"));
    snprintf(line, sizeof line, "export csv %s/\t", folder);
    type(line);
    snprintf(line, sizeof line, "export csv %s ", path);
    LINE_IS(line);
    setenv("HOME", folder, 1);
    type("export csv ~/t\t");
    LINE_IS("export csv ~/trip.csv ");
    struct buffer expanded = {0};
    path_typed("~/a b", &expanded);
    snprintf(line, sizeof line, "%s/a b", folder);
    assert_string_equal(expanded.data, line);
    buffer_free(&expanded);
    unlink(path);
    snprintf(path, sizeof path, "%s/inner", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(line, sizeof line, "map write %s/i\t", folder);
    type(line);
    snprintf(line, sizeof line, "map write %s/inner/", folder); /* continues in the folder */
    LINE_IS(line);
    rmdir(path);
    rmdir(folder);
}

static void ghost_is(const char *typed, const char *expected)
{
    char ghost[LINE_SIZE];
    type(typed);
    completion_ghost(&fixture.state, ghost);
    assert_string_equal(ghost, expected);
}

static void test_ghost(void **unused)
{
    (void)unused;
    ghost_is("playlist de", "dupe");
    ghost_is("", "");
    ghost_is("zz", "");
    press_key(KEYS_ESCAPE);
    press_key(':');
    type("rename Slow rain");
    press_key(KEYS_ENTER);
    ghost_is("ren", "ame Slow rain");
    press_key(KEYS_LEFT); /* not at the end: nothing is accepted */
    press_key(KEYS_RIGHT);
    LINE_IS("ren");
    press_key(KEYS_RIGHT);
    LINE_IS("rename Slow rain");
}

static void test_history_by_prefix(void **unused)
{
    (void)unused;
    static const char *const lines[] = {"rename A", "page 1", "rename B"};
    for (size_t i = 0; i < 3; i++) {
        type(lines[i]);
        press_key(KEYS_ENTER);
    }
    type("ren");
    press_key(KEYS_UP);
    LINE_IS("rename B");
    press_key(KEYS_UP);
    LINE_IS("rename A");
    press_key(KEYS_DOWN);
    press_key(KEYS_DOWN);
    LINE_IS("ren");
}

static void nearest_is(const char *word, const char *expected)
{
    struct error error;
    char text[128];
    assert_int_equal(command_run(&fixture.state, &fixture.requested, word, &error), STATUS_USAGE);
    snprintf(text, sizeof text, "did you mean \"%s\"?", expected);
    if (!strstr(error.text, text))
        print_message("%s: %s\n", word, error.text);
    assert_non_null(strstr(error.text, text));
}

static void test_nearest(void **unused)
{
    (void)unused;
    nearest_is("serach rain", "search");
    nearest_is("sav", "playlist save");
    nearest_is("dedup", "playlist dedupe");
    nearest_is("playlst save x", "playlist save");
    struct error error;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "xyzzy", &error), STATUS_USAGE);
    assert_null(strstr(error.text, "did you mean"));
}

static void test_aliases(void **unused)
{
    (void)unused;
    struct error error;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "save Trip", &error), STATUS_OK);
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "Trip");
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "w", &error), STATUS_OK);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "q", &error), STATUS_OK);
    assert_true(fixture.state.quitting);
}

/* No sequence of keys does anything but edit the line. */
static void test_any_keys(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {
        KEYS_TAB, KEYS_BACK_TAB, KEYS_RIGHT, KEYS_LEFT, KEYS_BACKSPACE,   ' ', 'p', 'e', 'l', 's',
        0x4e00,   0x301,         KEYS_UP,    KEYS_DOWN, KEY_CONTROL('w'), '/', '~'};
    uint32_t number = 1;
    press_key(':');
    for (int i = 0; i < 5000; i++) {
        number = number * 1664525U + 1013904223U;
        press_key(keys[(number >> 16) % (sizeof keys / sizeof keys[0])]);
        if (number % 7 == 0)
            fixture_settle(&fixture);
        assert_int_equal(fixture.state.input, INPUT_COMMAND);
        assert_true(fixture.state.command.caret <= fixture.state.command.size);
    }
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_names),
        WITH_FIXTURE(test_arguments),
        WITH_FIXTURE(test_playlists),
        WITH_FIXTURE(test_keys_wait),
        WITH_FIXTURE(test_files),
        WITH_FIXTURE(test_ghost),
        WITH_FIXTURE(test_history_by_prefix),
        WITH_FIXTURE(test_nearest),
        WITH_FIXTURE(test_aliases),
        WITH_FIXTURE(test_any_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
