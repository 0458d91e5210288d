#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/held.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/history/history.h"

static void free_own(struct state *state)
{
    playlist_history_free(&history_of(state)->history);
}

/* ---- commands ---- */

/* A save that is due comes first, so that the newest version is what is in hand. */
static COMMAND(command_history)
{
    struct history_state *mine = history_of(state);
    const struct playlist_version *now = playlist_now(&state->playlist);
    (void)argument;
    playlist_history_free(&mine->history);
    *mine = (struct history_state){.at.rows = mine->at.rows, .serial = now->serial};
    if (now->kept) {
        action_flush(state, effects);
        struct effect *effect = effect_request(effects, state, EFFECT_HISTORY, NULL);
        if (!effect)
            return error_no_memory(error);
        effect->id = state_saved_id(state, now->serial);
        ((struct history_input *)effect->input)->serial = now->serial;
    } else {
        mine->read = true;
        snprintf(mine->failure, sizeof mine->failure,
                 "This playlist is not saved. Save it with s: from then on each change is kept as a version, also "
                 "after quitting. Until then u and U go back and forth.");
    }
    state->overlay = VIEW_HISTORY;
    state->input = INPUT_NONE;
    return STATUS_OK;
}

static enum status selected_past(const struct state *state, const struct playlist_past **past, struct error *error)
{
    const struct history_state *mine = history_of(state);
    if (state->overlay != VIEW_HISTORY)
        return error_set(error, STATUS_USAGE, "the history is not shown; gh shows it");
    if (mine->at.selected >= mine->history.count)
        return error_set(error, STATUS_USAGE, "there is no version to restore");
    if (playlist_now(&state->playlist)->serial != mine->serial)
        return error_set(error, STATUS_USAGE, "another playlist is open now; gh shows its history");
    *past = &mine->history.items[mine->at.selected];
    return STATUS_OK;
}

static bool is_now(const struct state *state, const struct playlist_past *past)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    bool same = past->tracks.count == now->count && strcmp(past->name, now->name) == 0;
    for (size_t i = 0; same && i < now->count; i++)
        same = past->tracks.ids[i] == now->items[i]->id;
    return same;
}

static enum status restore(struct state *state, const struct playlist_past *past, const char *what, struct error *error)
{
    struct track_row row = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < past->tracks.count; i++) {
        const struct track *track = track_book_find(&state->book, past->tracks.ids[i]);
        if (track && !track_row_append(&row, track))
            status = error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = playlist_replace(&state->playlist, past->name, &row, what, error);
    track_row_free(&row);
    return status;
}

static COMMAND(command_restore)
{
    const struct playlist_past *past = NULL;
    char what[64], when[PLAYLIST_PAST_TIME];
    (void)argument;
    enum status status = selected_past(state, &past, error);
    if (status != STATUS_OK)
        return status;
    if (is_now(state, past))
        return error_set(error, STATUS_USAGE, "this is what the playlist is now");
    playlist_past_time(past, when);
    snprintf(what, sizeof what, "restored version %lld", (long long)past->version);
    status = restore(state, past, what, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "%s of %s: %zu %s (u undoes)", what, when, past->tracks.count,
              past->tracks.count == 1 ? "track" : "tracks");
    explore_of(state)->playlist_at = (struct list_position){0};
    state->overlay = VIEW_NONE;
    view_open(state, effects, VIEW_EXPLORE);
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(select_here)
{
    struct history_state *mine = history_of(state);
    (void)effects;
    if (list_move(&mine->at, mine->history.count, argument))
        return STATUS_OK;
    return command_select_in(&mine->at, mine->history.count, argument, 1, error);
}

static COMMAND(page_here)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_rows[] = {"history restore", "select", "page", NULL};
    return !history_of(state)->read && state_awaits(state, EFFECT_HISTORY) && held_is_one_of(command, on_rows);
}

static void settle(struct state *state, const struct layout *layout)
{
    struct history_state *mine = history_of(state);
    if (layout->too_small || state->overlay != VIEW_HISTORY)
        return;
    const struct history_layout at = history_layout(state, layout);
    layout_settle_list(&mine->at, mine->history.count, list_items(&at.list));
}

/* ---- the mouse ---- */

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct history_state *mine = history_of(state);
    const struct history_layout at = history_layout(state, layout);
    const size_t count = mine->history.count, item = list_item_at(&at.list, &mine->at, count, event->row);
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (list_click_bar(&at.list, &mine->at, count, event))
        return STATUS_OK;
    if (item >= count || !list_contains(&at.list, event->row, event->column))
        return STATUS_OK;
    mine->at.selected = item;
    return event->clicks > 1 ? command_restore(state, effects, "", error) : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct history_state *mine = history_of(state);
    const struct history_layout at = history_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &mine->at, mine->history.count, event->direction);
    return STATUS_OK;
}

static bool hinted(const struct state *state, const struct binding *binding)
{
    return history_of(state)->history.count > 0 || strcmp(binding->command, "history restore") != 0;
}

static const struct explorer_command commands[] = {
    {"history", "", "earlier versions of the playlist", command_history},
    {"history restore", "", "restore the selected version, as an edit", command_restore},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "history restore", HINT_ACT, "restore"},
};
static const struct key_set keys = KEY_SET("history", bindings);

const struct view_ops view_history = {
    .name = "history",
    .title = "history",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct history_state),
    .free = free_own,
    .settle = settle,
    .draw = history_draw,
    .click = click,
    .wheel = wheel,
    .page = page_here,
    .select = select_here,
    .hinted = hinted,
    .waits = waits,
};
