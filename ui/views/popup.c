#include "ui/views/popup.h"

#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"

void popup_draw_title(const struct layout *layout, struct screen *screen, const char *title, int top, int total)
{
    char text[64] = "";
    int rows = layout->popup_text_rows;
    int pages = rows > 0 ? (total + rows - 1) / rows : 1, page = rows > 0 ? (top + rows - 1) / rows + 1 : 1;
    screen_text(screen, layout->header_row, 2, screen->columns - 20, STYLE_TITLE, title);
    if (pages > 1)
        snprintf(text, sizeof text, "page %d of %d", page, pages);
    screen_text_right(screen, layout->header_row, screen->columns - 2, 20, STYLE_DIM, text);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

void popup_settle(struct state *state, const struct layout *layout, int lines)
{
    if (state->overlay_top > lines - layout->popup_text_rows)
        state->overlay_top = lines - layout->popup_text_rows;
    if (state->overlay_top < 0)
        state->overlay_top = 0;
}

static enum status scroll(struct state *state, const char *argument, int step, struct error *error)
{
    if (strcmp(argument, "next") == 0)
        state->overlay_top += step;
    else if (strcmp(argument, "previous") == 0)
        state->overlay_top -= step;
    else if (strcmp(argument, "first") == 0)
        state->overlay_top = 0;
    else if (strcmp(argument, "last") == 0)
        state->overlay_top = 1 << 20;
    else
        return error_set(error, STATUS_USAGE, "\"%s\" is not next, previous, first or last", argument);
    return STATUS_OK;
}

COMMAND(popup_select)
{
    (void)effects;
    return scroll(state, argument, 1, error);
}

COMMAND(popup_page)
{
    (void)effects;
    return scroll(state, argument, layout_of(state).popup_text_rows, error);
}
