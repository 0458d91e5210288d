#ifndef SLEEVE_TESTS_UI_PTY_SESSION_H
#define SLEEVE_TESTS_UI_PTY_SESSION_H

/* A program that uses ui/terminal, and the fake terminal at the other end of its pty. Its log has a line for each event
 * and for how it ended. */
#include <stdio.h>
#include <sys/types.h>

#include "fake_terminal.h"

enum { ROWS = 24, COLUMNS = 80 };

/* The replies of a terminal that has sixel, without the byte 0 at the end. */
enum { ALL_ANSWERS = 158 };
extern const char all_answers[ALL_ANSWERS + 1];

extern const char *type_of_terminal; /* TERM of the next session */

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

/* `near`: replies are waited for one second, as on this machine; otherwise three, as over a network, so that a busy
 * machine does not miss them. */
void session_begin_where(struct session *session, bool near);
void session_begin(struct session *session);
/* Reads the program's output for a moment. */
void session_pump(struct session *session, int milliseconds);
bool session_wait(struct session *session, const struct buffer *in, const char *text, double seconds);
void expect_logged(struct session *session, const char *text);
void session_answer(struct session *session, const char *bytes, size_t size);
void session_type(struct session *session, const char *text);
void session_wait_for_query(struct session *session);
int count_logged(const struct session *session, const char *text);
/* The program quits after 'q' without having received another key, and the terminal's modes are restored. */
void session_finish(struct session *session);
void session_end(struct session *session);

#endif
