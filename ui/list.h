#ifndef SLEEVE_UI_LIST_H
#define SLEEVE_UI_LIST_H

#include "ui/event.h"
#include "ui/screen.h"
#include "ui/state.h"

/* A list of rows of which only some fit on the screen: moving and paging, the mouse, the scroll bar, the position as
 * text. layout_settle_list (ui/layout.h) keeps the selection inside the list and visible after every change, and
 * stores how many rows are shown. A view gives the same box for drawing and for the mouse. */

struct list_box {
    int row, column, rows, columns;
    int height;     /* rows of an item; 0: 1 */
    int bar_column; /* of the scroll bar: outside the box, perhaps on a rule; -1: none */
};
/* How many items the box shows at once, for layout_settle_list. */
int list_items(const struct list_box *box);

/* Moves the selection: "next", "previous", "page-down", "page-up", "half-down", "half-up", "first" or "last"; a page is
 * what is shown. False for another text. */
bool list_move(struct list_position *at, size_t count, const char *how);

/* The index of the item in this row of the screen; `count` when there is none. list_item_row is its first row. */
size_t list_item_at(const struct list_box *box, const struct list_position *at, size_t count, int row);
int list_item_row(const struct list_box *box, const struct list_position *at, size_t item);
/* Whether this place of the screen is in the box or on its scroll bar. */
bool list_contains(const struct list_box *box, int row, int column);
/* A click on the scroll bar goes to that part of the list. False when it is not on the bar. */
bool list_click_bar(const struct list_box *box, struct list_position *at, size_t count, const struct event *event);
/* Scrolls by three items; the selection stays on its item as long as that is visible. */
void list_wheel(const struct list_box *box, struct list_position *at, size_t count, int direction);

/* The part that is shown as a thick line in the bar's column. Draws nothing when all rows fit. */
void list_draw_bar(const struct list_box *box, const struct list_position *at, size_t count, struct screen *screen);
/* The selected item, whose first row this is: a bar of colour, a mark in the first column, the hardware cursor. */
void list_draw_selected(const struct list_box *box, int row, struct screen *screen);
/* "41-60 of 471"; "" when all rows fit. */
enum { LIST_TEXT_SIZE = 112 };
void list_describe(const struct list_position *at, size_t count, char text[LIST_TEXT_SIZE]);

#endif
