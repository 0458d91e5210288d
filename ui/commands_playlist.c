/* Commands that change the playlist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/effects/playlists.h"
#include "ui/views/explore/explore.h"
#include "ui/views/playlists.h"

static COMMAND(command_remove)
{
    size_t entry = explore_of(state)->playlist_at.selected + 1;
    if (argument[0]) {
        enum status status = command_number(argument, "remove", &entry, error);
        if (status != STATUS_OK)
            return status;
    } else if (explore_of(state)->pane != PANE_PLAYLIST) {
        return error_set(error, STATUS_USAGE, "select an entry of the playlist first (tab goes there)");
    }
    enum status status = playlist_remove(&state->playlist, entry - 1, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(command_move)
{
    size_t from = explore_of(state)->playlist_at.selected, to;
    size_t count = playlist_now(&state->playlist)->count;
    if (explore_of(state)->pane != PANE_PLAYLIST)
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
    explore_of(state)->playlist_at.selected = to;
    state_say(state, "%s to %zu (u undoes)", playlist_now(&state->playlist)->what, to + 1);
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(command_rename)
{
    enum status status = playlist_rename(&state->playlist, argument, false, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(command_clear)
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

static COMMAND(command_dedupe)
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
        explore_of(state)->playlist_at = (struct list_position){0};
    state_say(state, "%s: %s", back ? "undone" : "done again", what);
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(command_undo)
{
    (void)argument;
    return walk(state, effects, true, error);
}

static COMMAND(command_redo)
{
    (void)argument;
    return walk(state, effects, false, error);
}

static COMMAND(command_new)
{
    struct track_row nothing = {0};
    action_flush(state, effects);
    enum status status = playlist_open(&state->playlist, argument, &nothing, false, "started a new playlist ", error);
    if (status != STATUS_OK)
        return status;
    explore_of(state)->playlist_at = (struct list_position){0};
    state_say(state, "a new playlist (u goes back to the previous one)");
    action_edited(state, effects);
    return STATUS_OK;
}

static COMMAND(command_save)
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
    state_say(state, "saved as \"%s\"; edits are saved automatically from now on",
              playlist_now(&state->playlist)->name);
    action_save(state, effects);
    explore_suggest(state, effects);
    return STATUS_OK;
}

static COMMAND(command_load)
{
    (void)error;
    if (argument[0]) {
        action_flush(state, effects);
        effect_request(effects, state, EFFECT_PLAYLIST_OPEN, argument);
        return STATUS_OK;
    }
    if (state->overlay != VIEW_PLAYLISTS) {
        action_flush(state, effects);
        playlists_open(state, effects);
        return STATUS_OK;
    }
    const struct playlists_state *shown = playlists_of(state);
    if (shown->at.selected >= shown->list.count)
        return error_set(error, STATUS_USAGE, "there is no playlist to open");
    const struct playlist *playlist = &shown->list.items[shown->at.selected];
    struct effect *effect = effect_request(effects, state, EFFECT_PLAYLIST_OPEN, playlist->name);
    if (!effect)
        return error_no_memory(error);
    effect->id = playlist->id;
    ((struct playlist_input *)effect->input)->own = playlist->own;
    state->overlay = VIEW_NONE;
    return STATUS_OK;
}

static COMMAND(command_delete)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    if (now->kept && strcmp(now->name, argument) == 0)
        return error_set(error, STATUS_USAGE, "\"%s\" is open; start a new playlist before deleting it", argument);
    effect_request(effects, state, EFFECT_PLAYLIST_DELETE, argument);
    return STATUS_OK;
}

/* Those of the playlist and of what is shown; what some of them do depends on the view. */
static const struct explorer_command of_playlist[] = {
    {"search", "[TEXT]", "search for tracks; without TEXT: type a search", command_search},
    {"add", "[N]", "add the selected track, or row N", command_add},
    {"remove", "[N]", "remove an entry of the playlist", command_remove},
    {"move", "up|down|N", "move the selected entry of the playlist", command_move},
    {"undo", "", "undo the last edit of the playlist", command_undo},
    {"redo", "", "redo the edit that was undone", command_redo},
    {"page", "next|previous|first|N", "go to another page of suggestions", command_page},
    {"select", "next|previous|page-down|page-up|half-down|half-up|first|last|N", "move the selection, or turn the page",
     command_select},
    {"pane", "next|previous|left|right|results|playlist|suggestions|list|held-out|page", "go to another pane",
     command_pane},
    {"model", "[next|NAME]", "choose the model of the suggestions", command_model},
    {"rename", "NAME", "name the playlist", command_rename},
    {"playlist save", "[NAME]", "save it; later edits are saved automatically", command_save},
    {"playlist load", "[NAME]", "open a playlist; without NAME: from a list", command_load},
    {"playlist new", "[NAME]", "start another playlist", command_new},
    {"playlist dedupe", "", "remove repeated tracks", command_dedupe},
    {"playlist clear", "", "remove all tracks", command_clear},
    {"playlist delete", "NAME", "delete a saved playlist", command_delete},
};
const struct command_table commands_of_playlist = {of_playlist, sizeof of_playlist / sizeof of_playlist[0]};
