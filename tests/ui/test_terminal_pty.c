/* ui/terminal with a fake terminal at the other end of a pty, which replies at once, late, in pieces, wrongly, or not
 * at all; sizes, titles, themes and kinds of terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pty_session.h"
#include "ui/terminal/terminal.h"

static void answers_at_once(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "images=sixel cell=6x13 source=16t answered=1 sixel=1 registers=256 name=Fake(1)");
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    assert_true(session.fake.alternate && session.fake.paste && session.fake.mouse);
    session_finish(&session);
    assert_true(count_logged(&session, "ready") <= 1);
    session_end(&session);
}

static void late_answers_upgrade(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    assert_true(session_wait(&session, &session.written, "shown text", 10)); /* drawn before any reply */
    assert_int_equal(count_logged(&session, "images=quadrant"), 1);
    session_pump(&session, 300);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "ready images=sixel cell=6x13");
    session_finish(&session);
    session_end(&session);
}

static void answers_in_pieces(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    for (size_t i = 0; i < ALL_ANSWERS; i++) {
        session_answer(&session, all_answers + i, 1);
        session_pump(&session, 1);
    }
    expect_logged(&session, "images=sixel cell=6x13 source=16t answered=1");
    session_finish(&session);
    session_end(&session);
}

static void wrong_answers(void **state)
{
    (void)state;
    static const char wrong[] = "\x1b[?1;3;0S\x1b[6;0;0t\x1b[4t\x1b]11;rgb:zz\x1b\\\x1bP>|\x01\xff\x1b\\\x9b?1;9"
                                "S\xff\xc3\x1b[?2026;0$y\x1b_Gi=31;ENO\x1b\\\x1b[?1;2c";
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, wrong, sizeof wrong - 1);
    expect_logged(&session, "info images=quadrant cell=8x16 source=guess");
    session_finish(&session);
    session_end(&session);
}

static void no_answers(void **state)
{
    (void)state;
    struct session session;
    session_begin_where(&session, true);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    expect_logged(&session, "answered=0");
    session_pump(&session, 1100); /* the waiting time is over */
    session_type(&session, "\x1b");
    expect_logged(&session, "key 27 0");
    buffer_clear(&session.said);
    session_finish(&session);
    session_end(&session);
}

/* A reply that arrives when nobody waits for it is not a key and changes nothing. */
static void an_answer_after_all_patience(void **state)
{
    (void)state;
    struct session session;
    session_begin_where(&session, true);
    session_wait_for_query(&session);
    session_answer(&session, "\x1b[6;13;6t", 9);
    session_pump(&session, 1200);
    session_answer(&session, "\x1b[?63;1;2;4;22c\x1b]11;rgb:ff/ff/ff\x1b\\\x1b[1;2R", 15 + 18 + 6 + 1);
    session_pump(&session, 50);
    assert_null(strstr(session.said.data, "images=sixel"));
    session_finish(&session);
    session_end(&session);
}

static void keys_before_the_answers_are_kept(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_type(&session, "a\x1b[A");
    session_answer(&session, all_answers, ALL_ANSWERS);
    session_type(&session, "\x1b[200~pasted\x1b[201~");
    expect_logged(&session, "paste pasted\n");
    assert_int_equal(count_logged(&session, "key 97 0"), 1);
    assert_int_equal(count_logged(&session, "key "), 2);
    buffer_clear(&session.said);
    session_finish(&session);
    session_end(&session);
}

static void a_new_size_is_reported_once(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info");
    for (unsigned short columns = 81; columns <= 100; columns++) { /* a window that is being resized with the mouse */
        struct winsize size = {.ws_row = 30, .ws_col = columns};
        ioctl(session.master, TIOCSWINSZ, &size);
    }
    expect_logged(&session, "resize 100x30");
    session_pump(&session, 100);
    assert_true(count_logged(&session, "resize") <= 5);
    buffer_clear(&session.said);
    session_type(&session, "\x1b[6;26;12t"); /* the font has grown: the reply to the second query */
    expect_logged(&session, "resize 100x30");
    struct winsize absurd = {.ws_row = 65535, .ws_col = 65535};
    ioctl(session.master, TIOCSWINSZ, &absurd);
    expect_logged(&session, "resize 2000x600");
    session_finish(&session);
    session_end(&session);
}

static void keys_after_a_new_size_are_for_it(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info");
    session_pump(&session, 200);
    struct winsize size = {.ws_row = 30, .ws_col = 91};
    ioctl(session.master, TIOCSWINSZ, &size);
    session_type(&session, "z");
    expect_logged(&session, "key 122 0");
    const char *resized = strstr(session.said.data, "resize 91x30");
    assert_non_null(resized);
    assert_true(resized < strstr(session.said.data, "key 122 0"));
    buffer_clear(&session.said);
    session_type(&session, "\x1b[6;13;6t"); /* the reply about the size of cells */
    session_finish(&session);
    session_end(&session);
}

static void answer_slowly(struct session *session, int milliseconds)
{
    static const size_t pieces[] = {11, 40, 90, ALL_ANSWERS};
    for (size_t i = 0, at = 0; i < sizeof pieces / sizeof pieces[0]; at = pieces[i++]) {
        session_pump(session, i == 0 ? milliseconds : milliseconds / 4);
        session_answer(session, all_answers + at, pieces[i] - at);
    }
}

static void a_slow_line_keeps_the_order_of_keys(void **state)
{
    (void)state;
    static const int delays[] = {250, 700, 1500};
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        struct session session;
        char expected[64];
        session_begin_where(&session, delays[i] < 500);
        session_wait_for_query(&session);
        session_type(&session, "ab\x1b[Ac");
        answer_slowly(&session, delays[i]);
        snprintf(expected, sizeof expected, "key 97 0\nkey 98 0\nkey %d 0\nkey 99 0\n", KEYS_UP);
        expect_logged(&session, "key 99 0\n");
        expect_logged(&session, "images=sixel");
        const char *first = strstr(session.said.data, "key ");
        char keys[256] = "";
        for (; first; first = strstr(first + 1, "key "))
            strncat(keys, first, strcspn(first, "\n") + 1);
        assert_string_equal(keys, expected);
        buffer_clear(&session.said);
        session_finish(&session);
        expect_logged(&session, "typed: 0\n");
        session_end(&session);
    }
}

/* Hundreds of sizes and signals; what counts is the last. */
static void a_storm_of_sizes_passes(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info");
    for (int i = 0; i < 400; i++) {
        struct winsize size = {.ws_row = (unsigned short)(1 + i % 60), .ws_col = (unsigned short)(1 + i * 7 % 200)};
        ioctl(session.master, TIOCSWINSZ, &size);
        kill(-tcgetpgrp(session.master), SIGWINCH);
        if (i % 20 == 0)
            session_pump(&session, 5);
    }
    struct winsize size = {.ws_row = 33, .ws_col = 99};
    session_type(&session, "k");
    ioctl(session.master, TIOCSWINSZ, &size);
    expect_logged(&session, "resize 99x33");
    expect_logged(&session, "key 107 0");
    assert_true(count_logged(&session, "resize") < 100);
    buffer_clear(&session.said);
    fake_free(&session.fake);
    fake_create(&session.fake, 33, 99, 6, 13);
    session_finish(&session);
    session_end(&session);
}

static void the_focus_is_no_key(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    assert_true(session.fake.focus);
    session_type(&session, "\x1b[O\x1b[I");
    expect_logged(&session, "focus -1\nfocus 1\n");
    session_finish(&session);
    session_end(&session);
}

static void the_title_is_set_and_restored(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "\x1b[22;2t", 10));
    assert_true(session_wait(&session, &session.written,
                             "\x1b]2;sleeve \xe2\x80\x93 caf\xc3\xa9\xef\xbf\xbd]0;\xef\xbf\xbd\x1b\\", 10));
    session_type(&session, "y");
    assert_true(session_wait(&session, &session.written, "\x1b]52;c;dHdvCmxpbmVz\x1b\\", 10));
    buffer_clear(&session.said);
    session_finish(&session);
    assert_true(session_wait(&session, &session.written, "\x1b[23;2t", 10));
    session_end(&session);
}

/* The map is drawn on the page, whose colour changes with the theme. */
static void a_theme_changes_the_page(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    session_type(&session, "l");
    expect_logged(&session, "page ffffff\n");
    session_type(&session, "m");
    expect_logged(&session, "page 101014\n");
    buffer_clear(&session.said);
    session_finish(&session);
    session_end(&session);
}

/* Without titles, links, focus: they would be shown as text. */
static void consoles_get_no_strings(void **state)
{
    (void)state;
    struct session session;
    type_of_terminal = "linux";
    session_begin(&session);
    type_of_terminal = "xterm-256color";
    session_wait_for_query(&session);
    session_answer(&session, "\x1b[?6c", 5);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    session_type(&session, "y\x1b[[A");
    expect_logged(&session, "key 1114124 0");
    assert_null(memmem(session.written.data, session.written.size, "\x1b]2;", 4));
    assert_null(memmem(session.written.data, session.written.size, "\x1b]52;", 5));
    assert_false(session.fake.focus);
    session_type(&session, "q");
    expect_logged(&session, "ended 0 0 echo=1");
    session_end(&session);
}

/* This machine's terminfo does not have them; their families are known. */
static void terminals_start_as_their_family(void **state)
{
    (void)state;
    static const char *const types[] = {"xterm-kitty",      "xterm-ghostty", "foot-extra",    "wezterm",
                                        "alacritty-direct", "tmux-direct",   "screen.unknown"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct session session;
        type_of_terminal = types[i];
        session_begin(&session);
        type_of_terminal = "xterm-256color";
        session_wait_for_query(&session);
        session_answer(&session, all_answers, ALL_ANSWERS);
        assert_true(session_wait(&session, &session.written, "shown text", 10));
        assert_true(session.fake.alternate);
        session_finish(&session);
        session_end(&session);
    }
}

static void an_unknown_terminal_is_refused(void **state)
{
    (void)state;
    static const char *const types[] = {"", "dumb", "tvi950", "nothing-like-it"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct session session;
        type_of_terminal = types[i];
        session_begin(&session);
        type_of_terminal = "xterm-256color";
        expect_logged(&session, "error the terminal");
        expect_logged(&session, "ended 1 0 echo=1");
        session_end(&session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_at_once),
        cmocka_unit_test(late_answers_upgrade),
        cmocka_unit_test(answers_in_pieces),
        cmocka_unit_test(wrong_answers),
        cmocka_unit_test(no_answers),
        cmocka_unit_test(an_answer_after_all_patience),
        cmocka_unit_test(keys_before_the_answers_are_kept),
        cmocka_unit_test(a_new_size_is_reported_once),
        cmocka_unit_test(keys_after_a_new_size_are_for_it),
        cmocka_unit_test(a_slow_line_keeps_the_order_of_keys),
        cmocka_unit_test(a_storm_of_sizes_passes),
        cmocka_unit_test(the_focus_is_no_key),
        cmocka_unit_test(the_title_is_set_and_restored),
        cmocka_unit_test(a_theme_changes_the_page),
        cmocka_unit_test(consoles_get_no_strings),
        cmocka_unit_test(terminals_start_as_their_family),
        cmocka_unit_test(an_unknown_terminal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
