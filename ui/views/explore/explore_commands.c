/* The commands of Explore: search, rows, pages and panes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/views/explore/explore.h"

COMMAND(command_search)
{
    struct explore_state *explore = explore_of(state);
    (void)error;
    state->view = VIEW_EXPLORE;
    state->overlay = VIEW_NONE;
    explore->filter.typing = false;
    if (!argument[0]) {
        if (state->input != INPUT_SEARCH) {
            explore->pane_before_search = explore->pane;
            explore->search_fresh = true;
        }
        state->input = INPUT_SEARCH;
        explore->pane = PANE_RESULTS;
        line_edit(&explore->search, "end");
        return STATUS_OK;
    }
    line_set(&explore->search, argument);
    explore_search(state, effects);
    explore->pane_before_search = PANE_RESULTS;
    explore->pane = PANE_RESULTS;
    return STATUS_OK;
}

COMMAND(explore_covers)
{
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "cover: %.*s", LINE_SIZE - 8, argument);
    if (argument[0])
        return command_search(state, effects, text, error);
    enum status status = command_search(state, effects, "", error);
    line_set(&explore_of(state)->search, text);
    explore_of(state)->search_fresh = false;
    explore_forget_results(state);
    return status;
}

void explore_cancel_search(struct state *state)
{
    struct explore_state *explore = explore_of(state);
    explore->pane = explore->searching || explore->results.count > 0 ? PANE_RESULTS : explore->pane_before_search;
    state->input = INPUT_NONE;
}

bool explore_back(struct state *state, struct effect_list *effects)
{
    struct explore_state *explore = explore_of(state);
    struct marks *marks = &explore->marks[explore->pane];
    (void)effects;
    if (marks->marked > 0 || marks->ranging) {
        marks_clear(marks);
        return true;
    }
    if (playlist_filter_on(state)) {
        playlist_filter_end(state);
        return true;
    }
    if (explore->search.size == 0)
        return false;
    if (explore->pane == PANE_RESULTS)
        explore->pane = explore->pane_before_search != PANE_RESULTS ? explore->pane_before_search : PANE_SUGGESTIONS;
    line_set(&explore->search, "");
    explore_forget_results(state);
    state_touch(state);
    return true;
}

static enum status row_track(const struct state *state, size_t row, const struct track **track, struct error *error)
{
    const struct explore_state *explore = explore_of(state);
    bool results = explore->pane == PANE_RESULTS;
    size_t count = results ? explore->results.count : explore->suggestions.tracks.count;
    *track = !results                        ? explore_seen_suggestion(state, row - 1)
             : row <= explore->results.count ? explore->results.items[row - 1]
                                             : NULL;
    if (!*track && count == 0)
        return error_set(error, STATUS_USAGE, "no track is listed to add; / searches");
    if (!*track)
        return error_set(error, STATUS_USAGE, "there is no row %zu; there are %zu", row, count);
    return STATUS_OK;
}

enum status explore_add_tracks(struct state *state, struct effect_list *effects, const struct track *const *tracks,
                               size_t n, bool again, struct error *error)
{
    const struct explore_state *explore = explore_of(state);
    bool just_added = explore->pane == PANE_SUGGESTIONS && explore->suggestions.stale && n == 1 && !again;
    if (just_added && playlist_find(playlist_now(&state->playlist), tracks[0]->id) > 0)
        return error_set(error, STATUS_USAGE, "\"%s\" was just added; new suggestions will follow", tracks[0]->title);
    return action_add_all(state, effects, tracks, n, again, error);
}

/* The ten of the page, as the person saw them. */
static enum status add_page(struct state *state, struct effect_list *effects, bool again, struct error *error)
{
    const struct track *tracks[PAGE_TRACKS];
    size_t n = 0;
    for (size_t i = 0; i < PAGE_TRACKS; i++)
        if ((tracks[n] = explore_seen_on_page(state, i)))
            n++;
    if (n == 0)
        return error_set(error, STATUS_USAGE, "there are no suggestions to add");
    return action_add_all(state, effects, tracks, n, again, error);
}

static enum status add_marked(struct state *state, struct effect_list *effects, bool again, struct error *error)
{
    struct explore_state *explore = explore_of(state);
    const struct pane_list list = explore_list(state, explore->pane);
    struct marks *marks = &explore->marks[explore->pane];
    struct track_row tracks = {0};
    size_t *rows, n = marks_positions(marks, list.selected, &rows);
    for (size_t i = 0; i < n; i++)
        track_row_append(&tracks, list.items[rows[i]]);
    free(rows);
    enum status status = explore_add_tracks(state, effects, tracks.items, tracks.count, again, error);
    track_row_free(&tracks);
    if (status == STATUS_OK)
        marks_clear(marks);
    return status;
}

static enum status add(struct state *state, struct effect_list *effects, const char *argument, bool again,
                       struct error *error)
{
    struct explore_state *explore = explore_of(state);
    const struct track *track = explore->pane == PANE_SUGGESTIONS
                                    ? explore_seen_on_page(state, explore->suggestions.selected)
                                    : explore_selected_track(state);
    size_t row;
    if (strcmp(argument, "page") == 0)
        return add_page(state, effects, again, error);
    if (argument[0]) {
        enum status status = command_number(argument, "add", &row, error);
        if (status == STATUS_OK)
            status = row_track(state, row, &track, error);
        if (status != STATUS_OK)
            return status;
    } else if (explore->pane == PANE_PLAYLIST && track && !again) {
        return error_set(error, STATUS_USAGE, "this one is in the playlist; tab goes to the suggestions");
    } else if (marks_count(&explore->marks[explore->pane], explore_list(state, explore->pane).selected) > 0) {
        return add_marked(state, effects, again, error);
    }
    if (!track)
        return error_set(error, STATUS_USAGE, "nothing is selected to add; search with /");
    return explore_add_tracks(state, effects, &track, 1, again, error);
}

COMMAND(explore_add)
{
    return add(state, effects, argument, false, error);
}

COMMAND(explore_add_again)
{
    return add(state, effects, argument, true, error);
}

COMMAND(explore_page)
{
    (void)effects;
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t pages = explore_pages(state), number = 0;
    if (pages == 0)
        return error_set(error, STATUS_USAGE, "there are no suggestions to page through");
    bool next = strcmp(argument, "next") == 0;
    if ((next || strcmp(argument, "previous") == 0) && present_step(state, next ? 1 : -1))
        return STATUS_OK;
    if (strcmp(argument, "next") == 0) {
        if (suggestions->page + 1 >= pages)
            return error_set(error, STATUS_USAGE, "this is the last page");
        number = suggestions->page + 2;
    } else if (strcmp(argument, "previous") == 0) {
        if (suggestions->page == 0)
            return error_set(error, STATUS_USAGE, "this is the first page");
        number = suggestions->page;
    } else if (strcmp(argument, "first") == 0) {
        number = 1;
    } else {
        enum status status = command_number(argument, "page", &number, error);
        if (status != STATUS_OK)
            return status;
        if (number > pages)
            return error_set(error, STATUS_USAGE, "there is no page %zu; there are %zu", number, pages);
    }
    explore_go_to_page(state, number - 1);
    if (state->present)
        explore_of(state)->suggestions.selected = strcmp(argument, "previous") == 0 ? PAGE_TRACKS - 1 : 0;
    return STATUS_OK;
}

static enum status select_suggestion(struct state *state, struct effect_list *effects, const char *argument,
                                     struct error *error)
{
    size_t number;
    if (strcmp(argument, "page-down") == 0 || strcmp(argument, "page-up") == 0)
        return explore_page(state, effects, argument[5] == 'd' ? "next" : "previous", error);
    if (strcmp(argument, "half-down") == 0 || strcmp(argument, "half-up") == 0) {
        explore_move_selection(state, argument[5] == 'd' ? PAGE_TRACKS / 2 : -PAGE_TRACKS / 2);
        return STATUS_OK;
    }
    if (strcmp(argument, "first") == 0)
        number = 1;
    else if (strcmp(argument, "last") == 0)
        number = PAGE_TRACKS;
    else if (command_number(argument, "select", &number, error) != STATUS_OK)
        return STATUS_USAGE;
    explore_of(state)->suggestions.selected = number < PAGE_TRACKS ? number - 1 : PAGE_TRACKS - 1;
    return STATUS_OK;
}

COMMAND(explore_select)
{
    struct explore_state *explore = explore_of(state);
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0) {
        explore_move_selection(state, argument[0] == 'n' ? 1 : -1);
        return STATUS_OK;
    }
    if (explore->pane == PANE_RESULTS)
        return command_select_in(&explore->result_at, explore->results.count, argument, 1, error);
    if (explore->pane == PANE_PLAYLIST)
        return command_select_in(&explore->playlist_at, explore_list(state, PANE_PLAYLIST).count, argument, 1, error);
    return select_suggestion(state, effects, argument, error);
}

static bool pane_has_rows(const struct state *state, enum pane pane)
{
    return pane == PANE_RESULTS    ? explore_of(state)->results.count > 0
           : pane == PANE_PLAYLIST ? playlist_now(&state->playlist)->count > 0
                                   : true;
}

/* The pane left or right of the active one; at the left, the one where the selection was last. */
static enum pane pane_beside(const struct state *state, bool right)
{
    const struct explore_state *explore = explore_of(state);
    enum pane left = pane_has_rows(state, explore->pane_at_left) ? explore->pane_at_left : PANE_PLAYLIST;
    if (right)
        return PANE_SUGGESTIONS;
    return explore->pane == PANE_SUGGESTIONS && pane_has_rows(state, left) ? left : explore->pane;
}

/* In a page of two columns, left and right first go to the other column. */
static bool move_to_lane(struct state *state, bool right)
{
    struct explore_state *explore = explore_of(state);
    const struct layout layout = layout_of(state);
    const struct explore_layout mine = explore_layout(state, &layout);
    size_t per_lane = (size_t)mine.page.per_lane, *at = &explore->suggestions.selected;
    if (explore->pane != PANE_SUGGESTIONS || layout.too_small || mine.page.lanes < 2)
        return false;
    if (right ? *at >= per_lane || explore_page_tracks(state) <= per_lane : *at < per_lane)
        return false;
    *at = right ? *at + per_lane : *at - per_lane;
    return true;
}

COMMAND(explore_pane)
{
    (void)effects;
    static const char *const names[] = {"results", "playlist", "suggestions"};
    int step = strcmp(argument, "next") == 0 ? 1 : strcmp(argument, "previous") == 0 ? PANE_COUNT - 1 : 0;
    int pane = (int)explore_of(state)->pane;
    if (strcmp(argument, "right") == 0 || strcmp(argument, "left") == 0) {
        if (present_move(state, argument[0] == 'r') || move_to_lane(state, argument[0] == 'r'))
            return STATUS_OK;
        pane = (int)pane_beside(state, argument[0] == 'r');
    } else if (step) {
        do
            pane = (pane + step) % PANE_COUNT;
        while (!pane_has_rows(state, (enum pane)pane));
    } else {
        for (pane = 0; pane < PANE_COUNT && strcmp(argument, names[pane]) != 0;)
            pane++;
        if (pane == PANE_COUNT)
            return error_set(error, STATUS_USAGE, "there is no pane \"%s\"", argument);
        if (!pane_has_rows(state, (enum pane)pane))
            return error_set(error, STATUS_USAGE, "the %s pane is empty", names[pane]);
    }
    if (state->input == INPUT_SEARCH)
        state->input = INPUT_NONE;
    explore_of(state)->filter.typing = false;
    state->view = VIEW_EXPLORE;
    explore_of(state)->pane = (enum pane)pane;
    return STATUS_OK;
}
