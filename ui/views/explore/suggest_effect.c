/* The suggestions of a model for the playlist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"

struct suggest_output {
    struct recommendation *recommendations; /* [tracks.count] */
    struct track_list tracks;
    struct app_answer answer;
    struct suggest_answer suggested;
    bool *predicted; /* [n_ids] of the effect */
};

static void free_output(void *output)
{
    struct suggest_output *mine = output;
    free(mine->recommendations);
    free(mine->predicted);
    track_list_free(&mine->tracks);
    suggest_answer_free(&mine->suggested);
}

static void free_input(void *input)
{
    free(((struct suggest_input *)input)->title);
    free(((struct suggest_input *)input)->rejected);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct suggest_output *output = result->output;
    const struct effect *effect = &result->effect;
    (void)cancel;
    output->recommendations = calloc(SUGGESTIONS_MAX, sizeof *output->recommendations);
    output->predicted = calloc(effect->n_ids + 1, sizeof *output->predicted);
    if (!output->recommendations || !output->predicted)
        return error_no_memory(error);
    const struct suggest_input *input = effect->input;
    const struct recommend_query query = {
        .seeds = effect->ids, .n_seeds = effect->n_ids, .title = input->title, .predicted = output->predicted};
    return app_suggest(world->app, effect->text, &query, &input->steering, SUGGESTIONS_MAX, output->recommendations,
                       &output->tracks, &output->answer, &output->suggested, error);
}

/* Keeps the replaced rows: for EXPLORE_GLANCE seconds, keys and clicks still refer to them. */
static void keep_seen(struct state *state)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    struct track_row before = suggestions->before;
    suggestions->before = suggestions->tracks;
    suggestions->page_before = suggestions->page;
    suggestions->replaced = state->now;
    before.count = 0;
    suggestions->tracks = before;
}

/* Keeps the numbers of the seeds that count by a predicted vector; without memory none is marked. */
static void take_predicted(struct suggestions *suggestions, const struct result *result)
{
    const struct suggest_output *output = result->output;
    const struct effect *effect = &result->effect;
    free(suggestions->predicted);
    suggestions->n_predicted = 0;
    suggestions->predicted = output->answer.seeds.predicted > 0 ? malloc(effect->n_ids * sizeof(int64_t)) : NULL;
    for (size_t i = 0; suggestions->predicted && i < effect->n_ids; i++)
        if (output->predicted[i])
            suggestions->predicted[suggestions->n_predicted++] = effect->ids[i];
}

static void take_seeds(struct state *state, const struct app_answer *answer, size_t n_seeds)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    bool unusable = answer->title == TITLE_UNKNOWN || answer->title == TITLE_UNTRAINED;
    const char *note = n_seeds > 0 ? answer->note : unusable ? answer->title_note : "";
    bool fresh = note[0] && strcmp(note, suggestions->note) != 0;
    suggestions->seeds = answer->seeds;
    suggestions->title = answer->title;
    snprintf(suggestions->note, sizeof suggestions->note, "%s", note);
    if (fresh)
        state_note(state, true, note);
}

/* Moves the ranks into the state. */
static void take_steering(struct state *state, struct suggest_answer *suggested)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    free(suggestions->ranks);
    suggestions->ranks = suggested->ranks;
    suggested->ranks = NULL;
    suggestions->hidden = suggested->hidden;
    suggestions->repeats = suggested->repeats;
    rerank_spec_describe(&suggested->applied, suggestions->steered);
    if (suggested->note[0])
        state_warn(state, suggested->note);
}

/* After an edit, or on another device, the list is for the same playlist and model as the one that is shown. */
static bool is_same_list(const struct state *state, const char *model)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    return suggestions->tracks.count > 0 && suggestions->serial == playlist_now(&state->playlist)->serial &&
           strcmp(suggestions->model, model) == 0;
}

/* An edit keeps the page and the selected row: a person who adds tracks continues where they are. Another list begins
 * at its first page, or at the session's. */
static void show_page(struct state *state, bool edited)
{
    struct explore_state *explore = explore_of(state);
    struct suggestions *suggestions = &explore->suggestions;
    suggestions->serial = playlist_now(&state->playlist)->serial;
    suggestions->clicks = 0;
    if (!edited)
        suggestions->page = explore->restore_page;
    explore->restore_page = 0;
    size_t pages = explore_pages(state);
    if (suggestions->page >= pages)
        suggestions->page = pages > 0 ? pages - 1 : 0;
    if (edited)
        explore_find_news(suggestions);
}

static void take_suggestions(struct state *state, struct result *result)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    struct suggest_output *output = result->output;
    bool edited = is_same_list(state, result->effect.text);
    keep_seen(state);
    explore_forget_news(suggestions);
    float *scores = calloc(output->tracks.count + 1, sizeof *scores);
    float(*parts)[SCORE_PARTS_MAX] = calloc(output->tracks.count + 1, sizeof *parts);
    bool *new_songs = calloc(output->tracks.count + 1, sizeof *new_songs);
    if (!scores || !parts || !new_songs || !track_row_set(&suggestions->tracks, &state->book, &output->tracks)) {
        free(scores);
        free(parts);
        free(new_songs);
        suggestions->tracks.count = 0;
        state_warn(state, "memory ran out: there are no suggestions");
        return;
    }
    suggestions->has_features = false;
    for (size_t i = 0; i < output->tracks.count; i++) {
        scores[i] = output->recommendations[i].score;
        const struct recommendation *one = &output->recommendations[i];
        memcpy(parts[i], one->parts, sizeof parts[i]);
        new_songs[i] = one->is_new;
        suggestions->has_features = suggestions->has_features || recommendation_features(one) != 0;
    }
    free(suggestions->scores);
    free(suggestions->parts);
    free(suggestions->new_songs);
    suggestions->new_songs = new_songs;
    suggestions->scores = scores;
    suggestions->parts = parts;
    explore_set_scale(suggestions);
    suggestions->part_names = output->answer.parts;
    snprintf(suggestions->model, sizeof suggestions->model, "%s", result->effect.text);
    suggestions->milliseconds = output->answer.milliseconds;
    take_predicted(suggestions, result);
    take_seeds(state, &output->answer, result->effect.n_ids);
    take_steering(state, &output->suggested);
    suggestions->answered = true;
    suggestions->failed = false;
    show_page(state, edited);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    (void)effects;
    suggestions->stale = false;
    if (result->error.status == STATUS_OK)
        take_suggestions(state, result);
    else if (result_warn(state, result))
        suggestions->answered = suggestions->failed = true;
}

const struct effect_ops effect_recommend = {
    .name = "recommend",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct suggest_input),
    .output_size = sizeof(struct suggest_output),
    .free_input = free_input,
    .free_output = free_output,
    .run = run,
    .take = take,
};
