/* Commands on the selected track and the playlist: wishes, rejecting, another draw, sorting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/views/explore/explore.h"
#include "ui/views/steer/steer.h"

static enum status selected_track(const struct state *state, const struct track **track, struct error *error)
{
    const struct explore_state *explore = explore_of(state);
    *track = explore->pane == PANE_SUGGESTIONS ? explore_seen_on_page(state, explore->suggestions.selected)
                                               : explore_selected_track(state);
    if (state->view != VIEW_EXPLORE)
        return error_set(error, STATUS_USAGE, "this acts on the selected track of Explore");
    return *track ? STATUS_OK : error_set(error, STATUS_USAGE, "no track is selected");
}

/* "artist here": what is wished of the selected track, and for which playlist. */
static enum status read_wish(const struct state *state, const char *argument, const struct track *track,
                             struct steering_entry *entry, const char **name, struct error *error)
{
    char word[16] = "track";
    size_t size = strcspn(argument, " ");
    const char *where = argument + size + strspn(argument + size, " ");
    bool here = strcmp(where, "here") == 0 || strcmp(argument, "here") == 0;
    if (argument[0] && strcmp(argument, "here") != 0)
        snprintf(word, sizeof word, "%.*s", (int)size, argument);
    entry->item = steering_item_named(word);
    if (entry->item == STEERING_ITEMS || (where[0] && !here))
        return error_set(error, STATUS_USAGE,
                         "\"%.60s\" is not track, album or artist, with \"here\" for this playlist", argument);
    entry->item_id = entry->item == STEERING_TRACK   ? track->id
                     : entry->item == STEERING_ALBUM ? track->album_id
                                                     : track->artist_id;
    *name = entry->item == STEERING_TRACK ? track->title : entry->item == STEERING_ALBUM ? track->album : track->artist;
    if (entry->item_id == 0)
        return error_set(error, STATUS_USAGE, "\"%s\" has no album", track->title);
    entry->playlist = here ? steer_playlist(state) : 0;
    if (here && entry->playlist == 0)
        return error_set(error, STATUS_USAGE, "save the playlist first (s); then wishes can be stored for it");
    return STATUS_OK;
}

static enum status wish(struct state *state, struct effect_list *effects, enum steering_wish wish, const char *argument,
                        struct error *error)
{
    static const char *const said[STEERING_WISHES] = {[STEERING_NEVER] = "is never suggested",
                                                      [STEERING_LESS] = "is wished less",
                                                      [STEERING_MORE] = "is wished more"};
    struct steering_entry entry = {.wish = wish};
    const struct track *track;
    const char *name = "";
    char text[512];
    enum status status = selected_track(state, &track, error);
    if (status == STATUS_OK)
        status = read_wish(state, argument, track, &entry, &name, error);
    if (status != STATUS_OK)
        return status;
    snprintf(text, sizeof text, "\"%.300s\" %s%s (z lists it, x there removes it)", name, said[wish],
             entry.playlist > 0 ? " for this playlist" : "");
    struct effect *effect = effect_request(effects, state, EFFECT_STEER_WISH, text);
    if (!effect)
        return error_no_memory(error);
    *(struct steer_wish_input *)effect->input = (struct steer_wish_input){.entry = entry};
    steer_of(state)->first_wish |= wish != STEERING_NEVER;
    return STATUS_OK;
}

COMMAND(steer_never)
{
    return wish(state, effects, STEERING_NEVER, argument, error);
}

COMMAND(steer_less)
{
    return wish(state, effects, STEERING_LESS, argument, error);
}

COMMAND(steer_more)
{
    return wish(state, effects, STEERING_MORE, argument, error);
}

COMMAND(steer_reject)
{
    const struct explore_state *explore = explore_of(state);
    const struct track *track = explore_seen_on_page(state, explore->suggestions.selected);
    (void)argument;
    if (state->view != VIEW_EXPLORE || explore->pane != PANE_SUGGESTIONS || !track)
        return error_set(error, STATUS_USAGE, "select a suggestion to reject (tab goes to the suggestions)");
    enum status status = playlist_reject(&state->playlist, track, error);
    if (status != STATUS_OK)
        return status;
    state_say(state, "rejected \"%s\" for this playlist (u undoes; :never keeps it away)", track->title);
    action_edited(state, effects);
    return STATUS_OK;
}

/* Draws are numbered, so the same one can be made again. */
COMMAND(steer_refresh)
{
    struct steer_state *steer = steer_of(state);
    size_t number = (size_t)rerank_spec_value(&steer->spec, RERANK_DRAW, NULL) + 1;
    enum status status = argument[0] ? command_number(argument, "refresh", &number, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (!rerank_spec_set(&steer->spec, RERANK_DRAW, "", (double)number))
        return error_set(error, STATUS_USAGE, "too many re-rankings are in use; Z clears them");
    state_say(state, "draw %zu: each track moves by fewer than 20 ranks (Z goes back)", number);
    steer_changed(state, effects);
    return STATUS_OK;
}

static bool *locks_of(const struct state *state, size_t count)
{
    bool *locked = calloc(count + 1, sizeof *locked);
    const struct explore_state *explore = explore_of(state);
    bool any = marks_count(&explore->marks[PANE_PLAYLIST], explore->playlist_at.selected) > 0;
    for (size_t i = 0; locked && any && i < count; i++)
        locked[i] = explore_is_marked(state, PANE_PLAYLIST, i);
    return locked;
}

COMMAND(steer_sort)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    struct steer_sort_input input = {.serial = now->serial};
    char by[16];
    size_t size = strcspn(argument, " ");
    snprintf(by, sizeof by, "%.*s", (int)size, argument);
    input.by = playlist_sort_named(by);
    snprintf(input.set, sizeof input.set, "%.63s", argument + size + strspn(argument + size, " "));
    if (input.by == PLAYLIST_SORT_COUNT)
        return error_set(error, STATUS_USAGE, "sort by tempo, energy, year, similarity or path, not \"%.60s\"", by);
    if (input.set[0] && !playlist_sort_has_space(input.by))
        return error_set(error, STATUS_USAGE, "a feature set is for similarity and path");
    if (now->count < 2)
        return error_set(error, STATUS_USAGE, "there is nothing to sort: the playlist has %zu %s", now->count,
                         now->count == 1 ? "track" : "tracks");
    if (playlist_filter_on(state))
        return error_set(error, STATUS_USAGE, "a filter hides tracks; escape shows all, then they can be sorted");
    struct effect *effect = effect_request(effects, state, EFFECT_SORT, by);
    input.locked = effect && effect_set_tracks(effect, now) ? locks_of(state, now->count) : NULL;
    if (!input.locked)
        return error_no_memory(error);
    *(struct steer_sort_input *)effect->input = input;
    return STATUS_OK;
}
