#include "pty_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
#include "ui/terminal/terminal.h"

const char all_answers[ALL_ANSWERS + 1] =
    "\x1b[1;2R\x1b[1;2R\x1b[1;2R\x1b[?1;0;16S\x1b[?1;0;256S\x1b[?2;0;480;312S\x1b[6;13;6t\x1b[4;312;480t"
    "\x1b[8;24;80t\x1bP>|Fake(1)\x1b\\\x1b]11;rgb:1010/1010/1414\x1b\\"
    "\x1b[?2026;2$y\x1b[?80;2$y\x1b[?63;1;2;4;22c";

const char *type_of_terminal = "xterm-256color";

/* ---- the program under test ---- */

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

/* ---- the other end ---- */

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

void session_begin_where(struct session *session, bool near)
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

void session_begin(struct session *session)
{
    session_begin_where(session, false);
}

void session_pump(struct session *session, int milliseconds)
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

bool session_wait(struct session *session, const struct buffer *in, const char *text, double seconds)
{
    for (double end = clock_seconds() + seconds; clock_seconds() < end; session_pump(session, 2))
        if (in->data && memmem(in->data, in->size, text, strlen(text)))
            return true;
    return false;
}

void expect_logged(struct session *session, const char *text)
{
    if (!session_wait(session, &session->said, text, 10))
        fail_msg("\"%s\" was not said, but: %s", text, session->said.data ? session->said.data : "nothing");
}

void session_answer(struct session *session, const char *bytes, size_t size)
{
    assert_int_equal(write(session->master, bytes, size), size);
}

void session_type(struct session *session, const char *text)
{
    session_answer(session, text, strlen(text));
}

void session_wait_for_query(struct session *session)
{
    assert_true(session_wait(session, &session->written, "\x1b[c", 10));
}

int count_logged(const struct session *session, const char *text)
{
    int count = 0;
    for (const char *at = session->said.data; at && (at = strstr(at, text)); at++)
        count++;
    return count;
}

void session_finish(struct session *session)
{
    session_type(session, "q");
    expect_logged(session, "left\n");
    expect_logged(session, "ended 0 0 echo=1");
    session_pump(session, 10);
    if (count_logged(session, "key ") != 1)
        fail_msg("keys came out of answers: %s", session->said.data);
    assert_false(session->fake.alternate || session->fake.paste || session->fake.mouse || session->fake.focus ||
                 session->fake.wrap_off);
    assert_true(session->fake.cursor_visible);
    assert_int_equal(session->fake.synchronised, 0);
}

void session_end(struct session *session)
{
    kill(session->program, SIGKILL);
    waitpid(session->program, NULL, 0);
    close(session->master);
    close(session->log_descriptor);
    buffer_free(&session->written);
    buffer_free(&session->said);
    fake_free(&session->fake);
}
