#ifndef SLEEVE_UI_TOUR_H
#define SLEEVE_UI_TOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "ui/event.h"

/* A tour of the explorer: steps of a text and of commands that show what the text is about. They are in a file
 * (assets/tour.txt):
 *
 *     # comment
 *     step TITLE
 *     needs COMMAND       the step is left out if the explorer has no such command; may be repeated
 *     say TEXT            shown at the bottom of the screen; may be repeated
 *     do COMMAND          run when the step begins, as in scripts (ui/play.h)
 *
 * Space goes to the next step, backspace to the previous one, escape ends the tour. Every other key does what it always
 * does, enter too, which adds and opens; so do these while a line is typed. A person can try what was shown. While the
 * commands of a step are being run, other keys hurry it and take effect after it, so that they do not mix with them. */

enum { TOUR_NEEDS_MAX = 4, TOUR_LINES_MAX = 40, TOUR_STEPS_MAX = 100, TOUR_FILE_MAX = 1 << 20, TOUR_WAITING_MAX = 64 };

struct tour_step {
    char *title, *text;
    char *needs[TOUR_NEEDS_MAX];
    char *lines[TOUR_LINES_MAX];
    size_t n_needs, n_lines;
    int line; /* in the file */
};

/* What was there before a tour (ui/tour_end.h). */
struct tour_held {
    bool on;
    uint64_t serial; /* of the playlist that was in hand */
    uint64_t *made;  /* [n_made] the playlists that the tour has started */
    size_t n_made, n_steps;
    int present;
};

struct tour {
    struct tour_step *steps;
    size_t count, at;
    bool open;
    bool running;                           /* the commands of the step are being run */
    bool hurried;                           /* without pauses between them */
    char note[256];                         /* what could not be shown; "" */
    struct event waiting[TOUR_WAITING_MAX]; /* keys pressed while it ran */
    size_t n_waiting;
    struct tour_held held;
};

void tour_free(struct tour *tour);
/* Reads the steps from a file's text; the error names `name` and the line. */
enum status tour_read(const char *text, const char *name, struct tour *tour, struct error *error);

/* The commands of the step have been run. `failure`: why one was not, or NULL. */
void tour_done(struct tour *tour, const char *failure);
/* Rows of the tour between the view and the message line, on a screen of so many rows. */
int tour_rows(const struct tour *tour, int rows);

#endif
