/* Effects of Compare: the lists of one playlist, and the results over all of them in two steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/compare/compare.h"

/* ---- the lists ---- */

static void free_lists_input(void *input)
{
    free(((struct compare_lists_input *)input)->title);
}

static void free_lists(void *output)
{
    compared_lists_free(output);
}

static enum status run_lists(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct compare_lists_input *input = effect->input;
    (void)cancel;
    const struct compare_question question = {
        .playlist_id = effect->id,
        .seeds = effect->ids,
        .n_seeds = effect->n_ids,
        .title = input->title && input->title[0] ? input->title : NULL,
    };
    return app_compare_lists(world->app, effect->text, input->b, &question, result->output, error);
}

/* After an edit of the playlist the page stays; another playlist begins at its first page. */
static void take_lists(struct state *state, struct effect_list *effects, struct result *result)
{
    struct compare_state *compare = compare_of(state);
    struct compared_lists *output = result->output;
    (void)effects;
    compare->stale = false;
    state->wanted[EFFECT_COMPARE_LISTS] = 0;
    if (result->error.status != STATUS_OK) {
        if (!result_warn(state, result))
            return;
        snprintf(compare->failure, sizeof compare->failure, "%.255s", result->error.text);
        compared_lists_free(&compare->lists);
        compare->lists_there = false;
        return;
    }
    if (output->playlist_id != compare->lists.playlist_id)
        compare->turned = compare->selected = 0;
    compare->failure[0] = '\0';
    compared_lists_free(&compare->lists);
    compare->lists = *output;
    memset(output, 0, sizeof *output);
    compare->lists_there = true;
}

const struct effect_ops effect_compare_lists = {
    .name = "compare lists",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct compare_lists_input),
    .output_size = sizeof(struct compared_lists),
    .free_input = free_lists_input,
    .free_output = free_lists,
    .run = run_lists,
    .take = take_lists,
};

/* ---- the results ---- */

static void free_results(void *output)
{
    compare_result_free(output);
}

static enum status run_results(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                               struct error *error)
{
    const struct compare_results_input *input = result->effect.input;
    const struct compare_settings settings = {
        .a = result->effect.text,
        .b = input->b,
        .filter = input->filter,
        .held_out = HELD_OUT_GROUPS,
        .groups = true,
        .quick = input->quick,
        .by = metric_infos[input->by].name,
        .largest = input->quick ? COMPARE_LARGEST_ROWS : 0,
        .curves = input->quick,
        .cancel = cancel,
    };
    return app_compare_results(world->app, &settings, result->output, error);
}

/* The largest loss first after the wins: the list is read from its top. */
static void turn_losses(struct compare_result *results)
{
    struct compared_playlist *losses = results->largest + results->n_wins;
    for (size_t i = 0, n = results->n_largest - results->n_wins; i < n / 2; i++) {
        struct compared_playlist other = losses[i];
        losses[i] = losses[n - 1 - i];
        losses[n - 1 - i] = other;
    }
}

static int64_t selected_playlist(const struct compare_state *compare)
{
    const size_t at = compare->playlist_at.selected;
    return at < compare->results.n_largest ? compare->results.largest[at].id : 0;
}

/* The same playlist stays selected while it is among those shown. */
static void select_playlist(struct compare_state *compare, int64_t playlist)
{
    compare->playlist_at = (struct list_position){0};
    for (size_t i = 0; i < compare->results.n_largest; i++)
        if (compare->results.largest[i].id == playlist)
            compare->playlist_at.selected = i;
}

static void keep_results(struct compare_state *compare, struct compare_result *output)
{
    const int64_t playlist = selected_playlist(compare);
    compare_result_free(&compare->results);
    compare->results = *output;
    memset(output, 0, sizeof *output);
    turn_losses(&compare->results);
    select_playlist(compare, playlist);
}

static void refuse_results(struct compare_state *compare, const struct error *error)
{
    snprintf(compare->results_failure, sizeof compare->results_failure, "%.255s", error->text);
    compare_result_free(&compare->results);
    compare->results_there = compare->results_whole = false;
}

static void take_results(struct state *state, struct effect_list *effects, struct result *result)
{
    struct compare_state *compare = compare_of(state);
    const struct compare_results_input *input = result->effect.input;
    compare->results_stale = false;
    state->wanted[EFFECT_COMPARE_RESULTS] = 0;
    snprintf(compare->result_models[0], NAME_SIZE, "%s", result->effect.text);
    snprintf(compare->result_models[1], NAME_SIZE, "%s", input->b);
    if (result->error.status != STATUS_OK) {
        if (result->error.status != STATUS_INTERRUPTED)
            refuse_results(compare, &result->error);
        return;
    }
    bool first = !compare->results_there;
    keep_results(compare, result->output);
    compare->results_failure[0] = '\0';
    compare->results_there = true;
    compare->results_whole = false;
    compare->version++;
    for (int i = 0; first && i < compare->results.n_metrics; i++)
        if (compare->results.metrics[i].metric == (enum metric)COMPARE_LARGEST)
            compare->metric_at.selected = (size_t)i;
    struct effect *rest = effect_request(effects, state, EFFECT_COMPARE_REST, result->effect.text);
    if (rest) {
        *(struct compare_results_input *)rest->input = *input;
        ((struct compare_results_input *)rest->input)->quick = false;
    }
}

/* The curves are those of the first step. */
static void take_rest(struct state *state, struct effect_list *effects, struct result *result)
{
    struct compare_state *compare = compare_of(state);
    struct compare_result *output = result->output;
    (void)effects;
    state->wanted[EFFECT_COMPARE_REST] = 0;
    if (result->error.status != STATUS_OK || !compare->results_there) {
        result_warn(state, result);
        return;
    }
    memcpy(compare->results.metrics, output->metrics, sizeof output->metrics);
    compare->results.n_metrics = output->n_metrics;
    group_summaries_free(&compare->results.groups);
    compare->results.groups = output->groups;
    output->groups = (struct group_summaries){0};
    compare->results_whole = true;
}

static void take_playlists(struct state *state, struct effect_list *effects, struct result *result)
{
    struct compare_state *compare = compare_of(state);
    struct compare_result *output = result->output;
    (void)effects;
    state->wanted[EFFECT_COMPARE_PLAYLISTS] = 0;
    if (result->error.status != STATUS_OK || !compare->results_there) {
        result_warn(state, result);
        return;
    }
    arena_free(&compare->results.memory);
    compare->results.memory = output->memory;
    compare->results.largest = output->largest;
    compare->results.n_largest = output->n_largest;
    compare->results.n_wins = output->n_wins;
    compare->results.by = output->by;
    turn_losses(&compare->results);
    output->memory = (struct arena){0};
    compare->playlist_at = (struct list_position){0};
}

const struct effect_ops effect_compare_results = {
    .name = "compare results",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct compare_results_input),
    .output_size = sizeof(struct compare_result),
    .free_output = free_results,
    .run = run_results,
    .take = take_results,
};

const struct effect_ops effect_compare_rest = {
    .name = "compare rest",
    .urgency = 30,
    .latest_only = true,
    .input_size = sizeof(struct compare_results_input),
    .output_size = sizeof(struct compare_result),
    .free_output = free_results,
    .run = run_results,
    .take = take_rest,
};

const struct effect_ops effect_compare_playlists = {
    .name = "compare playlists",
    .urgency = 70,
    .latest_only = true,
    .input_size = sizeof(struct compare_results_input),
    .output_size = sizeof(struct compare_result),
    .free_output = free_results,
    .run = run_results,
    .take = take_playlists,
};
