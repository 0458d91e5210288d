#ifndef SLEEVE_UI_VIEWS_DUPLICATES_H
#define SLEEVE_UI_VIEWS_DUPLICATES_H

#include "app/duplicates.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* The popup DUPLICATES: songs that are in the playlist in hand more than once, or also in the person's other playlists.
 * It is read again after each edit. */

struct duplicates_state {
    struct duplicates found;
    bool read, across;
    size_t edit, edits; /* where the playlist's undo history was when they were requested */
    char failure[512];  /* why there are none; "" otherwise */
    struct list_position at;
};

static inline struct duplicates_state *duplicates_of(const struct state *state)
{
    return state->own[VIEW_DUPLICATES];
}

/* Input of EFFECT_DUPLICATES; the effect's id is the playlist, 0: not saved; its tracks are the list. */
struct duplicates_input {
    bool across;
    size_t edit, edits;
};

struct list_box duplicates_box(const struct state *state, const struct layout *layout);
void duplicates_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
