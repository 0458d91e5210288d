#ifndef SLEEVE_UI_TOUR_SHOW_H
#define SLEEVE_UI_TOUR_SHOW_H

#include "ui/tour.h"

/* The tour in the explorer: its keys, its command and its rows of the screen. */

struct state;
struct effect_list;
struct event;
struct layout;
struct screen;

/* Goes to the first step from `at` on, in the direction (1, -1), that this explorer can show. False: there is none. */
bool tour_go(struct tour *tour, size_t at, int direction);
/* Takes a key of the tour. False: it is not one, or there is no tour. */
bool tour_key(struct state *state, const struct event *event);

void tour_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
