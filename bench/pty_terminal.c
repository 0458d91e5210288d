#include "bench/pty_terminal.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "core/clock.h"

enum { CELL_WIDTH = 9, CELL_HEIGHT = 18 };

enum status pty_terminal_start(struct pty_terminal *terminal, const char *const *arguments, int rows, int columns,
                               bool answers, struct error *error)
{
    *terminal = (struct pty_terminal){.answers = answers, .descriptor = -1};
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)columns,
                           .ws_xpixel = (unsigned short)(columns * CELL_WIDTH),
                           .ws_ypixel = (unsigned short)(rows * CELL_HEIGHT)};
    terminal->child = forkpty(&terminal->descriptor, NULL, NULL, &size);
    if (terminal->child < 0)
        return error_set(error, STATUS_FAILED, "no pseudo-terminal: %s", strerror(errno));
    if (terminal->child == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("COLORTERM", "truecolor", 1);
        unsetenv("TMUX");
        unsetenv("NO_COLOR");
        unsetenv("SSH_CONNECTION");
        execv(arguments[0], (char *const *)(size_t)arguments);
        _Exit(127);
    }
    return STATUS_OK;
}

void pty_terminal_send(struct pty_terminal *terminal, const char *keys)
{
    ssize_t written = write(terminal->descriptor, keys, strlen(keys));
    (void)written; /* a program that has ended is noticed when reading */
}

static const struct {
    const char *query;
    const char *answer;
} dialogue[] = {
    {"\033[16t", "\033[6;18;9t"},
    {"\033[?1;1;0S", "\033[?1;0;256S"},
    {"\033[?2026$p", "\033[?2026;2$y"},
    {"\033[c", "\033[?63;1;2;4;6;9;15;22c"},
};

/* Parses complete text only: the last few bytes stay until more have arrived. */
static void look(struct pty_terminal *terminal)
{
    enum { LONGEST = 16, LONGEST_PARSED = 6 };
    struct buffer *tail = &terminal->tail;
    size_t end = tail->size > LONGEST_PARSED ? tail->size - LONGEST_PARSED : 0;
    size_t done = tail->size > LONGEST ? tail->size - LONGEST : 0;
    for (size_t i = terminal->parsed; i < end; i++) {
        const char *at = tail->data + i;
        if (memcmp(at, "\033P0;1q", LONGEST_PARSED) == 0) {
            terminal->in_picture = true;
            terminal->text = terminal->text > 0 ? terminal->text : terminal->last;
        }
        if (terminal->in_picture && at[0] == '\033' && at[1] == '\\') {
            terminal->in_picture = false;
            terminal->sixels++;
        }
        if (memcmp(at, "\xe2\x96", 2) == 0 && (unsigned char)at[2] >= 0x80 && (unsigned char)at[2] <= 0x9f)
            terminal->blocks++;
    }
    /* a query can be at the very end, so the whole text is searched, and a query is blanked when answered */
    for (size_t q = 0; terminal->answers && q < sizeof dialogue / sizeof dialogue[0]; q++) {
        char *found = tail->data ? memmem(tail->data, tail->size, dialogue[q].query, strlen(dialogue[q].query)) : NULL;
        if (found) {
            memset(found, ' ', strlen(dialogue[q].query));
            pty_terminal_send(terminal, dialogue[q].answer);
        }
    }
    memmove(tail->data, tail->data + done, tail->size - done);
    tail->size -= done;
    terminal->parsed = (end > terminal->parsed ? end : terminal->parsed) - done;
}

bool pty_terminal_read(struct pty_terminal *terminal, double seconds, bool (*enough)(const struct pty_terminal *))
{
    double deadline = clock_seconds() + seconds;
    for (;;) {
        double left = deadline - clock_seconds();
        if (left <= 0 || terminal->ended)
            return false;
        struct pollfd wait = {.fd = terminal->descriptor, .events = POLLIN};
        if (poll(&wait, 1, (int)(1000 * left) + 1) <= 0)
            continue;
        char bytes[65536];
        ssize_t size = read(terminal->descriptor, bytes, sizeof bytes);
        if (size <= 0) {
            terminal->ended = true;
            return false;
        }
        terminal->bytes += (size_t)size;
        terminal->last = clock_seconds();
        buffer_add(&terminal->tail, bytes, (size_t)size);
        look(terminal);
        if (enough && enough(terminal))
            return true;
    }
}

void pty_terminal_end(struct pty_terminal *terminal)
{
    if (terminal->descriptor >= 0)
        close(terminal->descriptor);
    for (int wait = 0; terminal->child > 0 && wait < 200; wait++) {
        if (waitpid(terminal->child, NULL, WNOHANG) == terminal->child)
            terminal->child = 0;
        else
            usleep(10000);
    }
    if (terminal->child > 0) {
        kill(terminal->child, SIGKILL);
        waitpid(terminal->child, NULL, 0);
    }
    buffer_free(&terminal->tail);
}

static void write_zeros(int descriptor, size_t bytes)
{
    static const char zeros[65536];
    while (bytes > 0) {
        ssize_t written = write(descriptor, zeros, bytes < sizeof zeros ? bytes : sizeof zeros);
        if (written <= 0)
            return;
        bytes -= (size_t)written;
    }
}

double pty_transfer_seconds(size_t bytes)
{
    int master;
    struct termios raw;
    memset(&raw, 0, sizeof raw);
    cfmakeraw(&raw);
    pid_t child = forkpty(&master, NULL, &raw, NULL);
    if (child < 0)
        return NAN;
    if (child == 0) {
        char go;
        if (read(STDIN_FILENO, &go, 1) == 1)
            write_zeros(STDOUT_FILENO, bytes);
        _Exit(0);
    }
    double begin = clock_seconds();
    size_t left = write(master, "g", 1) == 1 ? bytes : 0;
    while (left > 0) {
        char buffer[65536];
        ssize_t size = read(master, buffer, sizeof buffer);
        if (size <= 0)
            break;
        left -= (size_t)size;
    }
    double seconds = clock_seconds() - begin;
    close(master);
    waitpid(child, NULL, 0);
    return left == 0 ? seconds : NAN;
}
