#ifndef SLEEVE_CORE_PROGRESS_H
#define SLEEVE_CORE_PROGRESS_H

#include <stdbool.h>

/* Progress reporting for long-running work. Work calls progress_step often; the reporter draws a bar, records the
 * progress or asks the work to stop. NULL is a reporter that does nothing. */
struct progress {
    /* Called by progress_step, at most ten times a second and at the end of a stage. */
    void (*report)(struct progress *progress);
    /* Returns whether the work should stop at its next safe point; may be NULL. */
    bool (*cancelled)(struct progress *progress);
    const char *stage; /* "importing mpd.slice.0-999.json" */
    const char *unit;  /* "rows", "steps" */
    double done;
    double total; /* 0 if unknown */
    double first; /* done before this stage started, by an interrupted run */
    double started;
    double reported;
    const char *note; /* text for the end of the line (a loss, a metric); may be NULL */
};

void progress_stage(struct progress *progress, const char *stage, const char *unit, double total);
/* Continues the stage from `done`: rate and remaining time count from here. */
void progress_resume(struct progress *progress, double done);
void progress_step(struct progress *progress, double done);
void progress_end(struct progress *progress);
/* Whether the work should stop: the reporter or core/interrupt.h requested it. */
bool progress_cancelled(struct progress *progress);

/* A reporter that writes to stderr: on a terminal a bar with rate and remaining time, otherwise nothing. */
void progress_to_stderr(struct progress *progress, bool enabled);

#endif
