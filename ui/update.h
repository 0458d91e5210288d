#ifndef SLEEVE_UI_UPDATE_H
#define SLEEVE_UI_UPDATE_H

#include "ui/effects.h"
#include "ui/event.h"
#include "ui/state.h"

/* State and what happened give the new state and what is to be asked of the world. Memory work only. */

void update_start(struct state *state, struct effect_list *effects);
/* A failure is what the person did wrong; nothing has changed then. */
enum status update_event(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error);
/* Drops what is no longer wanted. */
void update_result(struct state *state, struct effect_list *effects, struct result *result);
/* Does what is due at state->now. */
void update_tick(struct state *state, struct effect_list *effects);
/* Seconds until update_tick has something to do; negative: nothing is planned. */
double update_due(const struct state *state);

/* update_failures.c: answers about failures, and what could not be answered */
void update_failures_list(struct state *state, struct effect_list *effects, struct result *result);
void update_failures_opened(struct state *state, struct result *result);
void update_failures_refused(struct state *state, struct effect_list *effects, const struct result *result);
enum status update_failures_click(struct state *state, struct effect_list *effects, const struct event *event,
                                  struct error *error);
void update_failures_wheel(struct state *state, struct effect_list *effects, const struct event *event);

/* update_mouse.c */
enum status update_click(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error);
enum status update_wheel(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error);

#endif
