#ifndef SLEEVE_UI_TOUR_DRAW_H
#define SLEEVE_UI_TOUR_DRAW_H

#include "ui/state.h"

struct layout;
struct screen;

/* Draws the step of the tour below the view. */
void tour_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
