#ifndef SLEEVE_UI_PLAY_H
#define SLEEVE_UI_PLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

struct runtime;

/* Commands that are run one after the other while the explorer is shown, so that a person can follow: a script
 * (explore --script FILE --play), or the commands of a step of the tour. Each waits until the results of the one before
 * have arrived, then a moment. `wait SECONDS` waits longer, and `type TEXT` types one character after the other. */

struct play {
    char **lines;
    int *numbers; /* of the lines in their file */
    size_t count, at;
    char name[256]; /* of the file; "": it is a step of the tour */
    double speed;   /* 2: twice as fast */
    bool on, hurried;
    size_t typed;      /* bytes of the line `type` that were typed */
    double next_at;    /* time of the next command */
    double settles_by; /* time until which results of the last one are awaited */
};

void play_free(struct play *play);
/* Reads a script; it starts with the first play_step. */
enum status play_read(const char *path, double speed, struct play *play, struct error *error);
/* Takes copies of these lines. */
enum status play_start(struct play *play, char *const *lines, size_t count, double now, struct error *error);
/* Seconds until play_step has something to do; negative: nothing, or a result is awaited. */
double play_due(const struct play *play, const struct runtime *runtime, double now);
/* Does what is due. A command that fails ends it; the error has its file and line. */
enum status play_step(struct play *play, struct runtime *runtime, double now, struct error *error);

#endif
