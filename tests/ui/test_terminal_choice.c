/* Which way to draw pictures is chosen from what the terminal and tmux reply, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/terminal/probe.h"
#include "ui/terminal/terminal_info.h"
#include "ui/terminal/tmux.h"

static void tmux_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool asked, passthrough, placeholders;
    } cases[] = {
        {"on\txterm-kitty\tkitty(0.35.2)\n", true, true, true},
        {"1\txterm-256color\tghostty 1.1\n", true, true, true},
        {"all\txterm-kitty\t\n", true, true, true},
        {"off\txterm-kitty\t\n", true, false, true},
        {"0\tfoot\tfoot(1.16.2)\n", true, false, false},
        {"\txterm-kitty\t\n", true, false, true},
        {"on\txterm-kitty", false, false, true},
        {"", false, false, false},
        {"on\n", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tmux_info info;
        tmux_parse(cases[i].answer, &info);
        assert_int_equal(info.asked, cases[i].asked);
        assert_int_equal(info.passthrough, cases[i].passthrough);
        assert_int_equal(tmux_terminal_has_placeholders(&info), cases[i].placeholders);
    }
}

/* tmux 3.4 crashes on DECRQSS, which it takes for a picture, and takes kitty's query for a title. */
static void tmux_is_not_asked_what_harms_it(void **state)
{
    (void)state;
    struct buffer inside = {0}, outside = {0};
    probe_add_queries(&inside, true);
    probe_add_queries(&outside, false);
    assert_null(strstr(inside.data, "\x1bP"));
    assert_null(strstr(inside.data, "\x1b_"));
    assert_non_null(strstr(outside.data, "\x1bP$qm"));
    assert_non_null(strstr(outside.data, "\x1b_Gi=31"));
    assert_string_equal(inside.data + inside.size - 3, "\x1b[c"); /* the last reply ends the wait */
    assert_string_equal(outside.data + outside.size - 3, "\x1b[c");
    buffer_free(&inside);
    buffer_free(&outside);
}

static void a_named_kitty_need_not_answer_at_once(void **state)
{
    (void)state;
    char *term = strdup(getenv("TERM") ? getenv("TERM") : "dumb");
    struct probe_answers answers;
    struct terminal_info info;
    unsetenv("TMUX");
    unsetenv("STY");
    static const struct {
        const char *term;
        bool attributes, kitty, expected;
    } cases[] = {
        {"xterm-kitty", false, false, true}, {"xterm-ghostty", false, false, true}, {"xterm-kitty", true, false, false},
        {"xterm-kitty", true, true, true},   {"xterm", false, false, false},        {"xterm", true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv("TERM", cases[i].term, 1);
        probe_begin(&answers);
        answers.attributes = cases[i].attributes;
        answers.kitty = cases[i].kitty;
        terminal_info_make(&answers, NULL, 256, false, &info);
        assert_int_equal(info.kitty, cases[i].expected);
    }
    setenv("TERM", term, 1);
    free(term);
}

static void the_reasons_are_given(void **state)
{
    (void)state;
    static const struct {
        struct terminal_info info;
        enum image_mode requested;
        const char *text;
    } cases[] = {
        {{.kitty = true, .probe_answered = true}, IMAGES_AUTO, "kitty: the terminal answered the query"},
        {{.kitty = true}, IMAGES_AUTO, "kitty: TERM names a terminal that has it"},
        {{.kitty = true, .placeholders = true},
         IMAGES_AUTO,
         "kitty: placeholders, which tmux passes on to the terminal around it"},
        {{.sixel = true, .sixel_registers = 256},
         IMAGES_AUTO,
         "sixel: DA1 has attribute 4, 256 colours; not kitty: no answer to the query; not iterm: the terminal is not "
         "known "
         "to have it"},
        {{.name = "VTE(7600)", .utf8 = true, .colours = 1 << 24, .sextants = true, .probe_answered = true},
         IMAGES_AUTO,
         "sextant: UTF-8, 24-bit colour, VTE(7600) draws them without a font; not kitty: no answer to the query; not "
         "iterm: the terminal is not known to have it; not sixel: DA1 has no attribute 4"},
        {{.utf8 = false, .colours = 256},
         IMAGES_HALF,
         "ascii: covers as initials; not kitty: no answer to the query; not "
         "iterm: the terminal is not known to have it; not sixel: no answer "
         "to DA1; not sextant: the terminal is not UTF-8; not quadrant: the "
         "terminal is not UTF-8"},
        {{.sixel = true, .colours = 256}, IMAGES_SIXEL, "sixel: requested"},
        {{.utf8 = true, .colours = 256},
         IMAGES_KITTY,
         "kitty: requested, but no answer to the query (:set images auto)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = {0};
        terminal_info_explain(&cases[i].info, cases[i].requested, &out);
        assert_string_equal(out.data, cases[i].text);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tmux_is_understood),
        cmocka_unit_test(tmux_is_not_asked_what_harms_it),
        cmocka_unit_test(a_named_kitty_need_not_answer_at_once),
        cmocka_unit_test(the_reasons_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
