#include "ui/layout.h"

#include "ui/help.h"

static int between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void lay_out_explore(const struct state *state, struct layout *layout)
{
    int rows = state->rows, columns = state->columns;
    layout->left_columns = between(28 + (columns - 80) * 3 / 8, 28, 44);
    layout->rule_column = layout->left_columns;
    layout->right_column = layout->left_columns + 2;
    layout->info_columns = columns >= 160 ? between((columns - 100) * 6 / 10, 36, 60) : 0;
    layout->info_column = columns - layout->info_columns;
    int info = layout->info_columns > 0 ? layout->info_columns + 2 : 0;
    layout->right_columns = columns - layout->right_column - 1 - info;
    layout->row_height = rows >= 46 ? between((rows - 6) / 10, 4, 6) : rows >= 34 ? 3 : 2;
    layout->thumb_columns = layout->row_height * 2;

    int end = layout->body_end;
    bool searching = state->search.size > 0;
    layout->results_top = layout->header_row + 1;
    int available = end - layout->results_top;
    layout->results_rows = searching ? between(available * 45 / 100, 4, 18) : 0;
    layout->list_rule_row = layout->results_top + layout->results_rows;
    layout->list_header_row = layout->list_rule_row + 1;
    layout->list_top = layout->list_header_row + 1;
    layout->list_rows = end - layout->list_top;
}

static void lay_out_map(const struct state *state, struct layout *layout)
{
    int columns = state->columns;
    layout->legend_columns = between(columns * 28 / 100, 26, 44);
    layout->legend_column = columns - layout->legend_columns - 1;
    layout->map_top = layout->header_row + 1;
    layout->map_rows = layout->body_end - layout->map_top;
    layout->map_columns = layout->legend_column - 2;
    layout->legend_top = layout->header_row + 1;
    int labels = state->map.n_labels > 0 ? state->map.n_labels : MAP_LABELS;
    layout->cover_top = layout->legend_top + labels + 1;
    int left = layout->body_end - layout->cover_top;
    bool beside = left < 14;
    int widest = (beside ? layout->legend_columns - 14 : layout->legend_columns) / 2;
    layout->cover_rows = between(left - (beside ? 3 : left < 18 ? 7 : 10), 3, widest);
    layout->nearest_column = layout->legend_column + (beside ? layout->cover_rows * 2 + 1 : 0);
    layout->nearest_top = layout->cover_top + (beside ? 0 : layout->cover_rows + 4);
    int nearest = beside ? layout->cover_rows
                         : layout->body_end - 1 - layout->nearest_top; /* the message line beneath is no entry */
    layout->nearest_rows = between(nearest, 0, NEAREST_MAX);
}

static void lay_out_popup(const struct state *state, struct layout *layout)
{
    layout->popup_row = layout->header_row;
    layout->popup_column = 0;
    layout->popup_columns = state->columns;
    layout->popup_rows = layout->body_end - layout->popup_row;
    layout->popup_text_rows = layout->popup_rows - 2;
}

struct layout layout_of(const struct state *state)
{
    struct layout layout = {.too_small = state->rows < SCREEN_ROWS_MIN || state->columns < SCREEN_COLUMNS_MIN};
    if (layout.too_small)
        return layout;
    layout.keys_row = state->rows - 1;
    layout.message_row = state->rows - 2;
    layout.body_end = layout.message_row;
    int height = state->rows >= 46 ? between((state->rows - 6) / 10, 4, 6) : state->rows >= 34 ? 3 : 2;
    int spare = state->rows - 4 - 10 * height;
    layout.rule_row = spare >= 1 ? 1 : -1;
    layout.header_row = spare >= 1 ? 2 : 1;
    layout.body_top = layout.header_row + (spare >= 2 ? 2 : 1);
    layout.tab_help_column = state->columns - 7;
    int gap = state->columns >= 100 ? 1 : 0;
    layout.tab_failures_column = layout.tab_help_column - 12 - gap;
    layout.tab_map_column = layout.tab_failures_column - 7 - gap;
    layout.tabs_column = layout.tab_map_column - 11 - gap;
    lay_out_explore(state, &layout);
    lay_out_map(state, &layout);
    lay_out_popup(state, &layout);
    layout.failures = layout_failures(state, layout.header_row, layout.body_end);
    return layout;
}

static void settle(struct list_position *at, size_t count, int rows)
{
    size_t shown = rows > 0 ? (size_t)rows : 1;
    if (at->selected >= count)
        at->selected = count > 0 ? count - 1 : 0;
    if (at->top > at->selected)
        at->top = at->selected;
    if (at->selected >= at->top + shown)
        at->top = at->selected - shown + 1;
    if (at->top > 0 && at->top + shown > count)
        at->top = count > shown ? count - shown : 0;
}

static void settle_popup(struct state *state, int rows)
{
    int lines = state->overlay == OVERLAY_HELP ? help_count() : state->messages.count;
    if (state->overlay_top > lines - rows)
        state->overlay_top = lines - rows;
    if (state->overlay_top < 0)
        state->overlay_top = 0;
}

static void settle_failures(struct failures_state *failures, size_t pages, const struct failures_layout *layout)
{
    settle(&failures->at, failures->list.count, layout->list_rows);
    settle(&failures->held_out_at, failures->opened.held_out.count, layout->lists_rows);
    if (failures->page >= pages)
        failures->page = pages > 0 ? pages - 1 : 0;
    size_t side = failures->selected / PAGE_TRACKS, first = failures->page * PAGE_TRACKS, on_page = 0;
    if (side >= (size_t)failures->opened.n_sides)
        side = 0;
    if (failures->opened.n_sides > 0 && first < failures->opened.sides[side].count)
        on_page = failures->opened.sides[side].count - first;
    on_page = on_page < PAGE_TRACKS ? on_page : PAGE_TRACKS;
    size_t at = failures->selected % PAGE_TRACKS;
    failures->selected = side * PAGE_TRACKS + (at < on_page ? at : on_page > 0 ? on_page - 1 : 0);
}

void layout_settle(struct state *state)
{
    struct layout layout = layout_of(state);
    settle_popup(state, layout.popup_text_rows);
    struct suggestions *suggestions = &state->suggestions;
    settle(&state->result_at, state->results.count, layout.results_rows);
    settle(&state->playlist_at, playlist_now(&state->playlist)->count, layout.list_rows);
    settle(&state->playlists_at, state->playlists.count, layout.popup_text_rows);
    settle_failures(&state->failures, state_failure_pages(state), &layout.failures);
    size_t pages = state_pages(state);
    if (suggestions->page >= pages)
        suggestions->page = pages > 0 ? pages - 1 : 0;
    size_t on_page = state_page_tracks(state);
    if (suggestions->selected >= on_page)
        suggestions->selected = on_page > 0 ? on_page - 1 : 0;
    bool results = state->search.size > 0 || state->input == INPUT_SEARCH;
    if (state->pane == PANE_RESULTS && !results)
        state->pane = PANE_SUGGESTIONS;
}
