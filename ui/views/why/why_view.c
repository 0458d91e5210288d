#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/why/why.h"

static enum status no_suggestion(struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "select a suggestion (tab goes to the lists), then w shows why the model suggests it");
}

static enum status request(struct state *state, struct effect_list *effects, const struct view_suggestion *suggestion,
                           struct error *error)
{
    struct why_state *mine = why_of(state);
    struct effect *effect = effect_request(effects, state, EFFECT_WHY, suggestion->model);
    struct why_input *input = effect ? effect->input : NULL;
    if (!effect || !(effect->ids = malloc((suggestion->n_seeds + 1) * sizeof *effect->ids)) ||
        !(input->title = strdup(suggestion->title)))
        return error_no_memory(error);
    for (size_t i = 0; i < suggestion->n_seeds; i++)
        effect->ids[i] = suggestion->seeds[i];
    effect->n_ids = suggestion->n_seeds;
    effect->id = suggestion->track->id;
    snprintf(mine->model, sizeof mine->model, "%s", suggestion->model);
    snprintf(mine->title, sizeof mine->title, "%.200s · %.100s", suggestion->track->title, suggestion->track->artist);
    return STATUS_OK;
}

static enum status explain_selected(struct state *state, struct effect_list *effects, struct error *error)
{
    struct view_suggestion suggestion = {0};
    const struct view_ops *ops = view_ops(state->view);
    if (!ops->suggestion || !ops->suggestion(state, &suggestion))
        return no_suggestion(error);
    enum status status = suggestion.seeds ? request(state, effects, &suggestion, error) : error_no_memory(error);
    free(suggestion.seeds);
    return status;
}

/* What was explained last is not shown for another suggestion. */
static COMMAND(command_why)
{
    struct why_state *mine = why_of(state);
    const bool next = strcmp(argument, "next") == 0, previous = strcmp(argument, "previous") == 0;
    const struct view_ops *ops = view_ops(state->view);
    enum status status = STATUS_OK;
    if (argument[0] && !next && !previous)
        return error_set(error, STATUS_USAGE, "why: \"%s\" is not next or previous", argument);
    if ((next || previous) && state->overlay != VIEW_WHY)
        return error_set(error, STATUS_USAGE, "no explanation is shown; w shows one");
    if ((next || previous) && ops->select)
        status = ops->select(state, effects, argument, error);
    if (status == STATUS_OK)
        status = explain_selected(state, effects, error);
    if (status != STATUS_OK || next || previous)
        return status;
    app_why_free(&mine->why);
    mine->failure[0] = '\0';
    mine->at = (struct list_position){0};
    state->overlay = VIEW_WHY;
    return STATUS_OK;
}

/* ---- commands of all views ---- */

static COMMAND(select_here)
{
    struct why_state *mine = why_of(state);
    (void)effects;
    if (list_move(&mine->at, mine->why.score.n_seeds, argument))
        return STATUS_OK;
    return command_select_in(&mine->at, mine->why.score.n_seeds, argument, 1, error);
}

static COMMAND(page)
{
    struct why_state *mine = why_of(state);
    (void)effects;
    const char *how = strcmp(argument, "next") == 0       ? "page-down"
                      : strcmp(argument, "previous") == 0 ? "page-up"
                                                          : argument;
    if (list_move(&mine->at, mine->why.score.n_seeds, how))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static COMMAND(no_add)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "escape closes this; then Enter adds the suggestion");
}

static bool selected_album(const struct state *state, struct album *album)
{
    return gallery_album_of_track(why_track(state, why_of(state)->at.selected), album);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_tracks[] = {"select", "page", "similar", NULL};
    return state_awaits(state, EFFECT_WHY) && held_is_one_of(command, on_tracks);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct why_state *mine = why_of(state);
    if (layout->too_small || state->overlay != VIEW_WHY)
        return;
    const struct why_layout at = why_layout(state, layout);
    layout_settle_list(&mine->at, mine->why.score.n_seeds, list_items(&at.list));
}

/* ---- the mouse ---- */

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct why_state *mine = why_of(state);
    const struct why_layout at = why_layout(state, layout);
    const size_t count = mine->why.score.n_seeds;
    (void)effects, (void)error;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (!list_contains(&at.list, event->row, event->column) || list_click_bar(&at.list, &mine->at, count, event))
        return STATUS_OK;
    const size_t item = list_item_at(&at.list, &mine->at, count, event->row);
    if (item < count)
        mine->at.selected = item;
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct why_state *mine = why_of(state);
    const struct why_layout at = why_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &mine->at, mine->why.score.n_seeds, event->direction);
    return STATUS_OK;
}

static void free_own(struct state *state)
{
    app_why_free(&why_of(state)->why);
}

static const struct explorer_command commands[] = {
    {"why", "[next|previous]", "why it is suggested", command_why},
};

static const struct binding bindings[] = {
    {']', false, "why next", HINT_OWN, "]/[ suggestion"},
    {'[', false, "why previous", HINT_NOWHERE, NULL},
    {'c', false, "similar", HINT_OWN, "covers"},
    {'w', false, "close", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("why", bindings);

const struct view_ops view_why = {
    .name = "why",
    .title = "why",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct why_state),
    .free = free_own,
    .settle = settle,
    .draw = why_draw,
    .click = click,
    .wheel = wheel,
    .add = no_add,
    .page = page,
    .select = select_here,
    .pane = gallery_no_pane,
    .album = selected_album,
    .waits = waits,
};
