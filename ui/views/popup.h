#ifndef SLEEVE_UI_VIEWS_POPUP_H
#define SLEEVE_UI_VIEWS_POPUP_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/state.h"

/* What popups share: a title with a rule below it, then layout->popup_text_rows rows. */

void popup_draw_title(const struct layout *layout, struct screen *screen, const char *title, int top, int total);
/* Limits state->overlay_top, the first line shown, so that a text of this many lines fills the rows. */
void popup_settle(struct state *state, const struct layout *layout, int lines);
/* The commands "select" and "page" of a popup of text: they scroll. */
COMMAND(popup_select);
COMMAND(popup_page);

#endif
