#include "ui/views/explore/explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/views/steer/steer.h"

void explore_forget_results(struct state *state)
{
    struct explore_state *explore = explore_of(state);
    state->wanted[EFFECT_SEARCH] = 0;
    explore->results.count = 0;
    explore->results_total = 0;
    explore->results_answered = explore->searching = explore->results_random = false;
    explore->search_note[0] = '\0';
    explore->result_at = (struct list_position){0};
}

void explore_search(struct state *state, struct effect_list *effects)
{
    struct explore_state *explore = explore_of(state);
    state_touch(state);
    const char *words = explore_cover_words(explore->search.text);
    bool blank = strspn(explore->search.text, " ") == explore->search.size || (words && !words[0]);
    if (blank || !effect_request(effects, state, EFFECT_SEARCH, explore->search.text))
        explore_forget_results(state);
    else
        explore->searching = true;
    explore->search_requested = state->now;
}

void explore_suggest(struct state *state, struct effect_list *effects)
{
    struct explore_state *explore = explore_of(state);
    if (!state->session_known || state->model[0] == '\0')
        return;
    struct effect *effect = effect_request(effects, state, EFFECT_RECOMMEND, state->model);
    if (!effect || !effect_set_tracks(effect, playlist_now(&state->playlist)))
        return;
    struct suggest_input *input = effect->input;
    input->title = strdup(explore_title(state)); /* NULL: none */
    steer_settings(state, input);
    if (!explore->suggestions.stale)
        explore->suggestions.requested = state->now;
    explore->suggestions.stale = true;
}

void explore_go_to_page(struct state *state, size_t page)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    if (page == suggestions->page || page >= explore_pages(state))
        return;
    suggestions->page = page;
    suggestions->before.count = 0; /* what is shown now is on this page */
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

static void move_suggestion(struct state *state, int rows)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t on_page = explore_page_tracks(state);
    if (rows > 0 && suggestions->selected + 1 >= on_page && suggestions->page + 1 < explore_pages(state)) {
        explore_go_to_page(state, suggestions->page + 1);
        suggestions->selected = 0;
    } else if (rows < 0 && suggestions->selected == 0 && suggestions->page > 0) {
        explore_go_to_page(state, suggestions->page - 1);
        suggestions->selected = PAGE_TRACKS - 1;
    } else {
        suggestions->selected = moved(suggestions->selected, on_page, rows);
    }
}

void explore_move_selection(struct state *state, int rows)
{
    struct explore_state *explore = explore_of(state);
    size_t entries = explore_list(state, PANE_PLAYLIST).count;
    if (explore->pane == PANE_RESULTS)
        explore->result_at.selected = moved(explore->result_at.selected, explore->results.count, rows);
    else if (explore->pane == PANE_PLAYLIST)
        explore->playlist_at.selected = moved(explore->playlist_at.selected, entries, rows);
    else
        move_suggestion(state, rows);
}

static bool just_replaced(const struct state *state)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    return suggestions->before.count > 0 && state->now - suggestions->replaced < EXPLORE_GLANCE;
}

const struct track *explore_seen_suggestion(const struct state *state, size_t at)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct track_row *row = just_replaced(state) ? &suggestions->before : &suggestions->tracks;
    return at < row->count ? row->items[at] : NULL;
}

const struct track *explore_seen_on_page(const struct state *state, size_t at)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t page = just_replaced(state) ? suggestions->page_before : suggestions->page;
    return explore_seen_suggestion(state, page * PAGE_TRACKS + at);
}

bool explore_late(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    return explore->suggestions.stale && state->now - explore->suggestions.requested >= STATE_LATE;
}

bool explore_search_late(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    return explore->searching && state->now - explore->search_requested >= STATE_LATE;
}

void explore_set_scale(struct suggestions *suggestions)
{
    float worst = 0, best = suggestions->tracks.count > 0 ? suggestions->scores[0] : 0;
    for (size_t i = 0; i < suggestions->tracks.count; i++) {
        worst = fminf(worst, suggestions->scores[i]);
        best = fmaxf(best, suggestions->scores[i]);
    }
    suggestions->worst = worst;
    suggestions->best = best;
}

float explore_share(const struct suggestions *suggestions, size_t at)
{
    float range = suggestions->best - suggestions->worst;
    float share = range > 0 ? (suggestions->scores[at] - suggestions->worst) / range : 1;
    return share > 0 ? fminf(share, 1) : 0; /* 0 for NaN */
}

bool explore_has_shares(const struct suggestions *suggestions, size_t at)
{
    bool shares = suggestions->has_features && suggestions->worst >= 0 && suggestions->best > 0;
    for (int i = 0; i < suggestions->part_names.count && shares; i++)
        shares = suggestions->parts[at][i] >= 0;
    return shares;
}

size_t explore_pages(const struct state *state)
{
    return (explore_of(state)->suggestions.tracks.count + PAGE_TRACKS - 1) / PAGE_TRACKS;
}

size_t explore_page_tracks(const struct state *state)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t first = suggestions->page * PAGE_TRACKS;
    if (first >= suggestions->tracks.count)
        return 0;
    size_t left = suggestions->tracks.count - first;
    return left < PAGE_TRACKS ? left : PAGE_TRACKS;
}

static const struct track *row_of(const struct track_row *row, size_t at)
{
    return at < row->count ? row->items[at] : NULL;
}

const struct track *explore_selected_track(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    size_t entry = explore_entry(state, explore->playlist_at.selected);
    const struct suggestions *suggestions = &explore->suggestions;
    if (explore->pane == PANE_RESULTS)
        return row_of(&explore->results, explore->result_at.selected);
    if (explore->pane == PANE_PLAYLIST)
        return entry < playlist->count ? playlist->items[entry] : NULL;
    return row_of(&suggestions->tracks, suggestions->page * PAGE_TRACKS + suggestions->selected);
}

static int64_t *copy(const int64_t *ids, size_t count)
{
    int64_t *copied = calloc(count + 1, sizeof *copied);
    if (copied && count > 0)
        memcpy(copied, ids, count * sizeof *ids);
    return copied;
}

bool held_out_set(struct held_out *held_out, const int64_t *seeds, size_t n_seeds, const int64_t *tracks,
                  size_t n_tracks)
{
    held_out_free(held_out);
    held_out->seeds = copy(seeds, n_seeds);
    held_out->tracks = copy(tracks, n_tracks);
    if (!held_out->seeds || !held_out->tracks) {
        held_out_free(held_out);
        return false;
    }
    held_out->n_seeds = n_seeds;
    held_out->n_tracks = n_tracks;
    return true;
}

void held_out_free(struct held_out *held_out)
{
    free(held_out->seeds);
    free(held_out->tracks);
    *held_out = (struct held_out){0};
}

bool explore_is_test(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct held_out *held_out = &explore_of(state)->held_out;
    if (held_out->n_seeds == 0 || playlist->count != held_out->n_seeds)
        return false;
    for (size_t i = 0; i < playlist->count; i++)
        if (playlist->items[i]->id != held_out->seeds[i])
            return false;
    return true;
}

bool held_out_has(const struct held_out *held_out, int64_t track)
{
    for (size_t i = 0; i < held_out->n_tracks; i++)
        if (held_out->tracks[i] == track)
            return true;
    return false;
}
