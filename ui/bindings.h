#ifndef SLEEVE_UI_BINDINGS_H
#define SLEEVE_UI_BINDINGS_H

#include "ui/event.h"
#include "ui/state.h"

/* Where a key means what it does here. */
enum binding_context {
    CONTEXT_EXPLORE = 1,
    CONTEXT_MAP = 2,
    CONTEXT_TEXT = 4,      /* help and messages */
    CONTEXT_PLAYLISTS = 8, /* the list to choose from */
    CONTEXT_SEARCH = 16,   /* typing in the search line */
    CONTEXT_COMMAND = 32,  /* typing a command */
    CONTEXT_FAILURES = 64,
    CONTEXT_BUILD = CONTEXT_EXPLORE | CONTEXT_MAP,      /* where the playlist is built */
    CONTEXT_LISTS = CONTEXT_EXPLORE | CONTEXT_FAILURES, /* where there are panes with rows */
    CONTEXT_VIEWS = CONTEXT_BUILD | CONTEXT_FAILURES,
    CONTEXT_POPUPS = CONTEXT_TEXT | CONTEXT_PLAYLISTS,
    CONTEXT_TYPING = CONTEXT_SEARCH | CONTEXT_COMMAND,
    CONTEXT_ALL = 127,
};

struct binding {
    int contexts;
    int32_t key;
    bool alt;
    const char *command; /* as typed after ':' */
    const char *hint;    /* what the last line says of it; NULL: nothing */
};

const struct binding *binding_table(size_t *count);
enum binding_context binding_context(const struct state *state);
/* NULL when the key means nothing there. */
const struct binding *binding_find(enum binding_context context, int32_t key, bool alt);

/* "ctrl+r", "enter", "J", "alt+3"; `text` holds 32 bytes. */
void key_name(int32_t key, bool alt, char text[32]);
bool key_parse(const char *name, int32_t *key, bool *alt);

#endif
