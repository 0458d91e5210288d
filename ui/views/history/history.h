#ifndef SLEEVE_UI_VIEWS_HISTORY_H
#define SLEEVE_UI_VIEWS_HISTORY_H

#include "app/playlist_history.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* The popup HISTORY: the versions of the playlist in hand that the catalogue keeps, with the tracks of the selected
 * one. Restoring one is an edit like others. */

struct history_state {
    struct playlist_history history;
    bool read;         /* it has arrived */
    uint64_t serial;   /* of the playlist whose history this is */
    char failure[512]; /* why there is none; "" otherwise */
    struct list_position at;
};

static inline struct history_state *history_of(const struct state *state)
{
    return state->own[VIEW_HISTORY];
}

/* Input of EFFECT_HISTORY; the effect's id is the playlist. */
struct history_input {
    uint64_t serial; /* for one that is being saved */
};

struct history_layout {
    struct list_box list;
    int tracks_column, tracks_columns; /* the selected version's tracks, from the list's first row on */
};
struct history_layout history_layout(const struct state *state, const struct layout *layout);
void history_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
