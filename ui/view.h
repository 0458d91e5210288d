#ifndef SLEEVE_UI_VIEW_H
#define SLEEVE_UI_VIEW_H

#include "core/json.h"
#include "core/json_reader.h"
#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/key_set.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

/* Dispatches to views, and changes which one is shown. */

bool view_is_shown(const struct state *state, enum view view);

/* Shows a tab; view_open also requests the data that it needs. */
void view_show(struct state *state, enum view view);
void view_open(struct state *state, struct effect_list *effects, enum view view);
/* Shows a popup, or closes it when it is shown already. */
void view_open_popup(struct state *state, enum view popup, int top);

/* Draws the screen, which is a function of the state. */
void view_draw(const struct state *state, struct screen *screen);
/* Each calls the function of this name of the view or popup that is shown. */
void view_model_changed(struct state *state, struct effect_list *effects);
void view_enter(struct state *state, struct effect_list *effects);
int view_page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_COVERS]);
bool view_back(struct state *state, struct effect_list *effects);
/* The view whose own line is being typed; NULL: none, or a command is typed. */
const struct view_ops *view_typing(const struct state *state);
bool view_waits(const struct state *state, const char *command);
enum status view_click(struct state *state, struct effect_list *effects, const struct event *event,
                       struct error *error);
enum status view_drag(struct state *state, struct effect_list *effects, const struct event *event, struct error *error);
enum status view_wheel(struct state *state, struct effect_list *effects, const struct event *event,
                       struct error *error);

#endif
