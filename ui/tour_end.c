#include "ui/tour_end.h"

#include <stdlib.h>
#include <string.h>

#include "core/json_reader.h"
#include "ui/actions.h"
#include "ui/session.h"
#include "ui/state.h"
#include "ui/tour_hold.h"
#include "ui/views/explore/explore.h"
#include "ui/views/ratings/ratings.h"
#include "ui/views/recipe/recipe_view.h"

static void remember(struct state *state)
{
    struct tour_held *held = &state->tour.held;
    held->on = true;
    held->serial = playlist_now(&state->playlist)->serial;
    held->n_steps = ratings_of(state)->n_steps;
    held->present = state->present;
    recipe_hold(state);
}

void tour_end_begin(struct state *state, struct effect_list *effects)
{
    if (state->tour.held.on)
        return;
    action_flush(state, effects);
    remember(state);
}

void tour_end_restored(struct state *state)
{
    if (state->tour.held.on && state->tour.held.n_made == 0)
        remember(state);
}

static void request_end(struct state *state, struct effect_list *effects)
{
    struct tour_held *held = &state->tour.held;
    struct effect *effect = effect_request(effects, state, EFFECT_TOUR_END, NULL);
    if (!effect)
        return;
    struct tour_end_input *input = effect->input;
    input->forgets = true;
    input->n_steps = held->n_steps;
    for (size_t i = 0; i < held->n_made; i++)
        if (tour_hold_is_to_go(state, held->made[i]))
            held->made[input->n++] = held->made[i];
    input->serials = held->made;
    held->made = NULL;
}

void tour_end(struct state *state, struct effect_list *effects)
{
    struct tour_held *held = &state->tour.held;
    if (!held->on)
        return;
    action_flush(state, effects);
    const struct playlist_version *before = tour_hold_playlist(state);
    request_end(state, effects);
    if (before != playlist_now(&state->playlist)) {
        state->playlist.current = (size_t)(before - state->playlist.versions);
        explore_of(state)->playlist_at = (struct list_position){0};
        marks_clear(&explore_of(state)->marks[PANE_PLAYLIST]);
    }
    state->present = held->present;
    recipe_put_back(state);
    free(held->made);
    *held = (struct tour_held){0};
    action_edited(state, effects);
}

void tour_end_read(struct state *state, struct effect_list *effects, const char *session)
{
    struct json_document document;
    int64_t *ids;
    if (json_read(session, strlen(session), &document, NULL) != STATUS_OK)
        return;
    const size_t count = session_read_ids(json_member(&document.root, "tour"), &ids);
    struct effect *effect = count > 0 ? effect_request(effects, state, EFFECT_TOUR_END, NULL) : NULL;
    if (effect) {
        effect->ids = ids;
        effect->n_ids = count;
    } else {
        free(ids);
    }
    json_document_free(&document);
}
