#ifndef SLEEVE_UI_HELD_H
#define SLEEVE_UI_HELD_H

#include "ui/event.h"
#include "ui/state.h"

/* Type-ahead. A key that needs a result which is still on its way waits for it, and so do all keys after it: typing
 * fast has the same effect as waiting for every result. Enter after a search adds a row of that search, never of an
 * earlier one. Clicks do not wait: they mean what is on the screen. */

/* The key or paste has to wait: for a result, or for keys before it that wait. */
bool held_must_wait(const struct state *state, const struct event *event);
/* Appends a copy of the event to those that wait; false when memory ran out. */
bool held_put(struct state *state, const struct event *event);
/* The same at the front, if it has to wait; false if it does not. */
bool held_put_first(struct state *state, const struct event *event);
/* Takes out the first one if it need not wait any longer. The caller frees its text. */
bool held_take(struct state *state, struct event *event);
/* Seconds until the explorer ends although keys wait; negative: q was not pressed. */
double held_patience(const struct state *state);
/* The event is Escape and keys have waited for long: they are to be dropped. */
bool held_given_up(const struct state *state, const struct event *event);

/* For views: the command, or what it begins with, is one of these names; NULL ends them. */
bool held_is_one_of(const char *command, const char *const *names);

#endif
