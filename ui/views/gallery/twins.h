#ifndef SLEEVE_UI_VIEWS_TWINS_H
#define SLEEVE_UI_VIEWS_TWINS_H

#include "app/twins.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/views/gallery/gallery.h"

/* Twin covers: the nearest pairs of albums by different artists in an embedding set, one below the other. */

enum { TWINS_MAX = 50 };

struct twins_state {
    char set[NAME_SIZE]; /* "": none chosen */
    struct app_twins twins;
    struct list_position at;
    bool found;         /* `twins` is of `set` */
    char failure[1024]; /* why there are no pairs; "" otherwise */
};

static inline struct twins_state *twins_of(const struct state *state)
{
    return state->own[VIEW_TWINS];
}

struct twins_layout {
    struct list_box list; /* an item is a pair */
    int cover_rows;
    int text_row; /* of the count of identical pictures */
};
struct twins_layout twins_layout(const struct state *state, const struct layout *layout);
void twins_draw(const struct state *state, const struct layout *layout, struct screen *screen);

/* The share of all pairs that the search has seen, from 0 to 1. */
float twins_searched(void);

#endif
