#ifndef SLEEVE_UI_HELD_H
#define SLEEVE_UI_HELD_H

#include "ui/event.h"
#include "ui/state.h"

/* Type-ahead. A key that needs a result which has not arrived yet waits for it, and so do all keys after it: typing
 * fast has the same effect as waiting for every result. Enter after a search adds a row of that search, never of an
 * earlier one. Clicks do not wait: they refer to what is on the screen. */

/* Whether the key or paste has to wait: for a result, or for earlier keys that wait. */
bool held_must_wait(const struct state *state, const struct event *event);
/* Appends a copy of the event to the queue; false when memory ran out. */
bool held_put(struct state *state, const struct event *event);
/* The same at the front of the queue, if the event has to wait; false if it does not. */
bool held_put_first(struct state *state, const struct event *event);
/* Takes the first event if it need not wait any longer. The caller frees its text. */
bool held_take(struct state *state, struct event *event);
/* Seconds until the explorer quits although keys are waiting; negative: q was not pressed. */
double held_quit_delay(const struct state *state);
/* Whether the event is Escape and keys have waited so long that they are to be discarded. */
bool held_should_discard(const struct state *state, const struct event *event);

/* For views: whether the command is, or begins with, one of these names; NULL ends the list. */
bool held_is_one_of(const char *command, const char *const *names);

#endif
