#include "ui/views/failures/dashboard.h"

#include <stdio.h>
#include <string.h>

#include "ui/model_names.h"
#include "ui/view.h"

/* NDCG first, then the other metrics by their priority. */
enum metric dashboard_metric(const struct state *state)
{
    enum metric measured[METRICS];
    int count = metrics_by_priority(measured), at = dashboard_of(state)->metric;
    if (at <= 0 || at >= count)
        return METRIC_NDCG;
    for (int i = 0; i < count; i++)
        if (measured[i] != METRIC_NDCG && --at == 0)
            return measured[i];
    return METRIC_NDCG;
}

static COMMAND(command_dashboard)
{
    const struct failures_state *failures = failures_of(state);
    (void)effects, (void)argument;
    if (failures->list.evaluated == 0)
        return error_set(error, STATUS_USAGE, "there are no failures to sum up; %d shows those of an evaluated model",
                         VIEW_FAILURES + 1);
    state->overlay = VIEW_DASHBOARD;
    return STATUS_OK;
}

static const struct failure_group *selected(const struct state *state)
{
    const struct failure_list *list = &failures_of(state)->list;
    size_t at = dashboard_of(state)->at.selected;
    return state->overlay == VIEW_DASHBOARD && at < list->n_groups ? &list->groups[at] : NULL;
}

/* The groups are of all playlists, so the other filters are taken away. */
static COMMAND(command_dashboard_list)
{
    struct failures_state *failures = failures_of(state);
    const struct failure_group *group = selected(state);
    (void)argument;
    if (!group)
        return error_set(error, STATUS_USAGE, "the dashboard is not shown; D in Failures shows it");
    if (group->count == 0)
        return error_set(error, STATUS_USAGE, "there are no such playlists");
    char where[LINE_SIZE];
    snprintf(where, sizeof where, "%s", group->where);
    state_say(state, "%s: %zu %s; escape shows all again", group->label, group->count,
              group->count == 1 ? "playlist" : "playlists");
    const struct failure_filter *old = &failures->filter;
    const bool filtered = old->by_seeds || old->missed || old->shortest > 0 || old->longest > 0;
    failures->filter = (struct failure_filter){.order = old->order};
    view_show(state, VIEW_FAILURES);
    failures->pane = FAILURES_LIST;
    enum status status = failures_filter_set(state, effects, where, error);
    if (status == STATUS_OK && filtered)
        failures_request(state, effects, false);
    return status;
}

static COMMAND(command_dashboard_metric)
{
    struct dashboard_state *mine = dashboard_of(state);
    enum metric measured[METRICS];
    int count = metrics_by_priority(measured);
    (void)effects;
    if (strcmp(argument, "next") == 0) {
        mine->metric = (mine->metric + 1) % count;
        return STATUS_OK;
    }
    for (int before = mine->metric, i = 0; i < count; i++) {
        mine->metric = i;
        if (strcmp(argument, metric_infos[dashboard_metric(state)].name) == 0)
            return STATUS_OK;
        mine->metric = before;
    }
    return error_set(error, STATUS_USAGE, "dashboard metric: \"%s\" is not next, ndcg, clicks, recall or r_precision",
                     argument);
}

/* ---- commands of all views ---- */

static COMMAND(select_here)
{
    struct dashboard_state *mine = dashboard_of(state);
    size_t count = failures_of(state)->list.n_groups;
    (void)effects;
    if (list_move(&mine->at, count, argument))
        return STATUS_OK;
    return command_select_in(&mine->at, count, argument, 1, error);
}

static COMMAND(page)
{
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)
        return select_here(state, effects, argument[0] == 'n' ? "page-down" : "page-up", error);
    return error_set(error, STATUS_USAGE, "page: \"%s\" is not next or previous", argument);
}

static COMMAND(pane)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "the dashboard is one list; escape closes it");
}

static COMMAND(add)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "enter lists the playlists of a bar; there are no tracks to add here");
}

static void settle(struct state *state, const struct layout *layout)
{
    struct dashboard_state *mine = dashboard_of(state);
    if (layout->too_small || state->overlay != VIEW_DASHBOARD)
        return;
    const struct dashboard_layout at = dashboard_layout(state, layout);
    layout_settle_list(&mine->at, failures_of(state)->list.n_groups, list_items(&at.list));
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct dashboard_state *mine = dashboard_of(state);
    const struct dashboard_layout at = dashboard_layout(state, layout);
    const size_t count = failures_of(state)->list.n_groups;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        state->overlay = VIEW_NONE;
        return STATUS_OK;
    }
    if (list_click_bar(&at.list, &mine->at, count, event))
        return STATUS_OK;
    const size_t item = list_item_at(&at.list, &mine->at, count, event->row);
    if (item >= count)
        return STATUS_OK;
    mine->at.selected = item;
    return event->clicks > 1 ? command_dashboard_list(state, effects, "", error) : STATUS_OK;
}

static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct dashboard_layout at = dashboard_layout(state, layout);
    (void)effects, (void)error;
    list_wheel(&at.list, &dashboard_of(state)->at, failures_of(state)->list.n_groups, event->direction);
    return STATUS_OK;
}

static const struct explorer_command commands[] = {
    {"dashboard", "", "causes and kinds of failures, as bars", command_dashboard},
    {"dashboard list", "", "list the playlists of the selected bar", command_dashboard_list},
    {"dashboard metric", "next|ndcg|clicks|recall|r_precision", "which metric the bars show", command_dashboard_metric},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "dashboard list", HINT_ACT, "list"},
    {'s', false, "dashboard metric next", HINT_OWN, "metric"},
    {'D', false, "close", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET("dashboard", bindings);

const struct view_ops view_dashboard = {
    .name = "dashboard",
    .title = "dashboard",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .state_size = sizeof(struct dashboard_state),
    .settle = settle,
    .draw = dashboard_draw,
    .click = click,
    .wheel = wheel,
    .add = add,
    .page = page,
    .select = select_here,
    .pane = pane,
};
