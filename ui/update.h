#ifndef SLEEVE_UI_UPDATE_H
#define SLEEVE_UI_UPDATE_H

#include "ui/effect.h"
#include "ui/event.h"
#include "ui/state.h"

/* From a state and an event to the new state and the effects that it requests. Nothing here waits. */

void update_start(struct state *state, struct effect_list *effects);
/* An error is something that the person did wrong; then nothing has changed. */
enum status update_event(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error);
/* Takes a result, unless it is out of date. */
void update_result(struct state *state, struct effect_list *effects, struct result *result);
/* Does what is due at state->now. */
void update_tick(struct state *state, struct effect_list *effects);
/* Seconds until update_tick has something to do; negative: nothing is scheduled. */
double update_due(const struct state *state);

#endif
