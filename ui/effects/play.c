/* Playing a track by the person's player: the effect's id is the track, its text the command. */
#include "app/play.h"
#include "ui/effect.h"

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    (void)cancel;
    return app_play(world->app, result->effect.id, result->effect.text, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct track *track = track_book_find(&state->book, result->effect.id);
    (void)effects;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else
        state_say(state, "playing \"%s\"", track ? track->title : "");
}

const struct effect_ops effect_play = {
    .name = "play",
    .urgency = 90,
    .each_counts = true,
    .run = run,
    .take = take,
};
