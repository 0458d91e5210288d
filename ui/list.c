#include "ui/list.h"

#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"

/* Rows of a page where the list has not been laid out yet, and rows that the mouse wheel scrolls. */
enum { PAGE_ROWS = 10, WHEEL_ROWS = 3 };

static size_t page_of(const struct list_position *at)
{
    return at->rows > 0 ? at->rows : PAGE_ROWS;
}

static size_t plus(size_t value, size_t step, size_t count)
{
    size_t last = count > 0 ? count - 1 : 0;
    return step < last && value < last - step ? value + step : last;
}

static size_t minus(size_t value, size_t step)
{
    return value > step ? value - step : 0;
}

/* The rows shown move with the selection, so that it stays where it is on the screen. */
static void turn(struct list_position *at, size_t count, size_t step, bool down)
{
    at->selected = down ? plus(at->selected, step, count) : minus(at->selected, step);
    at->top = down ? plus(at->top, step, count) : minus(at->top, step);
}

bool list_move(struct list_position *at, size_t count, const char *how)
{
    size_t half = page_of(at) / 2 > 0 ? page_of(at) / 2 : 1;
    if (strcmp(how, "next") == 0)
        at->selected = plus(at->selected, 1, count);
    else if (strcmp(how, "previous") == 0)
        at->selected = minus(at->selected, 1);
    else if (strcmp(how, "first") == 0)
        at->selected = 0;
    else if (strcmp(how, "last") == 0)
        at->selected = plus(0, count, count);
    else if (strcmp(how, "page-down") == 0 || strcmp(how, "page-up") == 0)
        turn(at, count, page_of(at), how[5] == 'd');
    else if (strcmp(how, "half-down") == 0 || strcmp(how, "half-up") == 0)
        turn(at, count, half, how[5] == 'd');
    else
        return false;
    return true;
}

static int height_of(const struct list_box *box)
{
    return box->height > 0 ? box->height : 1;
}

int list_items(const struct list_box *box)
{
    return box->rows / height_of(box);
}

size_t list_item_at(const struct list_box *box, const struct list_position *at, size_t count, int row)
{
    int place = row - box->row;
    if (place < 0 || place / height_of(box) >= list_items(box))
        return count;
    size_t item = at->top + (size_t)(place / height_of(box));
    return item < count ? item : count;
}

int list_item_row(const struct list_box *box, const struct list_position *at, size_t item)
{
    return box->row + (int)(item - at->top) * height_of(box);
}

bool list_contains(const struct list_box *box, int row, int column)
{
    bool inside = column >= box->column && column < box->column + box->columns;
    return row >= box->row && row < box->row + box->rows && (inside || column == box->bar_column);
}

bool list_click_bar(const struct list_box *box, struct list_position *at, size_t count, const struct event *event)
{
    size_t shown = (size_t)list_items(box), rows = (size_t)box->rows, row = (size_t)(event->row - box->row);
    if (shown == 0 || count <= shown || event->column != box->bar_column ||
        !list_contains(box, event->row, event->column))
        return false;
    at->top = rows > 1 ? (count - shown) * row / (rows - 1) : 0;
    at->selected = at->top + row * shown / rows;
    return true;
}

void list_wheel(const struct list_box *box, struct list_position *at, size_t count, int direction)
{
    size_t shown = list_items(box) > 0 ? (size_t)list_items(box) : 1, last = count > shown ? count - shown : 0;
    size_t top = direction < 0 ? minus(at->top, WHEEL_ROWS) : at->top + WHEEL_ROWS;
    at->top = top < last ? top : last;
    if (at->selected < at->top)
        at->selected = at->top;
    if (at->selected >= at->top + shown)
        at->selected = at->top + shown - 1;
}

void list_draw_bar(const struct list_box *box, const struct list_position *at, size_t count, struct screen *screen)
{
    size_t shown = (size_t)list_items(box), rows = shown * (size_t)height_of(box);
    if (box->bar_column < 0 || shown == 0 || count <= shown)
        return;
    size_t size = rows * shown / count > 0 ? rows * shown / count : 1;
    size_t from = at->top * (rows - size) / (count - shown);
    if (from == 0 && at->top > 0 && rows > size) /* the ends are reached only at the ends of the list */
        from = 1;
    if (from + size == rows && at->top + shown < count && from > 1)
        from--;
    for (size_t i = 0; i < size; i++)
        screen_text(screen, box->row + (int)(from + i), box->bar_column, 1, STYLE_DIM, "┃");
}

void list_draw_selected(const struct list_box *box, int row, struct screen *screen)
{
    for (int line = 0; line < height_of(box); line++)
        screen_fill(screen, row + line, box->column, box->columns, STYLE_SELECTED);
    screen_text(screen, row, box->column, 1, STYLE_SELECTED, "▸");
    screen->cursor_row = row;
    screen->cursor_column = box->column;
    screen->cursor_visible = true;
}

void list_describe(const struct list_position *at, size_t count, char text[LIST_TEXT_SIZE])
{
    size_t last = at->top + at->rows < count ? at->top + at->rows : count;
    char from[32], to[32], all[32];
    text[0] = '\0';
    if (at->rows == 0 || count <= at->rows)
        return;
    view_count((int64_t)at->top + 1, from);
    view_count((int64_t)last, to);
    view_count((int64_t)count, all);
    snprintf(text, LIST_TEXT_SIZE, "%s-%s of %s", from, to, all);
}
