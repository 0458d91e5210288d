/* Effects of Recipe: making, counting, saving, opening, removing and exporting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe_file.h"
#include "ui/effect.h"
#include "ui/views/recipe/recipe_view.h"

static void free_input(void *input)
{
    free(((struct recipe_input *)input)->suggested);
}

/* ---- make ---- */

static enum status run_make(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    const struct recipe_input *input = result->effect.input;
    const struct app_recipe_source source = {
        .ids = result->effect.ids,
        .count = result->effect.n_ids,
        .name = result->effect.text,
        .key = "",
        .old = input->has_recipe ? &input->recipe : NULL,
    };
    (void)cancel;
    return app_recipe_make(world->app, &source, result->output, error);
}

static void take_made(struct state *state, struct effect_list *effects, struct result *result)
{
    struct recipe_state *mine = recipe_of(state);
    const struct recipe_input *input = result->effect.input;
    if (result->error.status == STATUS_OK)
        recipe_show(state, effects, result->output, input->serial);
    else if (result_warn(state, result) && !mine->made)
        snprintf(mine->failure, sizeof mine->failure, "%.511s", result->error.text);
}

const struct effect_ops effect_recipe_make = {
    .name = "recipe make",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct recipe_input),
    .output_size = sizeof(struct recipe),
    .free_input = free_input,
    .run = run_make,
    .take = take_made,
};

/* ---- count ---- */

static void free_answer(void *output)
{
    app_recipe_answer_free(output);
}

static enum status run_count(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    const struct recipe_input *input = result->effect.input;
    const struct app_recipe_query query = {
        .recipe = &input->recipe,
        .excluded = result->effect.ids,
        .n_excluded = result->effect.n_ids,
        .suggested = input->suggested,
        .n_suggested = input->n_suggested,
        .cancel = cancel,
    };
    return app_recipe_apply(world->app, &query, result->output, error);
}

/* The suggestions that pass; their texts are in the book. */
static bool take_passing(struct state *state, const struct recipe_input *input)
{
    struct recipe_state *mine = recipe_of(state);
    size_t *ranks = calloc(input->n_suggested + 1, sizeof *ranks), count = 0;
    if (!ranks)
        return false;
    mine->passing.count = 0;
    for (size_t i = 0; i < input->n_suggested; i++) {
        const struct track *track = track_book_find(&state->book, input->suggested[i]);
        if (!mine->answer.passes[i] || !track)
            continue;
        if (!track_row_append(&mine->passing, track))
            break;
        ranks[count++] = i + 1;
    }
    free(mine->ranks);
    mine->ranks = ranks;
    return true;
}

static void take_count(struct state *state, struct effect_list *effects, struct result *result)
{
    struct recipe_state *mine = recipe_of(state);
    const struct recipe_input *input = result->effect.input;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        if (result_warn(state, result) && !mine->answered)
            snprintf(mine->failure, sizeof mine->failure, "%.511s", result->error.text);
        return;
    }
    app_recipe_answer_free(&mine->answer);
    mine->answer = *(struct app_recipe_answer *)result->output;
    memset(result->output, 0, sizeof mine->answer);
    mine->answered = true;
    mine->failure[0] = '\0';
    mine->n_suggested = input->n_suggested;
    memcpy(mine->model, input->model, sizeof mine->model);
    if (!track_row_set(&mine->tracks, &state->book, &mine->answer.tracks) || !take_passing(state, input))
        state_warn(state, "memory ran out: not all tracks are shown");
}

const struct effect_ops effect_recipe_count = {
    .name = "recipe count",
    .urgency = 90,
    .latest_only = true,
    .input_size = sizeof(struct recipe_input),
    .output_size = sizeof(struct app_recipe_answer),
    .free_input = free_input,
    .free_output = free_answer,
    .run = run_count,
    .take = take_count,
};

/* ---- saved recipes and files ---- */

static enum status run_save(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    (void)cancel;
    return app_recipe_save(world->app, &((const struct recipe_input *)result->effect.input)->recipe, error);
}

static void take_saved(struct state *state, struct effect_list *effects, struct result *result)
{
    struct recipe_state *mine = recipe_of(state);
    const struct recipe_input *input = result->effect.input;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    /* A difference in padding only leaves the mark of an edit.
     * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
    if (memcmp(&mine->recipe, &input->recipe, sizeof mine->recipe) == 0)
        mine->edited = false;
    state_say(state, "saved the recipe \"%s\"", input->recipe.name);
}

const struct effect_ops effect_recipe_save = {
    .name = "recipe save",
    .urgency = 60,
    .in_order = true,
    .each_counts = true,
    .must_run = true,
    .input_size = sizeof(struct recipe_input),
    .free_input = free_input,
    .run = run_save,
    .take = take_saved,
};

static enum status run_open(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    (void)cancel;
    return app_recipe_load(world->app, result->effect.text, result->output, error);
}

static void take_opened(struct state *state, struct effect_list *effects, struct result *result)
{
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    recipe_show(state, effects, result->output, 0);
    state_say(state, "opened the recipe \"%s\"", result->effect.text);
}

const struct effect_ops effect_recipe_open = {
    .name = "recipe open",
    .urgency = 80,
    .latest_only = true,
    .in_order = true,
    .output_size = sizeof(struct recipe),
    .run = run_open,
    .take = take_opened,
};

static enum status run_delete(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    (void)cancel;
    return app_recipe_remove(world->app, result->effect.text, error);
}

static void take_deleted(struct state *state, struct effect_list *effects, struct result *result)
{
    (void)effects;
    if (result->error.status == STATUS_OK)
        state_say(state, "removed the recipe \"%s\"", result->effect.text);
    else
        result_warn(state, result);
}

const struct effect_ops effect_recipe_delete = {
    .name = "recipe delete",
    .urgency = 60,
    .in_order = true,
    .each_counts = true,
    .run = run_delete,
    .take = take_deleted,
};

static enum status run_export(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    (void)cancel, (void)world;
    return recipe_write_file(&((const struct recipe_input *)result->effect.input)->recipe, result->effect.text, error);
}

static void take_exported(struct state *state, struct effect_list *effects, struct result *result)
{
    (void)effects;
    if (result->error.status == STATUS_OK)
        state_say(state, "wrote the recipe to %s", result->effect.text);
    else
        result_warn(state, result);
}

const struct effect_ops effect_recipe_export = {
    .name = "recipe export",
    .urgency = 60,
    .each_counts = true,
    .input_size = sizeof(struct recipe_input),
    .free_input = free_input,
    .run = run_export,
    .take = take_exported,
};
