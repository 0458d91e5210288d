#ifndef SLEEVE_UI_BINDINGS_H
#define SLEEVE_UI_BINDINGS_H

#include "ui/state.h"

/* Keys are bound to commands in sets. Which sets hold depends on what is shown and on whether a line is being typed. */

/* Where a hint stands in the last line of the screen. Hints with the same place keep the order of their set. */
enum hint_place {
    HINT_NOWHERE,
    HINT_ACT,
    HINT_MOVE,
    HINT_PAGE,
    HINT_MODEL,
    HINT_OWN,
    HINT_SEARCH,
    HINT_PANE,
    HINT_COMMAND,
    HINT_LAST, /* shown even where columns are few */
};

struct binding {
    int32_t key;
    bool alt;
    const char *command; /* as typed after ':' */
    enum hint_place place;
    const char *hint; /* "remove", or with the names of its keys "J/K move"; NULL: none */
};

struct key_set {
    const char *title; /* in the help, "typing a search"; NULL: the titles of the tabs where it holds */
    const struct binding *bindings;
    size_t count;
};
#define KEY_SET(title, bindings)                                                                                       \
    {                                                                                                                  \
        title, bindings, sizeof bindings / sizeof bindings[0]                                                          \
    }

extern const struct key_set keys_lists; /* views with panes of rows */
extern const struct key_set keys_build; /* views that add to the playlist */
extern const struct key_set keys_views; /* every tab */
extern const struct key_set keys_text;  /* popups of text */
extern const struct key_set keys_popups;
extern const struct key_set keys_everywhere;

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
