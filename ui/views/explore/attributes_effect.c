/* The attributes of the selected track, for its pane. */
#include <stdio.h>
#include <string.h>

#include "app/track_attributes.h"
#include "ui/effect.h"
#include "ui/views/explore/explore.h"

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    (void)cancel;
    return app_track_attributes(world->app, result->effect.id, result->output, error);
}

/* A failure leaves the lines away: nobody requested them. */
static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_attributes *attributes = &explore_of(state)->attributes;
    struct buffer text = {0};
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    if (result->error.status == STATUS_OK)
        track_attributes_describe(result->output, &text);
    attributes->track = result->effect.id;
    snprintf(attributes->text, sizeof attributes->text, "%.*s", (int)sizeof attributes->text - 1,
             text.data ? text.data : "");
    buffer_free(&text);
}

const struct effect_ops effect_track_attributes = {
    .name = "track_attributes",
    .urgency = 50,
    .latest_only = true,
    .output_size = sizeof(struct track_attributes),
    .run = run,
    .take = take,
};

static bool wanted(const struct state *state)
{
    const struct track *track = state->view == VIEW_EXPLORE ? explore_selected_track(state) : NULL;
    return track && explore_of(state)->attributes.shown && explore_of(state)->attributes.wanted != track->id;
}

double explore_attributes_due(const struct state *state)
{
    return wanted(state) ? 0 : -1;
}

void explore_attributes_tick(struct state *state, struct effect_list *effects)
{
    if (!wanted(state))
        return;
    const int64_t track = explore_selected_track(state)->id;
    struct effect *effect = effect_request(effects, state, EFFECT_TRACK_ATTRIBUTES, NULL);
    explore_of(state)->attributes.wanted = track;
    if (effect)
        effect->id = track;
}
