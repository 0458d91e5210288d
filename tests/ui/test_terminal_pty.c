/* ui/terminal with a fake terminal at the other end of a pty, which replies at once, late, in pieces, wrongly, or not
 * at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "core/clock.h"
#include "fake_terminal.h"
#include "ui/terminal/terminal.h"

enum { ROWS = 24, COLUMNS = 80 };

static const char all_answers[] =
    "\x1b[1;2R\x1b[1;2R\x1b[1;2R\x1b[?1;0;16S\x1b[?1;0;256S\x1b[?2;0;480;312S\x1b[6;13;6t\x1b[4;312;480t"
    "\x1b[8;24;80t\x1bP>|Fake(1)\x1b\\\x1b]11;rgb:1010/1010/1414\x1b\\"
    "\x1b[?2026;2$y\x1b[?80;2$y\x1b[?63;1;2;4;22c";

static const char *type_of_terminal = "xterm-256color";

struct session {
    int master;
    pid_t program;
    FILE *log; /* output of the program, one line per event */
    int log_descriptor;
    struct fake_terminal fake;
    struct buffer written; /* from the program to the terminal */
    struct buffer said;
    double begun;
};

/* ------------------------------------------------------------------ the program under test */

static void say_facts(FILE *log, const struct terminal *terminal, const char *word)
{
    const struct terminal_info *info = terminal_info(terminal);
    fprintf(log, "%s images=%s cell=%dx%d source=%s answered=%d sixel=%d registers=%d name=%s\n", word,
            image_mode_name(info->images), info->cell_width, info->cell_height, info->cell_source, info->probe_answered,
            info->sixel, info->sixel_registers, info->name);
}

static void say_event(FILE *log, const struct terminal *terminal, struct event *event)
{
    switch (event->type) {
    case EVENT_KEY:
        fprintf(log, "key %d %d\n", (int)event->key, event->alt);
        break;
    case EVENT_PASTE:
        fprintf(log, "paste %s\n", event->text);
        free(event->text);
        break;
    case EVENT_RESIZE:
        fprintf(log, "resize %dx%d\n", event->columns, event->rows);
        break;
    case EVENT_READY:
        say_facts(log, terminal, "ready");
        break;
    case EVENT_FOCUS:
        fprintf(log, "focus %d\n", event->direction);
        break;
    case EVENT_CLOSED:
        fprintf(log, "closed\n");
        break;
    default:
        break;
    }
}

static int run_program(FILE *log)
{
    setvbuf(log, NULL, _IOLBF, 0);
    struct terminal_options options = {.images = IMAGES_AUTO, .mouse = true};
    struct terminal *terminal;
    struct error error;
    double begun = clock_seconds();
    if (terminal_open(&options, &terminal, &error) != STATUS_OK) {
        fprintf(log, "error %s\n", error.text);
        return 1;
    }
    fprintf(log, "opened %d\n", (int)((clock_seconds() - begun) * 1e3));
    say_facts(log, terminal, "info");
    struct screen screen;
    screen_create(ROWS, COLUMNS, &screen, &error);
    screen_text(&screen, 3, 5, 30, STYLE_TITLE, "shown text");
    screen.cursor_row = 3;
    screen.cursor_visible = true;
    struct event event = {0};
    for (bool going = true; going;) {
        terminal_set_title(terminal, "caf\xc3\xa9\x1b]0;\x07");
        terminal_show(terminal, &screen, NULL, &error);
        terminal_wait(terminal, NULL, 0, -1, &event, &error);
        say_event(log, terminal, &event);
        if (event.type == EVENT_KEY && event.key == 'y')
            terminal_copy(terminal, "two\nlines");
        if (event.type == EVENT_KEY && (event.key == 'l' || event.key == 'm')) {
            terminal_set_theme(terminal, event.key == 'l' ? THEME_CONTRAST_LIGHT : THEME_MONO);
            fprintf(log, "page %06x\n", (unsigned)terminal_page(terminal));
        }
        if (event.type == EVENT_KEY && event.key == 'C')
            raise(SIGSEGV);
        if (event.type == EVENT_KEY && event.key == KEY_CONTROL('z'))
            terminal_suspend(terminal);
        going = event.type != EVENT_CLOSED && !(event.type == EVENT_KEY && event.key == 'q');
    }
    screen_free(&screen);
    terminal_close(terminal);
    if (event.type == EVENT_CLOSED)
        raise(SIGHUP); /* one from the shell and one from the kernel, of which one is late: unsaved work is being saved
                        * now */
    fprintf(log, "left\n");
    return 0;
}

/* ------------------------------------------------------------------ the other end */

/* The bytes that a shell would read, including those that arrive within the time. */
static int typed_into_the_shell(int milliseconds)
{
    struct termios modes, raw;
    int count = 0;
    tcgetattr(0, &modes);
    raw = modes;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    usleep((useconds_t)milliseconds * 1000);
    ioctl(0, FIONREAD, &count);
    tcflush(0, TCIFLUSH);
    tcsetattr(0, TCSANOW, &modes);
    return count;
}

/* `near`: replies are waited for one second, as on this machine; otherwise three, as over a network, so that a busy
 * machine does not miss them. */
static void begin_where(struct session *session, bool near)
{
    *session = (struct session){.master = -1};
    fake_create(&session->fake, ROWS, COLUMNS, 6, 13);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    int slave;
    assert_int_equal(openpty(&session->master, &slave, NULL, NULL, &size), 0);
    session->begun = clock_seconds();
    session->program = fork();
    assert_true(session->program >= 0);
    if (session->program == 0) {
        close(session->master);
        close(pipes[0]);
        login_tty(slave);
        setenv("TERM", type_of_terminal, 1);
        unsetenv("COLORTERM");
        unsetenv("TMUX");
        unsetenv("STY");
        unsetenv("SSH_TTY");
        if (near)
            unsetenv("SSH_CONNECTION");
        else
            setenv("SSH_CONNECTION", "far away", 1);
        signal(SIGTTOU, SIG_IGN);
        /* A job of its own, as a shell makes it, so that it can be stopped. */
        pid_t job = fork();
        if (job == 0) {
            setpgid(0, 0);
            tcsetpgrp(0, getpid());
            signal(SIGTTOU, SIG_DFL);
            signal(SIGSEGV, SIG_DFL); /* not cmocka's handler, which would go on with the next test */
            _exit(run_program(fdopen(pipes[1], "w")));
        }
        FILE *log = fdopen(dup(pipes[1]), "w");
        int status;
        while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
            struct termios modes;
            tcsetpgrp(0, getpgrp());
            tcgetattr(0, &modes);
            fprintf(log, "stopped echo=%d\n", (modes.c_lflag & ECHO) != 0);
            fflush(log);
            fprintf(log, "typed while stopped: %d\n", typed_into_the_shell(20));
            fflush(log);
            tcsetpgrp(0, job);
            kill(-job, SIGCONT);
        }
        struct termios modes;
        bool known = tcgetattr(0, &modes) == 0;
        fprintf(log, "ended %d %d echo=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0, known && (modes.c_lflag & ECHO) != 0);
        fflush(log);
        fprintf(log, "typed: %d\n", typed_into_the_shell(600));
        fclose(log);
        _exit(0);
    }
    close(slave);
    close(pipes[1]);
    session->log_descriptor = pipes[0];
    fcntl(session->log_descriptor, F_SETFL, O_NONBLOCK);
    fcntl(session->master, F_SETFL, O_NONBLOCK);
}

static void begin(struct session *session)
{
    begin_where(session, false);
}

/* Reads the program's output for a moment. */
static void pump(struct session *session, int milliseconds)
{
    double end = clock_seconds() + milliseconds * 1e-3;
    do {
        struct pollfd wait[] = {{.fd = session->master, .events = POLLIN},
                                {.fd = session->log_descriptor, .events = POLLIN}};
        int left = (int)((end - clock_seconds()) * 1e3) + 1;
        poll(wait, 2, left > 0 ? left : 0);
        char bytes[4096];
        ssize_t count;
        while ((count = read(session->master, bytes, sizeof bytes)) > 0) {
            buffer_add(&session->written, bytes, (size_t)count);
            fake_feed(&session->fake, bytes, (size_t)count);
        }
        while ((count = read(session->log_descriptor, bytes, sizeof bytes)) > 0)
            buffer_add(&session->said, bytes, (size_t)count);
        if (wait[0].revents & POLLHUP)
            usleep(2000);
    } while (clock_seconds() < end);
}

static bool wait_until(struct session *session, const struct buffer *in, const char *text, double seconds)
{
    for (double end = clock_seconds() + seconds; clock_seconds() < end; pump(session, 2))
        if (in->data && memmem(in->data, in->size, text, strlen(text)))
            return true;
    return false;
}

static void expect_logged(struct session *session, const char *text)
{
    if (!wait_until(session, &session->said, text, 10))
        fail_msg("\"%s\" was not said, but: %s", text, session->said.data ? session->said.data : "nothing");
}

static void answer(struct session *session, const char *bytes, size_t size)
{
    assert_int_equal(write(session->master, bytes, size), size);
}

static void type(struct session *session, const char *text)
{
    answer(session, text, strlen(text));
}

static void wait_for_question(struct session *session)
{
    assert_true(wait_until(session, &session->written, "\x1b[c", 10));
}

static int count_logged(const struct session *session, const char *text)
{
    int count = 0;
    for (const char *at = session->said.data; at && (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* The program quits after 'q' without having received another key, and the terminal's modes are restored. */
static void finish(struct session *session)
{
    type(session, "q");
    expect_logged(session, "left\n");
    expect_logged(session, "ended 0 0 echo=1");
    pump(session, 10);
    if (count_logged(session, "key ") != 1)
        fail_msg("keys came out of answers: %s", session->said.data);
    assert_false(session->fake.alternate || session->fake.paste || session->fake.mouse || session->fake.focus ||
                 session->fake.wrap_off);
    assert_true(session->fake.cursor_visible);
    assert_int_equal(session->fake.synchronised, 0);
}

static void end(struct session *session)
{
    kill(session->program, SIGKILL);
    waitpid(session->program, NULL, 0);
    close(session->master);
    close(session->log_descriptor);
    buffer_free(&session->written);
    buffer_free(&session->said);
    fake_free(&session->fake);
}

static void answers_at_once(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "images=sixel cell=6x13 source=16t answered=1 sixel=1 registers=256 name=Fake(1)");
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    assert_true(session.fake.alternate && session.fake.paste && session.fake.mouse);
    finish(&session);
    assert_true(count_logged(&session, "ready") <= 1);
    end(&session);
}

static void late_answers_upgrade(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    assert_true(wait_until(&session, &session.written, "shown text", 10)); /* drawn before any reply */
    assert_int_equal(count_logged(&session, "images=quadrant"), 1);
    pump(&session, 300);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "ready images=sixel cell=6x13");
    finish(&session);
    end(&session);
}

/* ---- replies that arrive while the program quits, or is stopped ---- */

static void answer_late(struct session *session, const char *leave, const char *expected)
{
    assert_true(wait_until(session, &session->written, leave, 10)); /* the screen is restored at once */
    pump(session, 300);
    answer(session, all_answers, sizeof all_answers - 1);
    expect_logged(session, expected);
}

static void late_answers_do_not_reach_the_shell(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    type(&session, "q");
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    assert_int_equal(count_logged(&session, "key "), 1);
    end(&session);
}

static void nor_when_a_signal_ends_it(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    kill(-tcgetpgrp(session.master), SIGTERM);
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    end(&session);
}

static void nor_when_it_is_stopped(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    type(&session, "\x1a");
    answer_late(&session, "\x1b[?1049l", "typed while stopped: 0\n");
    expect_logged(&session, "resize");
    end(&session);
}

/* After a change of the window its cell size is queried again. */
static void nor_after_a_resize(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info images=sixel");
    buffer_clear(&session.written);
    struct winsize size = {.ws_row = ROWS + 1, .ws_col = COLUMNS};
    ioctl(session.master, TIOCSWINSZ, &size);
    assert_true(wait_until(&session, &session.written, "\x1b[c", 10));
    type(&session, "q");
    answer_late(&session, "\x1b[?1049l", "typed: 0\n");
    end(&session);
}

static void answers_in_pieces(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    for (size_t i = 0; i < sizeof all_answers - 1; i++) {
        answer(&session, all_answers + i, 1);
        pump(&session, 1);
    }
    expect_logged(&session, "images=sixel cell=6x13 source=16t answered=1");
    finish(&session);
    end(&session);
}

static void wrong_answers(void **state)
{
    (void)state;
    static const char wrong[] = "\x1b[?1;3;0S\x1b[6;0;0t\x1b[4t\x1b]11;rgb:zz\x1b\\\x1bP>|\x01\xff\x1b\\\x9b?1;9"
                                "S\xff\xc3\x1b[?2026;0$y\x1b_Gi=31;ENO\x1b\\\x1b[?1;2c";
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, wrong, sizeof wrong - 1);
    expect_logged(&session, "info images=quadrant cell=8x16 source=guess");
    finish(&session);
    end(&session);
}

static void no_answers(void **state)
{
    (void)state;
    struct session session;
    begin_where(&session, true);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    expect_logged(&session, "answered=0");
    pump(&session, 1100); /* the waiting time is over */
    type(&session, "\x1b");
    expect_logged(&session, "key 27 0");
    buffer_clear(&session.said);
    finish(&session);
    end(&session);
}

/* A reply that arrives when nobody waits for it is not a key and changes nothing. */
static void an_answer_after_all_patience(void **state)
{
    (void)state;
    struct session session;
    begin_where(&session, true);
    wait_for_question(&session);
    answer(&session, "\x1b[6;13;6t", 9);
    pump(&session, 1200);
    answer(&session, "\x1b[?63;1;2;4;22c\x1b]11;rgb:ff/ff/ff\x1b\\\x1b[1;2R", 15 + 18 + 6 + 1);
    pump(&session, 50);
    assert_null(strstr(session.said.data, "images=sixel"));
    finish(&session);
    end(&session);
}

static void keys_before_the_answers_are_kept(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    type(&session, "a\x1b[A");
    answer(&session, all_answers, sizeof all_answers - 1);
    type(&session, "\x1b[200~pasted\x1b[201~");
    expect_logged(&session, "paste pasted\n");
    assert_int_equal(count_logged(&session, "key 97 0"), 1);
    assert_int_equal(count_logged(&session, "key "), 2);
    buffer_clear(&session.said);
    finish(&session);
    end(&session);
}

static void a_new_size_is_reported_once(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info");
    for (unsigned short columns = 81; columns <= 100; columns++) { /* a window that is being resized with the mouse */
        struct winsize size = {.ws_row = 30, .ws_col = columns};
        ioctl(session.master, TIOCSWINSZ, &size);
    }
    expect_logged(&session, "resize 100x30");
    pump(&session, 100);
    assert_true(count_logged(&session, "resize") <= 5);
    buffer_clear(&session.said);
    type(&session, "\x1b[6;26;12t"); /* the font has grown: the reply to the second query */
    expect_logged(&session, "resize 100x30");
    struct winsize absurd = {.ws_row = 65535, .ws_col = 65535};
    ioctl(session.master, TIOCSWINSZ, &absurd);
    expect_logged(&session, "resize 2000x600");
    finish(&session);
    end(&session);
}

static void keys_after_a_new_size_are_for_it(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info");
    pump(&session, 200);
    struct winsize size = {.ws_row = 30, .ws_col = 91};
    ioctl(session.master, TIOCSWINSZ, &size);
    type(&session, "z");
    expect_logged(&session, "key 122 0");
    const char *resized = strstr(session.said.data, "resize 91x30");
    assert_non_null(resized);
    assert_true(resized < strstr(session.said.data, "key 122 0"));
    buffer_clear(&session.said);
    type(&session, "\x1b[6;13;6t"); /* the reply about the size of cells */
    finish(&session);
    end(&session);
}

static void a_stop_gives_the_terminal_back(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    buffer_clear(&session.written);
    type(&session, "\x1a");
    expect_logged(&session, "stopped echo=1");
    assert_true(wait_until(&session, &session.written, "\x1b[?1049l", 10));
    expect_logged(&session, "resize 80x24");
    assert_true(wait_until(&session, &session.written, "shown text", 10)); /* everything is drawn again */
    assert_true(session.fake.alternate);
    buffer_clear(&session.said);
    finish(&session);
    end(&session);
}

static pid_t program_group(const struct session *session)
{
    return tcgetpgrp(session->master);
}

static void leave_by(int number, const char *said)
{
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    kill(-program_group(&session), number);
    if (number == SIGTSTP) {
        expect_logged(&session, "stopped echo=1");
        expect_logged(&session, "resize");
        finish(&session);
    } else {
        expect_logged(&session, said);
        assert_true(wait_until(&session, &session.written, "\x1b[?1049l", 10));
        pump(&session, 10);
        assert_false(session.fake.alternate || session.fake.paste || session.fake.mouse);
        assert_true(session.fake.cursor_visible);
    }
    end(&session);
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
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    pump(&session, 50);
    buffer_clear(&session.written);
    kill(-program_group(&session), SIGSTOP);
    expect_logged(&session, "resize");
    assert_true(wait_until(&session, &session.written, "\x1b[?1049h", 10));
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    assert_true(session.fake.alternate && session.fake.paste && session.fake.wrap_off);
    finish(&session);
    end(&session);
}

static void a_crash_restores_the_terminal(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info");
    type(&session, "C");
    expect_logged(&session, "echo=1");
    pump(&session, 10);
    assert_int_equal(count_logged(&session, "ended 0 0"), 0);
    assert_false(session.fake.alternate || session.fake.mouse);
    assert_true(session.fake.cursor_visible);
    end(&session);
}

static void a_closed_terminal_ends_the_program(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info");
    pump(&session, 20);
    close(session.master);
    session.master = open("/dev/null", O_RDONLY | O_NONBLOCK);
    expect_logged(&session, "closed\n");
    expect_logged(&session, "left\n");
    end(&session);
}

/* ---- slow lines: replies arrive late and in pieces, and keys were typed before them ---- */

static void answer_slowly(struct session *session, int milliseconds)
{
    static const size_t pieces[] = {11, 40, 90, sizeof all_answers - 1};
    for (size_t i = 0, at = 0; i < sizeof pieces / sizeof pieces[0]; at = pieces[i++]) {
        pump(session, i == 0 ? milliseconds : milliseconds / 4);
        answer(session, all_answers + at, pieces[i] - at);
    }
}

static void a_slow_line_keeps_the_order_of_keys(void **state)
{
    (void)state;
    static const int delays[] = {250, 700, 1500};
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        struct session session;
        char expected[64];
        begin_where(&session, delays[i] < 500);
        wait_for_question(&session);
        type(&session, "ab\x1b[Ac");
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
        finish(&session);
        expect_logged(&session, "typed: 0\n");
        end(&session);
    }
}

static void a_slow_line_types_nothing_into_the_shell(void **state)
{
    (void)state;
    static const int delays[] = {250, 900, 1400};
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        struct session session;
        begin_where(&session, true);
        wait_for_question(&session);
        type(&session, "aq");
        assert_true(wait_until(&session, &session.written, "\x1b[?1049l", 10));
        pump(&session, delays[i]);
        answer(&session, all_answers, sizeof all_answers - 1);
        expect_logged(&session, "typed: 0\n");
        assert_int_equal(count_logged(&session, "key "), 2);
        end(&session);
    }
}

/* Hundreds of sizes and signals; what counts is the last. */
static void a_storm_of_sizes_passes(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    expect_logged(&session, "info");
    for (int i = 0; i < 400; i++) {
        struct winsize size = {.ws_row = (unsigned short)(1 + i % 60), .ws_col = (unsigned short)(1 + i * 7 % 200)};
        ioctl(session.master, TIOCSWINSZ, &size);
        kill(-tcgetpgrp(session.master), SIGWINCH);
        if (i % 20 == 0)
            pump(&session, 5);
    }
    struct winsize size = {.ws_row = 33, .ws_col = 99};
    type(&session, "k");
    ioctl(session.master, TIOCSWINSZ, &size);
    expect_logged(&session, "resize 99x33");
    expect_logged(&session, "key 107 0");
    assert_true(count_logged(&session, "resize") < 100);
    buffer_clear(&session.said);
    fake_free(&session.fake);
    fake_create(&session.fake, 33, 99, 6, 13);
    finish(&session);
    end(&session);
}

static void the_focus_is_no_key(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    assert_true(session.fake.focus);
    type(&session, "\x1b[O\x1b[I");
    expect_logged(&session, "focus -1\nfocus 1\n");
    finish(&session);
    end(&session);
}

static void the_title_is_set_and_restored(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "\x1b[22;2t", 10));
    assert_true(wait_until(&session, &session.written,
                           "\x1b]2;sleeve \xe2\x80\x93 caf\xc3\xa9\xef\xbf\xbd]0;\xef\xbf\xbd\x1b\\", 10));
    type(&session, "y");
    assert_true(wait_until(&session, &session.written, "\x1b]52;c;dHdvCmxpbmVz\x1b\\", 10));
    buffer_clear(&session.said);
    finish(&session);
    assert_true(wait_until(&session, &session.written, "\x1b[23;2t", 10));
    end(&session);
}

/* The map is drawn on the page, whose colour changes with the theme. */
static void a_theme_changes_the_page(void **state)
{
    (void)state;
    struct session session;
    begin(&session);
    wait_for_question(&session);
    answer(&session, all_answers, sizeof all_answers - 1);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    type(&session, "l");
    expect_logged(&session, "page ffffff\n");
    type(&session, "m");
    expect_logged(&session, "page 101014\n");
    buffer_clear(&session.said);
    finish(&session);
    end(&session);
}

/* Without titles, links, focus: they would be shown as text. */
static void consoles_get_no_strings(void **state)
{
    (void)state;
    struct session session;
    type_of_terminal = "linux";
    begin(&session);
    type_of_terminal = "xterm-256color";
    wait_for_question(&session);
    answer(&session, "\x1b[?6c", 5);
    assert_true(wait_until(&session, &session.written, "shown text", 10));
    type(&session, "y\x1b[[A");
    expect_logged(&session, "key 1114124 0");
    assert_null(memmem(session.written.data, session.written.size, "\x1b]2;", 4));
    assert_null(memmem(session.written.data, session.written.size, "\x1b]52;", 5));
    assert_false(session.fake.focus);
    type(&session, "q");
    expect_logged(&session, "ended 0 0 echo=1");
    end(&session);
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
        begin(&session);
        type_of_terminal = "xterm-256color";
        wait_for_question(&session);
        answer(&session, all_answers, sizeof all_answers - 1);
        assert_true(wait_until(&session, &session.written, "shown text", 10));
        assert_true(session.fake.alternate);
        finish(&session);
        end(&session);
    }
}

static void an_unknown_terminal_is_refused(void **state)
{
    (void)state;
    static const char *const types[] = {"", "dumb", "tvi950", "nothing-like-it"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct session session;
        type_of_terminal = types[i];
        begin(&session);
        type_of_terminal = "xterm-256color";
        expect_logged(&session, "error the terminal");
        expect_logged(&session, "ended 1 0 echo=1");
        end(&session);
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
        cmocka_unit_test(a_stop_gives_the_terminal_back),
        cmocka_unit_test(late_answers_do_not_reach_the_shell),
        cmocka_unit_test(nor_when_a_signal_ends_it),
        cmocka_unit_test(nor_when_it_is_stopped),
        cmocka_unit_test(nor_after_a_resize),
        cmocka_unit_test(signals_restore_the_terminal),
        cmocka_unit_test(a_stop_from_elsewhere_is_survived),
        cmocka_unit_test(a_crash_restores_the_terminal),
        cmocka_unit_test(a_slow_line_keeps_the_order_of_keys),
        cmocka_unit_test(a_slow_line_types_nothing_into_the_shell),
        cmocka_unit_test(a_storm_of_sizes_passes),
        cmocka_unit_test(the_focus_is_no_key),
        cmocka_unit_test(the_title_is_set_and_restored),
        cmocka_unit_test(a_theme_changes_the_page),
        cmocka_unit_test(consoles_get_no_strings),
        cmocka_unit_test(terminals_start_as_their_family),
        cmocka_unit_test(an_unknown_terminal_is_refused),
        cmocka_unit_test(a_closed_terminal_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
