#ifndef SLEEVE_UI_VIEWS_SPACE_H
#define SLEEVE_UI_VIEWS_SPACE_H

#include "app/space.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

/* Space: how far the longest playlists are from each other by a feature set, as a heat map of coloured cells, with the
 * histogram of the selected one and its misplaced tracks. */

enum { SPACE_SHOWN_MAX = 36, SPACE_COVER_ROWS = 2 };

struct space_state {
    struct app_space space; /* n_playlists 0: none has arrived */
    struct name_list sets;
    char set[NAME_SIZE], against[NAME_SIZE]; /* requested; set "": audio, or the first; against "": none */
    bool leave_out;
    size_t longest;
    bool all;                 /* the misplaced tracks of all playlists are listed */
    int row, column;          /* the selected cell of the heat map */
    size_t *listed, n_listed; /* indices of the misplaced tracks that are listed */
    struct list_position at;
    char failure[1024]; /* why there is nothing; "" otherwise */
};

static inline struct space_state *space_of(const struct state *state)
{
    return state->own[VIEW_SPACE];
}

/* The input of EFFECT_SPACE; its text is the set. */
struct space_input {
    char against[NAME_SIZE];
    bool leave_out;
    size_t longest;
};

struct space_layout {
    int top, label_column, label_columns; /* names, or numbers only */
    int map_column, cell_rows, cell_columns;
    bool halves; /* two rows of the matrix in one row of half blocks */
    int side_column, side_columns;
    int histogram_row, histogram_rows;
    int tests_row; /* -1: there is no second set */
    struct list_box list;
};
struct space_layout space_layout(const struct state *state, const struct layout *layout);
/* Chooses the misplaced tracks of the selected playlist, or of all. */
void space_list(struct space_state *mine);
/* The listed track at this place; NULL: none. */
const struct track *space_track(const struct state *state, size_t at);
void space_draw(const struct state *state, const struct layout *layout, struct screen *screen);
void space_draw_map(const struct state *state, const struct space_layout *at, struct screen *screen);

#endif
