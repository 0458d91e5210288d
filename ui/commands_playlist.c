/* Commands that change the playlist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"

static enum status row_track(const struct state *state, size_t row, const struct track **track, struct error *error)
{
    bool results = state->pane == PANE_RESULTS;
    size_t count = results ? state->results.count : state->suggestions.tracks.count;
    *track = !results                      ? state_seen_suggestion(state, row - 1)
             : row <= state->results.count ? state->results.items[row - 1]
                                           : NULL;
    if (!*track)
        return error_set(error, STATUS_USAGE, "there is no row %zu; there are %zu", row, count);
    return STATUS_OK;
}

static bool is_in_playlist(const struct state *state, int64_t id)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    for (size_t i = 0; i < playlist->count; i++)
        if (playlist->items[i]->id == id)
            return true;
    return false;
}

enum status command_add_track(struct state *state, struct effect_list *effects, const struct track *track,
                              struct error *error)
{
    if (state->pane == PANE_SUGGESTIONS && is_in_playlist(state, track->id))
        return error_set(error, STATUS_USAGE, "\"%s\" was just added; new suggestions are on their way", track->title);
    return action_add(state, effects, track, error);
}

enum status command_add(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    if (state->view == VIEW_MAP && !argument[0])
        return command_map_add(state, effects, argument, error);
    if (state->view == VIEW_FAILURES)
        return error_set(error, STATUS_USAGE, "enter opens this playlist's seeds in Explore; add tracks there");
    const struct track *track = state->pane == PANE_SUGGESTIONS ? state_seen_on_page(state, state->suggestions.selected)
                                                                : state_selected_track(state);
    size_t row;
    if (argument[0]) {
        enum status status = command_number(argument, "add", &row, error);
        if (status == STATUS_OK)
            status = row_track(state, row, &track, error);
        if (status != STATUS_OK)
            return status;
    } else if (state->pane == PANE_PLAYLIST && track) {
        return error_set(error, STATUS_USAGE, "this one is in the playlist; tab goes to the suggestions");
    }
    if (!track)
        return error_set(error, STATUS_USAGE, "nothing is selected to add; search with /");
    return command_add_track(state, effects, track, error);
}

enum status command_remove(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    size_t entry = state->playlist_at.selected + 1;
    if (argument[0]) {
        enum status status = command_number(argument, "remove", &entry, error);
        if (status != STATUS_OK)
            return status;
    } else if (state->pane != PANE_PLAYLIST) {
        return error_set(error, STATUS_USAGE, "select an entry of the playlist first (tab goes there)");
    }
    enum status status = playlist_remove(&state->playlist, entry - 1, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
    action_edited(state, effects);
    return STATUS_OK;
}

enum status command_move(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    size_t from = state->playlist_at.selected, to;
    size_t count = playlist_now(&state->playlist)->count;
    if (state->pane != PANE_PLAYLIST)
        return error_set(error, STATUS_USAGE, "select an entry of the playlist first (tab goes there)");
    if (strcmp(argument, "up") == 0) {
        to = from > 0 ? from - 1 : from;
    } else if (strcmp(argument, "down") == 0) {
        to = from + 1 < count ? from + 1 : from;
    } else {
        enum status status = command_number(argument, "move", &to, error);
        if (status != STATUS_OK)
            return status;
        to--;
    }
    enum status status = playlist_move(&state->playlist, from, to, error);
    if (status != STATUS_OK || from == to)
        return status;
    state->playlist_at.selected = to;
    state_say(state, "%s to %zu (u undoes)", playlist_now(&state->playlist)->what, to + 1);
    action_edited(state, effects);
    return STATUS_OK;
}

enum status command_rename(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)effects;
    enum status status = playlist_rename(&state->playlist, argument, false, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
    state_touch(state);
    return STATUS_OK;
}

enum status command_clear(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument;
    if (playlist_now(&state->playlist)->count == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty already");
    enum status status = playlist_clear(&state->playlist, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "cleared the playlist (u undoes)");
    action_edited(state, effects);
    return STATUS_OK;
}

enum status command_dedupe(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument;
    size_t removed;
    enum status status = playlist_dedupe(&state->playlist, &removed, error);
    if (status != STATUS_OK)
        return status;
    if (removed == 0) {
        state_say(state, "no track is in the playlist twice");
        return STATUS_OK;
    }
    state_say(state, "removed %zu repeated %s (u undoes)", removed, removed == 1 ? "track" : "tracks");
    action_edited(state, effects);
    return STATUS_OK;
}

static enum status walk(struct state *state, struct effect_list *effects, bool back, struct error *error)
{
    const struct playlist_edits *edits = &state->playlist;
    const char *what;
    size_t target = back ? edits->current - 1 : edits->current + 1;
    bool other = target < edits->count && edits->versions[target].serial != playlist_now(edits)->serial;
    if (other)
        action_flush(state, effects);
    enum status status =
        back ? playlist_undo(&state->playlist, &what, error) : playlist_redo(&state->playlist, &what, error);
    if (status != STATUS_OK)
        return status;
    if (other)
        state->playlist_at = (struct list_position){0};
    state_say(state, "%s: %s", back ? "undone" : "done again", what);
    action_edited(state, effects);
    return STATUS_OK;
}

enum status command_undo(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument;
    return walk(state, effects, true, error);
}

enum status command_redo(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)argument;
    return walk(state, effects, false, error);
}

enum status command_new(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    struct track_row nothing = {0};
    action_flush(state, effects);
    enum status status = playlist_open(&state->playlist, argument, &nothing, false, "started a new playlist ", error);
    if (status != STATUS_OK)
        return status;
    state->playlist_at = (struct list_position){0};
    state_say(state, "a new playlist (u brings the one before back)");
    action_edited(state, effects);
    return STATUS_OK;
}

enum status command_save(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    if (!argument[0] && now->name[0] == '\0')
        return command_command(state, effects, "playlist save", error);
    if (now->kept && (!argument[0] || strcmp(argument, now->name) == 0)) {
        action_save(state, effects);
        state_say(state, "saved \"%s\"", now->name);
        return STATUS_OK;
    }
    char *name = strdup(argument[0] ? argument : now->name);
    if (!name)
        return error_no_memory(error);
    enum status status = playlist_rename(&state->playlist, name, true, error);
    free(name);
    if (status != STATUS_OK)
        return status;
    state_say(state, "saved as \"%s\"; edits are saved by themselves from now on",
              playlist_now(&state->playlist)->name);
    action_save(state, effects);
    return STATUS_OK;
}

enum status command_load(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)error;
    if (argument[0]) {
        action_flush(state, effects);
        effect_ask(effects, state, EFFECT_PLAYLIST_OPEN, argument);
        return STATUS_OK;
    }
    if (state->overlay != OVERLAY_PLAYLISTS) {
        action_flush(state, effects);
        state->overlay = OVERLAY_PLAYLISTS;
        state->playlists_at = (struct list_position){.selected = state->playlists.count}; /* none yet */
        effect_ask(effects, state, EFFECT_PLAYLISTS, NULL);
        return STATUS_OK;
    }
    if (state->playlists_at.selected >= state->playlists.count)
        return error_set(error, STATUS_USAGE, "there is no playlist to open");
    const struct playlist *playlist = &state->playlists.items[state->playlists_at.selected];
    struct effect *effect = effect_ask(effects, state, EFFECT_PLAYLIST_OPEN, playlist->name);
    if (!effect)
        return error_no_memory(error);
    effect->id = playlist->id;
    effect->flag = playlist->own;
    state->overlay = OVERLAY_NONE;
    return STATUS_OK;
}

enum status command_delete(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    if (now->kept && strcmp(now->name, argument) == 0)
        return error_set(error, STATUS_USAGE, "\"%s\" is open; start a new playlist before deleting it", argument);
    effect_ask(effects, state, EFFECT_PLAYLIST_DELETE, argument);
    return STATUS_OK;
}
