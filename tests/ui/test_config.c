/* The file of settings: what is taken, what is refused with its line, and the person's own keys in the explorer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "shared_fixture.h"
#include "ui/bindings.h"
#include "ui/config.h"
#include "ui/help.h"

static struct config config;

static void read_text(const char *text)
{
    char path[] = "/tmp/sleeve-config-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    config_read(path, &config);
    unlink(path);
}

static void use(const char *text)
{
    config_free(&config);
    read_text(text);
    for (size_t i = 0; i < config.n_problems; i++)
        print_message("%s\n", config.problems[i]);
    assert_int_equal(config.n_problems, 0);
    assert_true(own_keys_copy(&config.keys, &fixture.state.keys));
    fixture.state.settings = config.settings;
}

static int end_all(void **unused)
{
    config_free(&config);
    return end(unused);
}

static void press(const char *key)
{
    char line[64];
    snprintf(line, sizeof line, "key %s", key);
    run(line);
}

static void test_settings(void **unused)
{
    (void)unused;
    read_text("\xef\xbb\xbf# comment\n  theme contrast-light\r\nset images = record\nplayer=mpv --volume=50 \n"
              "theme\tdark\n\n");
    assert_int_equal(config.n_problems, 0);
    assert_string_equal(config.settings.values[SETTING_THEME], "dark"); /* the last line counts */
    assert_string_equal(config.settings.values[SETTING_IMAGES], "record");
    assert_string_equal(config_player(&config.settings), "mpv --volume=50");
    assert_string_equal(config.settings.values[SETTING_RATER], "");
}

/* A wrong line says what is allowed, and the others count. */
static void test_problems(void **unused)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"colour red", "there is no setting \"colour\"; there are catalogue, model"},
        {"theme pink", "use one of auto|dark|light"},
        {"images", "images needs a value"},
        {"mouse maybe", "use one of on|off"},
        {"map", "key is missing"},
        {"map x", "needs a command"},
        {"map x frobnicate", "there is no command \"frobnicate\""},
        {"map x resize", "resize needs"},
        {"map x quit now", "takes no argument"},
        {"map ctrl+i undo", "terminals take it for tab"},
        {"map hyper+x undo", "there is no key \"hyper+x\""},
        {"map xyz undo", "there is no key \"xyz\""},
        {"map f13 undo", "there is no key \"f13\""},
        {"map f1x undo", "there is no key \"f1x\""},
        {"map f99999999999 undo", "there is no key \"f99999999999\""},
        {"unmap x undo", "follows it"},
        {"map failures", "key is missing"},
        {"player a\x01"
         "b",
         "control character"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text, "rater me\n%s\ntheme dark\n", cases[i].line);
        read_text(text);
        assert_int_equal(config.n_problems, 1);
        if (!strstr(config.problems[0], cases[i].says))
            print_message("%s: %s\n", cases[i].line, config.problems[0]);
        assert_non_null(strstr(config.problems[0], cases[i].says));
        assert_non_null(strstr(config.problems[0], ":2: "));
        assert_string_equal(config.settings.values[SETTING_RATER], "me");
        assert_string_equal(config.settings.values[SETTING_THEME], "dark");
        config_free(&config);
    }
}

static void test_more_problems_than_are_kept(void **unused)
{
    (void)unused;
    char text[100 * 9 + 1] = "";
    for (int i = 0; i < 100; i++)
        memcpy(text + 9 * i, "theme xx\n", 10);
    read_text(text);
    assert_int_equal(config.n_problems, 100);
}

static void test_files_that_are_none(void **unused)
{
    (void)unused;
    config_read("/nowhere/config", &config);
    assert_int_equal(config.n_problems, 1); /* one that was named is missed */
    assert_false(config.exists);
    config_free(&config);
    config_read("/tmp", &config);
    assert_int_equal(config.n_problems, 1);
    config_free(&config);
    setenv("XDG_CONFIG_HOME", "/nowhere", 1);
    config_read(NULL, &config); /* nobody needs to have one */
    assert_int_equal(config.n_problems, 0);
    assert_false(config.exists);
}

static void test_keys(void **unused)
{
    (void)unused;
    use("map x pick exports\nmap failures x failures next\nunmap n\nmap alt+m messages\n");
    press("alt+m");
    assert_int_equal(fixture.state.overlay, VIEW_MESSAGES);
    press("q"); /* popups keep their keys */
    press("x");
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    press("x"); /* is typed into the filter */
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    press("escape");
    refused("key n", "no function here");
    run("failures");
    assert_string_equal(binding_find(&fixture.state, 'x', false)->command, "failures next");
    run("explore");
    run("search rain");
    press("/");
    press("x");
    assert_string_equal(explore_of(&fixture.state)->search.text, "x");
}

/* After the first key of a sequence the last line shows what may follow; other keys, and g's own, keep working. */
static void test_sequences(void **unused)
{
    (void)unused;
    use("map ,m messages\nmap ,p pick playlists\nmap gx pick exports\n");
    press(",");
    assert_true(fixture.state.going);
    press("m");
    assert_int_equal(fixture.state.overlay, VIEW_MESSAGES);
    assert_false(fixture.state.going);
    press("q");
    press("g");
    press("x");
    fixture_settle(&fixture);
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    press("escape");
    press("g");
    press("m");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER); /* models: of the program */
    press("escape");
    press(",");
    press("escape");
    assert_false(fixture.state.going);
    press(",");
    refused("key x", "no function here");
}

static void test_conflicts_of_sequences(void **unused)
{
    (void)unused;
    read_text("map ,p page next\nmap , undo\nmap . redo\nmap .p page next\n");
    assert_int_equal(config.n_problems, 2);
    assert_non_null(strstr(config.problems[0], "begin a sequence"));
    assert_non_null(strstr(config.problems[1], "begin a sequence"));
}

static bool shows(const struct screen *screen, int row, const char *text)
{
    struct buffer all = {0};
    screen_dump(screen, &all);
    const char *at = all.data;
    for (int i = 0; i < row; i++)
        at = strchr(at, '\n') + 1;
    char line[1024];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    buffer_free(&all);
    return strstr(line, text);
}

static void test_hints_and_help(void **unused)
{
    (void)unused;
    struct screen screen;
    struct error error;
    use("map ,m messages\nmap ,d playlist dedupe\nunmap ?\nmap n undo\n");
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    assert_false(shows(&screen, 23, "? help"));
    press(",");
    fixture.state.now += 2 * STATE_GOING_SHOWN;
    view_draw(&fixture.state, &screen);
    assert_true(shows(&screen, 23, "m messages"));
    assert_true(shows(&screen, 23, "d playlist dedupe"));
    screen_free(&screen);
    struct help_lines lines = {0};
    assert_true(help_write(VIEW_EXPLORE, &fixture.state.keys, false, "", &lines));
    assert_string_equal(lines.items[0].left, "Your keys");
    assert_string_equal(lines.items[1].left, ", m");
    assert_string_equal(lines.items[1].right, "show the messages so far");
    assert_string_equal(lines.items[3].right, "nothing: unmapped");
    help_lines_free(&lines);
}

static void test_set(void **unused)
{
    (void)unused;
    run("set player mpv");
    assert_string_equal(config_player(&fixture.state.settings), "mpv");
    run("set");
    assert_non_null(strstr(fixture.state.message, "player mpv"));
    run("set theme light");
    assert_string_equal(fixture.state.theme, "light");
    run("set model mf-avg");
    assert_string_equal(fixture.state.model, "mf-avg");
    refused("set colour red", "there is no setting \"colour\"; there are catalogue");
    refused("set mouse off", "sleeve/config");
    refused("set images neon", "use one of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_settings, begin, end_all),
        cmocka_unit_test_setup_teardown(test_problems, begin, end_all),
        cmocka_unit_test_setup_teardown(test_more_problems_than_are_kept, begin, end_all),
        cmocka_unit_test_setup_teardown(test_files_that_are_none, begin, end_all),
        cmocka_unit_test_setup_teardown(test_keys, begin, end_all),
        cmocka_unit_test_setup_teardown(test_sequences, begin, end_all),
        cmocka_unit_test_setup_teardown(test_conflicts_of_sequences, begin, end_all),
        cmocka_unit_test_setup_teardown(test_hints_and_help, begin, end_all),
        cmocka_unit_test_setup_teardown(test_set, begin, end_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
