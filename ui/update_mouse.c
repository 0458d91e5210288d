/* What a click or a turn of the wheel means where it happened. */
#include <stdio.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/map_points.h"
#include "ui/update.h"

static enum status click_tab(struct state *state, struct effect_list *effects, const struct layout *layout, int column,
                             struct error *error)
{
    if (column >= layout->tab_help_column)
        return command_run(state, effects, "help", error);
    if (column >= layout->tab_failures_column)
        return command_run(state, effects, "failures", error);
    if (column >= layout->tab_map_column)
        return command_run(state, effects, "map", error);
    if (column >= layout->tabs_column)
        return command_run(state, effects, "explore", error);
    return STATUS_OK;
}

static const struct track *seen_row(const struct state *state, enum pane pane, size_t row)
{
    if (pane == PANE_SUGGESTIONS)
        return state_seen_on_page(state, row);
    return row < state->results.count ? state->results.items[row] : NULL;
}

/* A double click adds what was under the first one, whatever stands there since. */
static enum status click_row(struct state *state, struct effect_list *effects, enum pane pane, size_t *selected,
                             size_t row, size_t count, const struct event *event, struct error *error)
{
    if (row >= count)
        return STATUS_OK;
    if (state->input == INPUT_SEARCH && pane != PANE_RESULTS)
        state->input = INPUT_NONE;
    state->pane = pane;
    *selected = row;
    if (pane == PANE_PLAYLIST)
        return STATUS_OK;
    bool second = event->clicks > 1 && state->clicked && state->clicked_row == event->row;
    const struct track *track = second ? state->clicked : seen_row(state, pane, row);
    state->clicked = event->clicks > 1 ? NULL : track;
    state->clicked_row = event->row;
    return event->clicks > 1 && track ? command_add_track(state, effects, track, error) : STATUS_OK;
}

static enum status click_explore(struct state *state, struct effect_list *effects, const struct layout *layout,
                                 const struct event *event, struct error *error)
{
    int row = event->row, column = event->column;
    if (column > layout->rule_column) {
        if (row < layout->body_top || column >= layout->right_column + layout->right_columns)
            return STATUS_OK;
        return click_row(state, effects, PANE_SUGGESTIONS, &state->suggestions.selected,
                         (size_t)((row - layout->body_top) / layout->row_height), state_page_tracks(state), event,
                         error);
    }
    if (row == layout->header_row)
        return command_run(state, effects, "search", error);
    if (row >= layout->results_top && row < layout->results_top + layout->results_rows)
        return click_row(state, effects, PANE_RESULTS, &state->result_at.selected,
                         state->result_at.top + (size_t)(row - layout->results_top), state->results.count, event,
                         error);
    if (row >= layout->list_top && row < layout->list_top + layout->list_rows)
        return click_row(state, effects, PANE_PLAYLIST, &state->playlist_at.selected,
                         state->playlist_at.top + (size_t)(row - layout->list_top),
                         playlist_now(&state->playlist)->count, event, error);
    return STATUS_OK;
}

static enum status click_map(struct state *state, struct effect_list *effects, const struct layout *layout,
                             const struct event *event, struct error *error)
{
    struct map_state *map = &state->map;
    int row = event->row - layout->map_top;
    if (map->phase != MAP_MOVING && map->phase != MAP_RESTING)
        return STATUS_OK;
    if (event->column > layout->map_columns) {
        int label = event->row - layout->legend_top;
        char line[32];
        if (label < 0 || label >= map->n_labels)
            return STATUS_OK;
        snprintf(line, sizeof line, "map artist %d", label + 1);
        return command_run(state, effects, line, error);
    }
    if (event->clicks == 1 && row >= 0 && row < layout->map_rows) /* the points move between two clicks */
        action_select_point(state, effects,
                            map_nearest(state, layout->map_rows, layout->map_columns, row, event->column - 1));
    return event->clicks > 1 ? command_run(state, effects, "map add", error) : STATUS_OK;
}

static enum status click_playlists(struct state *state, struct effect_list *effects, const struct layout *layout,
                                   const struct event *event, struct error *error)
{
    int row = event->row - layout->popup_row - 2;
    bool outside = event->row < layout->popup_row || event->row >= layout->popup_row + layout->popup_rows ||
                   event->column < layout->popup_column ||
                   event->column >= layout->popup_column + layout->popup_columns;
    if (outside)
        state->overlay = OVERLAY_NONE;
    size_t at = state->playlists_at.top + (size_t)row;
    if (outside || row < 0 || row >= layout->popup_text_rows || at >= state->playlists.count)
        return STATUS_OK;
    state->playlists_at.selected = at;
    return event->clicks > 1 ? command_run(state, effects, "playlist load", error) : STATUS_OK;
}

enum status update_click(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    struct layout layout = layout_of(state);
    if (layout.too_small || event->row < 0 || event->column < 0 || event->row >= state->rows ||
        event->column >= state->columns)
        return STATUS_OK;
    if (state->overlay == OVERLAY_PLAYLISTS)
        return click_playlists(state, effects, &layout, event, error);
    if (state->overlay != OVERLAY_NONE) {
        state->overlay = OVERLAY_NONE;
        return STATUS_OK;
    }
    if (event->row == 0)
        return click_tab(state, effects, &layout, event->column, error);
    if (state->view == VIEW_FAILURES)
        return update_failures_click(state, effects, event, error);
    return state->view == VIEW_MAP ? click_map(state, effects, &layout, event, error)
                                   : click_explore(state, effects, &layout, event, error);
}

enum status update_wheel(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    struct layout layout = layout_of(state);
    const char *way = event->direction < 0 ? "previous" : "next";
    if (layout.too_small)
        return STATUS_OK;
    if (state->overlay != OVERLAY_NONE)
        return command_select(state, effects, way, error);
    if (state->view == VIEW_MAP)
        return state->map.n_labels > 0 ? command_map_artist(state, effects, way, error) : STATUS_OK;
    if (state->view == VIEW_FAILURES) {
        update_failures_wheel(state, effects, event);
        return STATUS_OK;
    }
    if (event->column > layout.rule_column) {
        size_t page = state->suggestions.page;
        if (event->direction > 0 || page > 0)
            action_page(state, effects, event->direction < 0 ? page - 1 : page + 1);
        return STATUS_OK;
    }
    bool results = event->row < layout.list_rule_row && state->results.count > 0;
    struct list_position *at = results ? &state->result_at : &state->playlist_at;
    if (event->direction < 0)
        at->selected -= at->selected > 0;
    else
        at->selected++;
    return STATUS_OK;
}
