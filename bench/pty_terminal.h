#ifndef SLEEVE_BENCH_PTY_TERMINAL_H
#define SLEEVE_BENCH_PTY_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/status.h"

/* Runs a program on a pseudo-terminal and acts as the terminal: it answers the probe like a sixel terminal, or not at
 * all, and counts the pictures. */
struct pty_terminal {
    int descriptor;
    pid_t child;
    bool answers;
    struct buffer tail; /* the last bytes read */
    size_t parsed;      /* of the tail */
    size_t bytes;
    bool in_picture;
    int sixels;  /* complete sixel pictures */
    int blocks;  /* block characters written */
    double last; /* clock_seconds of the last byte */
    double text; /* the same of the text before the first picture; set it to 0 before a measurement */
    bool ended;
};

/* Starts `arguments` (NULL-terminated, arguments[0] is the program's path) on a terminal of this size. */
enum status pty_terminal_start(struct pty_terminal *terminal, const char *const *arguments, int rows, int columns,
                               bool answers, struct error *error);
void pty_terminal_send(struct pty_terminal *terminal, const char *keys);
/* Reads for up to `seconds`, or until `enough` returns true after something was read; returns whether it did. */
bool pty_terminal_read(struct pty_terminal *terminal, double seconds, bool (*enough)(const struct pty_terminal *));
/* Closes the terminal and waits for the program. */
void pty_terminal_end(struct pty_terminal *terminal);

/* Seconds in which this many bytes pass through a pseudo-terminal from one process to another; NAN if there is none. */
double pty_transfer_seconds(size_t bytes);

#endif
