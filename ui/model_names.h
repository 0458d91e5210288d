#ifndef SLEEVE_UI_MODEL_NAMES_H
#define SLEEVE_UI_MODEL_NAMES_H

#include "app/seen_answers.h"
#include "ui/state.h"

/* How the name of a model is shown. The results of a model that has seen the answers must not be mistaken for those of
 * the others, so every view shows names by these functions. */

enum { MODEL_LABEL_SIZE = NAME_SIZE + 40 };

/* Takes names and marks from the records; false when memory ran out. */
bool model_names_set(struct state *state, const struct model_list *models);
/* SEEN_NO for a name that is not in the list. */
enum seen_answers model_seen(const struct state *state, const char *name);
/* "als", "als (has seen the answers)" */
void model_label(const struct state *state, const char *name, char text[MODEL_LABEL_SIZE]);
/* "als", "als!": where there are few columns */
void model_mark(const struct state *state, const char *name, char text[MODEL_LABEL_SIZE]);
/* The model to compare with after `tried`, of those that were evaluated: those that have not seen the answers first,
 * never `model` itself. "" after the last one. */
const char *model_rival_after(const struct state *state, const char *model, const char *tried);

#endif
