/* Reading the session of the last run. */
#include <stdlib.h>

#include "app/session_text.h"
#include "ui/effects/save.h"
#include "ui/session.h"
#include "ui/shown_theme.h"
#include "ui/tour_end.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

struct session_output {
    char *json; /* NULL: there is none */
    char *note; /* a message about it; NULL: none */
    struct playlist_change change;
};

static void free_output(void *output)
{
    struct session_output *mine = output;
    free(mine->json);
    free(mine->note);
    playlist_change_free(&mine->change);
}

/* A saved playlist is read from the catalogue, because another explorer may have changed it since. */
static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct session_output *output = result->output;
    struct playlist_change *change = &output->change;
    (void)cancel;
    enum status status = app_session_read(world->app, &output->json, &output->note, error);
    if (status != STATUS_OK || !output->json)
        return status;
    int64_t *ids, id = session_text_playlist(output->json);
    size_t count;
    if (id > 0)
        status = app_own_playlist(world->app, id, &change->written, error);
    if (status != STATUS_OK)
        return status;
    if (change->written.id != 0)
        return save_read_tracks(world->app, change->written.ids, change->written.count, &change->tracks, error);
    session_tracks(output->json, &ids, &count);
    status = save_read_tracks(world->app, ids, count, &change->tracks, error);
    free(ids);
    return status;
}

static void record(struct effects *effects, struct result *result)
{
    save_record_read(effects, &((struct session_output *)result->output)->change);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct session_output *output = result->output;
    if (result->error.status != STATUS_OK)
        state_warn(state, result->error.text);
    else if (output->json)
        session_restore(output->json, output->change.written.id != 0 ? &output->change.written : NULL,
                        &output->change.tracks, state);
    state->first_start =
        result->error.status == STATUS_OK && !output->json && playlist_now(&state->playlist)->count == 0;
    if (output && output->note)
        state_say(state, "%s", output->note);
    state->session_known = true;
    tour_end_restored(state);
    if (result->error.status == STATUS_OK && output->json)
        tour_end_read(state, effects, output->json);
    if (state->theme[0] && !state->theme_forced[0])
        effect_request(effects, state, EFFECT_THEME, shown_theme(state));
    if (explore_of(state)->search.size > 0)
        explore_search(state, effects);
    explore_suggest(state, effects);
    view_enter(state, effects);
    state->dirty = state->dirty && state->playlist.count > 1;
}

const struct effect_ops effect_session_read = {
    .name = "session read",
    .urgency = 100,
    .at_start = true,
    .each_counts = true,
    .output_size = sizeof(struct session_output),
    .free_output = free_output,
    .run = run,
    .record = record,
    .take = take,
};
