/* The filter of the playlist: which entries are shown. */
#include <stdlib.h>
#include <string.h>

#include "ui/match.h"
#include "ui/views/explore/explore.h"

void playlist_filter_free(struct playlist_filter *filter)
{
    free(filter->entries);
    free(filter->of);
    track_row_free(&filter->shown);
    *filter = (struct playlist_filter){0};
}

static bool is_current(const struct playlist_filter *filter, const struct playlist_version *playlist)
{
    bool same = filter->entries && filter->of_count == playlist->count && strcmp(filter->text, filter->line.text) == 0;
    for (size_t i = 0; same && i < playlist->count; i++)
        same = filter->of[i] == playlist->items[i]->id;
    return same;
}

static void choose(struct playlist_filter *filter, const struct playlist_version *playlist)
{
    free(filter->entries);
    free(filter->of);
    filter->entries = calloc(playlist->count + 1, sizeof *filter->entries);
    filter->of = calloc(playlist->count + 1, sizeof *filter->of);
    filter->of_count = filter->of ? playlist->count : 0;
    filter->shown.count = 0;
    for (size_t i = 0; filter->entries && i < filter->of_count; i++) {
        const struct track *track = playlist->items[i];
        filter->of[i] = track->id;
        const char *const texts[] = {track->title, track->artist, track->album};
        if (match_all(filter->line.text, texts, 3) && track_row_append(&filter->shown, track))
            filter->entries[filter->shown.count - 1] = i;
    }
    memcpy(filter->text, filter->line.text, sizeof filter->text);
}

void playlist_filter_settle(struct state *state)
{
    struct playlist_filter *filter = &explore_of(state)->filter;
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    if (filter->serial != playlist->serial) /* another playlist was opened */
        playlist_filter_free(filter);
    filter->serial = playlist->serial;
    if (filter->line.size > 0 && !is_current(filter, playlist))
        choose(filter, playlist);
}

bool playlist_filter_on(const struct state *state)
{
    const struct playlist_filter *filter = &explore_of(state)->filter;
    return filter->line.size > 0 && filter->entries;
}

size_t explore_entry(const struct state *state, size_t row)
{
    const struct playlist_filter *filter = &explore_of(state)->filter;
    if (!playlist_filter_on(state))
        return row;
    return row < filter->shown.count ? filter->entries[row] : playlist_now(&state->playlist)->count;
}

/* Shows all entries again; the selected one stays selected. */
void playlist_filter_end(struct state *state)
{
    struct explore_state *explore = explore_of(state);
    size_t entry = explore_entry(state, explore->playlist_at.selected);
    playlist_filter_free(&explore->filter);
    explore->playlist_at.selected = entry;
}

/* ---- typing ---- */

struct line *explore_typed_line(const struct state *state)
{
    struct playlist_filter *filter = &explore_of(state)->filter;
    return filter->typing ? &filter->line : NULL;
}

void explore_filter_typed(struct state *state, struct effect_list *effects)
{
    (void)effects;
    explore_of(state)->playlist_at = (struct list_position){0};
}

enum status explore_filter_accept(struct state *state, struct effect_list *effects, struct error *error)
{
    (void)effects, (void)error;
    explore_of(state)->filter.typing = false;
    return STATUS_OK;
}

void explore_filter_cancel(struct state *state, struct effect_list *effects)
{
    (void)effects;
    playlist_filter_end(state);
}

COMMAND(explore_filter)
{
    struct explore_state *explore = explore_of(state);
    (void)effects;
    if (playlist_now(&state->playlist)->count == 0)
        return error_set(error, STATUS_USAGE, "there is nothing to filter; the playlist is empty");
    state->view = VIEW_EXPLORE;
    state->overlay = VIEW_NONE;
    state->input = INPUT_NONE;
    explore->pane = PANE_PLAYLIST;
    explore->filter.typing = !argument[0];
    if (argument[0])
        line_set(&explore->filter.line, argument);
    line_edit(&explore->filter.line, "end");
    explore->playlist_at = (struct list_position){0};
    return STATUS_OK;
}
