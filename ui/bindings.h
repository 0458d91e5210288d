#ifndef SLEEVE_UI_BINDINGS_H
#define SLEEVE_UI_BINDINGS_H

#include "ui/key_set.h"
#include "ui/state.h"

enum { KEY_SETS_MAX = 32 };
/* All sets there are, in the order of the help, or those that hold now, the more special ones first. Returns how many.
 */
size_t key_sets(const struct key_set *sets[KEY_SETS_MAX]);
size_t key_sets_now(const struct state *state, const struct key_set *sets[KEY_SETS_MAX]);
bool key_set_is_of(const struct key_set *set, enum view view);

/* What a key means now; NULL when it means nothing. */
const struct binding *binding_find(const struct state *state, int32_t key, bool alt);
/* A key without a binding is a character of the line being typed. */
bool binding_typing(const struct state *state);

/* "ctrl+r", "enter", "J", "alt+3"; `text` holds 32 bytes. */
void key_name(int32_t key, bool alt, char text[32]);
bool key_parse(const char *name, int32_t *key, bool *alt);

#endif
