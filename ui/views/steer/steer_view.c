#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/session.h"
#include "ui/tour_hold.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/steer/steer.h"

/* ---- commands of the form ---- */

COMMAND(steer_open)
{
    struct steer_state *steer = steer_of(state);
    struct rerank_spec spec = {0};
    if (strcmp(argument, "clear") == 0) {
        bool active = steer->spec.count > 0;
        steer->spec = spec;
        state_say(state, active ? "the suggestions are in the model's order again" : "nothing is steered");
        steer_changed(state, effects);
        return STATUS_OK;
    }
    if (argument[0]) {
        enum status status = rerank_spec_read(argument, &spec, error);
        if (status != STATUS_OK)
            return status;
        for (int t = 0; t < spec.count; t++)
            if (spec.terms[t].kind != RERANK_LIKE)
                snprintf(steer->spaces_of[spec.terms[t].kind], sizeof steer->spaces_of[0], "%s", spec.terms[t].space);
        steer->spec = spec;
        steer_changed(state, effects);
        return STATUS_OK;
    }
    if (state->view != VIEW_EXPLORE)
        view_open(state, effects, VIEW_EXPLORE);
    if (state->input == INPUT_SEARCH)
        state->input = INPUT_NONE;
    view_open_popup(state, VIEW_STEER, 0);
    steer_request(state, effects);
    return STATUS_OK;
}

static enum status selected_row(const struct state *state, struct steer_row *row, struct error *error)
{
    const struct steer_state *steer = steer_of(state);
    if (state->overlay != VIEW_STEER)
        return error_set(error, STATUS_USAGE, "the form is not shown; z shows it");
    if (steer->at.selected >= steer_row_count(state))
        return error_set(error, STATUS_USAGE, "no row is selected");
    *row = steer_row(state, steer->at.selected);
    return STATUS_OK;
}

COMMAND(steer_move)
{
    static const struct {
        const char *name;
        int steps;
    } moves[] = {{"left", -1}, {"right", 1}, {"far-left", -5}, {"far-right", 5}, {"zero", 0}};
    enum { MOVES = sizeof moves / sizeof moves[0] };
    struct steer_state *steer = steer_of(state);
    struct steer_row row = {0};
    size_t move = 0;
    enum status status = selected_row(state, &row, error);
    while (move < MOVES && strcmp(moves[move].name, argument) != 0)
        move++;
    if (status == STATUS_OK && move == MOVES)
        status = error_set(error, STATUS_USAGE, "\"%.60s\" is not left, right, far-left, far-right or zero", argument);
    if (status == STATUS_OK && row.wish)
        status = error_set(error, STATUS_USAGE, "a wish has no slider; x removes it");
    if (status != STATUS_OK)
        return status;
    double before = rerank_spec_value(&steer->spec, row.kind, row.space), step = rerank_infos[row.kind].step;
    double after = moves[move].steps == 0 ? 0 : before + moves[move].steps * step;
    after = step < 1 ? round(after / step) * step : after;
    char space[FEATURE_NAME_MAX + 1];
    snprintf(space, sizeof space, "%s", row.space); /* the row's may be in a term that is removed */
    if (!rerank_spec_set(&steer->spec, row.kind, space, after))
        return error_set(error, STATUS_USAGE, "at most %d re-rankings are combined", RERANK_TERMS_MAX);
    if (rerank_spec_value(&steer->spec, row.kind, space) != before)
        steer_changed(state, effects);
    return STATUS_OK;
}

/* By what wishes and diversity compare tracks: nothing but artists and albums, then each space. */
COMMAND(steer_space)
{
    struct steer_state *steer = steer_of(state);
    struct steer_row row = {0};
    (void)argument;
    enum status status = selected_row(state, &row, error);
    if (status == STATUS_OK && (row.wish || rerank_infos[row.kind].space != RERANK_SPACE_OPTIONAL))
        status = error_set(error, STATUS_USAGE, "s is for wishes and diversity: by what tracks are compared");
    if (status != STATUS_OK)
        return status;
    char *space = steer->spaces_of[row.kind];
    size_t next = space[0] ? name_list_find(&steer->spaces, space) + 1 : 0;
    snprintf(space, sizeof steer->spaces_of[0], "%s", next < steer->spaces.count ? steer->spaces.names[next] : "");
    double value = rerank_spec_value(&steer->spec, row.kind, NULL);
    if (value == 0)
        return STATUS_OK;
    rerank_spec_set(&steer->spec, row.kind, space, value);
    steer_changed(state, effects);
    return STATUS_OK;
}

COMMAND(steer_remove)
{
    struct steer_row row = {0};
    char text[256];
    (void)argument;
    enum status status = selected_row(state, &row, error);
    if (status == STATUS_OK && !row.wish)
        return steer_move(state, effects, "zero", error);
    if (status != STATUS_OK)
        return status;
    snprintf(text, sizeof text, "removed: %s \"%.150s\"", steering_wish_name(row.wish->wish), row.wish->name);
    struct effect *effect = effect_request(effects, state, EFFECT_STEER_WISH, text);
    if (!effect)
        return error_no_memory(error);
    *(struct steer_wish_input *)effect->input =
        (struct steer_wish_input){.entry = {.id = row.wish->id}, .remove = true};
    return STATUS_OK;
}

static COMMAND(select_row)
{
    struct steer_state *steer = steer_of(state);
    (void)effects;
    if (list_move(&steer->at, steer_row_count(state), argument))
        return STATUS_OK;
    return command_select_in(&steer->at, steer_row_count(state), argument, 1, error);
}

/* ---- the view ---- */

static void settle(struct state *state, const struct layout *layout)
{
    struct steer_state *steer = steer_of(state);
    if (layout->too_small || state->overlay != VIEW_STEER)
        return;
    const struct steer_layout mine = steer_layout(state, layout);
    layout_settle_list(&steer->at, steer_row_count(state), list_items(&mine.list));
}

/* Moves the selected slider's knob to this column of its rail. */
static void move_knob(struct state *state, struct effect_list *effects, const struct steer_layout *mine, int column)
{
    struct steer_state *steer = steer_of(state);
    const struct steer_row row = steer_row(state, steer->at.selected);
    char space[FEATURE_NAME_MAX + 1];
    double value;
    if (row.wish || !steer_value_at(mine, row.kind, column, &value))
        return;
    snprintf(space, sizeof space, "%s", row.space);
    double before = rerank_spec_value(&steer->spec, row.kind, space);
    if (rerank_spec_set(&steer->spec, row.kind, space, value) &&
        rerank_spec_value(&steer->spec, row.kind, space) != before)
        steer_changed(state, effects);
}

/* A click on a row selects it, on a rail moves the knob, on the page closes the form. */
static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct steer_state *steer = steer_of(state);
    const struct steer_layout mine = steer_layout(state, layout);
    size_t count = steer_row_count(state);
    (void)error;
    if (event->column >= mine.columns || event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    size_t at = list_item_at(&mine.list, &steer->at, count, event->row);
    if (list_click_bar(&mine.list, &steer->at, count, event) || at >= count)
        return STATUS_OK;
    steer->at.selected = at;
    move_knob(state, effects, &mine, event->column);
    return STATUS_OK;
}

/* The knob of the selected slider follows the mouse, also past the end of its row. */
static enum status drag(struct state *state, struct effect_list *effects, const struct layout *layout,
                        const struct event *event, struct error *error)
{
    const struct steer_layout mine = steer_layout(state, layout);
    (void)error;
    if (steer_of(state)->at.selected < steer_row_count(state))
        move_knob(state, effects, &mine, event->column);
    return STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct steer_layout mine = steer_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&mine.list, &steer_of(state)->at, steer_row_count(state), event->direction);
    return STATUS_OK;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    const struct steer_state *steer = steer_of(state);
    if (steer->at.selected >= steer_row_count(state))
        return true;
    const struct steer_row row = steer_row(state, steer->at.selected);
    if (strcmp(binding->command, "steer remove") == 0)
        return row.wish != NULL;
    if (strcmp(binding->command, "steer space") == 0)
        return !row.wish && rerank_infos[row.kind].space == RERANK_SPACE_OPTIONAL;
    return strcmp(binding->command, "steer clear") != 0 || steer->spec.count > 0;
}

static void save(const struct state *state, struct json_writer *writer)
{
    const struct playlist_version *playlist = tour_hold_playlist(state);
    char spec[RERANK_SPEC_SIZE];
    rerank_spec_write(&steer_of(state)->spec, spec);
    if (spec[0])
        json_pair_text(writer, "steering", spec);
    if (playlist->n_rejected > 0)
        session_write_ids(writer, "rejected", playlist->rejected, playlist->n_rejected);
}

static void load(struct state *state, const struct json_value *session)
{
    struct steer_state *steer = steer_of(state);
    int64_t *rejected;
    size_t count = session_read_ids(json_member(session, "rejected"), &rejected);
    if (count > 0 && state->playlist.count == 1)
        playlist_set_rejected(&state->playlist, rejected, count);
    free(rejected);
    if (steer->spec.count == 0 && rerank_spec_read(session_text(session, "steering"), &steer->spec, NULL) != STATUS_OK)
        steer->spec = (struct rerank_spec){0};
    for (int t = 0; t < steer->spec.count; t++)
        if (steer->spec.terms[t].kind != RERANK_LIKE)
            snprintf(steer->spaces_of[steer->spec.terms[t].kind], sizeof steer->spaces_of[0], "%s",
                     steer->spec.terms[t].space);
}

static void free_own(struct state *state)
{
    free(steer_of(state)->wishes);
    free(steer_of(state)->spaces.names);
}

static const struct explorer_command commands[] = {
    {"steer", "[SPEC|clear]", "re-rank: a form, or artists=2,new=0.3", steer_open},
    {"steer move", "left|right|far-left|far-right|zero", "move the selected slider", steer_move},
    {"steer space", "", "by what wishes or diversity compare tracks", steer_space},
    {"steer remove", "", "remove the selected wish", steer_remove},
    {"reject", "", "reject a suggestion; the next one follows", steer_reject},
    {"refresh", "[N]", "another draw of suggestions; N: draw number N", steer_refresh},
    {"never", "[track|album|artist] [here]", "never suggest it; here: for this playlist", steer_never},
    {"less", "[track|album|artist] [here]", "wish less like it", steer_less},
    {"more", "[track|album|artist] [here]", "wish more like it", steer_more},
    {"sort", "tempo|energy|year|similarity|path [SET]", "sort the playlist; marked entries stay", steer_sort},
};

static const struct binding bindings[] = {
    {KEYS_LEFT, false, "steer move left", HINT_ACT, "←/→ change"},
    {KEYS_RIGHT, false, "steer move right", HINT_NOWHERE, NULL},
    {'h', false, "steer move left", HINT_NOWHERE, NULL},
    {'l', false, "steer move right", HINT_NOWHERE, NULL},
    {'H', false, "steer move far-left", HINT_NOWHERE, NULL},
    {'L', false, "steer move far-right", HINT_NOWHERE, NULL},
    {'0', false, "steer move zero", HINT_ACT, "zero"},
    {KEYS_DOWN, false, "select next", HINT_NOWHERE, NULL},
    {KEYS_UP, false, "select previous", HINT_NOWHERE, NULL},
    {'j', false, "select next", HINT_MOVE, "j/k move"},
    {'k', false, "select previous", HINT_NOWHERE, NULL},
    {'n', false, "page next", HINT_PAGE, "n/p page"},
    {'p', false, "page previous", HINT_NOWHERE, NULL},
    {'s', false, "steer space", HINT_OWN, "s compare by"},
    {'x', false, "steer remove", HINT_OWN, "remove"},
    {'r', false, "refresh", HINT_OWN, "draw"},
    {'X', false, "reject", HINT_NOWHERE, NULL},
    {'Z', false, "steer clear", HINT_OWN, "clear"},
    {'z', false, "steer", HINT_NOWHERE, NULL},
    {KEYS_ENTER, false, "steer", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("steering", bindings);
static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_steer = {
    .name = "steer",
    .title = "steering",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct steer_state),
    .free = free_own,
    .settle = settle,
    .draw = steer_draw,
    .click = click,
    .wheel = wheel,
    .drag = drag,
    .add = explore_add,
    .select = select_row,
    .hinted = hinted,
    .save = save,
    .load = load,
};
