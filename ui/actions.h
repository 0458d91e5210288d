#ifndef SLEEVE_UI_ACTIONS_H
#define SLEEVE_UI_ACTIONS_H

#include "ui/effects.h"
#include "ui/state.h"

/* What commands and results both set going. */

void action_search(struct state *state, struct effect_list *effects); /* the search line changed */
void action_forget_results(struct state *state);
void action_suggest(struct state *state, struct effect_list *effects); /* playlist or model changed */
/* The playlist changed: save it, ask for its continuation. */
void action_edited(struct state *state, struct effect_list *effects);
/* Asks for the save of what is there now; before another playlist takes its place, and when update finds it due. */
void action_save(struct state *state, struct effect_list *effects);
void action_flush(struct state *state, struct effect_list *effects); /* the same, when something is unsaved */
/* The effect that saves everything, for the way out. False when memory ran out. */
bool action_save_effect(struct state *state, struct effect *effect);
enum status action_add(struct state *state, struct effect_list *effects, const struct track *track,
                       struct error *error);
void action_open_map(struct state *state, struct effect_list *effects); /* when it is not open yet */
void action_select_point(struct state *state, struct effect_list *effects, int64_t point);
/* Asks for the list of failures, then for the playlist that is selected in it. `keep`: that one stays selected. */
void action_failures(struct state *state, struct effect_list *effects);
void action_failures_anew(struct state *state, struct effect_list *effects, bool keep);
void action_failure_open(struct state *state, struct effect_list *effects);
void action_failure_select(struct state *state, struct effect_list *effects, size_t at);
void action_failure_page(struct state *state, size_t page);
void action_failure_held_out(struct state *state, size_t at); /* and the page where it was suggested */
void action_page(struct state *state, struct effect_list *effects, size_t page);
/* Moves the selection of the pane in use by so many rows; suggestions flip pages at their ends. */
void action_move_selection(struct state *state, struct effect_list *effects, int rows);

#endif
