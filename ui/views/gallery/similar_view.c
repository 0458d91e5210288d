#include <string.h>

#include "ui/effect.h"
#include "ui/held.h"
#include "ui/list.h"
#include "ui/view.h"
#include "ui/views/gallery/similar.h"

static struct similar_layout layout_now(const struct state *state)
{
    const struct layout layout = layout_of(state);
    return similar_layout(state, &layout);
}

static size_t shown(const struct state *state)
{
    const struct similar_layout mine = layout_now(state);
    return layout_of(state).too_small ? 0 : similar_count(state, &mine);
}

static enum status request(struct state *state, struct effect_list *effects, enum similar_way way,
                           const struct similar_place *wanted, const char *set, struct error *error)
{
    struct similar_state *similar = similar_of(state);
    struct effect *effect = effect_request(effects, state, EFFECT_SIMILAR, set);
    if (!effect)
        return error_no_memory(error);
    effect->id = wanted->of.id;
    similar->wanted = *wanted;
    similar->way = way;
    return STATUS_OK;
}

/* Opens the popup; what is known is shown at once. */
static enum status open(struct state *state, struct effect_list *effects, const struct similar_place *wanted,
                        const char *set, struct error *error)
{
    struct similar_state *similar = similar_of(state);
    album_list_free(&similar->albums);
    similar->at = *wanted;
    similar->n_back = 0;
    similar->under = state->overlay != VIEW_NONE && view_ops(state->overlay)->album ? state->overlay : VIEW_NONE;
    similar->failure[0] = '\0';
    similar->random_weights = false;
    memcpy(similar->set, set, sizeof similar->set);
    state->overlay = VIEW_SIMILAR;
    return request(state, effects, SIMILAR_OPEN, wanted, set, error);
}

COMMAND(command_similar)
{
    struct similar_state *similar = similar_of(state);
    const bool open_already = state->overlay == VIEW_SIMILAR;
    struct similar_place wanted = {.selected = 1};
    struct album album;
    char set[NAME_SIZE];
    enum status status = gallery_set(state, argument, similar->set, set, error);
    if (status == STATUS_OK && open_already && argument[0])
        return request(state, effects, SIMILAR_SET, &similar->at, set, error);
    if (status == STATUS_OK)
        status = gallery_selected(state, &album, error);
    if (status != STATUS_OK)
        return status;
    wanted.of = gallery_copy(&album);
    if (!open_already)
        return open(state, effects, &wanted, set, error);
    if (similar->at.selected == 0)
        return error_set(error, STATUS_USAGE, "these are similar to it already; the arrows select another cover");
    return request(state, effects, SIMILAR_ON, &wanted, set, error);
}

static enum status need_open(const struct state *state, struct error *error)
{
    if (state->overlay == VIEW_SIMILAR)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "similar covers are not shown; c shows them");
}

static COMMAND(command_back)
{
    struct similar_state *similar = similar_of(state);
    (void)argument;
    enum status status = need_open(state, error);
    if (status == STATUS_OK && similar->n_back == 0)
        status = error_set(error, STATUS_USAGE, "this is the first cover; escape closes this");
    if (status != STATUS_OK)
        return status;
    return request(state, effects, SIMILAR_BACK, &similar->back[similar->n_back - 1], similar->set, error);
}

static COMMAND(command_move)
{
    struct similar_state *similar = similar_of(state);
    int rows = 0, columns = 0;
    (void)effects;
    enum status status = need_open(state, error);
    if (status == STATUS_OK)
        status = gallery_direction("similar move", argument, &rows, &columns, error);
    if (status != STATUS_OK)
        return status;
    const int64_t to = (int64_t)similar->at.selected + columns + (int64_t)rows * layout_now(state).columns;
    if (to >= 0 && to < (int64_t)shown(state))
        similar->at.selected = (size_t)to;
    return STATUS_OK;
}

static COMMAND(command_similar_add)
{
    struct album album;
    (void)argument;
    enum status status = need_open(state, error);
    if (status == STATUS_OK && !similar_album(state, similar_of(state)->at.selected, &album))
        status = error_set(error, STATUS_USAGE, "no cover is selected");
    return status == STATUS_OK ? gallery_add(state, effects, &album, error) : status;
}

/* ---- commands of all views ---- */

static COMMAND(add)
{
    return argument[0] ? error_set(error, STATUS_USAGE, "covers have no numbers here; the arrows select one")
                       : command_similar_add(state, effects, argument, error);
}

static COMMAND(select_here)
{
    (void)effects;
    struct list_position at = {.selected = similar_of(state)->at.selected};
    enum status status = STATUS_OK;
    if (!list_move(&at, shown(state), argument))
        status = command_select_in(&at, shown(state), argument, 1, error);
    similar_of(state)->at.selected = at.selected;
    return status;
}

static bool selected_album(const struct state *state, struct album *album)
{
    return similar_album(state, similar_of(state)->at.selected, album);
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    return strcmp(binding->command, "similar back") != 0 || similar_of(state)->n_back > 0;
}

/* Back to the popup in which this cover was selected. */
static bool back(struct state *state, struct effect_list *effects)
{
    (void)effects;
    if (similar_of(state)->under == VIEW_NONE)
        return false;
    state->overlay = similar_of(state)->under;
    return true;
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_covers[] = {"similar", "select", "add", NULL};
    return state_awaits(state, EFFECT_SIMILAR) && held_is_one_of(command, on_covers);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct similar_state *similar = similar_of(state);
    if (layout->too_small || state->overlay != VIEW_SIMILAR)
        return;
    const struct similar_layout mine = similar_layout(state, layout);
    const size_t count = similar_count(state, &mine);
    /* While the first result is awaited, its nearest cover stays selected. */
    if (similar->at.selected >= count && !(similar->albums.count == 0 && state_awaits(state, EFFECT_SIMILAR)))
        similar->at.selected = count > 0 ? count - 1 : 0;
}

/* ---- the mouse ---- */

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct similar_layout mine = similar_layout(state, layout);
    const int row = event->row - mine.top, column = event->column - mine.column;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (row < 0 || column < 0 || row >= mine.rows * mine.row_pitch || column >= mine.columns * mine.column_pitch)
        return STATUS_OK;
    const size_t at = (size_t)(row / mine.row_pitch * mine.columns + column / mine.column_pitch);
    if (at >= similar_count(state, &mine) || state_awaits(state, EFFECT_SIMILAR))
        return STATUS_OK;
    similar_of(state)->at.selected = at;
    return event->clicks > 1 && at > 0 ? command_similar(state, effects, "", error) : STATUS_OK;
}

static void free_own(struct state *state)
{
    album_list_free(&similar_of(state)->albums);
}

static const struct explorer_command commands[] = {
    {"similar", "[next|SET]", "covers similar to the selected one", command_similar},
    {"similar move", "up|down|left|right", "select another cover", command_move},
    {"similar back", "", "go back to the cover before", command_back},
    {"similar add", "", "add the album's most popular track", command_similar_add},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "similar", HINT_ACT, "similar"},
    {KEYS_LEFT, false, "similar move left", HINT_MOVE, "hjkl move"},
    {KEYS_RIGHT, false, "similar move right", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "similar move up", HINT_NOWHERE, NULL},
    {KEYS_DOWN, false, "similar move down", HINT_NOWHERE, NULL},
    {'h', false, "similar move left", HINT_NOWHERE, NULL},
    {'l', false, "similar move right", HINT_NOWHERE, NULL},
    {'k', false, "similar move up", HINT_NOWHERE, NULL},
    {'j', false, "similar move down", HINT_NOWHERE, NULL},
    {'a', false, "similar add", HINT_OWN, "add"},
    {'S', false, "similar next", HINT_OWN, "embedding"},
    {KEYS_BACKSPACE, false, "similar back", HINT_OWN, "backspace back"},
    {KEY_CONTROL('h'), false, "similar back", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("similar covers", bindings);
static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_similar = {
    .name = "similar",
    .title = "similar covers",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct similar_state),
    .free = free_own,
    .settle = settle,
    .draw = similar_draw,
    .click = click,
    .add = add,
    .page = gallery_no_page,
    .select = select_here,
    .pane = gallery_no_pane,
    .album = selected_album,
    .hinted = hinted,
    .back = back,
    .waits = waits,
};
