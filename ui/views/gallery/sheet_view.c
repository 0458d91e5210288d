#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/gallery/sheet.h"

static enum status request(struct state *state, struct effect_list *effects, enum sheet_order order, const char *set,
                           struct error *error)
{
    struct sheet_state *sheet = sheet_of(state);
    struct effect *effect = effect_request(effects, state, EFFECT_SHEET, set);
    if (!effect)
        return error_no_memory(error);
    sheet->order = order;
    sheet->wanted_n = sheet_wanted(state);
    snprintf(sheet->set, sizeof sheet->set, "%s", set);
    *(struct sheet_input *)effect->input = (struct sheet_input){.order = order, .n = sheet->wanted_n};
    return STATUS_OK;
}

/* Whether what is shown, or is being made, is another sheet than this. */
static bool differs(const struct state *state, enum sheet_order order, const char *set)
{
    const struct sheet_state *sheet = sheet_of(state);
    const bool by_set = order == SHEET_MAP || order == SHEET_SIMILARITY;
    return sheet->order != order || sheet->wanted_n != sheet_wanted(state) || sheet->failure[0] ||
           (by_set && strcmp(sheet->set, set) != 0);
}

static COMMAND(command_sheet)
{
    struct sheet_state *sheet = sheet_of(state);
    enum sheet_order order = sheet->order;
    char set[NAME_SIZE] = "";
    if (strcmp(argument, "next") == 0)
        order = (order + 1) % SHEET_ORDER_COUNT;
    else if (argument[0])
        order = sheet_order_find(argument);
    if (order == SHEET_ORDER_COUNT)
        return error_set(error, STATUS_USAGE, "sheet: \"%s\" is not next, map, similarity, colour or random", argument);
    enum status status = gallery_set(state, "", sheet->set, set, error);
    if (status != STATUS_OK && (order == SHEET_MAP || order == SHEET_SIMILARITY))
        return status;
    state->overlay = VIEW_SHEET;
    return differs(state, order, set) ? request(state, effects, order, set, error) : STATUS_OK;
}

static enum status need_sheet(const struct state *state, struct error *error)
{
    if (state->overlay != VIEW_SHEET)
        return error_set(error, STATUS_USAGE, "the contact sheet is not shown; O shows it");
    if (sheet_of(state)->sheet.albums.count == 0)
        return error_set(error, STATUS_USAGE, "there are no covers on the contact sheet");
    return STATUS_OK;
}

static COMMAND(command_set)
{
    struct sheet_state *sheet = sheet_of(state);
    char set[NAME_SIZE];
    const bool by_set = sheet->order == SHEET_MAP || sheet->order == SHEET_SIMILARITY;
    const bool first = !by_set && strcmp(argument, "next") == 0; /* the present one is not used yet */
    enum status status = gallery_set(state, first ? "" : argument, sheet->set, set, error);
    if (status != STATUS_OK)
        return status;
    state->overlay = VIEW_SHEET;
    if (!by_set)
        state_say(state, "%s orders the covers by similarity", set);
    enum sheet_order order = sheet->order == SHEET_MAP ? SHEET_MAP : SHEET_SIMILARITY;
    return differs(state, order, set) ? request(state, effects, order, set, error) : STATUS_OK;
}

static void go_to(struct sheet_state *sheet, int row, int column)
{
    sheet->row = layout_between(row, 0, sheet->sheet.rows - 1);
    sheet->column = layout_between(column, 0, sheet->sheet.columns - 1);
    sheet->version++;
}

static COMMAND(command_move)
{
    struct sheet_state *sheet = sheet_of(state);
    int rows = 0, columns = 0;
    (void)effects;
    enum status status = need_sheet(state, error);
    if (status == STATUS_OK)
        status = gallery_direction("sheet move", argument, &rows, &columns, error);
    if (status == STATUS_OK)
        go_to(sheet, sheet->row + rows, sheet->column + columns);
    return status;
}

static COMMAND(command_sheet_add)
{
    (void)argument;
    enum status status = need_sheet(state, error);
    const struct album *album = sheet_album(state);
    if (status == STATUS_OK && !album)
        status = error_set(error, STATUS_USAGE, "there is no cover here; the arrows select one");
    return status == STATUS_OK ? gallery_add(state, effects, album, error) : status;
}

/* ---- commands of all views ---- */

static COMMAND(add)
{
    return argument[0] ? error_set(error, STATUS_USAGE, "covers have no numbers here; the arrows select one")
                       : command_sheet_add(state, effects, argument, error);
}

static COMMAND(select_here)
{
    struct sheet_state *sheet = sheet_of(state);
    (void)effects;
    enum status status = need_sheet(state, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(argument, "first") == 0)
        go_to(sheet, 0, 0);
    else if (strcmp(argument, "last") == 0)
        go_to(sheet, sheet->sheet.rows - 1, sheet->sheet.columns - 1);
    else
        return error_set(error, STATUS_USAGE, "on the contact sheet the arrows select");
    return STATUS_OK;
}

static bool selected_album(const struct state *state, struct album *album)
{
    const struct album *selected = sheet_album(state);
    if (selected)
        *album = *selected;
    return selected != NULL;
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_covers[] = {"sheet move", "sheet add", "similar", "select", "add", NULL};
    return sheet_of(state)->sheet.albums.count == 0 && state_awaits(state, EFFECT_SHEET) &&
           held_is_one_of(command, on_covers);
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct sheet_state *sheet = sheet_of(state);
    const struct sheet_layout at = sheet_layout(state, layout);
    int row = event->row - at.top, column = event->column - at.column;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (sheet->sheet.albums.count == 0 || row < 0 || column < 0 || row >= at.rows || column >= at.columns)
        return STATUS_OK;
    if (at.edge > 0) { /* what is below the middle of the cell */
        row = (2 * row + 1) * state->cell_height / 2 / at.edge;
        column = (2 * column + 1) * state->cell_width / 2 / at.edge;
    } else {
        row = row / at.cells + at.first;
        column /= 2 * at.cells;
    }
    go_to(sheet, row, column);
    return event->clicks > 1 ? command_run(state, effects, "similar", error) : STATUS_OK;
}

static void start(struct state *state)
{
    sheet_of(state)->order = SHEET_COLOUR;
}

static void free_own(struct state *state)
{
    contact_sheet_free(&sheet_of(state)->sheet);
}

static const struct explorer_command commands[] = {
    {"sheet", "[next|map|similarity|colour|random]", "1,024 covers in a grid, in this order", command_sheet},
    {"sheet set", "[next|SET]", "order the contact sheet by an embedding", command_set},
    {"sheet move", "up|down|left|right", "select another cover", command_move},
    {"sheet add", "", "add the album's most popular track", command_sheet_add},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "similar", HINT_ACT, "similar"},
    {KEYS_LEFT, false, "sheet move left", HINT_MOVE, "hjkl move"},
    {KEYS_RIGHT, false, "sheet move right", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "sheet move up", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "sheet move down", HINT_NOWHERE, NULL},
    {'h', false, "sheet move left", HINT_NOWHERE, NULL},
    {'l', false, "sheet move right", HINT_NOWHERE, NULL},
    {'k', false, "sheet move up", HINT_NOWHERE, NULL},
    {'j', false, "sheet move down", HINT_NOWHERE, NULL},
    {'a', false, "sheet add", HINT_OWN, "add"},
    {'t', false, "sheet next", HINT_OWN, "order"},
    {'S', false, "sheet set next", HINT_OWN, "embedding"},
};
static const struct key_set keys = KEY_SET("contact sheet", bindings);
static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_sheet = {
    .name = "sheet",
    .title = "contact sheet",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct sheet_state),
    .start = start,
    .free = free_own,
    .draw = sheet_draw,
    .click = click,
    .add = add,
    .page = gallery_no_page,
    .select = select_here,
    .pane = gallery_no_pane,
    .album = selected_album,
    .waits = waits,
};
