/* However the program ends or is stopped, the terminal is as before, and no reply that arrives late reaches the shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pty_session.h"
#include "ui/terminal/terminal.h"

static void answer_late(struct session *session, const char *leave, const char *expected)
{
    assert_true(session_wait(session, &session->written, leave, 10)); /* the screen is restored at once */
    session_pump(session, 300);
    session_answer(session, all_answers, ALL_ANSWERS);
    expect_logged(session, expected);
}

static void late_answers_do_not_reach_the_shell(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    session_type(&session, "q");
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    assert_int_equal(count_logged(&session, "key "), 1);
    session_end(&session);
}

static void nor_when_a_signal_ends_it(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    kill(-tcgetpgrp(session.master), SIGTERM);
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    session_end(&session);
}

static void nor_when_it_is_stopped(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    session_type(&session, "\x1a");
    answer_late(&session, "\x1b[?1049l", "typed while stopped: 0\n");
    expect_logged(&session, "resize");
    session_end(&session);
}

/* After a change of the window its cell size is queried again. */
static void nor_after_a_resize(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info images=sixel");
    buffer_clear(&session.written);
    struct winsize size = {.ws_row = ROWS + 1, .ws_col = COLUMNS};
    ioctl(session.master, TIOCSWINSZ, &size);
    assert_true(session_wait(&session, &session.written, "\x1b[c", 10));
    session_type(&session, "q");
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    session_end(&session);
}

static void a_stop_gives_the_terminal_back(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    buffer_clear(&session.written);
    session_type(&session, "\x1a");
    expect_logged(&session, "stopped echo=1");
    assert_true(session_wait(&session, &session.written, "\x1b[?1049l", 10));
    expect_logged(&session, "resize 80x24");
    assert_true(session_wait(&session, &session.written, "shown text", 10)); /* everything is drawn again */
    assert_true(session.fake.alternate);
    buffer_clear(&session.said);
    session_finish(&session);
    session_end(&session);
}

static pid_t program_group(const struct session *session)
{
    return tcgetpgrp(session->master);
}

static void leave_by(int number, const char *said)
{
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    kill(-program_group(&session), number);
    if (number == SIGTSTP) {
        expect_logged(&session, "stopped echo=1");
        expect_logged(&session, "resize");
        session_finish(&session);
    } else {
        expect_logged(&session, said);
        assert_true(session_wait(&session, &session.written, "\x1b[?1049l", 10));
        session_pump(&session, 10);
        assert_false(session.fake.alternate || session.fake.paste || session.fake.mouse);
        assert_true(session.fake.cursor_visible);
    }
    session_end(&session);
}

static void signals_restore_the_terminal(void **state)
{
    (void)state;
    leave_by(SIGTERM, "ended 0 0 echo=1");
    leave_by(SIGHUP, "ended 0 0 echo=1");
    leave_by(SIGTSTP, "");
    leave_by(SIGABRT, "echo=1"); /* the sanitizer sets the status, if there is one */
}

/* A stop that the program does not notice: what the shell did meanwhile is undone. */
static void a_stop_from_elsewhere_is_survived(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    session_pump(&session, 50);
    buffer_clear(&session.written);
    kill(-program_group(&session), SIGSTOP);
    expect_logged(&session, "resize");
    assert_true(session_wait(&session, &session.written, "\x1b[?1049h", 10));
    assert_true(session_wait(&session, &session.written, "shown text", 10));
    assert_true(session.fake.alternate && session.fake.paste && session.fake.wrap_off);
    session_finish(&session);
    session_end(&session);
}

static void a_crash_restores_the_terminal(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info");
    session_type(&session, "C");
    expect_logged(&session, "echo=1");
    session_pump(&session, 10);
    assert_int_equal(count_logged(&session, "ended 0 0"), 0);
    assert_false(session.fake.alternate || session.fake.mouse);
    assert_true(session.fake.cursor_visible);
    session_end(&session);
}

static void a_slow_line_types_nothing_into_the_shell(void **state)
{
    (void)state;
    static const int delays[] = {250, 900, 1400};
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        struct session session;
        session_begin_where(&session, true);
        session_wait_for_query(&session);
        session_type(&session, "aq");
        assert_true(session_wait(&session, &session.written, "\x1b[?1049l", 10));
        session_pump(&session, delays[i]);
        session_answer(&session, all_answers, ALL_ANSWERS);
        expect_logged(&session, "typed: 0\n");
        assert_int_equal(count_logged(&session, "key "), 2);
        session_end(&session);
    }
}

static void a_closed_terminal_ends_the_program(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session);
    session_wait_for_query(&session);
    session_answer(&session, all_answers, ALL_ANSWERS);
    expect_logged(&session, "info");
    session_pump(&session, 20);
    close(session.master);
    session.master = open("/dev/null", O_RDONLY | O_NONBLOCK);
    expect_logged(&session, "closed\n");
    expect_logged(&session, "left\n");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_answers_do_not_reach_the_shell),
        cmocka_unit_test(nor_when_a_signal_ends_it),
        cmocka_unit_test(nor_when_it_is_stopped),
        cmocka_unit_test(nor_after_a_resize),
        cmocka_unit_test(a_stop_gives_the_terminal_back),
        cmocka_unit_test(signals_restore_the_terminal),
        cmocka_unit_test(a_stop_from_elsewhere_is_survived),
        cmocka_unit_test(a_crash_restores_the_terminal),
        cmocka_unit_test(a_slow_line_types_nothing_into_the_shell),
        cmocka_unit_test(a_closed_terminal_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
