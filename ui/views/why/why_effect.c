#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/why/why.h"

/* The explanation of one suggestion. */

static void free_input(void *input)
{
    free(((struct why_input *)input)->title);
}

static void free_output(void *output)
{
    app_why_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct effect *effect = &result->effect;
    const struct why_input *input = effect->input;
    (void)cancel;
    const struct recommend_query query = {.seeds = effect->ids, .n_seeds = effect->n_ids, .title = input->title};
    return app_explain(world->app, effect->text, &query, effect->id, SUGGESTIONS_MAX, result->output, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct why_state *mine = why_of(state);
    struct app_why *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    app_why_free(&mine->why);
    mine->at = (struct list_position){0};
    snprintf(mine->failure, sizeof mine->failure, "%s", result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK || !output)
        return;
    mine->why = *output;
    *output = (struct app_why){0};
}

const struct effect_ops effect_why = {
    .name = "why",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct why_input),
    .output_size = sizeof(struct app_why),
    .free_input = free_input,
    .free_output = free_output,
    .run = run,
    .take = take,
};
