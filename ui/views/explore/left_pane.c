/* The left pane: search, results, the playlist. */
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum { DURATION_COLUMNS = 7 };

struct list_box explore_box(const struct explore_layout *mine, enum pane pane)
{
    bool results = pane == PANE_RESULTS;
    return (struct list_box){.row = results ? mine->results_top : mine->list_top,
                             .column = 1,
                             .rows = results ? mine->results_rows : mine->list_rows,
                             .columns = mine->left_columns - 2,
                             .bar_column = mine->rule_column};
}

/* "12", or "1-18 of 212" when not all rows are shown. */
static void describe_results(const struct explore_state *explore, char text[LIST_TEXT_SIZE])
{
    text[0] = '\0';
    if (explore->search.size == 0 || !explore->results_answered || explore->results_total <= 0)
        return;
    list_describe(&explore->result_at, (size_t)explore->results_total, text);
    if (!text[0])
        view_count(explore->results_total, text);
}

static void draw_search_line(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                             struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    int row = layout->header_row, columns = mine->left_columns - 4;
    bool typing = state->input == INPUT_SEARCH;
    screen_text(screen, row, 1, 1, STYLE_ACCENT, "/");
    if (explore->search.size == 0 && !typing) {
        screen_text(screen, row, 3, columns, STYLE_DIM, "search");
        return;
    }
    char count[LIST_TEXT_SIZE] = "";
    describe_results(explore, count);
    int width = columns - (int)strlen(count);
    int caret = view_line(screen, row, 3, width - 1, &explore->search);
    screen_text_right(screen, row, mine->left_columns - 1, (int)strlen(count), STYLE_DIM, count);
    if (typing) {
        screen->cursor_row = row;
        screen->cursor_column = caret;
        screen->cursor_visible = true;
    }
}

struct track_line {
    int row, column, right; /* right: the column after the last */
    bool selected, cover_shown;
    int number_columns; /* 0: the number is not shown */
    size_t number;
};

static void draw_track(struct screen *screen, const struct track_line *line, const struct track *track)
{
    char text[32];
    enum style title = line->selected ? STYLE_SELECTED_TITLE : STYLE_TEXT;
    enum style quiet = line->selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    int column = line->column;
    column += 2;
    if (line->number_columns > 0) {
        snprintf(text, sizeof text, "%zu", line->number);
        screen_text_right(screen, line->row, column + line->number_columns, line->number_columns + 1, quiet, text);
        column += line->number_columns + 1;
    }
    if (line->cover_shown) {
        struct cover cover = cover_of_track(track);
        view_cover(screen, line->row, column, 1, &cover, false);
        column += 3;
    }
    view_duration(track->duration_ms, text);
    screen_text_right(screen, line->row, line->right, DURATION_COLUMNS, quiet, text);
    int duration = (int)strlen(text) > 4 ? (int)strlen(text) : 4;
    int width = line->right - column - duration - 1;
    int artist = width >= 24 ? width * 2 / 5 : 0;
    screen_text(screen, line->row, column, width - (artist ? artist + 1 : 0), title, track->title);
    if (artist)
        screen_text(screen, line->row, column + width - artist, artist, quiet, track->artist);
}

static void draw_results(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    if (mine->results_rows > 0 && explore->results.count == 0 && explore->results_answered) {
        char text[LINE_SIZE + 64];
        snprintf(text, sizeof text, "No track matches \"%s\". Try fewer letters or words.", explore->search.text);
        view_paragraph(screen, mine->results_top, 3, mine->left_columns - 4, mine->results_rows, STYLE_DIM, text);
    }
    const struct list_box box = explore_box(mine, PANE_RESULTS);
    bool active = explore->pane == PANE_RESULTS;
    for (int row = box.row; row < box.row + box.rows; row++) {
        size_t at = list_item_at(&box, &explore->result_at, explore->results.count, row);
        if (at == explore->results.count)
            break;
        struct track_line line = {.row = row, .column = box.column, .right = box.column + box.columns};
        line.selected = active && at == explore->result_at.selected;
        if (line.selected)
            list_draw_selected(&box, row, screen);
        draw_track(screen, &line, explore->results.items[at]);
    }
    list_draw_bar(&box, &explore->result_at, explore->results.count, screen);
}

/* "7 tracks  28:10", "41-60 of 471  28:10:00", where columns are few without "tracks" or without the duration. */
static void describe_playlist(const struct state *state, const struct explore_layout *mine, char *text, size_t size)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    bool narrow = mine->left_columns < 36;
    int64_t total = 0;
    char duration[32], rows[LIST_TEXT_SIZE], count[32];
    text[0] = '\0';
    if (playlist->count == 0)
        return;
    for (size_t i = 0; i < playlist->count; i++)
        total += playlist->items[i]->duration_ms > 0 ? playlist->items[i]->duration_ms : 0;
    view_duration(total, duration);
    view_count((int64_t)playlist->count, count);
    list_describe(&explore_of(state)->playlist_at, playlist->count, rows);
    if (rows[0])
        snprintf(text, size, "%s%s%s", rows, narrow ? "" : "  ", narrow ? "" : duration);
    else
        snprintf(text, size, "%s%s  %s", count, narrow ? "" : playlist->count == 1 ? " track" : " tracks", duration);
}

static void draw_playlist_header(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    char info[LIST_TEXT_SIZE + 64];
    describe_playlist(state, mine, info, sizeof info);
    int row = mine->list_header_row, right = mine->left_columns - 1;
    int used = screen_text_right(screen, row, right, 36, STYLE_DIM, info);
    bool named = playlist->name[0] != '\0';
    screen_text(screen, row, 1, right - 2 - used, named ? STYLE_TITLE : STYLE_DIM,
                named ? playlist->name : "New playlist");
}

/* The columns of the largest number, at least two. */
static int digits(size_t count)
{
    int columns = 2;
    for (size_t left = count / 100; left > 0; left /= 10)
        columns++;
    return columns;
}

static void draw_playlist(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    view_rule(screen, mine->list_rule_row, 1, mine->left_columns - 2);
    draw_playlist_header(state, mine, screen);
    if (playlist->count == 0 && state->session_known)
        view_paragraph(screen, mine->list_top + 1, 1, mine->left_columns - 3, mine->list_rows - 1, STYLE_DIM,
                       "Search with / and press Enter to start a playlist.");
    const struct list_box box = explore_box(mine, PANE_PLAYLIST);
    bool active = explore->pane == PANE_PLAYLIST;
    for (int row = box.row; row < box.row + box.rows; row++) {
        size_t at = list_item_at(&box, &explore->playlist_at, playlist->count, row);
        if (at == playlist->count)
            break;
        struct track_line line = {
            .row = row,
            .column = box.column,
            .right = box.column + box.columns,
            .selected = active && at == explore->playlist_at.selected,
            .cover_shown = mine->left_columns >= 36,
            .number_columns = digits(playlist->count),
            .number = at + 1,
        };
        if (line.selected)
            list_draw_selected(&box, row, screen);
        draw_track(screen, &line, playlist->items[at]);
    }
    list_draw_bar(&box, &explore->playlist_at, playlist->count, screen);
}

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    draw_results(state, mine, screen);
    draw_playlist(state, mine, screen);
    draw_search_line(state, layout, mine, screen);
}
