/* The left pane: search, results, the playlist. */
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum { DURATION_COLUMNS = 7 };

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
    char count[32] = "";
    if (explore->search.size > 0 && explore->results_answered && explore->results_total > 0)
        view_count(explore->results_total, count);
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
    bool selected, number_shown, cover_shown;
    int number;
};

static void draw_track(struct screen *screen, const struct track_line *line, const struct track *track)
{
    char text[32];
    enum style title = line->selected ? STYLE_SELECTED_TITLE : STYLE_TEXT;
    enum style quiet = line->selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    int column = line->column;
    if (line->selected) {
        screen_fill(screen, line->row, column, line->right - column, STYLE_SELECTED);
        screen_text(screen, line->row, column, 1, STYLE_SELECTED, "▸");
        screen->cursor_row = line->row;
        screen->cursor_column = column;
        screen->cursor_visible = true;
    }
    column += 2;
    if (line->number_shown) {
        snprintf(text, sizeof text, "%d", line->number);
        screen_text_right(screen, line->row, column + 2, 3, quiet, text);
        column += 3;
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
    bool active = explore->pane == PANE_RESULTS;
    for (int i = 0; i < mine->results_rows; i++) {
        size_t at = explore->result_at.top + (size_t)i;
        if (at >= explore->results.count)
            break;
        struct track_line line = {.row = mine->results_top + i, .column = 1, .right = mine->left_columns - 1};
        line.selected = active && at == explore->result_at.selected;
        draw_track(screen, &line, explore->results.items[at]);
    }
}

static void draw_playlist_header(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    int64_t total = 0;
    char info[96] = "", duration[32];
    for (size_t i = 0; i < playlist->count; i++)
        total += playlist->items[i]->duration_ms > 0 ? playlist->items[i]->duration_ms : 0;
    view_duration(total, duration);
    if (playlist->count > 0 && mine->left_columns < 36)
        snprintf(info, sizeof info, "%zu  %s", playlist->count, duration);
    else if (playlist->count > 0)
        snprintf(info, sizeof info, "%zu %s  %s", playlist->count, playlist->count == 1 ? "track" : "tracks", duration);
    int row = mine->list_header_row, right = mine->left_columns - 1;
    int used = screen_text_right(screen, row, right, 24, STYLE_DIM, info);
    bool named = playlist->name[0] != '\0';
    screen_text(screen, row, 1, right - 2 - used, named ? STYLE_TITLE : STYLE_DIM,
                named ? playlist->name : "New playlist");
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
    bool active = explore->pane == PANE_PLAYLIST;
    for (int i = 0; i < mine->list_rows; i++) {
        size_t at = explore->playlist_at.top + (size_t)i;
        if (at >= playlist->count)
            break;
        struct track_line line = {
            .row = mine->list_top + i,
            .column = 1,
            .right = mine->left_columns - 1,
            .selected = active && at == explore->playlist_at.selected,
            .number_shown = true,
            .cover_shown = mine->left_columns >= 36,
            .number = (int)at + 1,
        };
        draw_track(screen, &line, playlist->items[at]);
    }
}

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    draw_results(state, mine, screen);
    draw_playlist(state, mine, screen);
    draw_search_line(state, layout, mine, screen);
}
