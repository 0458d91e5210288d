/* Effects of Failures: the list of playlists, and one of them with the models' suggestions. */
#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"

static void free_list(void *output)
{
    failure_list_free(output);
}

static enum status run_list(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    const struct failures_input *input = result->effect.input;
    (void)cancel;
    return app_failures(world->app, result->effect.text, input->against, &input->filter, result->output, error);
}

/* What is shown stays, together with the models that it belongs to. */
static void refuse(struct state *state, struct effect_list *effects, const struct result *result)
{
    struct failures_state *failures = failures_of(state);
    snprintf(failures->against, sizeof failures->against, "%.63s", failures->list.against);
    if (failures->against[0] == '\0' && failures->filter.order == FAILURES_BY_LOSS)
        failures->filter.order = FAILURES_BY_NDCG;
    if (failures->list.model[0] && strcmp(failures->list.model, state->model) != 0) {
        snprintf(state->model_refused, sizeof state->model_refused, "%s", state->model);
        snprintf(state->model, sizeof state->model, "%.63s", failures->list.model);
        explore_suggest(state, effects);
    }
    if (!failures->answered)
        snprintf(failures->failure, sizeof failures->failure, "%.255s", result->error.text);
}

static void take_list(struct state *state, struct effect_list *effects, struct result *result)
{
    struct failures_state *failures = failures_of(state);
    failures->stale = false;
    state->wanted[EFFECT_FAILURES] = 0;
    if (result->error.status != STATUS_OK) {
        if (result_warn(state, result))
            refuse(state, effects, result);
        return;
    }
    failures->answered = true;
    failures->failure[0] = '\0';
    failure_list_free(&failures->list);
    failures->all = failures->some = NULL;
    failures->list = *(struct failure_list *)result->output;
    memset(result->output, 0, sizeof failures->list);
    failures_take_names(state);
    failures->at = (struct list_position){0};
    for (size_t i = 0; i < failures->list.count; i++)
        if (failures->list.items[i].playlist_id == failures->wanted)
            failures->at.selected = i;
    if (failures->list.count == 0)
        failure_case_free(&failures->opened);
    failures_open_selected(state, effects);
    failures_request_causes(state, effects);
}

const struct effect_ops effect_failures = {
    .name = "failures",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct failures_input),
    .output_size = sizeof(struct failure_list),
    .free_output = free_list,
    .run = run_list,
    .take = take_list,
};

static void free_opened(void *output)
{
    failure_case_free(output);
}

static enum status run_open(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    const struct failures_input *input = result->effect.input;
    (void)cancel;
    return app_failure_open(world->app, result->effect.id, result->effect.text, input->against, result->output, error);
}

/* The position on the pages is kept for the same playlist, to compare models. */
static void take_opened(struct state *state, struct effect_list *effects, struct result *result)
{
    struct failures_state *failures = failures_of(state);
    struct failure_case *output = result->output;
    failures->stale = false;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (output->playlist_id != failures->opened.playlist_id) {
        failures->page = failures->selected = 0;
        failures->held_out_at = (struct list_position){0};
    }
    failure_case_free(&failures->opened);
    failures->opened = *output;
    memset(output, 0, sizeof *output);
    failures_request_explained(state, effects);
}

const struct effect_ops effect_failure_open = {
    .name = "failure open",
    .urgency = 80,
    .latest_only = true,
    .input_size = sizeof(struct failures_input),
    .output_size = sizeof(struct failure_case),
    .free_output = free_opened,
    .run = run_open,
    .take = take_opened,
};
