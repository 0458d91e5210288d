#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"

static bool is_model(const struct state *state, const char *name)
{
    for (size_t i = 0; i < state->models.count; i++)
        if (strcmp(state->models.names[i], name) == 0)
            return true;
    return false;
}

/* The other model is one that there is, and another one; without it nothing can be lost against it. */
static void check_against(struct state *state)
{
    struct failures_state *failures = &state->failures;
    if (!is_model(state, failures->against) || strcmp(failures->against, state->model) == 0)
        failures->against[0] = '\0';
    if (failures->against[0] == '\0' && failures->filter.order == FAILURES_BY_LOSS)
        failures->filter.order = FAILURES_BY_NDCG;
}

static struct effect *ask(struct state *state, struct effect_list *effects, enum effect_type type, const char *model,
                          const char *against)
{
    struct failures_state *failures = &state->failures;
    struct effect *effect = effect_ask(effects, state, type, model);
    if (!effect)
        return NULL;
    effect->more = strdup(against);
    if (!failures->stale)
        failures->asked = state->now;
    failures->stale = true;
    return effect;
}

void action_failures_anew(struct state *state, struct effect_list *effects, bool keep)
{
    struct failures_state *failures = &state->failures;
    if (!state->session_known || state->models.count == 0 || state->model[0] == '\0')
        return;
    const struct failure *selected = state_failure(state);
    if (!keep)
        failures->wanted = 0;
    else if (selected && state->wanted[EFFECT_FAILURES] == 0)
        failures->wanted = selected->playlist_id;
    check_against(state);
    struct effect *effect = ask(state, effects, EFFECT_FAILURES, state->model, failures->against);
    if (effect)
        effect->filter = failures->filter;
    state->wanted[EFFECT_FAILURE_OPEN] = 0;
    state_touch(state);
}

void action_failures(struct state *state, struct effect_list *effects)
{
    action_failures_anew(state, effects, true);
}

void action_failure_open(struct state *state, struct effect_list *effects)
{
    const struct failures_state *failures = &state->failures;
    const struct failure *selected = state_failure(state);
    if (!selected)
        return;
    struct effect *effect = ask(state, effects, EFFECT_FAILURE_OPEN, failures->list.model, failures->list.against);
    if (effect)
        effect->id = selected->playlist_id;
}

void action_failure_select(struct state *state, struct effect_list *effects, size_t at)
{
    struct failures_state *failures = &state->failures;
    if (failures->list.count == 0)
        return;
    at = at < failures->list.count ? at : failures->list.count - 1;
    if (at == failures->at.selected)
        return;
    failures->at.selected = at;
    failures->wanted = failures->list.items[at].playlist_id;
    if (state->wanted[EFFECT_FAILURES] == 0) /* else the list on its way opens it */
        action_failure_open(state, effects);
    state_touch(state);
}

void action_failure_page(struct state *state, size_t page)
{
    struct failures_state *failures = &state->failures;
    if (page < state_failure_pages(state))
        failures->page = page;
}

void action_failure_held_out(struct state *state, size_t at)
{
    struct failures_state *failures = &state->failures;
    const struct failure_case *opened = &failures->opened;
    if (opened->held_out.count == 0)
        return;
    failures->held_out_at.selected = at < opened->held_out.count ? at : opened->held_out.count - 1;
    for (int i = 0; i < opened->n_sides; i++) {
        int32_t rank = opened->sides[i].ranks[failures->held_out_at.selected];
        if (rank == 0)
            continue;
        failures->page = (size_t)(rank - 1) / PAGE_TRACKS;
        failures->selected = (size_t)(rank - 1) % PAGE_TRACKS + (size_t)i * PAGE_TRACKS;
        return;
    }
}
