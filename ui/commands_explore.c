/* Commands of the search, the suggestions and the panes. */
#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/layout.h"

enum status command_explore(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)effects, (void)argument, (void)error;
    state->view = VIEW_EXPLORE;
    state->overlay = OVERLAY_NONE;
    state_touch(state);
    return STATUS_OK;
}

enum status command_search(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)error;
    state->view = VIEW_EXPLORE;
    state->overlay = OVERLAY_NONE;
    if (!argument[0]) {
        if (state->input != INPUT_SEARCH) {
            state->pane_before_search = state->pane;
            state->search_fresh = true;
        }
        state->input = INPUT_SEARCH;
        state->pane = PANE_RESULTS;
        line_edit(&state->search, "end");
        return STATUS_OK;
    }
    line_set(&state->search, argument);
    action_search(state, effects);
    state->pane_before_search = PANE_RESULTS;
    state->pane = PANE_RESULTS;
    return STATUS_OK;
}

static enum status scroll(struct state *state, const char *argument, bool pages, struct error *error)
{
    struct layout layout = layout_of(state);
    int step = pages ? layout.popup_text_rows : 1;
    if (strcmp(argument, "next") == 0)
        state->overlay_top += step;
    else if (strcmp(argument, "previous") == 0)
        state->overlay_top -= step;
    else if (strcmp(argument, "first") == 0)
        state->overlay_top = 0;
    else if (strcmp(argument, "last") == 0)
        state->overlay_top = 1 << 20;
    else
        return error_set(error, STATUS_USAGE, "\"%s\": it is next, previous, first or last here", argument);
    return STATUS_OK;
}

static enum status select_in(struct list_position *at, size_t count, const char *argument, size_t step,
                             struct error *error)
{
    size_t target = at->selected, number;
    if (strcmp(argument, "next") == 0)
        target += step;
    else if (strcmp(argument, "previous") == 0)
        target = target > step ? target - step : 0;
    else if (strcmp(argument, "first") == 0)
        target = 0;
    else if (strcmp(argument, "last") == 0)
        target = count;
    else if (command_number(argument, "select", &number, error) == STATUS_OK)
        target = number - 1;
    else
        return STATUS_USAGE;
    at->selected = target < count ? target : count > 0 ? count - 1 : 0;
    return STATUS_OK;
}

enum status command_page(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    struct layout layout = layout_of(state);
    if (state->overlay == OVERLAY_PLAYLISTS)
        return select_in(&state->playlists_at, state->playlists.count, argument, (size_t)layout.popup_text_rows, error);
    if (state->overlay != OVERLAY_NONE)
        return scroll(state, argument, true, error);
    if (state->view == VIEW_FAILURES)
        return command_failures_page(state, argument, error);
    const struct suggestions *suggestions = &state->suggestions;
    size_t pages = state_pages(state), number = 0;
    if (pages == 0)
        return error_set(error, STATUS_USAGE, "there are no suggestions to page through");
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
    action_page(state, effects, number - 1);
    return STATUS_OK;
}

static enum status select_row(struct state *state, struct effect_list *effects, const char *argument,
                              struct error *error)
{
    size_t number;
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0) {
        action_move_selection(state, effects, argument[0] == 'n' ? 1 : -1);
        return STATUS_OK;
    }
    if (state->pane == PANE_RESULTS)
        return select_in(&state->result_at, state->results.count, argument, 1, error);
    if (state->pane == PANE_PLAYLIST)
        return select_in(&state->playlist_at, playlist_now(&state->playlist)->count, argument, 1, error);
    if (strcmp(argument, "first") == 0)
        number = 1;
    else if (strcmp(argument, "last") == 0)
        number = PAGE_TRACKS;
    else if (command_number(argument, "select", &number, error) != STATUS_OK)
        return STATUS_USAGE;
    state->suggestions.selected = number < PAGE_TRACKS ? number - 1 : PAGE_TRACKS - 1;
    return STATUS_OK;
}

enum status command_select(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    if (state->overlay == OVERLAY_PLAYLISTS)
        return select_in(&state->playlists_at, state->playlists.count, argument, 1, error);
    if (state->overlay != OVERLAY_NONE)
        return scroll(state, argument, false, error);
    if (state->view == VIEW_MAP)
        return error_set(error, STATUS_USAGE, "on the map the arrows select; go back with 1");
    if (state->view == VIEW_FAILURES)
        return command_failures_select(state, effects, argument, error);
    return select_row(state, effects, argument, error);
}

static bool pane_has_rows(const struct state *state, enum pane pane)
{
    return pane == PANE_RESULTS    ? state->results.count > 0
           : pane == PANE_PLAYLIST ? playlist_now(&state->playlist)->count > 0
                                   : true;
}

enum status command_pane(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    (void)effects;
    if (state->view == VIEW_FAILURES)
        return command_failures_pane(state, argument, error);
    static const char *const names[] = {"results", "playlist", "suggestions"};
    int step = strcmp(argument, "next") == 0 ? 1 : strcmp(argument, "previous") == 0 ? PANE_COUNT - 1 : 0;
    int pane = (int)state->pane;
    if (step) {
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
    state->view = VIEW_EXPLORE;
    state->pane = (enum pane)pane;
    return STATUS_OK;
}

enum status command_model(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
{
    const struct name_list *models = &state->models;
    if (models->count == 0)
        return error_set(error, STATUS_USAGE, "there is no model yet; \"sleeve train als --name als\" makes one");
    size_t present = 0, at;
    const char *from = state->model_refused[0] ? state->model_refused : state->model;
    while (present < models->count && strcmp(models->names[present], from) != 0)
        present++;
    if (argument[0] == '\0' || strcmp(argument, "next") == 0) {
        at = present + 1 < models->count ? present + 1 : 0;
    } else {
        for (at = 0; at < models->count && strcmp(models->names[at], argument) != 0;)
            at++;
        if (at == models->count)
            return error_set(error, STATUS_USAGE, "there is no model \"%s\"; m goes through those there are", argument);
    }
    if (models->count == 1 && at == present) {
        state_say(state, "%s is the only model", state->model);
        return STATUS_OK;
    }
    snprintf(state->model, sizeof state->model, "%s", models->names[at]);
    state->model_refused[0] = '\0';
    state_say(state, state->view == VIEW_FAILURES ? "failures of %s" : "suggestions by %s", state->model);
    action_edited(state, effects);
    if (state->view == VIEW_FAILURES)
        action_failures(state, effects);
    return STATUS_OK;
}
