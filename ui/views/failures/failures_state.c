#include <stdio.h>
#include <string.h>

#include "ui/views/failures/failures.h"

const struct failure *failures_selected(const struct state *state)
{
    const struct failures_state *failures = failures_of(state);
    return failures->at.selected < failures->list.count ? &failures->list.items[failures->at.selected] : NULL;
}

bool failures_late(const struct state *state)
{
    const struct failures_state *failures = failures_of(state);
    return failures->stale && state->now - failures->requested >= STATE_LATE;
}

size_t failures_pages(const struct state *state)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    size_t most = 0;
    for (int i = 0; i < opened->n_sides; i++)
        most = opened->sides[i].count > most ? opened->sides[i].count : most;
    return (most + PAGE_TRACKS - 1) / PAGE_TRACKS;
}

const struct failure_side *failures_suggestion(const struct state *state, size_t *at)
{
    const struct failures_state *failures = failures_of(state);
    size_t which = failures->selected / PAGE_TRACKS;
    if (which >= (size_t)failures->opened.n_sides)
        return NULL;
    *at = failures->page * PAGE_TRACKS + failures->selected % PAGE_TRACKS;
    const struct failure_side *side = &failures->opened.sides[which];
    return *at < side->count ? side : NULL;
}

/* Only another model that exists can be the other model; sorting by loss needs one. */
static void check_against(struct state *state)
{
    struct failures_state *failures = failures_of(state);
    if (name_list_find(&state->models, failures->against) == state->models.count ||
        strcmp(failures->against, state->model) == 0)
        failures->against[0] = '\0';
    if (failures->against[0] == '\0' && failures->filter.order == FAILURES_BY_LOSS)
        failures->filter.order = FAILURES_BY_NDCG;
}

static struct effect *ask(struct state *state, struct effect_list *effects, enum effect_type type, const char *model)
{
    struct failures_state *failures = failures_of(state);
    struct effect *effect = effect_request(effects, state, type, model);
    if (!effect)
        return NULL;
    if (!failures->stale)
        failures->requested = state->now;
    failures->stale = true;
    return effect;
}

void failures_request(struct state *state, struct effect_list *effects, bool keep)
{
    struct failures_state *failures = failures_of(state);
    if (!state->session_known || state->models.count == 0 || state->model[0] == '\0')
        return;
    const struct failure *selected = failures_selected(state);
    if (!keep)
        failures->wanted = 0;
    else if (selected && state->wanted[EFFECT_FAILURES] == 0)
        failures->wanted = selected->playlist_id;
    check_against(state);
    struct effect *effect = ask(state, effects, EFFECT_FAILURES, state->model);
    if (effect) {
        struct failures_input *input = effect->input;
        snprintf(input->against, sizeof input->against, "%s", failures->against);
        input->filter = failures->filter;
    }
    state->wanted[EFFECT_FAILURE_OPEN] = 0;
    state_touch(state);
}

void failures_refresh(struct state *state, struct effect_list *effects)
{
    failures_request(state, effects, true);
}

void failures_open_selected(struct state *state, struct effect_list *effects)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure *selected = failures_selected(state);
    if (!selected)
        return;
    struct effect *effect = ask(state, effects, EFFECT_FAILURE_OPEN, failures->list.model);
    if (effect) {
        struct failures_input *input = effect->input;
        snprintf(input->against, sizeof input->against, "%.63s", failures->list.against);
        effect->id = selected->playlist_id;
    }
}

void failures_select(struct state *state, struct effect_list *effects, size_t at)
{
    struct failures_state *failures = failures_of(state);
    if (failures->list.count == 0)
        return;
    at = at < failures->list.count ? at : failures->list.count - 1;
    if (at == failures->at.selected)
        return;
    failures->at.selected = at;
    failures->wanted = failures->list.items[at].playlist_id;
    if (state->wanted[EFFECT_FAILURES] == 0) /* otherwise the pending list opens it */
        failures_open_selected(state, effects);
    state_touch(state);
}

void failures_go_to_page(struct state *state, size_t page)
{
    struct failures_state *failures = failures_of(state);
    if (page < failures_pages(state))
        failures->page = page;
}

void failures_select_held_out(struct state *state, size_t at)
{
    struct failures_state *failures = failures_of(state);
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
