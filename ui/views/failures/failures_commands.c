/* The commands of Failures: which test playlists, which models, and what is selected in one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/model_names.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"

COMMAND(command_failures)
{
    enum view before = state->view;
    if (!argument[0] || strcmp(argument, state->model) == 0) {
        view_open(state, effects, VIEW_FAILURES);
        return STATUS_OK;
    }
    state->view = VIEW_FAILURES; /* so that the model's failures are requested */
    enum status status = command_model(state, effects, argument, error);
    state->view = before;
    if (status == STATUS_OK)
        view_show(state, VIEW_FAILURES);
    return status;
}

COMMAND(command_failures_sort)
{
    struct failures_state *failures = failures_of(state);
    int orders = failures->against[0] ? FAILURE_ORDERS : FAILURES_BY_LOSS, order = 0;
    if (strcmp(argument, "next") == 0) {
        order = ((int)failures->filter.order + 1) % orders;
    } else {
        while (order < FAILURE_ORDERS && strcmp(argument, failure_order_names[order]) != 0)
            order++;
        if (order == FAILURE_ORDERS)
            return error_set(error, STATUS_USAGE, "failures sort: \"%s\" is not ndcg, clicks or loss", argument);
        if (order >= orders)
            return error_set(error, STATUS_USAGE,
                             "a loss is against another model; \"failures against MODEL\" (b) chooses it");
    }
    failures->filter.order = (enum failure_order)order;
    failures_request(state, effects, false);
    return STATUS_OK;
}

/* The next (1) or previous (-1) number of seeds of the evaluated playlists; any number stands before the first and
 * after the last. */
static void step_seeds(struct failures_state *failures, int step)
{
    const struct failure_list *list = &failures->list;
    struct failure_filter *filter = &failures->filter;
    size_t at = step > 0 ? 0 : list->n_seeds;
    while (filter->by_seeds && step > 0 && at < list->n_seeds && list->seeds[at] <= filter->seeds)
        at++;
    while (filter->by_seeds && step < 0 && at > 0 && list->seeds[at - 1] >= filter->seeds)
        at--;
    at -= step < 0; /* wraps around at the first */
    filter->by_seeds = at < list->n_seeds;
    filter->seeds = filter->by_seeds ? list->seeds[at] : 0;
}

COMMAND(command_failures_seeds)
{
    struct failures_state *failures = failures_of(state);
    size_t number = 0;
    bool all = strcmp(argument, "all") == 0, none = strcmp(argument, "0") == 0;
    if (strcmp(argument, "more") == 0) {
        step_seeds(failures, 1);
    } else if (strcmp(argument, "fewer") == 0) {
        step_seeds(failures, -1);
    } else {
        if (!all && !none && command_number(argument, "failures seeds", &number, error) != STATUS_OK)
            return STATUS_USAGE;
        failures->filter.by_seeds = !all;
        failures->filter.seeds = (int)number;
    }
    failures_request(state, effects, false);
    return STATUS_OK;
}

COMMAND(command_failures_length)
{
    struct failures_state *failures = failures_of(state);
    long long shortest = 0, longest = 0;
    int used = 0;
    if (strcmp(argument, "all") != 0) {
        if (sscanf(argument, "%9lld-%9lld%n", &shortest, &longest, &used) != 2 || argument[used] != '\0' ||
            shortest < 1 || longest < shortest)
            return error_set(error, STATUS_USAGE, "failures length: \"%s\" is not like 20-40", argument);
    }
    failures->filter.shortest = shortest;
    failures->filter.longest = longest;
    failures_request(state, effects, false);
    return STATUS_OK;
}

COMMAND(command_failures_missed)
{
    struct failures_state *failures = failures_of(state);
    (void)argument, (void)error;
    failures->filter.missed = !failures->filter.missed;
    failures_request(state, effects, false);
    return STATUS_OK;
}

static enum status check_against(const struct state *state, const char *name, struct error *error)
{
    bool known = name_list_find(&state->models, name) < state->models.count;
    if (!known)
        return error_set(error, STATUS_USAGE, "there is no model \"%s\"; b shows the next one there is", name);
    if (strcmp(name, state->model) == 0)
        return error_set(error, STATUS_USAGE, "%s cannot lose against itself", name);
    return STATUS_OK;
}

COMMAND(command_failures_against)
{
    struct failures_state *failures = failures_of(state);
    const char *name = strcmp(argument, "none") == 0 ? "" : argument;
    if (strcmp(argument, "next") == 0)
        name = model_rival_after(state, state->model, failures->tried); /* after the last one: none */
    else if (name[0] && check_against(state, name, error) != STATUS_OK)
        return STATUS_USAGE;
    bool chosen = name[0] != '\0';
    snprintf(failures->tried, sizeof failures->tried, "%s", name);
    snprintf(failures->against, sizeof failures->against, "%s", name);
    failures->filter.order = chosen ? FAILURES_BY_LOSS : FAILURES_BY_NDCG;
    char model[MODEL_LABEL_SIZE], against[MODEL_LABEL_SIZE];
    model_label(state, state->model, model);
    model_label(state, failures->against, against);
    if (chosen)
        state_say(state, "%s against %s: the largest loss first", model, against);
    else if (model_rival_after(state, state->model, "")[0] == '\0')
        state_warn(state, "no other model was evaluated; run: sleeve evaluate --model NAME");
    else
        state_say(state, "%s by itself", model);
    failures_refresh(state, effects); /* the same playlist stays selected */
    return STATUS_OK;
}

static enum status step(struct state *state, struct effect_list *effects, bool back, struct error *error)
{
    const struct failures_state *failures = failures_of(state);
    size_t at = failures->at.selected;
    if (failures->list.count == 0)
        return error_set(error, STATUS_USAGE, "there is no playlist to go to");
    if (back ? at == 0 : at + 1 >= failures->list.count)
        return error_set(error, STATUS_USAGE, back ? "this is the first playlist" : "this is the last playlist");
    failures_select(state, effects, back ? at - 1 : at + 1);
    return STATUS_OK;
}

COMMAND(command_failures_next)
{
    (void)argument;
    return step(state, effects, false, error);
}

COMMAND(command_failures_previous)
{
    (void)argument;
    return step(state, effects, true, error);
}

/* ---- select, page and pane ---- */

/* At its ends the selection turns the page, as in Explore; the pages of two models turn together. */
static void move_on_page(struct failures_state *failures, size_t pages, bool back)
{
    size_t side = failures->selected / PAGE_TRACKS * PAGE_TRACKS, at = failures->selected % PAGE_TRACKS;
    if (back && at == 0 && failures->page > 0) {
        failures->page--;
        at = PAGE_TRACKS - 1;
    } else if (!back && at + 1 == PAGE_TRACKS && failures->page + 1 < pages) {
        failures->page++;
        at = 0;
    } else if (back ? at > 0 : at + 1 < PAGE_TRACKS) {
        at = back ? at - 1 : at + 1;
    }
    failures->selected = side + at;
}

COMMAND(failures_command_select)
{
    struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    bool on_page = failures->pane == FAILURES_PAGE;
    if (on_page && (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0)) {
        move_on_page(failures, failures_pages(state), argument[0] == 'p');
        return STATUS_OK;
    }
    if (on_page && strncmp(argument, "page-", 5) == 0)
        return failures_command_page(state, effects, argument[5] == 'd' ? "next" : "previous", error);
    bool held_out = failures->pane == FAILURES_HELD_OUT;
    size_t selected = on_page ? failures->selected : held_out ? failures->held_out_at.selected : failures->at.selected;
    size_t count = on_page    ? PAGE_TRACKS * (size_t)(opened->n_sides > 1 ? 2 : 1)
                   : held_out ? opened->held_out.count
                              : failures->list.count;
    struct list_position at = held_out ? failures->held_out_at : failures->at;
    if (on_page)
        at = (struct list_position){.rows = PAGE_TRACKS};
    at.selected = selected;
    enum status status = command_select_in(&at, count, argument, 1, error);
    if (status != STATUS_OK)
        return status;
    size_t target = at.selected;
    if (on_page)
        failures->selected = target;
    else if (held_out)
        failures_select_held_out(state, target);
    else
        failures_select(state, effects, target);
    return STATUS_OK;
}

COMMAND(failures_command_page)
{
    (void)effects;
    size_t pages = failures_pages(state), page = failures_of(state)->page, number = 1;
    if (pages == 0)
        return error_set(error, STATUS_USAGE, "there are no suggestions to page through");
    if (strcmp(argument, "next") == 0)
        number = page + 2;
    else if (strcmp(argument, "previous") == 0)
        number = page;
    else if (strcmp(argument, "first") != 0 && command_number(argument, "page", &number, error) != STATUS_OK)
        return STATUS_USAGE;
    if (number == 0)
        return error_set(error, STATUS_USAGE, "this is the first page");
    if (number > pages)
        return error_set(error, STATUS_USAGE, "this is page %zu of %zu; there is no page %zu", page + 1, pages, number);
    failures_go_to_page(state, number - 1);
    return STATUS_OK;
}

COMMAND(failures_command_pane)
{
    (void)effects;
    static const char *const names[FAILURES_PANES] = {"list", "held-out", "page"};
    struct failures_state *failures = failures_of(state);
    int pane = 0;
    if (strcmp(argument, "next") == 0)
        pane = ((int)failures->pane + 1) % FAILURES_PANES;
    else if (strcmp(argument, "previous") == 0)
        pane = ((int)failures->pane + FAILURES_PANES - 1) % FAILURES_PANES;
    else if (strcmp(argument, "right") == 0 || strcmp(argument, "left") == 0)
        pane = layout_between((int)failures->pane + (argument[0] == 'r' ? 1 : -1), 0, FAILURES_PANES - 1);
    else
        while (pane < FAILURES_PANES && strcmp(argument, names[pane]) != 0)
            pane++;
    if (pane == FAILURES_PANES)
        return error_set(error, STATUS_USAGE, "there is no pane \"%s\" here; there are list, held-out and page",
                         argument);
    if (failures->opened.playlist_id == 0 && pane != FAILURES_LIST)
        return error_set(error, STATUS_USAGE, "no playlist is opened");
    failures->pane = (enum failures_pane)pane;
    return STATUS_OK;
}

/* From the selected suggestion on, in the list of its model. From another pane the selected suggestion itself is
 * considered, too. */
COMMAND(command_failures_hit)
{
    (void)effects;
    struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    bool back = strcmp(argument, "previous") == 0;
    if (!back && strcmp(argument, "next") != 0)
        return error_set(error, STATUS_USAGE, "failures hit: \"%s\" is neither next nor previous", argument);
    if (opened->n_sides == 0)
        return error_set(error, STATUS_USAGE, "no playlist is opened");
    size_t which = failures->selected / PAGE_TRACKS < (size_t)opened->n_sides ? failures->selected / PAGE_TRACKS : 0;
    const struct failure_side *side = &opened->sides[which];
    size_t from = failures->page * PAGE_TRACKS + failures->selected % PAGE_TRACKS;
    bool found = !back && failures->pane != FAILURES_PAGE && from < side->count && side->hits[from];
    for (size_t at = from; !found && (back ? at > 0 : at + 1 < side->count);) {
        at = back ? at - 1 : at + 1;
        found = side->hits[at];
        from = at;
    }
    if (!found)
        return error_set(error, STATUS_USAGE,
                         back ? "there is no hit before this one" : "there is no hit after this one");
    failures->pane = FAILURES_PAGE;
    failures->page = from / PAGE_TRACKS;
    failures->selected = which * PAGE_TRACKS + from % PAGE_TRACKS;
    return STATUS_OK;
}

/* ---- opening the seeds in Explore ---- */

static bool remember_held_out(struct state *state, const struct failure_case *opened)
{
    size_t n_seeds = opened->seeds.count, n_tracks = opened->held_out.count;
    int64_t *ids = calloc(n_seeds + n_tracks + 1, sizeof *ids);
    if (!ids)
        return false;
    for (size_t i = 0; i < n_seeds; i++)
        ids[i] = opened->seeds.items[i].id;
    for (size_t i = 0; i < n_tracks; i++)
        ids[n_seeds + i] = opened->held_out.items[i].id;
    bool kept = held_out_set(&explore_of(state)->held_out, ids, n_seeds, ids + n_seeds, n_tracks);
    free(ids);
    return kept;
}

COMMAND(command_open)
{
    struct explore_state *explore = explore_of(state);
    (void)argument;
    const struct failure_case *opened = &failures_of(state)->opened;
    const struct failure *selected = failures_selected(state);
    struct track_row seeds = {0};
    if (!view_is_shown(state, VIEW_FAILURES))
        return error_set(error, STATUS_USAGE, "open a test playlist among the failures; %d shows them",
                         VIEW_FAILURES + 1);
    if (!selected)
        return error_set(error, STATUS_USAGE, "there is no playlist to open");
    if (opened->playlist_id != selected->playlist_id)
        return error_set(error, STATUS_USAGE, "\"%s\" has not been loaded yet", selected->name);
    action_flush(state, effects);
    enum status status =
        track_row_set(&seeds, &state->book, &opened->seeds) && remember_held_out(state, opened)
            ? playlist_open(&state->playlist, opened->name, &seeds, false, "opened the seeds of ", error)
            : error_no_memory(error);
    track_row_free(&seeds);
    if (status != STATUS_OK)
        return status;
    state_set_origin(state, opened->playlist_id);
    snprintf(state->model, sizeof state->model, "%.63s", opened->sides[0].model);
    explore->playlist_at = (struct list_position){0};
    state->view = VIEW_EXPLORE;
    explore->pane = PANE_SUGGESTIONS;
    state_say(state, "the %zu %s of \"%s\"; held-out tracks are marked (%d goes back to the failures)",
              opened->seeds.count, opened->seeds.count == 1 ? "seed" : "seeds", opened->name, VIEW_FAILURES + 1);
    action_edited(state, effects);
    return STATUS_OK;
}
