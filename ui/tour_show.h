#ifndef SLEEVE_UI_TOUR_SHOW_H
#define SLEEVE_UI_TOUR_SHOW_H

#include "ui/tour.h"

/* The tour in the explorer: its keys and its command. */

struct state;
struct effect_list;
struct event;

/* Goes to the first step from `at` on, in the direction (1, -1), that this explorer can show. False: there is none. */
bool tour_go(struct tour *tour, size_t at, int direction);
/* Shows the tour, which keeps what the person has in hand (ui/tour_end.h). */
void tour_open(struct state *state, struct effect_list *effects);
/* Takes a key of the tour. False: it is not one, or there is no tour. */
bool tour_key(struct state *state, struct effect_list *effects, const struct event *event);
/* The next key that was pressed while a step ran, now that it has ended. False: there is none. */
bool tour_waiting_key(struct tour *tour, struct event *event);

#endif
