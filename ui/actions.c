#include "ui/actions.h"

#include "ui/effects/save.h"
#include "ui/views/explore/explore.h"

void action_save(struct state *state, struct effect_list *effects)
{
    state->dirty = false;
    state->retry_at = 0;
    if (!state->session_known)
        return;
    struct effect *effect = effect_request(effects, state, EFFECT_SAVE, playlist_now(&state->playlist)->name);
    if (!effect)
        return;
    if (save_fill(state, effect)) {
        state->saving++;
    } else {
        effect_free(effect);
        effects->count--;
    }
}

void action_flush(struct state *state, struct effect_list *effects)
{
    if (state->dirty)
        action_save(state, effects);
}

void action_edited(struct state *state, struct effect_list *effects)
{
    state_touch(state);
    explore_suggest(state, effects);
}

enum status action_add(struct state *state, struct effect_list *effects, const struct track *track, struct error *error)
{
    enum status status = playlist_add(&state->playlist, track, error);
    if (status != STATUS_OK)
        return status;
    explore_of(state)->playlist_at.selected = playlist_now(&state->playlist)->count - 1;
    state_say(state, "added \"%s\" (u undoes)", track->title);
    action_edited(state, effects);
    return STATUS_OK;
}
