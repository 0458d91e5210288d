/* The search for tracks: by words in their titles, artists and albums, or after "cover:" by what their covers show. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"

enum { RESULTS_MAX = 200, COVERS_MAX = 100 };

struct search_output {
    struct track_list tracks;
    int64_t total;
    struct app_cover_answer covers; /* of a search for covers */
};

const char *explore_cover_words(const char *text)
{
    static const char prefix[] = "cover:";
    text += strspn(text, " ");
    if (strncasecmp(text, prefix, sizeof prefix - 1) != 0)
        return NULL;
    text += sizeof prefix - 1;
    return text + strspn(text, " ");
}

static void free_output(void *output)
{
    track_list_free(&((struct search_output *)output)->tracks);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct search_output *output = result->output;
    const char *words = explore_cover_words(result->effect.text);
    if (words) {
        const struct app_cover_query query = {.text = words, .set = "clip", .limit = COVERS_MAX, .cancel = cancel};
        enum status status = app_search_cover_tracks(world->app, &query, &output->tracks, &output->covers, error);
        output->total = (int64_t)output->tracks.count;
        return status;
    }
    return app_search(world->app, result->effect.text, RESULTS_MAX, &output->tracks, &output->total, cancel, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_state *explore = explore_of(state);
    const struct search_output *output = result->output;
    (void)effects;
    bool covers = explore_cover_words(result->effect.text);
    explore->searching = false;
    explore->results_random = covers && output && output->covers.random_weights;
    if ((covers && result->error.status != STATUS_OK && result->error.status != STATUS_INTERRUPTED) ||
        result->error.status == STATUS_USAGE) {
        explore_forget_results(state); /* what is missing is said where the results would be */
        snprintf(explore->search_note, sizeof explore->search_note, "%.511s", result->error.text);
        explore->search_note[0] = (char)toupper((unsigned char)explore->search_note[0]);
        explore->results_answered = true;
        return;
    }
    explore->search_note[0] = '\0';
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
