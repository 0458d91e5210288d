#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/sound/sound.h"

/* The track that `play` would play. */
static const struct track *selected_track(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    if (state->view != VIEW_EXPLORE)
        return NULL;
    return explore->pane == PANE_SUGGESTIONS ? explore_seen_on_page(state, explore->suggestions.selected)
                                             : explore_selected_track(state);
}

static COMMAND(command_spectrogram)
{
    struct sound_state *mine = sound_of(state);
    const struct track *track = selected_track(state);
    (void)argument;
    if (!track)
        return error_set(error, STATUS_USAGE, "select a track in Explore to see its spectrogram");
    state->overlay = VIEW_SPECTROGRAM;
    if (mine->track == track->id && mine->picture.levels)
        return STATUS_OK;
    struct effect *effect = effect_request(effects, state, EFFECT_SPECTROGRAM, "");
    if (!effect)
        return error_no_memory(error);
    effect->id = track->id;
    sound_picture_free(&mine->picture);
    mine->failure[0] = '\0';
    mine->track = track->id;
    snprintf(mine->title, sizeof mine->title, "%.200s · %.100s", track->title, track->artist);
    return STATUS_OK;
}

static COMMAND(nothing_to_do)
{
    (void)state, (void)effects, (void)argument;
    return error_set(error, STATUS_USAGE, "escape closes the spectrogram");
}

/* ------------------------------------------------------------------ decoding */

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    if (result->effect.id == 0) /* only to cancel the one before */
        return STATUS_INTERRUPTED;
    return app_sound_picture(world->app, result->effect.id, cancel, result->output, error);
}

static void free_output(void *output)
{
    sound_picture_free(output);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct sound_state *mine = sound_of(state);
    struct sound_picture *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    sound_picture_free(&mine->picture);
    mine->version++;
    snprintf(mine->failure, sizeof mine->failure, "%s", result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK || !output)
        return;
    mine->picture = *output;
    *output = (struct sound_picture){0};
}

const struct effect_ops effect_spectrogram = {
    .name = "spectrogram",
    .urgency = 70,
    .latest_only = true,
    .output_size = sizeof(struct sound_picture),
    .free_output = free_output,
    .run = run,
    .take = take,
};

/* ------------------------------------------------------------------ the view */

/* Stops the decoding of a file that nobody waits for: a later request of a type cancels the one before. */
static void stop(struct state *state, struct effect_list *effects)
{
    struct sound_state *mine = sound_of(state);
    if (!state_awaits(state, EFFECT_SPECTROGRAM))
        return;
    effect_request(effects, state, EFFECT_SPECTROGRAM, "");
    mine->track = 0;
}

static bool back(struct state *state, struct effect_list *effects)
{
    stop(state, effects);
    return false; /* the popup is closed */
}

static enum status click(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error)
{
    (void)error;
    if (event->row < layout->header_row || event->row >= layout->body_end) {
        stop(state, effects);
        state->overlay = VIEW_NONE;
    }
    return STATUS_OK;
}

static void free_own(struct state *state)
{
    sound_picture_free(&sound_of(state)->picture);
}

static const struct explorer_command commands[] = {
    {"spectrogram", "", "the sound of the selected track's file", command_spectrogram},
};

static const struct binding bindings[] = {
    {'>', false, "play", HINT_OWN, "play"},
};
static const struct key_set keys = KEY_SET("spectrogram", bindings);

static const struct key_set *const shared_keys[] = {&keys_covers, &keys_everywhere, NULL};

const struct view_ops view_spectrogram = {
    .name = "spectrogram",
    .title = "spectrogram",
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .keys = &keys,
    .shared_keys = shared_keys,
    .state_size = sizeof(struct sound_state),
    .free = free_own,
    .draw = sound_draw,
    .click = click,
    .back = back,
    .add = nothing_to_do,
    .page = nothing_to_do,
    .select = nothing_to_do,
    .pane = gallery_no_pane,
};
