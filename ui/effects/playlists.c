/* Opening and deleting playlists. */
#include "ui/effects/playlists.h"

#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/effects/save.h"
#include "ui/views/explore/explore.h"

/* The person's own playlists, then the first ones of the catalogue. */
struct playlists_output {
    struct playlist_list own, others;
};
enum { PLAYLISTS_READ = 1000 };

static enum status playlists_read(struct app *app, struct playlists_output *output, struct error *error)
{
    enum status status = app_playlists(app, true, PLAYLISTS_READ, 0, &output->own, error);
    if (status == STATUS_OK)
        status = app_playlists(app, false, PLAYLISTS_READ, 0, &output->others, error);
    return status;
}

static void playlists_output_free(struct playlists_output *output)
{
    playlist_list_free(&output->own);
    playlist_list_free(&output->others);
}

/* Replaces the text by the name that was found. */
static void set_found(struct effect *effect, const struct playlist *found)
{
    char *name = strdup(found->name);
    effect->id = found->id;
    ((struct playlist_input *)effect->input)->own = found->own;
    if (!name)
        return;
    free(effect->text);
    effect->text = name;
}

static const struct playlist *find_in(const struct playlist_list *list, const char *wanted)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, wanted) == 0 || strcmp(list->items[i].key, wanted) == 0)
            return &list->items[i];
    return NULL;
}

/* Fills the effect's id. Own playlists are found by name, others by name among the first ones or by key. */
static enum status find_playlist(struct app *app, struct effect *effect, struct error *error)
{
    struct playlists_output lists = {0};
    enum status status = playlists_read(app, &lists, error);
    const struct playlist *found = NULL;
    if (status == STATUS_OK && !(found = find_in(&lists.own, effect->text)))
        found = find_in(&lists.others, effect->text);
    if (found)
        set_found(effect, found);
    else if (status == STATUS_OK)
        status = app_playlist_find(app, effect->text, &effect->id, error);
    if (status == STATUS_OK && effect->id == 0)
        status = error_set(error, STATUS_USAGE, "there is no playlist \"%s\"; o lists the playlists", effect->text);
    playlists_output_free(&lists);
    return status;
}

/* ---- open ---- */

static void free_change(void *output)
{
    playlist_change_free(output);
}

static enum status open_own(struct app *app, const struct effect *effect, struct playlist_change *output,
                            struct error *error)
{
    enum status status = app_own_playlist(app, effect->id, &output->written, error);
    if (status == STATUS_OK && output->written.id == 0)
        status = error_set(error, STATUS_USAGE, "\"%s\" has been deleted; o lists the playlists", effect->text);
    if (status != STATUS_OK)
        return status;
    return app_tracks(app, output->written.ids, output->written.count, &output->tracks, error);
}

static enum status run_open(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    struct effect *effect = &result->effect;
    struct playlist_change *output = result->output;
    (void)cancel;
    enum status status = effect->id > 0 ? STATUS_OK : find_playlist(world->app, effect, error);
    if (status != STATUS_OK)
        return status;
    if (((struct playlist_input *)effect->input)->own)
        return open_own(world->app, effect, output, error);
    return app_playlist_open(world->app, effect->id, &output->tracks, error);
}

static void record(struct effects *effects, struct result *result)
{
    save_record_read(effects, result->output);
}

static void open_playlist(struct state *state, struct effect_list *effects, const struct result *result)
{
    const struct playlist_change *output = result->output;
    bool own = ((struct playlist_input *)result->effect.input)->own;
    const char *name = own ? output->written.name : result->effect.text;
    struct track_row row = {0};
    struct error error;
    error_no_memory(&error);
    action_flush(state, effects);
    if (track_row_set(&row, &state->book, &output->tracks) &&
        playlist_open(&state->playlist, name, &row, own, "opened ", &error) == STATUS_OK) {
        if (own)
            state_set_saved_id(state, playlist_now(&state->playlist)->serial, result->effect.id);
        else
            state_set_origin(state, result->effect.id);
        explore_of(state)->playlist_at = (struct list_position){0};
        state_say(state,
                  own ? "opened \"%s\"; edits are saved automatically (u goes back)"
                      : "opened a copy of \"%s\"; s saves it as your own (u goes back)",
                  name);
        action_edited(state, effects);
    } else {
        state_warn(state, error.text);
    }
    track_row_free(&row);
}

static void take_open(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    save_take_changes(state, effects, result->output);
    const struct playlist_input *input = result->effect.input;
    if (input->use != PLAYLIST_OPEN) {
        playlists_use(state, effects, input->use, &((struct playlist_change *)result->output)->tracks,
                      result->effect.text);
        return;
    }
    bool own = ((struct playlist_input *)result->effect.input)->own;
    if (own && state_saved_id(state, now->serial) == result->effect.id)
        state_say(state, "\"%s\" is open", playlist_now(&state->playlist)->name);
    else
        open_playlist(state, effects, result);
}

const struct effect_ops effect_playlist_open = {
    .name = "playlist open",
    .urgency = 80,
    .in_order = true,
    .input_size = sizeof(struct playlist_input),
    .output_size = sizeof(struct playlist_change),
    .free_output = free_change,
    .run = run_open,
    .record = record,
    .take = take_open,
};

/* ---- delete ---- */

static enum status run_delete(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    struct effect *effect = &result->effect;
    (void)cancel;
    enum status status = effect->id > 0 ? STATUS_OK : find_playlist(world->app, effect, error);
    return status == STATUS_OK ? app_playlist_delete(world->app, effect->id, error) : status;
}

static void take_delete(struct state *state, struct effect_list *effects, struct result *result)
{
    (void)effects;
    if (result->error.status == STATUS_OK)
        state_say(state, "deleted \"%s\"", result->effect.text);
    else
        result_warn(state, result);
}

const struct effect_ops effect_playlist_delete = {
    .name = "playlist delete",
    .urgency = 80,
    .in_order = true,
    .each_counts = true,
    .input_size = sizeof(struct playlist_input),
    .run = run_delete,
    .take = take_delete,
};
