#include "ui/layout.h"

#include <string.h>

#include "core/text.h"
#include "ui/view_ops.h"

int layout_between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Tabs are at the right, from the last to the first; each is a key, a blank and its title. */
static void lay_out_tabs(int columns, struct layout *layout)
{
    int gap = columns >= 100 ? 3 : 2;
    int column = columns - 1 - 2 - (int)strlen(view_help.title);
    layout->help_column = column;
    for (int view = VIEW_TAB_COUNT - 1; view >= 0; view--) {
        const char *title = view_ops((enum view)view)->title;
        column -= 2 + text_width(title, strlen(title)) + gap;
        layout->tab_columns[view] = column;
    }
}

struct layout layout_of(const struct state *state)
{
    struct layout layout = {.too_small = state->rows < SCREEN_ROWS_MIN || state->columns < SCREEN_COLUMNS_MIN};
    if (layout.too_small)
        return layout;
    int extra = tour_rows(&state->tour, state->rows);
    layout.keys_row = state->rows - 1;
    layout.message_row = state->rows - 2;
    layout.body_end = layout.message_row - extra;
    /* Where the rows that are left for ten rows of a list are a multiple of ten, they need the rule's row, too. */
    bool ruled = (state->rows - extra - 4) % PAGE_TRACKS != 0;
    layout.rule_row = ruled ? 1 : -1;
    layout.header_row = ruled ? 2 : 1;
    layout.popup_text_rows = layout.body_end - layout.header_row - 2;
    lay_out_tabs(state->columns, &layout);
    return layout;
}

void layout_settle_list(struct list_position *at, size_t count, int rows)
{
    size_t shown = rows > 0 ? (size_t)rows : 1;
    at->rows = shown;
    if (at->selected >= count)
        at->selected = count > 0 ? count - 1 : 0;
    if (at->top > at->selected)
        at->top = at->selected;
    if (at->selected >= at->top + shown)
        at->top = at->selected - shown + 1;
    if (at->top > 0 && at->top + shown > count)
        at->top = count > shown ? count - shown : 0;
}

void layout_settle(struct state *state)
{
    struct layout layout = layout_of(state);
    for (int view = 0; view < VIEW_COUNT; view++)
        if (view_ops((enum view)view)->settle)
            view_ops((enum view)view)->settle(state, &layout);
}
