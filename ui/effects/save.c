#include "ui/effects/save_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/session_text.h"
#include "ui/session.h"
#include "ui/tour_hold.h"
#include "ui/views/explore/explore.h"

/* Seconds until a failed save is tried again. */
static const double retry_seconds = 5;

void playlist_change_free(struct playlist_change *change)
{
    own_playlist_free(&change->written);
    own_playlist_free(&change->before);
    track_list_free(&change->tracks);
    *change = (struct playlist_change){0};
}

static void free_input(void *input)
{
    struct save_input *mine = input;
    free(mine->session);
    own_playlist_free(&mine->base);
}

static void free_output(void *output)
{
    playlist_change_free(&((struct save_output *)output)->change);
}

static enum status open_memory(struct effect_world *world, struct error *error)
{
    world->memory[EFFECT_SAVE] = calloc(1, sizeof(struct save_memory));
    return world->memory[EFFECT_SAVE] ? STATUS_OK : error_no_memory(error);
}

static void close_memory(struct effect_world *world)
{
    struct save_memory *memory = world->memory[EFFECT_SAVE];
    free(memory->saved);
    for (size_t i = 0; i < memory->n_bases; i++)
        own_playlist_free(&memory->bases[i]);
    free(memory->bases);
    free(memory);
}

/* ---- what is remembered ---- */

int64_t save_known_id(const struct save_memory *memory, uint64_t serial)
{
    for (size_t i = 0; i < memory->n_saved; i++)
        if (memory->saved[i].serial == serial)
            return memory->saved[i].id;
    return 0;
}

struct own_playlist *save_base(const struct save_memory *memory, int64_t id)
{
    for (size_t i = 0; i < memory->n_bases; i++)
        if (memory->bases[i].id == id)
            return &memory->bases[i];
    return NULL;
}

static void copy_playlist(struct own_playlist *to, const struct own_playlist *from)
{
    if (own_playlist_set(to, from->id, from->name, from->ids, from->count, NULL) == STATUS_OK)
        to->changed = from->changed;
}

static void set_base(struct save_memory *memory, const struct own_playlist *playlist)
{
    struct own_playlist *base = save_base(memory, playlist->id);
    if (!base) {
        struct own_playlist *bases = realloc(memory->bases, (memory->n_bases + 1) * sizeof *bases);
        if (!bases)
            return;
        memory->bases = bases;
        base = &bases[memory->n_bases++];
        *base = (struct own_playlist){0};
    }
    copy_playlist(base, playlist);
}

static void remember_serial(struct save_memory *memory, uint64_t serial, int64_t id)
{
    for (size_t i = 0; i < memory->n_saved; i++)
        if (memory->saved[i].serial == serial) {
            memory->saved[i].id = id;
            return;
        }
    struct saved_serial *saved = realloc(memory->saved, (memory->n_saved + 1) * sizeof *saved);
    if (!saved)
        return;
    memory->saved = saved;
    saved[memory->n_saved++] = (struct saved_serial){.serial = serial, .id = id};
}

/* Fills in what earlier saves have found out by now. */
static void prepare(struct effect_world *world, struct effect *effect)
{
    const struct save_memory *memory = world->memory[EFFECT_SAVE];
    struct save_input *input = effect->input;
    int64_t id = save_known_id(memory, input->serial);
    if (id != 0)
        effect->id = id;
    const struct own_playlist *base = save_base(memory, effect->id);
    if (base)
        copy_playlist(&input->base, base);
}

void save_record_read(struct effects *effects, struct playlist_change *change)
{
    struct save_memory *memory = effects_world(effects)->memory[EFFECT_SAVE];
    if (change->written.id == 0)
        return;
    const struct own_playlist *base = save_base(memory, change->written.id);
    if (base && !own_playlist_same(base, &change->written))
        copy_playlist(&change->before, base);
    set_base(memory, &change->written);
}

static void rebase_save(struct effect *effect, const struct own_playlist *before, const struct own_playlist *after)
{
    struct track_numbers rebased, from = {before->ids, before->count}, to = {after->ids, after->count};
    struct track_numbers mine = {effect->ids, effect->n_ids};
    if (playlist_rebase(&from, &to, &mine, &rebased, NULL) == STATUS_OK) {
        free(effect->ids);
        effect->ids = rebased.ids;
        effect->n_ids = rebased.count;
    }
    char *name = strcmp(effect->text, before->name) == 0 ? strdup(after->name) : NULL;
    if (name) {
        free(effect->text);
        effect->text = name;
    }
}

void save_follow(const struct result *saved, struct effect *later)
{
    const struct save_input *input = saved->effect.input, *next = later->input;
    const struct save_output *output = saved->output;
    if (later->type != EFFECT_SAVE || !next->playlist || !output->change.before.name)
        return;
    if (next->serial == input->serial || later->id == output->id)
        rebase_save(later, &output->change.before, &output->change.written);
}

static void record(struct effects *effects, struct result *result)
{
    struct save_memory *memory = effects_world(effects)->memory[EFFECT_SAVE];
    const struct save_input *input = result->effect.input;
    const struct save_output *output = result->output;
    struct result *later;
    if (!input->playlist || output->change.written.id == 0)
        return;
    remember_serial(memory, input->serial, output->id);
    set_base(memory, &output->change.written);
    for (size_t i = 0; (later = effects_waiting(effects, i)); i++)
        save_follow(result, &later->effect);
}

/* ---- saving ---- */

enum status save_read_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                             struct error *error)
{
    if (count == 0 || app_tracks(app, ids, count, tracks, error) == STATUS_OK)
        return STATUS_OK;
    int64_t *there = malloc(count * sizeof *there);
    if (!there)
        return error_no_memory(error);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct track_list one = {0};
        if (app_tracks(app, &ids[i], 1, &one, NULL) == STATUS_OK)
            there[kept++] = ids[i];
        track_list_free(&one);
    }
    track_list_free(tracks);
    enum status status = kept > 0 ? app_tracks(app, there, kept, tracks, error) : STATUS_OK;
    free(there);
    return status;
}

static enum status save_playlist(struct app *app, struct result *result, struct error *error)
{
    const struct effect *effect = &result->effect;
    struct save_output *output = result->output;
    struct own_playlist *written = &output->change.written;
    const struct own_playlist mine = {.name = effect->text, .ids = effect->ids, .count = effect->n_ids};
    struct own_playlist base = ((struct save_input *)effect->input)->base;
    base.id = effect->id;
    base.copy_of = ((struct save_input *)effect->input)->copy_of;
    enum status status = app_playlist_save(app, &base, &mine, written, &output->outcome, error);
    if (status != STATUS_OK)
        return status;
    output->id = written->id;
    if (own_playlist_same(&mine, written))
        return STATUS_OK;
    return own_playlist_set(&output->change.before, output->id, mine.name, mine.ids, mine.count, error);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct save_input *input = result->effect.input;
    struct save_output *output = result->output;
    const struct own_playlist *written = &output->change.written;
    (void)cancel;
    free_output(output); /* of an attempt that failed */
    *output = (struct save_output){.id = result->effect.id};
    enum status status = input->playlist ? save_playlist(world->app, result, error) : STATUS_OK;
    if (status == STATUS_OK && input->session && !input->other && output->id != result->effect.id &&
        !session_text_set_playlist(&input->session, output->id))
        status = error_no_memory(error);
    if (status == STATUS_OK && input->session)
        status = app_session_write(world->app, input->session, error);
    if (output->change.before.name) /* for the screen, which can do without */
        save_read_tracks(world->app, written->ids, written->count, &output->change.tracks, NULL);
    return status;
}

/* ---- the result ---- */

struct playlist_of {
    const struct state *state;
    int64_t id;
};

static bool is_of(const void *context, uint64_t serial)
{
    const struct playlist_of *wanted = context;
    return state_saved_id(wanted->state, serial) == wanted->id;
}

void save_take_changes(struct state *state, struct effect_list *effects, const struct playlist_change *change)
{
    struct track_row known = {0};
    struct playlist_of wanted = {state, change->written.id};
    struct error error;
    bool changed;
    if (!change->before.name)
        return;
    track_row_set(&known, &state->book, &change->tracks);
    track_row_free(&known);
    if (playlist_rebase_versions(&state->playlist, &change->before, &change->written, is_of, &wanted, &state->book,
                                 &changed, &error) != STATUS_OK)
        state_warn(state, error.text);
    else if (changed)
        explore_suggest(state, effects);
}

static size_t missing(const struct own_playlist *from, const struct own_playlist *in)
{
    size_t count = 0;
    for (size_t i = 0; i < from->count; i++) {
        bool found = false;
        for (size_t k = 0; k < in->count && !found; k++)
            found = in->ids[k] == from->ids[i];
        count += !found;
    }
    return count;
}

static void say_outcome(struct state *state, const struct save_output *output)
{
    const struct own_playlist *mine = &output->change.before, *written = &output->change.written;
    size_t added, removed;
    switch (output->outcome) {
    case PLAYLIST_AGAIN:
        state_say(state, "\"%s\" was deleted elsewhere; it is saved again", written->name);
        return;
    case PLAYLIST_BESIDE:
        state_say(state, "\"%s\" was reordered elsewhere; yours is kept as \"%s\"", mine->name, written->name);
        return;
    case PLAYLIST_MERGED:
        if (!mine->name)
            return;
        added = missing(written, mine);
        removed = missing(mine, written);
        if (added == 0 && removed == 0) {
            state_say(state, "\"%s\" was reordered elsewhere, too; your changes are kept", written->name);
            return;
        }
        state_say(state, "\"%s\" was changed elsewhere, too: %zu %s added, %zu removed; your changes are kept",
                  written->name, added, added == 1 ? "track" : "tracks", removed);
        return;
    case PLAYLIST_SAVED:
        return;
    }
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct save_input *input = result->effect.input;
    const struct save_output *output = result->output;
    state->saving--;
    /* Also done when the session could not be written after the playlist: the playlist has a number. */
    if (output && input->playlist && output->id != 0 && state_saved_id(state, input->serial) != output->id) {
        state_set_saved_id(state, input->serial, output->id);
        state_touch(state);
        if (input->copy_of != 0) /* with the ratings of the original, of which the bad ones are not suggested */
            explore_suggest(state, effects);
    }
    if (output)
        save_take_changes(state, effects, &output->change);
    if (result->error.status != STATUS_OK) {
        if (strcmp(state->save_failure, result->error.text) != 0)
            state_warn(state, result->error.text);
        snprintf(state->save_failure, sizeof state->save_failure, "%.255s", result->error.text);
        state->retry_at = state->now + retry_seconds;
        return;
    }
    state->save_failure[0] = '\0';
    state->retry_at = 0;
    say_outcome(state, output);
}

const struct effect_ops effect_save = {
    .name = "save",
    .urgency = 60,
    .in_order = true,
    .each_counts = true,
    .must_run = true,
    .input_size = sizeof(struct save_input),
    .output_size = sizeof(struct save_output),
    .free_input = free_input,
    .free_output = free_output,
    .open = open_memory,
    .close = close_memory,
    .prepare = prepare,
    .run = run,
    .record = record,
    .take = take,
};

bool save_fill(struct state *state, struct effect *effect)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    struct save_input *input = effect->input;
    struct buffer json = {0};
    session_write(state, (int64_t)time(NULL), &json);
    input->playlist = playlist->kept;
    input->other = tour_hold_playlist(state)->serial != playlist->serial;
    input->serial = playlist->serial;
    input->copy_of = state_origin(state);
    input->session = json.data;
    effect->id = state_saved_id(state, playlist->serial);
    return !json.failed && effect_set_tracks(effect, playlist);
}
