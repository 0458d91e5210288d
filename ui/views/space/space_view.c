#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/space/space.h"

static enum status request(struct state *state, struct effect_list *effects, struct error *error)
{
    struct space_state *mine = space_of(state);
    struct effect *effect = effect_request(effects, state, EFFECT_SPACE, mine->set);
    if (!effect)
        return error_no_memory(error);
    struct space_input *input = effect->input;
    memcpy(input->against, mine->against, sizeof input->against);
    input->leave_out = mine->leave_out;
    input->longest = mine->longest;
    return STATUS_OK;
}

/* The set of this name, or the one after `present` for "next". */
static enum status find_set(const struct space_state *mine, const char *argument, const char *present,
                            char set[NAME_SIZE], struct error *error)
{
    const struct name_list *sets = &mine->sets;
    size_t at = name_list_find(sets, strcmp(argument, "next") == 0 ? present : argument);
    if (strcmp(argument, "next") == 0)
        at = at + 1 < sets->count ? at + 1 : 0;
    if (sets->count == 0)
        return error_set(error, STATUS_USAGE, "the names of the feature sets are not known yet; try again");
    if (at >= sets->count)
        return error_set(error, STATUS_USAGE, "there is no feature set \"%s\"; \"sleeve features\" lists them",
                         argument);
    memcpy(set, sets->names[at], NAME_SIZE);
    return STATUS_OK;
}

static COMMAND(command_space)
{
    struct space_state *mine = space_of(state);
    enum status status = STATUS_OK;
    const bool first = mine->space.n_playlists == 0;
    if (argument[0] && first && strcmp(argument, "next") != 0)
        snprintf(mine->set, sizeof mine->set, "%s", argument);
    else if (argument[0])
        status = find_set(mine, argument, mine->set, mine->set, error);
    if (status != STATUS_OK)
        return status;
    state->overlay = VIEW_SPACE;
    return argument[0] || first ? request(state, effects, error) : STATUS_OK;
}

static enum status need_open(const struct state *state, struct error *error)
{
    if (state->overlay == VIEW_SPACE)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "distances of playlists are not shown; g a shows them");
}

/* "next" goes through the other sets, and then to none. */
static COMMAND(command_against)
{
    struct space_state *mine = space_of(state);
    const struct name_list *sets = &mine->sets;
    char set[NAME_SIZE] = "";
    enum status status = need_open(state, error);
    if (status == STATUS_OK && strcmp(argument, "next") == 0) {
        size_t at = mine->against[0] ? name_list_find(sets, mine->against) + 1 : 0;
        at += at < sets->count && strcmp(sets->names[at], mine->set) == 0;
        if (at < sets->count)
            memcpy(set, sets->names[at], NAME_SIZE);
    } else if (status == STATUS_OK && strcmp(argument, "none") != 0) {
        status = find_set(mine, argument, "", set, error);
    }
    if (status != STATUS_OK)
        return status;
    memcpy(mine->against, set, NAME_SIZE);
    return request(state, effects, error);
}

static COMMAND(command_leave_out)
{
    struct space_state *mine = space_of(state);
    (void)argument;
    enum status status = need_open(state, error);
    if (status != STATUS_OK)
        return status;
    mine->leave_out = !mine->leave_out;
    state_say(state, mine->leave_out ? "a track is compared with the mean of the others of its playlist"
                                     : "the mean of its own playlist includes the track, as in the paper");
    return request(state, effects, error);
}

static COMMAND(command_longest)
{
    struct space_state *mine = space_of(state);
    char *end = NULL;
    enum status status = need_open(state, error);
    long number = status == STATUS_OK ? strtol(argument, &end, 10) : 0;
    if (status == STATUS_OK && (!argument[0] || *end || number < 2 || number > SPACE_SHOWN_MAX))
        status = error_set(error, STATUS_USAGE, "space longest: \"%s\" is not a number from 2 to %d", argument,
                           SPACE_SHOWN_MAX);
    if (status != STATUS_OK)
        return status;
    mine->longest = (size_t)number;
    return request(state, effects, error);
}

static COMMAND(command_all)
{
    struct space_state *mine = space_of(state);
    (void)effects, (void)argument;
    enum status status = need_open(state, error);
    if (status != STATUS_OK)
        return status;
    mine->all = !mine->all;
    mine->at = (struct list_position){0};
    space_list(mine);
    return STATUS_OK;
}

static COMMAND(command_move)
{
    struct space_state *mine = space_of(state);
    int rows = 0, columns = 0;
    const int last = (int)mine->space.n_playlists - 1;
    (void)effects;
    enum status status = need_open(state, error);
    if (status == STATUS_OK)
        status = gallery_direction("space move", argument, &rows, &columns, error);
    if (status != STATUS_OK || last < 0)
        return status;
    mine->row = layout_between(mine->row + rows, 0, last);
    mine->column = layout_between(mine->column + columns, 0, last);
    if (rows != 0 && !mine->all) {
        mine->at = (struct list_position){0};
        space_list(mine);
    }
    return STATUS_OK;
}

void space_list(struct space_state *mine)
{
    size_t *listed = realloc(mine->listed, (mine->space.n_misplaced + 1) * sizeof *listed);
    mine->n_listed = 0;
    if (!listed)
        return;
    mine->listed = listed;
    for (size_t i = 0; i < mine->space.n_misplaced; i++)
        if (mine->all || mine->space.misplaced[i].playlist == mine->row)
            listed[mine->n_listed++] = i;
}

const struct track *space_track(const struct state *state, size_t at)
{
    const struct space_state *mine = space_of(state);
    return at < mine->n_listed ? &mine->space.tracks.items[mine->listed[at]] : NULL;
}

/* ---- commands of all views ---- */

static COMMAND(select_here)
{
    struct space_state *mine = space_of(state);
    (void)effects;
    if (list_move(&mine->at, mine->n_listed, argument))
        return STATUS_OK;
    return command_select_in(&mine->at, mine->n_listed, argument, 1, error);
}

static COMMAND(page)
{
    struct space_state *mine = space_of(state);
    (void)effects;
    const char *how = strcmp(argument, "next") == 0       ? "page-down"
                      : strcmp(argument, "previous") == 0 ? "page-up"
                                                          : argument;
    if (list_move(&mine->at, mine->n_listed, how))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static COMMAND(no_add)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "these tracks are in playlists; escape closes this");
}

static bool selected_album(const struct state *state, struct album *album)
{
    return gallery_album_of_track(space_track(state, space_of(state)->at.selected), album);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_space[] = {"space move", "space all", "space against", "select", "page",
                                           "similar",    NULL};
    return state_awaits(state, EFFECT_SPACE) && held_is_one_of(command, on_space);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct space_state *mine = space_of(state);
    if (layout->too_small || state->overlay != VIEW_SPACE)
        return;
    const struct space_layout at = space_layout(state, layout);
    layout_settle_list(&mine->at, mine->n_listed, list_items(&at.list));
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct space_state *mine = space_of(state);
    const struct space_layout at = space_layout(state, layout);
    const int n = (int)mine->space.n_playlists;
    (void)effects, (void)error;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (list_contains(&at.list, event->row, event->column)) {
        const size_t item = list_item_at(&at.list, &mine->at, mine->n_listed, event->row);
        if (!list_click_bar(&at.list, &mine->at, mine->n_listed, event) && item < mine->n_listed)
            mine->at.selected = item;
        return STATUS_OK;
    }
    const int row = (event->row - at.top) * (at.halves ? 2 : 1) / at.cell_rows,
              column = (event->column - at.map_column) / at.cell_columns;
    if (event->row < at.top || event->column < at.map_column || row >= n || column >= n)
        return STATUS_OK;
    mine->row = row;
    mine->column = column;
    mine->at = (struct list_position){0};
    space_list(mine);
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct space_state *mine = space_of(state);
    const struct space_layout at = space_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &mine->at, mine->n_listed, event->direction);
    return STATUS_OK;
}

static void start(struct state *state)
{
    space_of(state)->longest = SPACE_LONGEST;
}

static void free_own(struct state *state)
{
    app_space_free(&space_of(state)->space);
    free(space_of(state)->sets.names);
    free(space_of(state)->listed);
}

static const struct explorer_command commands[] = {
    {"space", "[next|SET]", "how features tell playlists apart", command_space},
    {"space against", "next|SET|none", "test against a second set", command_against},
    {"space longest", "N", "of the N longest playlists", command_longest},
    {"space leave-out", "", "leave a track out of its mean, or not", command_leave_out},
    {"space all", "", "misplaced tracks of all, or of one", command_all},
    {"space move", "up|down|left|right", "select another playlist", command_move},
};

static const struct binding bindings[] = {
    {'h', false, "space move left", HINT_MOVE, "hjkl map"},
    {'l', false, "space move right", HINT_NOWHERE, NULL},
    {'k', false, "space move up", HINT_NOWHERE, NULL},
    {'j', false, "space move down", HINT_NOWHERE, NULL},
    {KEYS_LEFT, false, "space move left", HINT_NOWHERE, NULL},
    {KEYS_RIGHT, false, "space move right", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "space move up", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "space move down", HINT_NOWHERE, NULL},
    {'J', false, "select next", HINT_MOVE, "J/K track"},
    {'K', false, "select previous", HINT_NOWHERE, NULL},
    {'S', false, "space next", HINT_OWN, "set"},
    {'b', false, "space against next", HINT_OWN, "against"},
    {'x', false, "space leave-out", HINT_NOWHERE, NULL},
    {'t', false, "space all", HINT_OWN, "t all"},
    {'c', false, "similar", HINT_OWN, "covers"},
    {' ', false, "page next", HINT_PAGE, "space page"},
    {'n', false, "page next", HINT_NOWHERE, NULL},
    {'p', false, "page previous", HINT_NOWHERE, NULL},
    {KEYS_PAGE_DOWN, false, "page next", HINT_NOWHERE, NULL},
    {KEYS_PAGE_UP, false, "page previous", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("distances of playlists", bindings);

static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_space = {
    .name = "space",
    .title = "space",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct space_state),
    .start = start,
    .free = free_own,
    .settle = settle,
    .draw = space_draw,
    .click = click,
    .wheel = wheel,
    .add = no_add,
    .page = page,
    .select = select_here,
    .pane = gallery_no_pane,
    .album = selected_album,
    .waits = waits,
};
