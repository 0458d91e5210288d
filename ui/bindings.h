#ifndef SLEEVE_UI_BINDINGS_H
#define SLEEVE_UI_BINDINGS_H

#include "ui/key_name.h"
#include "ui/key_set.h"
#include "ui/state.h"

enum { KEY_SETS_MAX = 40 };
/* All key sets in the order of the help, or those that apply now, the most specific first. Returns how many. */
size_t key_sets(const struct key_set *sets[KEY_SETS_MAX]);
size_t key_sets_now(const struct state *state, const struct key_set *sets[KEY_SETS_MAX]);
/* Those whose hints the last line shows: after a key that begins another one, that one's only after a moment. */
size_t key_sets_shown(const struct state *state, const struct key_set *sets[KEY_SETS_MAX]);
/* Those of a view. */
size_t key_sets_of(enum view view, const struct key_set *sets[KEY_SETS_MAX]);
bool key_set_is_of(const struct key_set *set, enum view view);

/* The person's own key, if it applies now, and whether any of them can; NULL: it is not one. */
const struct own_key *binding_own(const struct state *state, int32_t key, bool alt);
bool binding_own_apply(const struct state *state);
/* The binding of a key now, the person's own first; NULL when it has none. */
const struct binding *binding_find(const struct state *state, int32_t key, bool alt);
/* Finds the command of a key; a key without one is a character of the line being typed. */
bool binding_typing(const struct state *state);

#endif
