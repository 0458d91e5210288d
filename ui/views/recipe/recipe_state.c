#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"
#include "ui/views/recipe/recipe_view.h"

/* Tracks and their order do not change within a version of the history. */
uint64_t recipe_version(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    return playlist->serial * 1000003 + state->playlist.current * 31 + playlist->count + 1;
}

const struct track_row *recipe_shown(const struct state *state)
{
    const struct recipe_state *mine = recipe_of(state);
    return mine->filters ? &mine->passing : &mine->tracks;
}

int recipe_selected(const struct state *state)
{
    const struct recipe_state *mine = recipe_of(state);
    return mine->made ? (int)mine->form_at.selected : -1;
}

bool recipe_is_of_other(const struct state *state)
{
    const struct recipe_state *mine = recipe_of(state);
    return mine->made && mine->serial != 0 && mine->serial != playlist_now(&state->playlist)->serial;
}

bool recipe_can_follow(const struct state *state)
{
    return recipe_is_of_other(state) && !recipe_of(state)->edited && playlist_now(&state->playlist)->count > 0;
}

void recipe_request_make(struct state *state, struct effect_list *effects)
{
    struct recipe_state *mine = recipe_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    struct effect *effect = effect_request(effects, state, EFFECT_RECIPE_MAKE, playlist->name);
    if (!effect || !effect_set_tracks(effect, playlist)) {
        state_warn(state, "memory ran out: the recipe was not made");
        return;
    }
    struct recipe_input *input = effect->input;
    input->recipe = mine->recipe;
    input->has_recipe = mine->made;
    input->serial = mine->tried = playlist->serial;
    mine->failure[0] = '\0';
}

/* The suggestions that Explore shows, if they are of this playlist. */
static void take_suggestions(const struct state *state, struct recipe_input *input)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const size_t count = suggestions->tracks.count;
    input->suggested = calloc(count + 1, sizeof *input->suggested);
    if (!input->suggested || suggestions->stale)
        return;
    for (size_t i = 0; i < count; i++)
        input->suggested[i] = suggestions->tracks.items[i]->id;
    input->n_suggested = count;
    memcpy(input->model, suggestions->model, sizeof input->model);
}

void recipe_request_count(struct state *state, struct effect_list *effects)
{
    struct recipe_state *mine = recipe_of(state);
    struct effect *effect = mine->made ? effect_request(effects, state, EFFECT_RECIPE_COUNT, "") : NULL;
    if (!effect)
        return;
    struct recipe_input *input = effect->input;
    input->recipe = mine->recipe;
    take_suggestions(state, input);
    if (!effect_set_tracks(effect, playlist_now(&state->playlist)))
        state_warn(state, "memory ran out: the playlist's tracks are not left out");
    mine->counted = recipe_version(state);
    mine->suggested = state->answered[EFFECT_RECOMMEND];
}

void recipe_show(struct state *state, struct effect_list *effects, const struct recipe *recipe, uint64_t serial)
{
    struct recipe_state *mine = recipe_of(state);
    mine->recipe = *recipe;
    mine->made = true;
    mine->edited = false;
    mine->serial = serial;
    mine->failure[0] = '\0';
    mine->tracks_at = (struct list_position){.rows = mine->tracks_at.rows};
    recipe_request_count(state, effects);
}

void recipe_hold(struct state *state)
{
    struct recipe_state *mine = recipe_of(state);
    mine->held.on = true;
    mine->held.recipe = mine->recipe;
    mine->held.made = mine->made;
    mine->held.edited = mine->edited;
    mine->held.serial = mine->serial;
    mine->held.other = recipe_is_of_other(state);
}

void recipe_put_back(struct state *state)
{
    struct recipe_state *mine = recipe_of(state);
    if (!mine->held.on)
        return;
    mine->held.on = false;
    mine->recipe = mine->held.recipe;
    mine->made = mine->held.made;
    mine->edited = mine->held.edited;
    mine->serial = mine->held.serial;
    mine->tried = 0;
    mine->counted = 0; /* counted again when it is shown */
    mine->answered = mine->answered && mine->made;
    mine->typing = RECIPE_TYPES_NOTHING;
    state->wanted[EFFECT_RECIPE_MAKE] = 0; /* a recipe of the tour that is being made is not taken */
    state->wanted[EFFECT_RECIPE_OPEN] = 0;
}
