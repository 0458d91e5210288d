#ifndef SLEEVE_UI_ACTIONS_H
#define SLEEVE_UI_ACTIONS_H

#include "ui/effect.h"

/* What commands and results of several views do. */

/* The playlist or its model has changed: save it soon, and ask for its continuation. */
void action_edited(struct state *state, struct effect_list *effects);
enum status action_add(struct state *state, struct effect_list *effects, const struct track *track,
                       struct error *error);
/* Asks for a save: before another playlist takes this one's place, and when update finds it due. */
void action_save(struct state *state, struct effect_list *effects);
void action_flush(struct state *state, struct effect_list *effects); /* the same, when something is unsaved */

#endif
