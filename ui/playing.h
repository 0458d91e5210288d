#ifndef SLEEVE_UI_PLAYING_H
#define SLEEVE_UI_PLAYING_H

#include "ui/event.h"
#include "ui/play.h"

/* What is played in the explorer: a script, the commands of a step of the tour, and a tour that continues by itself. */

struct playing {
    struct play script, step;
    double speed;
    bool goes_on;   /* the tour does, by itself */
    double goes_at; /* when; 0: not known yet */
};

/* A key or click ends what is played, and does nothing else. True: it did. */
bool playing_stop(struct playing *playing, struct runtime *runtime, const struct event *event);
/* Does what is due; the message line shows a failure. True: the state may have changed. */
bool playing_run(struct playing *playing, struct runtime *runtime, double now);
/* Seconds until something is due; negative: nothing is. */
double playing_due(const struct playing *playing, const struct runtime *runtime, double now);

#endif
