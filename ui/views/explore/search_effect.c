/* The search for tracks. */
#include <string.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"

enum { RESULTS_MAX = 200 };

struct search_output {
    struct track_list tracks;
    int64_t total;
};

static void free_output(void *output)
{
    track_list_free(&((struct search_output *)output)->tracks);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct search_output *output = result->output;
    return app_search(world->app, result->effect.text, RESULTS_MAX, &output->tracks, &output->total, cancel, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_state *explore = explore_of(state);
    const struct search_output *output = result->output;
    (void)effects;
    explore->searching = false;
    if (result->error.status != STATUS_OK) {
        if (result_warn(state, result))
            explore_forget_results(state); /* the results belong to another search */
        return;
    }
    if (!track_row_set(&explore->results, &state->book, &output->tracks))
        state_warn(state, "memory ran out: the results are not complete");
    explore->results_total = output->total;
    explore->results_answered = true;
    explore->result_at = (struct list_position){0};
    if (explore->results.count == 0 && state->input != INPUT_SEARCH && explore->pane == PANE_RESULTS)
        explore->pane = explore->pane_before_search;
}

const struct effect_ops effect_search = {
    .name = "search",
    .urgency = 80,
    .latest_only = true,
    .output_size = sizeof(struct search_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};
