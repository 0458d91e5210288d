/* What models hear in the selected track: the playlists that it fits, and its energy over time. */
#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/explore/explore.h"

static struct explore_sound *sound_of_explore(const struct state *state)
{
    return &explore_of(state)->sound;
}

static void keep_failure(struct explore_sound *sound, const struct result *result)
{
    if (result->error.status != STATUS_OK && !sound->failure[0])
        snprintf(sound->failure, sizeof sound->failure, "%.*s", (int)sizeof sound->failure - 1, result->error.text);
}

/* ---- fitness ---- */

static enum status run_fitness(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                               struct error *error)
{
    return app_track_fitness(world->app, result->effect.text, result->effect.id, cancel, result->output, error);
}

static void take_fitness(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_sound *sound = sound_of_explore(state);
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    sound->fitness = (struct track_fitness){0};
    if (result->error.status == STATUS_OK)
        sound->fitness = *(const struct track_fitness *)result->output;
    keep_failure(sound, result);
    sound->heard = result->effect.id;
}

const struct effect_ops effect_track_fitness = {
    .name = "track_fitness",
    .urgency = 40,
    .latest_only = true,
    .output_size = sizeof(struct track_fitness),
    .run = run_fitness,
    .take = take_fitness,
};

/* ---- the curve ---- */

static enum status run_curve(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    return app_track_curve(world->app, result->effect.id, cancel, result->output, error);
}

static void free_curve(void *output)
{
    attribute_curve_free(output);
}

static void take_curve(struct state *state, struct effect_list *effects, struct result *result)
{
    struct explore_sound *sound = sound_of_explore(state);
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    attribute_curve_free(&sound->curve);
    if (result->error.status == STATUS_OK) {
        struct attribute_curve *output = result->output;
        sound->curve = *output;
        *output = (struct attribute_curve){0};
    }
    keep_failure(sound, result);
    sound->curve_heard = result->effect.id;
}

const struct effect_ops effect_track_curve = {
    .name = "track_curve",
    .urgency = 30,
    .latest_only = true,
    .output_size = sizeof(struct attribute_curve),
    .free_output = free_curve,
    .run = run_curve,
    .take = take_curve,
};

/* ---- when ---- */

static const struct track *shown_track(const struct state *state)
{
    const bool shown = state->view == VIEW_EXPLORE && explore_of(state)->attributes.shown;
    return shown ? explore_selected_track(state) : NULL;
}

static bool is_selected(const struct state *state, const struct track *track)
{
    const struct explore_sound *sound = sound_of_explore(state);
    return track->id == sound->selected && strcmp(sound->model, state->settings.values[SETTING_FITNESS]) == 0;
}

double explore_sound_due(const struct state *state)
{
    const struct explore_sound *sound = sound_of_explore(state);
    const struct track *track = shown_track(state);
    if (!track || (is_selected(state, track) && sound->requested))
        return -1;
    const double left = sound->since + EXPLORE_REST - state->now;
    return is_selected(state, track) && left > 0 ? left : 0;
}

static void select_track(struct state *state, const struct track *track)
{
    struct explore_sound *sound = sound_of_explore(state);
    sound->selected = track->id;
    sound->heard = sound->curve_heard = 0;
    sound->failure[0] = '\0';
    sound->since = state->now;
    sound->requested = false;
    memcpy(sound->model, state->settings.values[SETTING_FITNESS], sizeof sound->model);
}

static void request(struct state *state, struct effect_list *effects, enum effect_type type, const char *text,
                    int64_t track)
{
    struct effect *effect = effect_request(effects, state, type, text);
    if (effect)
        effect->id = track;
}

void explore_sound_tick(struct state *state, struct effect_list *effects)
{
    struct explore_sound *sound = sound_of_explore(state);
    const struct track *track = shown_track(state);
    if (!track)
        return;
    if (!is_selected(state, track)) {
        select_track(state, track);
    } else if (!sound->requested && state->now - sound->since >= EXPLORE_REST) {
        request(state, effects, EFFECT_TRACK_FITNESS, sound->model, track->id);
        request(state, effects, EFFECT_TRACK_CURVE, "", track->id);
        sound->requested = true;
    }
}

void explore_sound_free(struct explore_sound *sound)
{
    attribute_curve_free(&sound->curve);
}
