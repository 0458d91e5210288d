/* Of the list only the playlists for which the typed conditions hold (app/failure_query.h). */
#include <stdio.h>
#include <string.h>

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

/* Words that are not understood, such as those that are half typed, do not count. */
static void parse(struct failures_state *failures)
{
    struct error error = {0};
    failures->fault[0] = '\0';
    if (failure_query_parse(failures->name.text, &failures->query, &error) != STATUS_OK)
        snprintf(failures->fault, sizeof failures->fault, "%.127s", error.text);
}

/* The part of the list is in memory of the list, like the whole. */
static void narrow(struct failures_state *failures)
{
    parse(failures);
    if (failures->n_all == 0)
        return;
    if (!failures->some)
        failures->some = arena_alloc(&failures->list.memory, failures->n_all * sizeof *failures->some);
    failures->list.items = failures->all;
    failures->list.count = failures->n_all;
    if (failures->name.size == 0 || !failures->some)
        return;
    size_t kept;
    if (failure_query_select(&failures->query, failures->all, failures->n_all, failures->some, &kept, NULL) !=
        STATUS_OK)
        return;
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
    struct failures_state *failures = failures_of(state);
    (void)effects;
    if (failures->fault[0])
        return error_set(error, STATUS_USAGE, "%s", failures->fault);
    failures->typing = false;
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

enum status failures_filter_set(struct state *state, struct effect_list *effects, const char *conditions,
                                struct error *error)
{
    struct failure_query query;
    enum status status = failure_query_parse(conditions, &query, error);
    if (status != STATUS_OK)
        return status;
    line_set(&failures_of(state)->name, conditions);
    apply(state, effects);
    return STATUS_OK;
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
    return failures_filter_set(state, effects, argument, error);
}

COMMAND(command_failures_back)
{
    (void)argument, (void)error;
    if (!failures_back(state, effects))
        view_open(state, effects, VIEW_EXPLORE);
    return STATUS_OK;
}
