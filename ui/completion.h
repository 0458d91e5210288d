#ifndef SLEEVE_UI_COMPLETION_H
#define SLEEVE_UI_COMPLETION_H

#include "ui/command.h"
#include "ui/state.h"

/* Completing the command line: names of commands, then what the command's arguments say (ui/command.h). In an argument,
 * MODEL, SET, FORMAT, PLAYLIST and FILE stand for what the catalogue, the program and the file system have. */

/* Tab and shift+tab: offers candidates for the line, or goes to the next (1) or previous (-1) one. */
void completion_walk(struct state *state, struct effect_list *effects, int direction);
/* What follows the line in dim letters and the right arrow accepts: the rest of the latest such line of the history, or
 * of the command's name; "" when there is nothing. */
void completion_ghost(const struct state *state, char text[LINE_SIZE]);
/* For the effect: the candidates that it found, which are moved. */
void completion_take(struct state *state, struct completion *found);

#endif
