#include "ui/actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/session.h"

void action_forget_results(struct state *state)
{
    state->wanted[EFFECT_SEARCH] = 0;
    state->results.count = 0;
    state->results_total = 0;
    state->results_answered = state->searching = false;
    state->result_at = (struct list_position){0};
}

void action_search(struct state *state, struct effect_list *effects)
{
    state_touch(state);
    bool blank = strspn(state->search.text, " ") == state->search.size;
    if (blank || !effect_ask(effects, state, EFFECT_SEARCH, state->search.text))
        action_forget_results(state);
    else
        state->searching = true;
}

void action_suggest(struct state *state, struct effect_list *effects)
{
    if (!state->session_known || state->model[0] == '\0')
        return;
    struct effect *effect = effect_ask(effects, state, EFFECT_RECOMMEND, state->model);
    if (!effect || !effect_set_tracks(effect, playlist_now(&state->playlist)))
        return;
    if (!state->suggestions.stale)
        state->suggestions.asked = state->now;
    state->suggestions.stale = true;
}

bool action_save_effect(struct state *state, struct effect *effect)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    struct buffer json = {0};
    session_write(state, &json);
    effect->type = EFFECT_SAVE;
    effect->flag = playlist->kept;
    effect->serial = playlist->serial;
    effect->id = state_saved_id(state, playlist->serial);
    effect->more = json.data;
    if (!effect->text)
        effect->text = strdup(playlist->name);
    return !json.failed && effect->text && effect_set_tracks(effect, playlist);
}

void action_save(struct state *state, struct effect_list *effects)
{
    state->dirty = false;
    state->retry_at = 0;
    if (!state->session_known)
        return;
    struct effect *effect = effect_ask(effects, state, EFFECT_SAVE, playlist_now(&state->playlist)->name);
    if (!effect)
        return;
    if (action_save_effect(state, effect)) {
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
    action_suggest(state, effects);
}

enum status action_add(struct state *state, struct effect_list *effects, const struct track *track, struct error *error)
{
    enum status status = playlist_add(&state->playlist, track, error);
    if (status != STATUS_OK)
        return status;
    state->playlist_at.selected = playlist_now(&state->playlist)->count - 1;
    state_say(state, "added \"%s\" (u undoes)", track->title);
    action_edited(state, effects);
    return STATUS_OK;
}

void action_open_map(struct state *state, struct effect_list *effects)
{
    struct map_state *map = &state->map;
    if (map->phase != MAP_CLOSED || !state->session_known)
        return;
    if (state->sets.count == 0)
        return;
    bool known = false;
    for (size_t i = 0; i < state->sets.count; i++)
        known = known || strcmp(state->sets.names[i], map->set) == 0;
    if (!known)
        snprintf(map->set, sizeof map->set, "%s", state->sets.names[0]);
    effect_ask(effects, state, EFFECT_MAP_OPEN, map->set);
    state->wanted[EFFECT_MAP_STEP] = 0;
    map->phase = MAP_OPENING;
}

void action_select_point(struct state *state, struct effect_list *effects, int64_t point)
{
    struct map_state *map = &state->map;
    if (point < 0 || (size_t)point >= map->albums.count || point == map->selected)
        return;
    map->selected = point;
    map->version++;
    struct effect *effect = effect_ask(effects, state, EFFECT_NEIGHBOURS, map->set);
    if (effect)
        effect->id = map->albums.items[point].id;
    state_touch(state);
}

void action_page(struct state *state, struct effect_list *effects, size_t page)
{
    (void)effects;
    struct suggestions *suggestions = &state->suggestions;
    if (page == suggestions->page || page >= state_pages(state))
        return;
    suggestions->page = page;
    suggestions->before.count = 0; /* what is seen now is this page */
    suggestions->clicks++;
    state_touch(state);
}

static size_t moved(size_t selected, size_t count, int rows)
{
    if (rows < 0)
        return selected > (size_t)-rows ? selected - (size_t)-rows : 0;
    size_t target = selected + (size_t)rows;
    return target < count ? target : count > 0 ? count - 1 : 0;
}

static void move_suggestion(struct state *state, struct effect_list *effects, int rows)
{
    struct suggestions *suggestions = &state->suggestions;
    size_t on_page = state_page_tracks(state);
    if (rows > 0 && suggestions->selected + 1 >= on_page && suggestions->page + 1 < state_pages(state)) {
        action_page(state, effects, suggestions->page + 1);
        suggestions->selected = 0;
    } else if (rows < 0 && suggestions->selected == 0 && suggestions->page > 0) {
        action_page(state, effects, suggestions->page - 1);
        suggestions->selected = PAGE_TRACKS - 1;
    } else {
        suggestions->selected = moved(suggestions->selected, on_page, rows);
    }
}

void action_move_selection(struct state *state, struct effect_list *effects, int rows)
{
    size_t entries = playlist_now(&state->playlist)->count;
    if (state->pane == PANE_RESULTS)
        state->result_at.selected = moved(state->result_at.selected, state->results.count, rows);
    else if (state->pane == PANE_PLAYLIST)
        state->playlist_at.selected = moved(state->playlist_at.selected, entries, rows);
    else
        move_suggestion(state, effects, rows);
}
