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

static enum status refuse_repeats(const struct state *state, const struct track *const *tracks, size_t n,
                                  struct error *error)
{
    if (n != 1)
        return error_set(error, STATUS_USAGE, "all %zu are in the playlist already; :add! adds them again", n);
    return error_set(error, STATUS_USAGE, "\"%s\" is already in the playlist (%zu); :add! adds it again",
                     tracks[0]->title, playlist_find(playlist_now(&state->playlist), tracks[0]->id));
}

/* The tracks that are to be added; the row is empty when memory ran out. */
static struct track_row choose(const struct state *state, const struct track *const *tracks, size_t n, bool again)
{
    struct track_row chosen = {0};
    for (size_t i = 0; i < n; i++) {
        const struct playlist_version before = {.items = chosen.items, .count = chosen.count};
        bool repeated = playlist_find(playlist_now(&state->playlist), tracks[i]->id) > 0 ||
                        playlist_find(&before, tracks[i]->id) > 0;
        if ((again || !repeated) && !track_row_append(&chosen, tracks[i]))
            return chosen;
    }
    return chosen;
}

enum status action_add_all(struct state *state, struct effect_list *effects, const struct track *const *tracks,
                           size_t n, bool again, struct error *error)
{
    struct track_row chosen = choose(state, tracks, n, again);
    size_t added = chosen.count;
    if (n > 0 && added == 0)
        return refuse_repeats(state, tracks, n, error);
    enum status status = playlist_insert(&state->playlist, SIZE_MAX, chosen.items, added, error);
    track_row_free(&chosen);
    if (status != STATUS_OK)
        return status;
    explore_of(state)->playlist_at.selected = playlist_now(&state->playlist)->count - 1;
    if (n == 1)
        state_say(state, "added \"%s\" (u undoes)", tracks[0]->title);
    else if (added == n)
        state_say(state, "added %zu tracks (u undoes)", added);
    else
        state_say(state, "added %zu %s; %zu %s in the playlist already (u undoes)", added,
                  added == 1 ? "track" : "tracks", n - added, n - added == 1 ? "was" : "were");
    action_edited(state, effects);
    return STATUS_OK;
}

enum status action_add(struct state *state, struct effect_list *effects, const struct track *track, struct error *error)
{
    return action_add_all(state, effects, &track, 1, false, error);
}
