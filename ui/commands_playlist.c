/* Commands that change the playlist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/effects/export.h"
#include "ui/effects/playlists.h"
#include "ui/overwrite.h"
#include "ui/picker.h"
#include "ui/tour_hold.h"
#include "ui/views/explore/explore.h"
#include "ui/views/map/map.h"
#include "ui/views/ratings/ratings.h"

/* The entries on which `remove` and `move` act: the one that is named, otherwise the marked or selected ones. */
static enum status find_targets(const struct state *state, const char *number, const char *command, size_t **entries,
                                size_t *n, struct error *error)
{
    size_t entry;
    enum status status = number[0] ? command_number(number, command, &entry, error) : STATUS_OK;
    *entries = NULL;
    if (status != STATUS_OK)
        return status;
    if (!number[0] && explore_of(state)->pane != PANE_PLAYLIST)
        return error_set(error, STATUS_USAGE, "select an entry of the playlist first (tab goes there)");
    *n = number[0] ? 1 : explore_targets(state, entries);
    if (number[0] && (*entries = malloc(sizeof **entries)))
        (*entries)[0] = entry - 1;
    return *n > 0 && !*entries ? error_no_memory(error) : STATUS_OK;
}

static COMMAND(command_remove)
{
    struct explore_state *explore = explore_of(state);
    size_t *entries, n;
    enum status status = find_targets(state, argument, "remove", &entries, &n, error);
    const struct playlist_version *now = playlist_now(&state->playlist);
    struct track_row removed = {0};
    for (size_t i = 0; status == STATUS_OK && i < n && entries[i] < now->count; i++)
        track_row_append(&removed, now->items[entries[i]]);
    if (status == STATUS_OK)
        status = playlist_remove_all(&state->playlist, entries, n, error);
    if (status == STATUS_OK) {
        track_row_free(&explore->copied);
        explore->copied = removed;
        if (!argument[0] && !playlist_filter_on(state))
            explore->playlist_at.selected = entries[0];
        marks_clear(&explore->marks[PANE_PLAYLIST]);
        state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
        action_edited(state, effects);
    } else {
        track_row_free(&removed);
    }
    free(entries);
    return status;
}

/* Moves the entries, whose positions become the new ones. */
static enum status move(struct state *state, const char *where, size_t *entries, size_t n, struct error *error)
{
    size_t to;
    if (strcmp(where, "up") == 0 || strcmp(where, "down") == 0)
        return playlist_shift(&state->playlist, entries, n, where[0] == 'u', error);
    enum status status = command_number(where, "move", &to, error);
    if (status != STATUS_OK || (n == 1 && to - 1 == entries[0]))
        return status;
    if (n == 1) /* with a message if there is no such position */
        status = playlist_move(&state->playlist, entries[0], to - 1, error);
    else
        status = playlist_gather(&state->playlist, entries, n, to - 1, error);
    if (n == 1)
        entries[0] = to - 1;
    return status;
}

static COMMAND(command_move)
{
    struct explore_state *explore = explore_of(state);
    size_t *entries = NULL, n = 0, before = state->playlist.current, sum = 0;
    const struct marks *marks = &explore->marks[PANE_PLAYLIST];
    bool marked = marks_count(marks, explore->playlist_at.selected) > 0;
    enum status status = find_targets(state, "", "move", &entries, &n, error);
    size_t within = 0;
    if (status == STATUS_OK && playlist_filter_on(state))
        status = error_set(error, STATUS_USAGE, "a filter hides tracks; escape shows all, then they can be moved");
    while (status == STATUS_OK && within + 1 < n && entries[within] != explore->playlist_at.selected)
        within++;
    for (size_t i = 0; i < n; i++)
        sum += entries[i];
    if (status == STATUS_OK)
        status = move(state, argument, entries, n, error);
    for (size_t i = 0; i < n; i++)
        sum -= entries[i];
    if (status == STATUS_OK && (state->playlist.current != before || sum != 0)) { /* a repeat joins the last step */
        explore_retarget(state, entries, n, marked);
        explore->playlist_at.selected = entries[within];
        state_say(state, "%s to %zu (u undoes)", playlist_now(&state->playlist)->what, entries[0] + 1);
        action_edited(state, effects);
    }
    free(entries);
    return status;
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
    marks_clear(&explore_of(state)->marks[PANE_PLAYLIST]);
    state_say(state, "%s: %s", back ? "undone" : "done again", what);
    action_edited(state, effects);
    return STATUS_OK;
}

/* Ratings are undone in their order among the edits. */
static enum status walk_all(struct state *state, struct effect_list *effects, bool back, struct error *error)
{
    bool rating;
    enum status status = ratings_walk(state, effects, back, &rating, error);
    return status != STATUS_OK || rating ? status : walk(state, effects, back, error);
}

static COMMAND(command_undo)
{
    (void)argument;
    return walk_all(state, effects, true, error);
}

static COMMAND(command_redo)
{
    (void)argument;
    return walk_all(state, effects, false, error);
}

static COMMAND(command_new)
{
    struct track_row nothing = {0};
    action_flush(state, effects);
    enum status status = playlist_open(&state->playlist, argument, &nothing, false, "started a new playlist ", error);
    if (status != STATUS_OK)
        return status;
    tour_hold_made(state);
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
    action_flush(state, effects);
    picker_open(state, effects, PICK_PLAYLISTS);
    return STATUS_OK;
}

/* Adds or removes the tracks of another playlist. */
static enum status use(struct state *state, struct effect_list *effects, enum playlist_use use, const char *name,
                       struct error *error)
{
    if (!name[0])
        return error_set(error, STATUS_USAGE, "%s needs a playlist", use == PLAYLIST_MERGE ? "merge" : "subtract");
    action_flush(state, effects);
    struct effect *effect = effect_request(effects, state, EFFECT_PLAYLIST_OPEN, name);
    if (!effect)
        return error_no_memory(error);
    ((struct playlist_input *)effect->input)->use = use;
    return STATUS_OK;
}

static COMMAND(command_merge)
{
    return use(state, effects, PLAYLIST_MERGE, argument, error);
}

static COMMAND(command_subtract)
{
    return use(state, effects, PLAYLIST_SUBTRACT, argument, error);
}

/* Artists, albums, genres and years, of one kind or all. */
static COMMAND(command_browse)
{
    static const enum picker_kind kinds[] = {PICK_ARTISTS, PICK_ALBUMS, PICK_GENRES, PICK_YEARS};
    enum picker_kind kind = argument[0] ? PICKER_KINDS : PICK_BROWSE;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(argument, picker_source(kinds[i])->name) == 0)
            kind = kinds[i];
    if (kind == PICKER_KINDS)
        return error_set(error, STATUS_USAGE, "browse takes artists, albums, genres or years, not \"%.60s\"", argument);
    picker_open(state, effects, kind);
    return STATUS_OK;
}

/* The selected track of Explore, by the person's player. */
static COMMAND(command_play)
{
    const struct explore_state *explore = explore_of(state);
    const char *player = config_player(&state->settings);
    const struct track *track = explore->pane == PANE_SUGGESTIONS
                                    ? explore_seen_on_page(state, explore->suggestions.selected)
                                    : explore_selected_track(state);
    (void)argument;
    if (!player[0])
        return error_set(error, STATUS_USAGE, "no player is set; :set player COMMAND sets one, such as mpv {file}");
    if (state->view != VIEW_EXPLORE || !track)
        return error_set(error, STATUS_USAGE, "select a track in Explore to play it");
    struct effect *effect = effect_request(effects, state, EFFECT_PLAY, player);
    if (!effect)
        return error_no_memory(error);
    effect->id = track->id;
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

static enum status export_list(struct state *state, struct effect_list *effects, const char *argument, bool overwrite,
                               struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    size_t size = strcspn(argument, " ");
    const char *file = argument + size + strspn(argument + size, " ");
    char format[32];
    const struct exporter *exporter;
    snprintf(format, sizeof format, "%.*s", (int)size, argument);
    enum status status = app_exporter_find(format, &exporter, error);
    if (status != STATUS_OK)
        return status;
    const bool of_playlist = exporter->subject == EXPORT_PLAYLIST;
    if (!file[0])
        return error_set(error, STATUS_USAGE, "export %s needs the name of a %s", format,
                         exporter->extension[0] == '/' ? "folder" : "file");
    if (of_playlist && now->count == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty; add a track first");
    struct effect *effect = effect_request(effects, state, EFFECT_EXPORT, now->name);
    if (!effect || (of_playlist && !effect_set_tracks(effect, now)))
        return error_no_memory(error);
    struct export_input *input = effect->input;
    *input = (struct export_input){.exporter = exporter, .file = strdup(file), .overwrite = overwrite};
    snprintf(input->model, sizeof input->model, "%s",
             state->model[0]           ? state->model
             : state->models.count > 0 ? state->models.names[0]
                                       : "");
    snprintf(input->set, sizeof input->set, "%s", map_of(state)->set);
    if (!of_playlist)
        state_say(state, "writing %s to %s ...", format, file);
    return input->file ? STATUS_OK : error_no_memory(error);
}

static COMMAND(command_export)
{
    if (!argument[0]) {
        picker_open(state, effects, PICK_EXPORTS);
        return STATUS_OK;
    }
    overwrite_remember(state, "export!", argument);
    return export_list(state, effects, argument, false, error);
}

static COMMAND(command_import)
{
    if (!argument[0])
        return error_set(error, STATUS_USAGE, "import needs the name of a file with playlists");
    state_say(state, "importing %s ...", argument);
    return effect_request(effects, state, EFFECT_IMPORT, argument) ? STATUS_OK : error_no_memory(error);
}

/* Keys that are no Spotify URIs mean nothing elsewhere. */
static COMMAND(command_copy_uris)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    struct buffer text = {0};
    size_t copied = 0;
    (void)argument;
    for (size_t i = 0; i < now->count; i++)
        if (strncmp(now->items[i]->key, "spotify:track:", 14) == 0)
            buffer_printf(&text, "%s%s", copied++ > 0 ? "\n" : "", now->items[i]->key);
    if (copied == 0)
        return error_set(error, STATUS_USAGE, "no track of the playlist has a Spotify URI");
    struct effect *effect = text.failed ? NULL : effect_request(effects, state, EFFECT_COPY, text.data);
    buffer_free(&text);
    if (!effect)
        return error_no_memory(error);
    if (copied < now->count)
        state_say(state, "copied %zu Spotify URIs to the clipboard; %zu tracks have none", copied, now->count - copied);
    else
        state_say(state, "copied %zu Spotify %s to the clipboard", copied, copied == 1 ? "URI" : "URIs");
    return STATUS_OK;
}

static COMMAND(command_export_over)
{
    return export_list(state, effects, argument, true, error);
}

/* Those of the playlist and of what is shown; what some of them do depends on the view. */
static const struct explorer_command of_playlist[] = {
    {"search", "[TEXT]", "search for TEXT, or type a search", command_search},
    {"browse", "[artists|albums|genres|years]", "browse the catalogue; enter searches", command_browse},
    {"covers", "[WORDS]", "find covers by what they show, as / cover: WORDS", explore_covers},
    {"add", "[N|page]", "add what is marked, row N, or the page", command_add},
    {"add!", "[N|page]", "the same, even if they are in the playlist", command_add_again},
    {"mark", "next|toggle|range|all|invert|none", "mark tracks, to act on them together", explore_mark},
    {"filter", "[TEXT]", "show the entries that match a text", explore_filter},
    {"copy", "", "copy the marked tracks, also to the clipboard", explore_copy},
    {"copy uris", "", "its Spotify URIs to the clipboard", command_copy_uris},
    {"import", "FILE", "import playlists of tracks that are known", command_import},
    {"put", "", "insert what was copied or removed last", explore_put},
    {"remove", "[N]", "remove the marked entries, or entry N", command_remove},
    {"move", "up|down|N", "move the marked entries of the playlist", command_move},
    {"undo", "", "undo the last edit of the playlist, or rating", command_undo},
    {"redo", "", "redo what was undone", command_redo},
    {"page", "next|previous|first|N", "go to another page of suggestions", command_page},
    {"select", "next|previous|page-down|page-up|half-down|half-up|first|last|N", "move the selection, or turn the page",
     command_select},
    {"pane", "next|previous|left|right|results|playlist|suggestions|list|held-out|page", "go to another pane",
     command_pane},
    {"model", "[next|MODEL]", "choose the model; without MODEL: pick one", command_model},
    {"rename", "NAME", "name the playlist", command_rename},
    {"playlist save", "[NAME]", "save it; later edits are saved automatically", command_save},
    {"playlist load", "[PLAYLIST]", "open a playlist; without PLAYLIST: pick one", command_load},
    {"playlist new", "[NAME]", "start another playlist", command_new},
    {"playlist dedupe", "", "remove repeated tracks", command_dedupe},
    {"playlist clear", "", "remove all tracks", command_clear},
    {"export", "[FORMAT FILE]", "write the playlist or data as a file; or pick", command_export},
    {"export!", "FORMAT FILE", "the same, over a file that exists", command_export_over},
    {"merge", "PLAYLIST", "add what another playlist has besides", command_merge},
    {"subtract", "PLAYLIST", "remove what another playlist has", command_subtract},
    {"play", "", "play the track in your own player", command_play},
    {"playlist delete", "PLAYLIST", "delete a saved playlist", command_delete},
};
const struct command_table commands_of_playlist = {of_playlist, sizeof of_playlist / sizeof of_playlist[0]};
