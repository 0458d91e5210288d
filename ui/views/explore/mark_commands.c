/* Marked tracks: the commands that mark, copy and insert them, and what other commands act on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

struct pane_list explore_list(const struct state *state, enum pane pane)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    switch (pane) {
    case PANE_RESULTS:
        return (struct pane_list){explore->results.items, explore->results.count, explore->result_at.selected};
    case PANE_PLAYLIST:
        if (playlist_filter_on(state))
            return (struct pane_list){explore->filter.shown.items, explore->filter.shown.count,
                                      explore->playlist_at.selected};
        return (struct pane_list){playlist->items, playlist->count, explore->playlist_at.selected};
    case PANE_SUGGESTIONS:
    case PANE_COUNT:
        break;
    }
    return (struct pane_list){suggestions->tracks.items, suggestions->tracks.count,
                              suggestions->page * PAGE_TRACKS + suggestions->selected};
}

bool explore_is_marked(const struct state *state, enum pane pane, size_t row)
{
    return marks_has(&explore_of(state)->marks[pane], row, explore_list(state, pane).selected);
}

static bool targets_marks(const struct state *state)
{
    const struct marks *marks = &explore_of(state)->marks[PANE_PLAYLIST];
    return marks_count(marks, explore_list(state, PANE_PLAYLIST).selected) > 0;
}

size_t explore_targets(const struct state *state, size_t **entries)
{
    const struct pane_list list = explore_list(state, PANE_PLAYLIST);
    size_t n = 1;
    if (targets_marks(state))
        n = marks_positions(&explore_of(state)->marks[PANE_PLAYLIST], list.selected, entries);
    else if ((*entries = list.selected < list.count ? malloc(sizeof **entries) : NULL))
        (*entries)[0] = list.selected;
    for (size_t i = 0; *entries && i < n; i++)
        (*entries)[i] = explore_entry(state, (*entries)[i]);
    return *entries ? n : 0;
}

void explore_retarget(struct state *state, const size_t *entries, size_t n, bool marked)
{
    struct explore_state *explore = explore_of(state);
    const struct pane_list list = explore_list(state, PANE_PLAYLIST);
    if (marked)
        marks_set(&explore->marks[PANE_PLAYLIST], list.items, list.count, entries, n);
    else
        marks_clear(&explore->marks[PANE_PLAYLIST]);
}

/* ---- marking ---- */

/* Of the suggestions, "all" are those of the page. */
static bool mark_page(struct state *state, struct marks *marks, const struct pane_list *list, bool invert)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    bool good = true;
    for (size_t i = 0; i < explore_page_tracks(state) && good; i++) {
        size_t at = suggestions->page * PAGE_TRACKS + i;
        if (invert || !marks_has(marks, at, list->selected))
            good = marks_toggle(marks, list->items, list->count, at);
    }
    return good;
}

static bool mark(struct state *state, enum pane pane, const char *how, bool *known)
{
    struct marks *marks = &explore_of(state)->marks[pane];
    const struct pane_list list = explore_list(state, pane);
    *known = true;
    if (strcmp(how, "toggle") == 0 || strcmp(how, "next") == 0)
        return marks_toggle(marks, list.items, list.count, list.selected);
    if (strcmp(how, "range") == 0)
        return marks_range(marks, list.items, list.count, list.selected);
    if (pane == PANE_SUGGESTIONS && (strcmp(how, "all") == 0 || strcmp(how, "invert") == 0))
        return mark_page(state, marks, &list, how[0] == 'i');
    if (strcmp(how, "all") == 0)
        return marks_all(marks, list.items, list.count);
    if (strcmp(how, "invert") == 0)
        return marks_invert(marks, list.items, list.count, list.selected);
    *known = strcmp(how, "none") == 0;
    if (*known)
        marks_clear(marks);
    return true;
}

static void say_marked(struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    const struct marks *marks = &explore->marks[explore->pane];
    size_t count = marks_count(marks, explore_list(state, explore->pane).selected);
    bool part = explore->pane == PANE_RESULTS && count == explore->results.count;
    state->message_warning = false;
    if (marks->ranging)
        snprintf(state->message, sizeof state->message, "%zu marked; the range follows the selection, v ends it",
                 count);
    else if (part && explore->results_total > (int64_t)count)
        snprintf(state->message, sizeof state->message, "the %zu that are listed are marked; %lld%s match", count,
                 (long long)explore->results_total, explore->results_total == APP_SEARCH_COUNTED ? " or more" : "");
    else if (count == 0)
        snprintf(state->message, sizeof state->message, "none marked");
    else
        snprintf(state->message, sizeof state->message, "%zu marked; %s, y copies, escape unmarks", count,
                 explore->pane == PANE_PLAYLIST ? "x removes, J/K move" : "enter adds");
}

COMMAND(explore_mark)
{
    struct explore_state *explore = explore_of(state);
    const struct pane_list list = explore_list(state, explore->pane);
    bool known;
    (void)effects;
    if (list.count == 0)
        return error_set(error, STATUS_USAGE, "there is no track to mark here");
    if (!mark(state, explore->pane, argument, &known))
        return error_no_memory(error);
    if (!known)
        return error_set(error, STATUS_USAGE, "\"%s\" is not next, toggle, range, all, invert or none", argument);
    if (strcmp(argument, "next") == 0)
        explore_move_selection(state, 1);
    say_marked(state);
    return STATUS_OK;
}

/* Also to the terminal's clipboard, a line each: links, which can be pasted into an explorer, or artist and title. */
static void copy_to_clipboard(struct state *state, struct effect_list *effects, const struct track_row *tracks)
{
    struct buffer text = {0};
    for (size_t i = 0; i < tracks->count; i++) {
        char address[TRACK_ADDRESS_SIZE];
        if (view_track_address(tracks->items[i], address))
            buffer_printf(&text, "%s%s", i > 0 ? "\n" : "", address);
        else
            buffer_printf(&text, "%s%s - %s", i > 0 ? "\n" : "", tracks->items[i]->artist, tracks->items[i]->title);
    }
    if (!text.failed)
        effect_request(effects, state, EFFECT_COPY, text.data);
    buffer_free(&text);
}

/* ---- copying ---- */

COMMAND(explore_copy)
{
    struct explore_state *explore = explore_of(state);
    const struct pane_list list = explore_list(state, explore->pane);
    size_t *rows, n = marks_positions(&explore->marks[explore->pane], list.selected, &rows);
    (void)argument;
    explore->copied.count = 0;
    for (size_t i = 0; i < n; i++)
        track_row_append(&explore->copied, list.items[rows[i]]);
    free(rows);
    if (n == 0 && list.selected < list.count)
        track_row_append(&explore->copied, list.items[list.selected]);
    if (explore->copied.count == 0)
        return error_set(error, STATUS_USAGE, "there is no track to copy here");
    copy_to_clipboard(state, effects, &explore->copied);
    marks_clear(&explore->marks[explore->pane]);
    if (explore->copied.count == 1)
        state_say(state, "copied \"%s\"; P inserts it in a playlist", explore->copied.items[0]->title);
    else
        state_say(state, "copied %zu tracks; P inserts them in a playlist", explore->copied.count);
    return STATUS_OK;
}

/* Inserts what was copied or removed last after the selected entry. */
COMMAND(explore_put)
{
    struct explore_state *explore = explore_of(state);
    const struct pane_list list = explore_list(state, PANE_PLAYLIST);
    size_t n = explore->copied.count, at = list.count > 0 ? explore_entry(state, list.selected) + 1 : 0;
    (void)argument;
    if (playlist_filter_on(state))
        playlist_filter_end(state);
    if (n == 0)
        return error_set(error, STATUS_USAGE, "nothing was copied yet; y copies the marked tracks");
    enum status status = playlist_insert(&state->playlist, at, explore->copied.items, n, error);
    if (status != STATUS_OK)
        return status;
    explore->playlist_at.selected = at + n - 1;
    state_say(state, "%s (u undoes)", playlist_now(&state->playlist)->what);
    action_edited(state, effects);
    return STATUS_OK;
}
