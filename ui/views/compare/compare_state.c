#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/model_names.h"
#include "ui/views/compare/compare.h"
#include "ui/views/explore/explore.h"

const char *const compare_page_names[COMPARE_PAGES] = {
    [COMPARE_LISTS] = "lists", [COMPARE_RESULTS] = "results", [COMPARE_PLOT] = "plot"};

/* ---- models ---- */

static bool is_model(const struct state *state, const char *name)
{
    return name[0] && name_list_find(&state->models, name) < state->models.count;
}

/* Another model than `model`: one that was evaluated if there is one. */
static const char *other_model(const struct state *state, const char *model)
{
    const char *name = model_rival_after(state, model, "");
    for (size_t i = 0; !name[0] && i < state->models.count; i++)
        if (strcmp(state->models.names[i], model) != 0)
            name = state->models.names[i];
    return name;
}

void compare_choose_models(struct state *state)
{
    struct compare_state *compare = compare_of(state);
    char *a = compare->models[0], *b = compare->models[1];
    if (state->models.count == 0) /* not known yet: those of the session stay */
        return;
    if (!is_model(state, a))
        snprintf(a, NAME_SIZE, "%s", strcmp(state->model, b) == 0 ? other_model(state, b) : state->model);
    if (!is_model(state, b) || strcmp(a, b) == 0)
        snprintf(b, NAME_SIZE, "%s", other_model(state, a));
    if (!compare->followed[0])
        snprintf(compare->followed, NAME_SIZE, "%s", state->model);
}

void compare_set_model(struct state *state, struct effect_list *effects, int side, const char *name)
{
    struct compare_state *compare = compare_of(state);
    char chosen[NAME_SIZE]; /* `name` may be one of the two */
    snprintf(chosen, sizeof chosen, "%s", name);
    if (strcmp(chosen, compare->models[!side]) == 0)
        memcpy(compare->models[!side], compare->models[side], NAME_SIZE);
    memcpy(compare->models[side], chosen, NAME_SIZE);
    state_touch(state);
    compare_request(state, effects);
}

/* ---- requests ---- */

static bool has_two(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    return state->session_known && compare->models[0][0] && compare->models[1][0];
}

static struct compare_hand hand_now(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    return (struct compare_hand){playlist->serial, state->playlist.current, playlist->count,
                                 explore_title(state)[0] != '\0'};
}

bool compare_hand_has_changed(const struct state *state)
{
    const struct compare_hand now = hand_now(state), then = compare_of(state)->hand;
    return now.serial != then.serial || now.version != then.version || now.count != then.count ||
           now.titled != then.titled;
}

bool compare_hand_is_empty(const struct state *state)
{
    return playlist_now(&state->playlist)->count == 0 && explore_title(state)[0] == '\0';
}

static void forget_lists(struct state *state)
{
    struct compare_state *compare = compare_of(state);
    state->wanted[EFFECT_COMPARE_LISTS] = 0;
    compared_lists_free(&compare->lists);
    compare->lists_there = compare->stale = false;
    compare->failure[0] = '\0';
}

void compare_request_lists(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    if (!has_two(state))
        return;
    compare->hand = hand_now(state);
    if (compare->playlist == 0 && compare_hand_is_empty(state)) {
        forget_lists(state);
        return;
    }
    struct effect *effect = effect_request(effects, state, EFFECT_COMPARE_LISTS, compare->models[0]);
    if (!effect || (compare->playlist == 0 && !effect_set_tracks(effect, playlist_now(&state->playlist))))
        return;
    struct compare_lists_input *input = effect->input;
    snprintf(input->b, sizeof input->b, "%s", compare->models[1]);
    input->title = strdup(compare->playlist == 0 ? explore_title(state) : "");
    effect->id = compare->playlist;
    if (!compare->stale)
        compare->requested = state->now;
    compare->stale = true;
}

static void request(struct state *state, struct effect_list *effects, enum effect_type type, bool quick)
{
    struct compare_state *compare = compare_of(state);
    struct effect *effect = effect_request(effects, state, type, compare->models[0]);
    if (!effect)
        return;
    struct compare_results_input *input = effect->input;
    snprintf(input->b, sizeof input->b, "%s", compare->models[1]);
    input->filter = compare->filter;
    input->by = compare_metric(state);
    input->quick = quick;
}

void compare_request_results(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    if (!has_two(state))
        return;
    if (!compare->results_stale)
        compare->results_requested = state->now;
    compare->results_stale = true;
    state->wanted[EFFECT_COMPARE_PLAYLISTS] = 0;
    state->wanted[EFFECT_COMPARE_REST] = 0;
    request(state, effects, EFFECT_COMPARE_RESULTS, true);
}

void compare_request_playlists(struct state *state, struct effect_list *effects)
{
    if (has_two(state))
        request(state, effects, EFFECT_COMPARE_PLAYLISTS, true);
}

static bool results_are_of_models(const struct compare_state *compare)
{
    return strcmp(compare->result_models[0], compare->models[0]) == 0 &&
           strcmp(compare->result_models[1], compare->models[1]) == 0;
}

void compare_request(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    compare_choose_models(state);
    if (compare->page == COMPARE_LISTS)
        compare_request_lists(state, effects);
    else if (!compare->results_there || !results_are_of_models(compare) || compare->results_failure[0])
        compare_request_results(state, effects);
}

void compare_open_playlist(struct state *state, struct effect_list *effects, int64_t playlist)
{
    struct compare_state *compare = compare_of(state);
    compare->page = COMPARE_LISTS;
    compare->playlist = playlist;
    state_touch(state);
    compare_request(state, effects);
}

/* ---- what is shown ---- */

bool compare_late(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    if (compare->page == COMPARE_LISTS)
        return compare->stale && state->now - compare->requested >= STATE_LATE;
    return compare->results_stale && state->now - compare->results_requested >= STATE_LATE;
}

size_t compare_pages(const struct state *state)
{
    const struct compared_lists *lists = &compare_of(state)->lists;
    size_t most = lists->sides[0].count > lists->sides[1].count ? lists->sides[0].count : lists->sides[1].count;
    return compare_of(state)->lists_there ? (most + PAGE_TRACKS - 1) / PAGE_TRACKS : 0;
}

const struct track *compare_selected(const struct state *state, size_t *at)
{
    const struct compare_state *compare = compare_of(state);
    const struct failure_side *side = &compare->lists.sides[compare->side];
    *at = compare->turned * PAGE_TRACKS + compare->selected;
    return compare->lists_there && *at < side->count ? &side->tracks.items[*at] : NULL;
}

enum metric compare_metric(const struct state *state)
{
    const struct compare_state *compare = compare_of(state);
    size_t at = compare->metric_at.selected;
    if (!compare->results_there || at >= (size_t)compare->results.n_metrics)
        return (enum metric)COMPARE_LARGEST;
    return compare->results.metrics[at].metric;
}

/* Those with playlists. */
size_t compare_group_count(const struct state *state)
{
    const struct group_summaries *groups = &compare_of(state)->results.groups;
    size_t count = 0;
    for (size_t i = 0; i < groups->count; i++)
        count += groups->items[i].summary.count > 0;
    return count;
}

const struct group_summary *compare_group(const struct state *state, size_t at)
{
    const struct group_summaries *groups = &compare_of(state)->results.groups;
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].summary.count > 0 && at-- == 0)
            return &groups->items[i];
    return NULL;
}

bool compare_is_filtered(const struct state *state)
{
    const struct result_group *filter = &compare_of(state)->filter;
    return filter->slice >= 0 || filter->seeds != SEEDS_ANY;
}

void compare_group_name(const struct result_group *group, char text[64])
{
    char number[16];
    if (group->slice < 0 && group->seeds == SEEDS_ANY)
        text[0] = '\0';
    else if (group->slice < 0)
        snprintf(text, 64, "%d %s", group->seeds, group->seeds == 1 ? "seed" : "seeds");
    else
        snprintf(text, 64, "%s %s", result_group_slice(group), result_group_bin(group, number));
}
