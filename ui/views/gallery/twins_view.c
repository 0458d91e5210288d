#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/gallery/twins.h"

/* The pairs of another set are not shown while those of this one are searched for. */
static enum status request(struct state *state, struct effect_list *effects, const char *set, struct error *error)
{
    struct twins_state *mine = twins_of(state);
    if (!effect_request(effects, state, EFFECT_TWINS, set))
        return error_no_memory(error);
    app_twins_free(&mine->twins);
    mine->at = (struct list_position){.rows = mine->at.rows};
    mine->found = false;
    mine->failure[0] = '\0';
    snprintf(mine->set, sizeof mine->set, "%s", set);
    return STATUS_OK;
}

static COMMAND(command_twins)
{
    struct twins_state *mine = twins_of(state);
    char set[NAME_SIZE];
    enum status status = gallery_set(state, argument, mine->set, set, error);
    if (status != STATUS_OK)
        return status;
    state->overlay = VIEW_TWINS;
    const bool searching = state_awaits(state, EFFECT_TWINS) && !mine->found;
    if (strcmp(set, mine->set) == 0 && (mine->found || searching))
        return STATUS_OK;
    return request(state, effects, set, error);
}

/* The left album of the selected pair; false: there is none. */
static bool selected_album(const struct state *state, struct album *album)
{
    const struct twins_state *mine = twins_of(state);
    if (mine->at.selected >= mine->twins.count)
        return false;
    *album = mine->twins.albums.items[2 * mine->at.selected];
    return true;
}

static enum status need_pair(const struct state *state, struct album *album, struct error *error)
{
    if (state->overlay != VIEW_TWINS)
        return error_set(error, STATUS_USAGE, "twin covers are not shown; T shows them");
    return selected_album(state, album) ? STATUS_OK : error_set(error, STATUS_USAGE, "there are no pairs of covers");
}

/* In the same embedding. */
static COMMAND(command_similar_here)
{
    struct album album;
    char line[NAME_SIZE + 16];
    (void)argument;
    enum status status = need_pair(state, &album, error);
    snprintf(line, sizeof line, "similar %s", twins_of(state)->set);
    return status == STATUS_OK ? command_run(state, effects, line, error) : status;
}

static COMMAND(command_twins_add)
{
    struct album album;
    (void)argument;
    enum status status = need_pair(state, &album, error);
    return status == STATUS_OK ? gallery_add(state, effects, &album, error) : status;
}

/* ---- commands of all views ---- */

static COMMAND(add)
{
    return argument[0] ? error_set(error, STATUS_USAGE, "pairs have no numbers here; the arrows select one")
                       : command_twins_add(state, effects, argument, error);
}

static COMMAND(select_here)
{
    struct twins_state *mine = twins_of(state);
    struct album album;
    (void)effects;
    enum status status = need_pair(state, &album, error);
    if (status == STATUS_OK && !list_move(&mine->at, mine->twins.count, argument))
        status = command_select_in(&mine->at, mine->twins.count, argument, 1, error);
    return status;
}

static COMMAND(page)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_pairs[] = {"twins similar", "twins add", "similar", "select", "page", "add", NULL};
    return !twins_of(state)->found && state_awaits(state, EFFECT_TWINS) && held_is_one_of(command, on_pairs);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct twins_state *mine = twins_of(state);
    if (layout->too_small || state->overlay != VIEW_TWINS)
        return;
    const struct twins_layout at = twins_layout(state, layout);
    layout_settle_list(&mine->at, mine->twins.count, list_items(&at.list));
}

/* The share that was searched is drawn again so often. */
static double due(const struct state *state)
{
    const bool searching = state->overlay == VIEW_TWINS && !twins_of(state)->found && state_awaits(state, EFFECT_TWINS);
    return searching ? 0.25 : -1;
}

/* ---- the mouse ---- */

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct twins_state *mine = twins_of(state);
    const struct twins_layout at = twins_layout(state, layout);
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (list_click_bar(&at.list, &mine->at, mine->twins.count, event))
        return STATUS_OK;
    const size_t item = list_item_at(&at.list, &mine->at, mine->twins.count, event->row);
    if (item >= mine->twins.count || !list_contains(&at.list, event->row, event->column))
        return STATUS_OK;
    mine->at.selected = item;
    return event->clicks > 1 ? command_similar_here(state, effects, "", error) : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct twins_state *mine = twins_of(state);
    const struct twins_layout at = twins_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &mine->at, mine->twins.count, event->direction);
    return STATUS_OK;
}

static void free_own(struct state *state)
{
    app_twins_free(&twins_of(state)->twins);
}

static const struct explorer_command commands[] = {
    {"twins", "[next|SET]", "the nearest covers of different artists", command_twins},
    {"twins similar", "", "covers similar to the left one", command_similar_here},
    {"twins add", "", "add the left album's most popular track", command_twins_add},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "twins similar", HINT_ACT, "similar"},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {'j', false, "select next", HINT_MOVE, "j/k move"},
    {'k', false, "select previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "page next", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "page previous", HINT_NOWHERE, NULL},
    {' ', false, "page next", HINT_PAGE, "space page"},
    {'a', false, "twins add", HINT_OWN, "add"},
    {'S', false, "twins next", HINT_OWN, "embedding"},
};
static const struct key_set keys = KEY_SET("twin covers", bindings);
static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_twins = {
    .name = "twins",
    .title = "twin covers",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct twins_state),
    .free = free_own,
    .settle = settle,
    .draw = twins_draw,
    .click = click,
    .wheel = wheel,
    .add = add,
    .page = page,
    .select = select_here,
    .pane = gallery_no_pane,
    .album = selected_album,
    .waits = waits,
    .due = due,
};
