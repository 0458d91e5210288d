#ifndef SLEEVE_UI_ACTIONS_H
#define SLEEVE_UI_ACTIONS_H

#include "ui/effect.h"

/* Actions that the commands and results of several views share. */

/* The playlist or its model has changed: schedules a save and requests new suggestions. */
void action_edited(struct state *state, struct effect_list *effects);
/* Adds tracks to the end of the playlist as one edit. Those that are in it are left out, unless `again`; if nothing is
 * left to add, that is an error. The message line says both. */
enum status action_add_all(struct state *state, struct effect_list *effects, const struct track *const *tracks,
                           size_t n, bool again, struct error *error);
enum status action_add(struct state *state, struct effect_list *effects, const struct track *track,
                       struct error *error);
/* Requests a save now: before another playlist replaces this one, and when update finds that a save is due. */
void action_save(struct state *state, struct effect_list *effects);
void action_flush(struct state *state, struct effect_list *effects); /* the same, if something is unsaved */

#endif
