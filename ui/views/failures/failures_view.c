#include "ui/views/failures/failures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/held.h"
#include "ui/session.h"
#include "ui/view.h"

static void free_own(struct state *state)
{
    failure_list_free(&failures_of(state)->list);
    failure_case_free(&failures_of(state)->opened);
    failure_explained_free(&failures_of(state)->explained);
}

static bool answer(const struct state *state, const char **model, double *milliseconds)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    if (opened->n_sides == 0)
        return false;
    *model = opened->sides[0].model;
    *milliseconds = opened->sides[0].answer.milliseconds;
    return true;
}

static void settle(struct state *state, const struct layout *layout)
{
    struct failures_state *failures = failures_of(state);
    const struct failures_layout mine = failures_layout(state, layout);
    size_t pages = failures_pages(state);
    layout_settle_list(&failures->at, failures->list.count, list_items(&mine.list));
    layout_settle_list(&failures->held_out_at, failures->opened.held_out.count, list_items(&mine.held_out));
    if (failures->page >= pages)
        failures->page = pages > 0 ? pages - 1 : 0;
    size_t side = failures->selected / PAGE_TRACKS, first = failures->page * PAGE_TRACKS, on_page = 0;
    if (side >= (size_t)failures->opened.n_sides)
        side = 0;
    if (failures->opened.n_sides > 0 && first < failures->opened.sides[side].count)
        on_page = failures->opened.sides[side].count - first;
    on_page = on_page < PAGE_TRACKS ? on_page : PAGE_TRACKS;
    size_t at = failures->selected % PAGE_TRACKS;
    failures->selected = side * PAGE_TRACKS + (at < on_page ? at : on_page > 0 ? on_page - 1 : 0);
}

/* ---- the mouse ---- */

static enum status click_page(struct state *state, const struct failures_layout *mine, const struct event *event)
{
    struct failures_state *failures = failures_of(state);
    bool second = event->column >= mine->page_column[1];
    int first = mine->page_top - mine->framed, down = (event->row - first) / mine->pitch;
    if (event->row < first || event->column < mine->page_column[0] || down >= mine->cells_down)
        return STATUS_OK;
    size_t selected = (size_t)(down + (second ? mine->cells_down : 0));
    size_t at = failures->page * PAGE_TRACKS + selected % PAGE_TRACKS, side = selected / PAGE_TRACKS;
    if (side < (size_t)failures->opened.n_sides && at < failures->opened.sides[side].count) {
        failures->pane = FAILURES_PAGE;
        failures->selected = selected;
    }
    return STATUS_OK;
}

static enum status click_list(struct state *state, struct effect_list *effects, const struct list_box *box,
                              const struct event *event, struct error *error)
{
    struct failures_state *failures = failures_of(state);
    struct list_position at = failures->at;
    size_t count = failures->list.count;
    bool bar = list_click_bar(box, &at, count, event);
    size_t item = bar ? at.selected : list_item_at(box, &at, count, event->row);
    if (item >= count)
        return STATUS_OK;
    failures->at.top = at.top;
    failures->pane = FAILURES_LIST;
    failures_select(state, effects, item);
    return event->clicks > 1 && !bar ? command_run(state, effects, "open", error) : STATUS_OK;
}

static void click_held_out(struct state *state, const struct list_box *box, const struct event *event)
{
    struct failures_state *failures = failures_of(state);
    struct list_position at = failures->held_out_at;
    size_t count = failures->opened.held_out.count;
    size_t item = list_click_bar(box, &at, count, event) ? at.selected : list_item_at(box, &at, count, event->row);
    if (item >= count)
        return;
    failures->held_out_at.top = at.top;
    failures->pane = FAILURES_HELD_OUT;
    failures_select_held_out(state, item);
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    const struct failures_layout mine = failures_layout(state, layout);
    if (event->column <= mine.rule_column)
        return click_list(state, effects, &mine.list, event, error);
    if (!list_contains(&mine.held_out, event->row, event->column))
        return click_page(state, &mine, event);
    click_held_out(state, &mine.held_out, event);
    return STATUS_OK;
}

/* Over the list the next playlist is opened, over the held-out tracks the next one is selected, and elsewhere the page
 * is turned. */
static enum status wheel(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    struct failures_state *failures = failures_of(state);
    const struct failures_layout mine = failures_layout(state, layout);
    (void)error;
    bool back = event->direction < 0;
    if (event->column <= mine.rule_column) {
        size_t at = failures->at.selected;
        failures_select(state, effects, back ? at - (at > 0) : at + 1);
    } else if (list_contains(&mine.held_out, event->row, event->column)) {
        size_t at = failures->held_out_at.selected;
        failures_select_held_out(state, back ? at - (at > 0) : at + 1);
    } else if (!back || failures->page > 0) {
        failures_go_to_page(state, back ? failures->page - 1 : failures->page + 1);
    }
    return STATUS_OK;
}

/* ---- commands of all views ---- */

static COMMAND(add)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "enter opens this playlist's seeds in Explore; add tracks there");
}

static bool waits(const struct state *state, const char *command)
{
    static const char *const on_playlist[] = {"open", NULL};
    return failures_of(state)->stale && held_is_one_of(command, on_playlist);
}

/* ---- the session ---- */

static void leave(struct state *state)
{
    failures_of(state)->typing = false;
}

static void save(const struct state *state, struct json_writer *writer)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure *selected = failures_selected(state);
    json_key(writer, "failures");
    json_object_begin(writer);
    json_pair_text(writer, "sort", failure_order_names[failures->filter.order]);
    json_pair_text(writer, "against", failures->against);
    json_pair_bool(writer, "by_seeds", failures->filter.by_seeds);
    json_pair_integer(writer, "seeds", failures->filter.seeds);
    json_pair_bool(writer, "missed", failures->filter.missed);
    json_pair_integer(writer, "shortest", failures->filter.shortest);
    json_pair_integer(writer, "longest", failures->filter.longest);
    json_pair_text(writer, "name", failures->name.text);
    bool known = selected && state->wanted[EFFECT_FAILURES] == 0; /* otherwise another list is pending */
    json_pair_integer(writer, "playlist", known ? selected->playlist_id : failures->wanted);
    json_object_end(writer);
}

static void load(struct state *state, const struct json_value *session)
{
    struct failures_state *failures = failures_of(state);
    const struct json_value *part = json_member(session, "failures");
    if (!part)
        return;
    for (int order = 0; order < FAILURE_ORDERS; order++)
        if (strcmp(session_text(part, "sort"), failure_order_names[order]) == 0)
            failures->filter.order = (enum failure_order)order;
    snprintf(failures->against, sizeof failures->against, "%s", session_text(part, "against"));
    snprintf(failures->tried, sizeof failures->tried, "%s", failures->against);
    failures->filter.seeds = (int)session_integer(part, "seeds", 0, 1000000);
    failures->filter.by_seeds = json_get_bool(json_member(part, "by_seeds"), failures->filter.seeds > 0);
    failures->filter.missed = json_get_bool(json_member(part, "missed"), false);
    failures->filter.shortest = session_integer(part, "shortest", 1, INT64_MAX);
    failures->filter.longest = session_integer(part, "longest", 1, INT64_MAX);
    line_set(&failures->name, session_text(part, "name"));
    failures->wanted = session_integer(part, "playlist", 1, INT64_MAX);
}

/* What is selected on the page, or among the held-out tracks, where the first model may not suggest it. */
static bool suggestion(const struct state *state, struct view_suggestion *found)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    size_t at = 0;
    const bool held_out = failures->pane == FAILURES_HELD_OUT;
    const struct failure_side *side = failures->pane == FAILURES_PAGE ? failures_suggestion(state, &at) : NULL;
    if (held_out && opened->n_sides > 0 && failures->held_out_at.selected < opened->held_out.count) {
        side = &opened->sides[0];
        at = failures->held_out_at.selected;
    }
    if (!side)
        return false;
    *found = (struct view_suggestion){.track = held_out ? &opened->held_out.items[at] : &side->tracks.items[at],
                                      .model = side->model,
                                      .rank = held_out ? side->ranks[at] : (int32_t)at + 1,
                                      .title = side->titled ? opened->name : "",
                                      .seeds = malloc((opened->seeds.count + 1) * sizeof(int64_t)),
                                      .n_seeds = opened->seeds.count};
    for (size_t i = 0; found->seeds && i < opened->seeds.count; i++)
        found->seeds[i] = opened->seeds.items[i].id;
    return true;
}

static int64_t suggested_for(const struct state *state)
{
    return failures_of(state)->opened.playlist_id;
}

/* Suggestions are rated on the page; held-out tracks are explained, too. */
static bool hinted(const struct state *state, const struct binding *binding)
{
    const enum failures_pane pane = failures_of(state)->pane;
    if (strcmp(binding->command, "why") == 0)
        return pane == FAILURES_PAGE || pane == FAILURES_HELD_OUT;
    return strcmp(binding->command, "rate good") != 0 || pane == FAILURES_PAGE;
}

static const struct explorer_command commands[] = {
    {"failures", "[MODEL]", "an evaluated model's test playlists, worst first", command_failures},
    {"failures next", "", "go to the next playlist of the list", command_failures_next},
    {"failures previous", "", "go to the previous playlist of the list", command_failures_previous},
    {"failures hit", "next|previous", "go to the page of another hit", command_failures_hit},
    {"failures sort", "next|ndcg|clicks|loss", "sort by NDCG, clicks or loss, then by name", command_failures_sort},
    {"failures against", "next|MODEL|none", "compare with another evaluated model", command_failures_against},
    {"failures seeds", "more|fewer|all|N", "only playlists with this number of seeds", command_failures_seeds},
    {"failures missed", "", "only playlists without a hit, or all again", command_failures_missed},
    {"failures length", "FROM-TO|all", "only playlists of this length", command_failures_length},
    {"failures filter", "[CONDITIONS]", "words, ndcg<10%, cause:artist, genre:rock ...", command_failures_filter},
    {"failures back", "", "show all again, or go to Explore", command_failures_back},
    {"failures export", "FILE.csv|jsonl", "write the playlists that are listed", command_failures_export},
    {"failures export!", "FILE.csv|jsonl", "the same, over a file that exists", command_failures_export_over},
    {"open", "", "open the seeds of the playlist in Explore", command_open},
};

static const struct binding bindings[] = {
    {KEYS_ENTER, false, "open", HINT_ACT, "open"},
    {'J', false, "failures next", HINT_MOVE, "J/K playlist"},
    {'K', false, "failures previous", HINT_NOWHERE, NULL},
    {']', false, "failures next", HINT_NOWHERE, NULL},
    {'[', false, "failures previous", HINT_NOWHERE, NULL},
    {'f', false, "failures hit next", HINT_OWN, "f/F hit"},
    {'F', false, "failures hit previous", HINT_NOWHERE, NULL},
    {'b', false, "failures against next", HINT_OWN, "against"},
    {'D', false, "dashboard", HINT_OWN, "dashboard"},
    {'s', false, "failures sort next", HINT_OWN, "sort"},
    {'x', false, "failures missed", HINT_OWN, "missed"},
    {')', false, "failures seeds more", HINT_NOWHERE, NULL},
    {'(', false, "failures seeds fewer", HINT_NOWHERE, NULL},
    {'a', false, "failures seeds all", HINT_NOWHERE, NULL},
    {'/', false, "failures filter", HINT_SEARCH, "filter"},
    {'o', false, "pick tests", HINT_NOWHERE, NULL},
    {'C', false, "compare failure", HINT_NOWHERE, NULL},
    {'w', false, "why", HINT_OWN, "why"},
    {'+', false, "rate good", HINT_OWN, "+ = - rate"},
    {'=', false, "rate borderline", HINT_NOWHERE, NULL},
    {'-', false, "rate bad", HINT_NOWHERE, NULL},
    {'u', false, "undo", HINT_NOWHERE, NULL},
    {'U', false, "redo", HINT_NOWHERE, NULL},
    {KEYS_ESCAPE, false, "failures back", HINT_NOWHERE, NULL},
};
static const struct key_set keys = KEY_SET(NULL, bindings);

static const struct key_set *const shared_keys[] = {&keys_lists, &keys_views, &keys_everywhere, NULL};

const struct view_ops view_failures = {
    .name = "failures",
    .title = "Failures",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct failures_state),
    .list_of = "failures of",
    .free = free_own,
    .enter = failures_refresh,
    .model_changed = failures_refresh,
    .settle = settle,
    .draw = failures_draw,
    .answer = answer,
    .page_covers = failures_page_covers,
    .click = click,
    .wheel = wheel,
    .add = add,
    .page = failures_command_page,
    .select = failures_command_select,
    .pane = failures_command_pane,
    .album = failures_album,
    .suggestion = suggestion,
    .suggested_for = suggested_for,
    .hinted = hinted,
    .back = failures_back,
    .line = failures_typed_line,
    .typed = failures_filter_typed,
    .accept = failures_filter_accept,
    .cancel = failures_filter_cancel,
    .leave = leave,
    .waits = waits,
    .tick = failures_tick,
    .due = failures_due,
    .save = save,
    .load = load,
};
