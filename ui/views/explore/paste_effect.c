/* Adds the tracks that a pasted text names. */
#include <stdio.h>

#include "app/find_tracks.h"
#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/views/explore/explore.h"

static void free_output(void *output)
{
    found_tracks_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    return app_find_tracks(world->app, result->effect.text, result->output, cancel, error);
}

static void say_missing(struct state *state, const struct found_tracks *found)
{
    char added[sizeof state->message];
    snprintf(added, sizeof added, "%s", state->message);
    if (found->tracks.count == 0 && found->missing == 1)
        state_say(state, "the catalogue has no track \"%s\"", found->first_missing);
    else if (found->tracks.count == 0)
        state_say(state, "no track of the text was found; its first line is \"%s\"", found->first_missing);
    else
        state_say(state, "%.300s; %zu not found, first \"%s\"", added, found->missing, found->first_missing);
    state->message_warning = true;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct found_tracks *found = result->output;
    struct track_row tracks = {0};
    struct error error = {0};
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (found->tracks.count == 0 && found->missing == 0)
        state_say(state, "the pasted text is blank");
    else if (!track_row_set(&tracks, &state->book, &found->tracks))
        state_warn(state, "memory ran out: nothing was added");
    else if (tracks.count > 0 && action_add_all(state, effects, tracks.items, tracks.count, false, &error) != STATUS_OK)
        state_warn(state, error.text);
    if (found->missing > 0)
        say_missing(state, found);
    track_row_free(&tracks);
}

const struct effect_ops effect_paste = {
    .name = "paste",
    .urgency = 80,
    .in_order = true,
    .each_counts = true,
    .output_size = sizeof(struct found_tracks),
    .free_output = free_output,
    .run = run,
    .take = take,
};
