/* Storing a rating, the ratings of the playlist in hand, and who rates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/effects/save_internal.h"
#include "ui/views/explore/explore.h"
#include "ui/views/ratings/ratings.h"

struct rate_output {
    struct rating_list before, after;
    char rater[RATING_TEXT_MAX + 1];
};

static void free_rate(void *output)
{
    rating_list_free(&((struct rate_output *)output)->before);
    rating_list_free(&((struct rate_output *)output)->after);
}

/* A playlist that was saved a moment ago has a number by now. */
static void prepare(struct effect_world *world, struct effect *effect)
{
    const struct rate_input *input = effect->input;
    if (effect->id == 0)
        effect->id = save_known_id(world->memory[EFFECT_SAVE], input->serial);
}

static enum status run_rate(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct rate_input *input = effect->input;
    struct rate_output *output = result->output;
    const struct rating rating = {
        .playlist_id = effect->id,
        .track_id = input->track->id,
        .rater = input->rater,
        .model = input->model,
        .rank = input->rank,
        .value = input->value,
        .reason = effect->text,
        .metadata = input->metadata,
        .rated = input->rated,
    };
    (void)cancel;
    if (effect->id == 0)
        return error_set(error, STATUS_FAILED, "the playlist could not be saved, so the rating was not stored");
    enum status status = app_rate(world->app, &rating, input->remove, &output->before, &output->after, error);
    const struct rating_list *either = output->after.count > 0 ? &output->after : &output->before;
    if (status == STATUS_OK && either->count > 0)
        snprintf(output->rater, sizeof output->rater, "%s", either->items[0].rater);
    return status;
}

static struct rating_mark mark_of(const struct rating_list *list)
{
    struct rating_mark mark = {0};
    if (list->count == 0)
        return mark;
    const struct rating *rating = &list->items[0];
    mark = (struct rating_mark){.there = true,
                                .metadata = rating->metadata,
                                .value = rating->value,
                                .rank = rating->rank,
                                .rated = rating->rated};
    snprintf(mark.reason, sizeof mark.reason, "%s", rating->reason);
    return mark;
}

/* A new step replaces those that were undone. */
static void add_step(struct state *state, const struct result *result)
{
    struct ratings_state *mine = ratings_of(state);
    const struct rate_input *input = result->effect.input;
    const struct rate_output *output = result->output;
    struct rating_step *steps = realloc(mine->steps, (mine->done + 1) * sizeof *steps);
    if (!steps)
        return;
    mine->steps = steps;
    struct rating_step *step = &steps[mine->done++];
    mine->n_steps = mine->done;
    *step = (struct rating_step){.playlist = result->effect.id,
                                 .track = input->track,
                                 .before = mark_of(&output->before),
                                 .after = mark_of(&output->after),
                                 .edit = state->playlist.current,
                                 .edits = state->playlist.count};
    memcpy(step->model, input->model, sizeof step->model);
    memcpy(step->rater, output->rater, sizeof step->rater);
}

/* What the step did, as the message says it: rated "Halo" bad. */
static void describe(const struct track *track, enum rating_value value, char text[256])
{
    snprintf(text, 256, "rated \"%.200s\" %s", track->title, rating_names[value]);
}

static void say_new(struct state *state, const struct result *result)
{
    const struct rate_input *input = result->effect.input;
    const struct rate_output *output = result->output;
    char saved[NAME_SIZE + 48] = "", what[256], reason[RATING_TEXT_MAX + 40] = "";
    describe(input->track, input->value, what);
    if (input->saved)
        snprintf(saved, sizeof saved, "saved as \"%.60s\" (r renames it); ", playlist_now(&state->playlist)->name);
    if (input->value == RATING_BAD)
        snprintf(reason, sizeof reason, " (%s)", result->effect.text);
    state_say(state, "%s%s%s as %.60s%s (u undoes)", saved, what, reason, output->rater,
              input->other                 ? " for this playlist"
              : input->value == RATING_BAD ? "; hidden here from now on"
                                           : "");
}

static bool is_bad(const struct rating_list *list)
{
    return list->count > 0 && list->items[0].value == RATING_BAD;
}

static void take_rate(struct state *state, struct effect_list *effects, struct result *result)
{
    struct ratings_state *mine = ratings_of(state);
    const struct rate_input *input = result->effect.input;
    const struct rate_output *output = result->output;
    char what[256];
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (input->step < 0) {
        add_step(state, result);
        say_new(state, result);
    } else if ((size_t)input->step < mine->n_steps) {
        struct rating_step *step = &mine->steps[input->step];
        step->edits = state->playlist.count;
        mine->done = (size_t)input->step + !input->back;
        describe(step->track, step->after.value, what);
        state_say(state, "%s: %s", input->back ? "undone" : "done again", what);
    }
    mine->requested = -1; /* read again */
    if (is_bad(&output->before) != is_bad(&output->after))
        explore_suggest(state, effects);
}

const struct effect_ops effect_rate = {
    .name = "rate",
    .urgency = 70,
    .in_order = true,
    .each_counts = true,
    .must_run = true,
    .input_size = sizeof(struct rate_input),
    .output_size = sizeof(struct rate_output),
    .free_output = free_rate,
    .prepare = prepare,
    .run = run_rate,
    .take = take_rate,
};

/* ---- the ratings of the playlist in hand ---- */

static void free_rated(void *output)
{
    app_rated_free(output);
}

static enum status run_rated(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    (void)cancel;
    return app_rated(world->app, result->effect.id, result->output, error);
}

static void take_rated(struct state *state, struct effect_list *effects, struct result *result)
{
    struct ratings_state *mine = ratings_of(state);
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    app_rated_free(&mine->rated);
    mine->rated = *(struct app_rated *)result->output;
    *(struct app_rated *)result->output = (struct app_rated){0};
    mine->of = result->effect.id;
}

const struct effect_ops effect_rated = {
    .name = "ratings of the playlist",
    .urgency = 75,
    .latest_only = true,
    .output_size = sizeof(struct app_rated),
    .free_output = free_rated,
    .run = run_rated,
    .take = take_rated,
};

/* ---- who rates ---- */

static enum status run_rater(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    (void)cancel;
    if (result->effect.text[0] == '\0') { /* only says who it is */
        struct app_rated rated;
        enum status status = app_rated(world->app, 0, &rated, error);
        if (status == STATUS_OK)
            *(struct rater *)result->output = (struct rater){0};
        if (status == STATUS_OK)
            snprintf(((struct rater *)result->output)->name, RATING_TEXT_MAX + 1, "%s", rated.rater);
        app_rated_free(&rated);
        return status;
    }
    const char *name = strcmp(result->effect.text, "none") == 0 ? "" : result->effect.text;
    return app_set_rater(world->app, name, result->output, error);
}

static void take_rater(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct rater *rater = result->output;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    state_say(state, "suggestions are rated as %s", rater->name);
    if (result->effect.text[0] == '\0')
        return;
    ratings_of(state)->requested = -1;
    explore_suggest(state, effects);
}

const struct effect_ops effect_rater = {
    .name = "rater",
    .urgency = 70,
    .in_order = true,
    .output_size = sizeof(struct rater),
    .run = run_rater,
    .take = take_rater,
};
