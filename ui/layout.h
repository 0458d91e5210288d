#ifndef SLEEVE_UI_LAYOUT_H
#define SLEEVE_UI_LAYOUT_H

#include "ui/state.h"

/* The parts of the screen that are the same in every view, for drawing and for the mouse; rows and columns from 0. A
 * view lays out its own part. */

enum { SCREEN_ROWS_MIN = 24, SCREEN_COLUMNS_MIN = 80 };

struct layout {
    bool too_small;
    int rule_row;             /* -1: none */
    int header_row, body_end; /* body_end: the row after the last */
    int message_row, keys_row;
    int tab_columns[VIEW_TAB_COUNT], help_column; /* in row 0 */
    int popup_text_rows;                          /* rows below a popup's title and rule */
};

struct layout layout_of(const struct state *state);
/* Keeps selections inside their lists and selected rows visible, in all views. */
void layout_settle(struct state *state);

/* For views: the same for one list of `count` items of which `rows` are shown, and a value limited to a range. */
void layout_settle_list(struct list_position *at, size_t count, int rows);
int layout_between(int value, int low, int high);

#endif
