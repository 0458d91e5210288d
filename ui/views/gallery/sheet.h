#ifndef SLEEVE_UI_VIEWS_SHEET_H
#define SLEEVE_UI_VIEWS_SHEET_H

#include "app/contact_sheet.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/views/gallery/gallery.h"

/* The contact sheet: a sample of the covers in a grid, as one picture. Where pictures have no pixels, each cover is a
 * block of cells of its mean colour, as large as the screen allows. */

struct sheet_state {
    struct contact_sheet sheet;
    char set[NAME_SIZE]; /* the embedding of the orders map and similarity */
    enum sheet_order order;
    int64_t wanted_n;   /* covers that were requested */
    int row, column;    /* the cursor's cell; it may be empty in the last row */
    uint64_t version;   /* changes with the sheet and the cursor */
    char failure[1024]; /* why there is no sheet; "" otherwise */
};

static inline struct sheet_state *sheet_of(const struct state *state)
{
    return state->own[VIEW_SHEET];
}

/* Input of EFFECT_SHEET; its text is the embedding set. */
struct sheet_input {
    enum sheet_order order;
    int64_t n;
};

struct sheet_layout {
    int top, column, rows, columns; /* cells of the screen */
    int edge;                       /* pixels of a cover; 0: it is a block of colour */
    int cells;                      /* rows of that block, and half of its columns */
    int first;                      /* the first row of the sheet that is shown; 0 with pixels */
    int panel_column, panel_columns;
};
struct sheet_layout sheet_layout(const struct state *state, const struct layout *layout);
/* How many covers fit. */
int64_t sheet_wanted(const struct state *state);
/* The album in the cursor's cell; NULL: none. */
const struct album *sheet_album(const struct state *state);
void sheet_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
