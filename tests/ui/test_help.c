/* The help says what the key tables do, and everything can be found in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/text.h"
#include "eval/causes.h"
#include "ui/bindings.h"
#include "ui/help.h"
#include "ui_fixture.h"

static const struct binding *binding_of(enum view view, int32_t key, bool alt)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_of(view, sets);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            if (sets[i]->bindings[k].key == key && sets[i]->bindings[k].alt == alt)
                return &sets[i]->bindings[k];
    return NULL;
}

/* Command `at` of "a,b,c"; they repeat. */
static void command_at_of(const char *runs, size_t at, char command[128])
{
    size_t count = 1;
    for (const char *c = runs; *c; c++)
        count += *c == ',';
    for (at %= count; at > 0; at--)
        runs = strchr(runs, ',') + 1;
    snprintf(command, 128, "%.*s", (int)strcspn(runs, ","), runs);
}

static bool runs(const struct binding *binding, const char *command)
{
    size_t size = strlen(command);
    if (size > 0 && command[size - 1] == '*')
        return strncmp(binding->command, command, size - 1) == 0;
    return strcmp(binding->command, command) == 0;
}

static void check_row(enum view view, const struct help_row *row)
{
    int32_t key;
    bool alt;
    size_t found = 0;
    for (size_t at = 0; help_row_key(row, &at, &key, &alt); found++) {
        char command[128], name[32];
        command_at_of(row->runs, at - 1, command);
        key_name(key, alt, name);
        const struct binding *binding = binding_of(view, key, alt);
        if (!binding || !runs(binding, command))
            print_message("%s: \"%s\" of \"%s\" runs \"%s\", not \"%s\"\n", view_ops(view)->name, name, row->text,
                          binding ? binding->command : "nothing", command);
        assert_true(binding && runs(binding, command));
    }
    assert_true(found > 0 || row->keys[0] == '\0' || !row->runs);
}

static void test_keys_do_what_the_help_says(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_TAB_COUNT; view++) {
        const struct help_section *const *sections = help_sections((enum view)view);
        assert_non_null(sections);
        for (; *sections; sections++)
            for (const struct help_row *row = (*sections)->rows; row->text; row++)
                check_row((enum view)view, row);
    }
}

/* Failures explains every cause that it names. */
static void test_causes_are_explained(void **unused)
{
    (void)unused;
    for (int cause = 0; cause < CAUSES; cause++) {
        bool found = false;
        const struct help_section *const *sections = help_sections(VIEW_FAILURES);
        for (; *sections; sections++)
            for (const struct help_row *row = (*sections)->rows; row->text; row++)
                found = found || (!row->runs && strncmp(row->keys, cause_infos[cause].title, strlen(row->keys)) == 0);
        if (!found)
            print_message("the help of Failures does not say what \"%s\" is\n", cause_infos[cause].title);
        assert_true(found);
    }
}

/* Two columns of 120 show the text of every row whole. */
static void test_texts_fit(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_TAB_COUNT; view++)
        for (const struct help_section *const *sections = help_sections((enum view)view); *sections; sections++)
            for (const struct help_row *row = (*sections)->rows; row->text; row++) {
                if (text_width(row->text, strlen(row->text)) > 36 || strlen(row->keys) > 18)
                    print_message("\"%s\" \"%s\" is too wide\n", row->keys, row->text);
                assert_true(text_width(row->text, strlen(row->text)) <= 36 && strlen(row->keys) <= 18);
            }
}

static bool names(const struct help_lines *lines, const char *key)
{
    size_t size = strlen(key);
    for (size_t i = 0; i < lines->count; i++)
        for (const char *at = lines->items[i].left; (at = strstr(at, key)); at++) {
            bool starts = at == lines->items[i].left || at[-1] == ' ';
            if (starts && strchr(" ,", at[size]))
                return true;
        }
    return false;
}

/* A key may be named as the middle of a range. */
static bool in_range(const struct binding *binding)
{
    return binding->alt && binding->key >= '0' && binding->key <= '9';
}

static void check_all_named(enum view view, const struct help_lines *lines)
{
    const struct key_set *sets[KEY_SETS_MAX];
    size_t count = key_sets_of(view, sets);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i]->count; k++) {
            const struct binding *binding = &sets[i]->bindings[k];
            char name[32];
            key_name(binding->key, binding->alt, name);
            if (!names(lines, name) && !in_range(binding))
                print_message("%s: the help does not name %s (%s)\n", view_ops(view)->name, name, binding->command);
            assert_true(names(lines, name) || in_range(binding));
        }
}

static void test_every_key_is_named(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_TAB_COUNT; view++) {
        struct help_lines lines = {0};
        assert_true(help_write((enum view)view, NULL, false, "", &lines));
        check_all_named((enum view)view, &lines);
        help_lines_free(&lines);
    }
}

/* Keys of a command are those that run it, those after g with it, and those of one view with its name. */
static void test_keys_of_commands(void **unused)
{
    (void)unused;
    char keys[64];
    help_keys_of("ratings", keys, sizeof keys);
    assert_string_equal(keys, "g r");
    help_keys_of("undo", keys, sizeof keys);
    assert_string_equal(strncmp(keys, "u", 1) == 0 ? "u" : keys, "u");
    help_keys_of("recipe drop", keys, sizeof keys);
    assert_string_equal(keys, "d (Recipe)");
    help_keys_of("rename", keys, sizeof keys);
    assert_string_equal(keys, "");
    help_keys_of("no such command", keys, sizeof keys);
    assert_string_equal(keys, "");
}

/* With a filter no row is there twice, and Enter puts the first command into the command line. */
static void test_enter_fills_the_command_line(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct error error;
    struct help_lines lines = {0};
    assert_true(help_write(VIEW_EXPLORE, NULL, false, "rating", &lines));
    for (size_t i = 0; i < lines.count; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(strcmp(lines.items[i].left, lines.items[k].left) == 0 &&
                         strcmp(lines.items[i].right, lines.items[k].right) == 0);
    help_lines_free(&lines);
    fixture_init(&fixture);
    fixture_settle(&fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "help five minutes", &error), STATUS_OK);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "input accept", &error), STATUS_OK);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_int_equal(fixture.state.input, INPUT_COMMAND);
    assert_int_equal(strncmp(fixture.state.command.text, "tour", 4), 0);
    fixture_free(&fixture);
}

/* Typing a command's name, or the words of what it does, finds it. */
static void test_every_command_is_found(void **unused)
{
    (void)unused;
    const struct explorer_command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        struct help_lines lines = {0};
        bool found = false;
        assert_true(help_write(VIEW_MAP, NULL, false, command->name, &lines));
        for (size_t k = 0; k < lines.count; k++)
            found = found || (strncmp(lines.items[k].left, command->name, strlen(command->name)) == 0 &&
                              strcmp(lines.items[k].right, command->help) == 0);
        if (!found)
            print_message("%s is not found\n", command->name);
        assert_true(found);
        help_lines_free(&lines);
    }
}

/* What a command does can be read whole at the smallest size. */
static void test_commands_fit_80_columns(void **unused)
{
    (void)unused;
    struct help_lines lines = {0};
    assert_true(help_write(VIEW_EXPLORE, NULL, true, "", &lines));
    for (size_t i = 0; i < lines.count; i++) {
        if (strlen(lines.items[i].right) > 48)
            print_message("%s: %s\n", lines.items[i].left, lines.items[i].right);
        assert_true(strlen(lines.items[i].right) <= 48);
    }
    help_lines_free(&lines);
}

static void press(struct fixture *fixture, const char *key)
{
    struct error error;
    char line[64];
    snprintf(line, sizeof line, "key %s", key);
    assert_int_equal(command_run(&fixture->state, &fixture->requested, line, &error), STATUS_OK);
}

static void test_keys_of_the_help(void **unused)
{
    (void)unused;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    press(&fixture, "?");
    assert_int_equal(fixture.state.overlay, VIEW_HELP);
    press(&fixture, "?"); /* all keys */
    assert_int_equal(fixture.state.overlay, VIEW_HELP);
    press(&fixture, "u");
    press(&fixture, "n");
    press(&fixture, "escape"); /* clears the filter */
    assert_int_equal(fixture.state.overlay, VIEW_HELP);
    press(&fixture, "escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    press(&fixture, "?");
    press(&fixture, "q");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    assert_false(fixture.state.quitting);
    fixture_free(&fixture);
}

/* The last line shows what may follow g after a moment; another key, or Escape, ends it. */
static void test_keys_after_g(void **unused)
{
    (void)unused;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    const struct key_set *now[KEY_SETS_MAX], *shown[KEY_SETS_MAX];
    press(&fixture, "g");
    key_sets_now(&fixture.state, now);
    key_sets_shown(&fixture.state, shown);
    assert_string_equal(now[0]->title, "after g");
    assert_ptr_not_equal(shown[0], now[0]);
    assert_true(update_due(&fixture.state) > 0 && update_due(&fixture.state) <= STATE_GOING_SHOWN);
    fixture.state.now += 1.1 * STATE_GOING_SHOWN;
    key_sets_shown(&fixture.state, shown);
    assert_ptr_equal(shown[0], now[0]);
    assert_true(update_due(&fixture.state) < 0);
    press(&fixture, "escape");
    assert_false(fixture.state.going || fixture.state.quitting);
    press(&fixture, "g");
    press(&fixture, "m");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    assert_false(fixture.state.going);
    fixture_free(&fixture);
}

/* Three lines where there is no session, until the first key; they never come back. */
static void test_first_start(void **unused)
{
    (void)unused;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    assert_true(fixture.state.first_start);
    press(&fixture, "j");
    assert_false(fixture.state.first_start);
    struct event key = {.type = EVENT_KEY, .key = 'j'};
    struct error error;
    fixture.state.first_start = true;
    update_event(&fixture.state, &fixture.requested, &key, &error);
    fixture_settle(&fixture);
    assert_non_null(fake_session(fixture.app)); /* there is a session from now on */
    fixture_free(&fixture);
}

static void test_columns(void **unused)
{
    (void)unused;
    for (size_t rows = 3; rows < 60; rows++) {
        struct help_lines lines = {0};
        assert_true(help_write(VIEW_FAILURES, NULL, false, "", &lines) && help_fit(&lines, rows));
        for (size_t i = 0; i < lines.count; i++) {
            assert_false(i % rows == rows - 1 && lines.items[i].heading);
            assert_false(i > 0 && i % rows == 0 && !lines.items[i].left[0] && !lines.items[i].right[0]);
        }
        help_lines_free(&lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_do_what_the_help_says),
        cmocka_unit_test(test_causes_are_explained),
        cmocka_unit_test(test_texts_fit),
        cmocka_unit_test(test_every_key_is_named),
        cmocka_unit_test(test_keys_of_commands),
        cmocka_unit_test(test_enter_fills_the_command_line),
        cmocka_unit_test(test_every_command_is_found),
        cmocka_unit_test(test_commands_fit_80_columns),
        cmocka_unit_test(test_keys_of_the_help),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_keys_after_g),
        cmocka_unit_test(test_first_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
