#ifndef SLEEVE_UI_KEY_SET_H
#define SLEEVE_UI_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys are bound to commands in sets. Which sets apply depends on the view shown and on whether a line is being typed.
 */

/* The position of a hint in the last line of the screen. Hints with the same position keep the order of their set. */
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
    const char *title; /* in the help, "typing a search"; NULL: the titles of the tabs where the set applies */
    const struct binding *bindings;
    size_t count;
};
#define KEY_SET(title, bindings)                                                                                       \
    {                                                                                                                  \
        title, bindings, sizeof bindings / sizeof bindings[0]                                                          \
    }

extern const struct key_set keys_lists;  /* views with panes of rows */
extern const struct key_set keys_build;  /* views that add to the playlist */
extern const struct key_set keys_tracks; /* views in which / searches for tracks */
extern const struct key_set keys_views;  /* every tab */
extern const struct key_set keys_typing; /* any line */
extern const struct key_set keys_text;   /* popups of text */
extern const struct key_set keys_covers; /* popups of covers */
extern const struct key_set keys_popups;
extern const struct key_set keys_everywhere;

#endif
