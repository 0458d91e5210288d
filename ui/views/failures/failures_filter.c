/* Of the list only the playlists whose names match what is typed (ui/match.h), in the same order. */
#include <stdio.h>
#include <string.h>

#include "ui/match.h"
#include "ui/view.h"
#include "ui/views/failures/failures.h"

bool failures_is_filtered(const struct state *state)
{
    return failures_of(state)->name.size > 0;
}

static bool contains(const struct failures_state *failures, int64_t playlist, size_t *at)
{
    for (*at = 0; *at < failures->list.count; ++*at)
        if (failures->list.items[*at].playlist_id == playlist)
            return true;
    return false;
}

/* The part of the list is in memory of the list, like the whole. */
static void narrow(struct failures_state *failures)
{
    if (failures->n_all == 0)
        return;
    if (!failures->some)
        failures->some = arena_alloc(&failures->list.memory, failures->n_all * sizeof *failures->some);
    failures->list.items = failures->all;
    failures->list.count = failures->n_all;
    if (failures->name.size == 0 || !failures->some)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < failures->n_all; i++)
        if (match_all(failures->name.text, (const char *const[]){failures->all[i].name}, 1))
            failures->some[kept++] = failures->all[i];
    failures->list.items = failures->some;
    failures->list.count = kept;
}

void failures_take_names(struct state *state)
{
    struct failures_state *failures = failures_of(state);
    size_t at;
    failures->all = failures->list.items;
    failures->n_all = failures->list.count;
    failures->some = NULL;
    narrow(failures);
    if (failures->wanted == 0 || contains(failures, failures->wanted, &at))
        return;
    failures->list.items = failures->all;
    failures->list.count = failures->n_all;
    if (contains(failures, failures->wanted, &at)) /* the requested playlist is shown */
        line_set(&failures->name, "");
    else
        narrow(failures);
}

/* The same playlist stays selected while it matches. */
static void apply(struct state *state, struct effect_list *effects)
{
    struct failures_state *failures = failures_of(state);
    int64_t selected = failures->at.selected < failures->list.count
                           ? failures->list.items[failures->at.selected].playlist_id
                           : failures->opened.playlist_id;
    size_t at;
    narrow(failures);
    bool kept = contains(failures, selected, &at);
    failures->at.selected = kept ? at : 0;
    failures->at.top = 0;
    state_touch(state);
    if (failures->list.count == 0 || state->wanted[EFFECT_FAILURES] != 0)
        return;
    failures->wanted = failures->list.items[failures->at.selected].playlist_id;
    if (failures->opened.playlist_id != failures->wanted)
        failures_open_selected(state, effects);
}

struct line *failures_typed_line(const struct state *state)
{
    return failures_of(state)->typing ? &failures_of(state)->name : NULL;
}

void failures_filter_typed(struct state *state, struct effect_list *effects)
{
    apply(state, effects);
}

enum status failures_filter_accept(struct state *state, struct effect_list *effects, struct error *error)
{
    (void)effects, (void)error;
    failures_of(state)->typing = false;
    return STATUS_OK;
}

void failures_filter_cancel(struct state *state, struct effect_list *effects)
{
    struct failures_state *failures = failures_of(state);
    failures->typing = false;
    line_set(&failures->name, "");
    apply(state, effects);
}

bool failures_back(struct state *state, struct effect_list *effects)
{
    if (!failures_is_filtered(state))
        return false;
    failures_filter_cancel(state, effects);
    return true;
}

COMMAND(command_failures_filter)
{
    struct failures_state *failures = failures_of(state);
    if (failures->n_all == 0)
        return error_set(error, STATUS_USAGE, "there is no list of playlists to filter");
    failures->pane = FAILURES_LIST;
    failures->typing = !argument[0] && view_is_shown(state, VIEW_FAILURES);
    if (!argument[0])
        return STATUS_OK;
    line_set(&failures->name, argument);
    apply(state, effects);
    return STATUS_OK;
}

COMMAND(command_failures_back)
{
    (void)argument, (void)error;
    if (!failures_back(state, effects))
        view_open(state, effects, VIEW_EXPLORE);
    return STATUS_OK;
}
