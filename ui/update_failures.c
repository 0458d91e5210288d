/* Answers about failures, and what a click or a turn of the wheel means among them. */
#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/update.h"

void update_failures_list(struct state *state, struct effect_list *effects, struct result *result)
{
    struct failures_state *failures = &state->failures;
    state->wanted[EFFECT_FAILURES] = 0;
    failures->stale = false;
    failures->answered = true;
    failures->failure[0] = '\0';
    failure_list_free(&failures->list);
    failures->list = result->failures;
    result->failures = (struct failure_list){0};
    failures->at = (struct list_position){0};
    for (size_t i = 0; i < failures->list.count; i++)
        if (failures->list.items[i].playlist_id == failures->wanted)
            failures->at.selected = i;
    if (failures->list.count == 0)
        failure_case_free(&failures->opened);
    action_failure_open(state, effects);
}

/* The place on the pages stays while it is the same playlist: one model's is compared with another's. */
void update_failures_opened(struct state *state, struct result *result)
{
    struct failures_state *failures = &state->failures;
    failures->stale = false;
    if (result->failure.playlist_id != failures->opened.playlist_id) {
        failures->page = failures->selected = 0;
        failures->held_out_at = (struct list_position){0};
    }
    failure_case_free(&failures->opened);
    failures->opened = result->failure;
    result->failure = (struct failure_case){0};
}

/* What is shown stays, and so do the models that show it. */
void update_failures_refused(struct state *state, struct effect_list *effects, const struct result *result)
{
    struct failures_state *failures = &state->failures;
    failures->stale = false;
    if (result->effect.type != EFFECT_FAILURES)
        return;
    state->wanted[EFFECT_FAILURES] = 0;
    snprintf(failures->against, sizeof failures->against, "%.63s", failures->list.against);
    if (failures->against[0] == '\0' && failures->filter.order == FAILURES_BY_LOSS)
        failures->filter.order = FAILURES_BY_NDCG;
    if (failures->list.model[0] && strcmp(failures->list.model, state->model) != 0) {
        snprintf(state->model_refused, sizeof state->model_refused, "%s", state->model);
        snprintf(state->model, sizeof state->model, "%.63s", failures->list.model);
        action_suggest(state, effects);
    }
    if (!failures->answered)
        snprintf(failures->failure, sizeof failures->failure, "%.255s", result->error.text);
}

/* ---- the mouse ---- */

static enum status click_page(struct state *state, const struct failures_layout *layout, const struct event *event)
{
    struct failures_state *failures = &state->failures;
    bool second = event->column >= layout->second_column;
    int down = (event->row - layout->page_top) / layout->cell_rows;
    if (event->row < layout->page_top || down >= layout->cells_down)
        return STATUS_OK;
    size_t selected = (size_t)(down + (second ? layout->cells_down : 0));
    size_t at = failures->page * PAGE_TRACKS + selected % PAGE_TRACKS, side = selected / PAGE_TRACKS;
    if (side < (size_t)failures->opened.n_sides && at < failures->opened.sides[side].count) {
        failures->pane = FAILURES_PAGE;
        failures->selected = selected;
    }
    return STATUS_OK;
}

enum status update_failures_click(struct state *state, struct effect_list *effects, const struct event *event,
                                  struct error *error)
{
    struct failures_state *failures = &state->failures;
    const struct layout whole = layout_of(state);
    const struct failures_layout *layout = &whole.failures;
    if (event->column < layout->rule_column) {
        int down = event->row - layout->list_top;
        size_t at = failures->at.top + (size_t)down;
        if (down < 0 || down >= layout->list_rows || at >= failures->list.count)
            return STATUS_OK;
        failures->pane = FAILURES_LIST;
        action_failure_select(state, effects, at);
        return event->clicks > 1 ? command_run(state, effects, "open", error) : STATUS_OK;
    }
    int down = event->row - layout->lists_top;
    size_t at = failures->held_out_at.top + (size_t)down;
    if (down < 0 || down >= layout->lists_rows)
        return click_page(state, layout, event);
    if (event->column >= layout->second_column && at < failures->opened.held_out.count) {
        failures->pane = FAILURES_HELD_OUT;
        action_failure_held_out(state, at);
    }
    return STATUS_OK;
}

void update_failures_wheel(struct state *state, struct effect_list *effects, const struct event *event)
{
    struct failures_state *failures = &state->failures;
    const struct layout whole = layout_of(state);
    const struct failures_layout *layout = &whole.failures;
    bool back = event->direction < 0;
    if (event->column < layout->rule_column) {
        size_t at = failures->at.selected;
        action_failure_select(state, effects, back ? at - (at > 0) : at + 1);
    } else if (event->row < layout->page_row) {
        size_t at = failures->held_out_at.selected;
        action_failure_held_out(state, back ? at - (at > 0) : at + 1);
    } else if (!back || failures->page > 0) {
        action_failure_page(state, back ? failures->page - 1 : failures->page + 1);
    }
}
