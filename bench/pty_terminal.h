#ifndef SLEEVE_BENCH_PTY_TERMINAL_H
#define SLEEVE_BENCH_PTY_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/status.h"

/* A program on a pseudo-terminal that this process plays: it answers the probe like a sixel terminal, or not at all,
 * and counts the pictures that come. */
struct pty_terminal {
    int descriptor;
    pid_t child;
    bool answers;
    struct buffer tail; /* what was read and not looked at yet */
    size_t bytes;
    bool in_picture;
    int sixels;      /* sixel pictures that have come whole */
    int half_blocks; /* half-block characters written */
    double last;     /* clock_seconds of the last byte */
    bool ended;
};

/* Starts `arguments` (NULL-terminated, arguments[0] the program's path) on a terminal of this size. */
enum status pty_terminal_start(struct pty_terminal *terminal, const char *const *arguments, int rows, int columns,
                               bool answers, struct error *error);
void pty_terminal_send(struct pty_terminal *terminal, const char *keys);
/* Reads for up to `seconds`, or until `enough` says so after something was read; true when it did. */
bool pty_terminal_read(struct pty_terminal *terminal, double seconds, bool (*enough)(const struct pty_terminal *));
/* Closes the terminal and waits for the program. */
void pty_terminal_end(struct pty_terminal *terminal);

/* Seconds in which so many bytes cross a pseudo-terminal from one process to another; NAN when there is none. */
double pty_transfer_seconds(size_t bytes);

#endif
