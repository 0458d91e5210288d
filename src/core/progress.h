#ifndef SLEEVE_CORE_PROGRESS_H
#define SLEEVE_CORE_PROGRESS_H

#include <stdbool.h>

/* How long work tells of itself. Work calls progress_step often; the reporter draws a bar, or records it, or asks the
 * work to stop. NULL is a reporter that does nothing. */
struct progress {
    /* Called by progress_step at most ten times a second and at the end of a stage. */
    void (*report)(struct progress *progress);
    /* Says that the work should stop at its next safe point; may be NULL. */
    bool (*cancelled)(struct progress *progress);
    const char *stage; /* "importing mpd.slice.0-999.json" */
    const char *unit;  /* "rows", "steps" */
    double done;
    double total; /* 0 when it is not known */
    double first; /* done before the stage began, by a run that was stopped */
    double started;
    double reported;
    const char *note; /* free text for the end of the line (a loss, a metric); may be NULL */
};

void progress_stage(struct progress *progress, const char *stage, const char *unit, double total);
/* The stage goes on from here: rate and time left count from it. */
void progress_go_on(struct progress *progress, double done);
void progress_step(struct progress *progress, double done);
void progress_end(struct progress *progress);
/* True when the work should stop: the reporter says so or core/interrupt.h does. */
bool progress_cancelled(struct progress *progress);

/* A reporter that writes to stderr: a bar with rate and time left on a terminal, nothing otherwise. */
void progress_to_stderr(struct progress *progress, bool enabled);

#endif
