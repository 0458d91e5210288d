#ifndef SLEEVE_UI_VIEWS_WHY_H
#define SLEEVE_UI_VIEWS_WHY_H

#include "app/explain.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

/* Why: what carries the selected suggestion, which tracks of the playlist pull it, and of what its score is made. */

struct why_state {
    struct app_why why; /* `tracks` is empty until the first result */
    char model[NAME_SIZE];
    char title[320];         /* of the suggestion, and its artist, as of the request */
    char failure[1024];      /* why there is no explanation; "" otherwise */
    struct list_position at; /* among the seeds, in why.order */
};

static inline struct why_state *why_of(const struct state *state)
{
    return state->own[VIEW_WHY];
}

/* The input of EFFECT_WHY besides the model (text), the suggestion (id) and the seeds (ids). */
struct why_input {
    char *title; /* of the playlist; "": none */
};

struct why_layout {
    int sentence_row, sentence_rows, note_row, note_rows;
    struct list_box list; /* its heading is in the row above */
    int cover_rows;       /* of a track in the list */
    int side_column, side_columns, side_row, side_end;
    int large_rows; /* of the suggestion's cover */
};
struct why_layout why_layout(const struct state *state, const struct layout *layout);
/* The track in this place of the list; NULL: there is none. */
const struct track *why_track(const struct state *state, size_t at);
void why_draw(const struct state *state, const struct layout *layout, struct screen *screen);
/* The right part: of what the score is made. */
void why_draw_side(const struct state *state, const struct why_layout *mine, struct screen *screen);

#endif
