#ifndef SLEEVE_UI_HELD_H
#define SLEEVE_UI_HELD_H

#include "ui/event.h"
#include "ui/state.h"

/* Keys that mean something only when an answer is there wait for it, and all keys after them wait too: fast hands get
 * what they would get if every answer came at once. Enter behind a search adds a row of that search, never of an older
 * one. Clicks do not wait: they mean what is seen. */

/* The key or paste has to wait: for an answer, or for those before it. */
bool held_must_wait(const struct state *state, const struct event *event);
/* Puts a copy of the event behind those that wait; false when memory ran out. */
bool held_put(struct state *state, const struct event *event);
/* The same before all others, when its answer is not there: false when it need not wait. */
bool held_put_first(struct state *state, const struct event *event);
/* The next one whose answer is there; its text is the caller's to free. */
bool held_take(struct state *state, struct event *event);
/* Seconds until who asked to leave need not wait any longer for answers; negative: nobody asked. */
double held_patience(const struct state *state);
/* Escape after a while of waiting: the person gave up. */
bool held_given_up(const struct state *state, const struct event *event);

/* For views: the command, or what it begins with, is one of these names; NULL ends them. */
bool held_is_one_of(const char *command, const char *const *names);

#endif
