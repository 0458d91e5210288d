/* The list of models. */
#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/model_names.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

static void free_output(void *output)
{
    model_list_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    (void)cancel;
    return app_models(world->app, result->output, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct suggestions *suggestions = &explore_of(state)->suggestions;
    if (result->error.status != STATUS_OK) {
        suggestions->answered = state->models_failed = true;
        result_warn(state, result);
        return;
    }
    state->models_failed = false;
    if (!model_names_set(state, result->output))
        return;
    bool known = name_list_find(&state->models, state->model) < state->models.count;
    if (!known && state->model_chosen) {
        char text[256];
        snprintf(text, sizeof text, "there is no model \"%s\"; m lists the models", state->model);
        state_warn(state, text);
    }
    if (!known && state->models.count > 0)
        snprintf(state->model, sizeof state->model, "%s", state->models.names[0]);
    suggestions->answered = suggestions->answered || state->models.count == 0;
    explore_suggest(state, effects);
    view_model_changed(state, effects);
}

const struct effect_ops effect_models = {
    .name = "models",
    .urgency = 80,
    .at_start = true,
    .output_size = sizeof(struct model_list),
    .free_output = free_output,
    .run = run,
    .take = take,
};
