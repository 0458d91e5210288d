#ifndef SLEEVE_UI_VIEW_H
#define SLEEVE_UI_VIEW_H

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

/* Functions of the view or popup that is shown. */

/* The tab of this name; VIEW_NONE when there is none. */
enum view view_find(const char *name);
bool view_is_shown(const struct state *state, enum view view);

/* Shows a tab; view_open also asks for what it needs. */
void view_show(struct state *state, enum view view);
void view_open(struct state *state, struct effect_list *effects, enum view view);
/* Shows a popup, or closes it when it is the one shown. */
void view_open_popup(struct state *state, enum view popup, int top);

/* The screen as a function of the state. */
void view_draw(const struct state *state, struct screen *screen);
/* Calls these functions of the view or popup that is shown. */
void view_model_changed(struct state *state, struct effect_list *effects);
void view_enter(struct state *state, struct effect_list *effects);
int view_page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_TRACKS]);
bool view_waits(const struct state *state, const char *command);
enum status view_click(struct state *state, struct effect_list *effects, const struct event *event,
                       struct error *error);
enum status view_wheel(struct state *state, struct effect_list *effects, const struct event *event,
                       struct error *error);

#endif
