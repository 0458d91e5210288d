/* The left pane: search, results, the playlist. */
#include <stdio.h>
#include <string.h>

#include "app/search_scopes.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"
#include "ui/views/explore/track_lines.h"

/* From so many columns on, tracks of the playlist have two lines and a cover, and results have a cover. */
enum { COVER_FROM = 32 };

static int height_of(const struct explore_layout *mine, enum pane pane)
{
    return pane == PANE_RESULTS || mine->left_columns >= COVER_FROM ? 2 : 1;
}

/* Rows of the results: what they need, but not more than 3 in 5 where the playlist needs the others. */
static int rows_of_results(const struct state *state, const struct explore_layout *mine, int rows)
{
    const struct explore_state *explore = explore_of(state);
    enum { SENTENCE = 3, NOTE = 9 };
    int height = height_of(mine, PANE_RESULTS);
    size_t entries = playlist_now(&state->playlist)->count, results = explore->results.count;
    int wanted = results < (size_t)rows ? (int)results * height : rows;
    int playlist = entries < (size_t)rows ? (int)entries * height_of(mine, PANE_PLAYLIST) : rows;
    int share = rows * 3 / 5, left = rows - (playlist > SENTENCE ? playlist : SENTENCE);
    int most = left > share ? left : share;
    if (explore->search.size == 0)
        return 0;
    if (results == 0)
        return explore->search_note[0] && rows > NOTE ? NOTE : SENTENCE;
    return layout_between(wanted < most ? wanted : most, height, rows) / height * height;
}

void explore_lay_out_left(const struct state *state, const struct layout *layout, struct explore_layout *mine)
{
    mine->results_top = layout->header_row + 1;
    mine->results_rows = rows_of_results(state, mine, layout->body_end - mine->results_top - 2);
    mine->list_rule_row = mine->results_top + mine->results_rows;
    mine->list_header_row = mine->list_rule_row + 1;
    mine->list_top = mine->list_header_row + 1;
    mine->list_rows = layout->body_end - mine->list_top;
}

struct list_box explore_box(const struct explore_layout *mine, enum pane pane)
{
    bool results = pane == PANE_RESULTS;
    return (struct list_box){.row = results ? mine->results_top : mine->list_top,
                             .column = 1,
                             .rows = results ? mine->results_rows : mine->list_rows,
                             .columns = mine->left_columns - 2,
                             .height = height_of(mine, pane),
                             .bar_column = mine->rule_column};
}

/* "12", or "1-18 of 212" when not all rows are shown, "1-18 of 20,000+" when not all were counted; "3 marked" */
static void describe_results(const struct explore_state *explore, char text[LIST_TEXT_SIZE])
{
    size_t marked = marks_count(&explore->marks[PANE_RESULTS], explore->result_at.selected);
    text[0] = '\0';
    if (marked > 0) {
        snprintf(text, LIST_TEXT_SIZE, "%zu marked", marked);
        return;
    }
    if (explore->search.size == 0 || !explore->results_answered || explore->results_total <= 0)
        return;
    char count[LIST_TEXT_SIZE];
    list_describe(&explore->result_at, (size_t)explore->results_total, count);
    if (!count[0])
        view_count(explore->results_total, count);
    snprintf(text, LIST_TEXT_SIZE, "%s%.60s%s", explore->results_random ? "random weights  " : "", count,
             explore->results_total == APP_SEARCH_COUNTED ? "+" : "");
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

static struct track_line line_of(const struct list_box *box, int row)
{
    return (struct track_line){
        .row = row, .column = box->column, .right = box->column + box->columns, .height = box->height, .query = ""};
}

static bool is_predicted(const struct suggestions *suggestions, const struct track *track)
{
    for (size_t i = 0; i < suggestions->n_predicted; i++)
        if (suggestions->predicted[i] == track->id)
            return true;
    return false;
}

static void draw_item(const struct list_box *box, const struct track_line *line, const struct track *track,
                      struct screen *screen)
{
    if (line->selected)
        list_draw_selected(box, line->row, screen);
    track_line_draw(line, track, screen);
}

static void draw_results(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    if (mine->results_rows > 0 && explore->results.count == 0 && explore->results_answered) {
        char text[LINE_SIZE + 64];
        if (explore->search_note[0])
            snprintf(text, sizeof text, "%s", explore->search_note);
        else if (explore_cover_words(explore->search.text))
            snprintf(text, sizeof text, "The set clip has no cover of a track.");
        else
            snprintf(text, sizeof text, "No track matches \"%s\". Try fewer letters or words.", explore->search.text);
        view_paragraph(screen, mine->results_top, 3, mine->left_columns - 4, mine->results_rows, STYLE_DIM, text);
    }
    if (mine->results_rows > 0 && explore->results.count == 0 && explore_search_late(state))
        screen_text(screen, mine->results_top, 3, mine->left_columns - 4, STYLE_DIM, "Searching …");
    const struct list_box box = explore_box(mine, PANE_RESULTS);
    struct search_scopes scopes;
    struct error wrong;
    const char *query = explore_cover_words(explore->search.text) ? "" : explore->search.text;
    if (search_scopes_read(query, &scopes, &wrong) == STATUS_OK && scopes.count > 0)
        query = scopes.words.data ? scopes.words.data : "";
    for (int i = 0; i < list_items(&box); i++) {
        size_t at = explore->result_at.top + (size_t)i;
        if (at >= explore->results.count)
            break;
        const struct track *track = explore->results.items[at];
        struct track_line line = line_of(&box, list_item_row(&box, &explore->result_at, at));
        line.selected = explore->pane == PANE_RESULTS && at == explore->result_at.selected;
        line.marked = explore_is_marked(state, PANE_RESULTS, at);
        line.cover_shown = mine->left_columns >= COVER_FROM;
        line.present = playlist_find(playlist_now(&state->playlist), track->id) > 0;
        line.query = query;
        draw_item(&box, &line, track, screen);
    }
    search_scopes_free(&scopes);
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
    bool filtered = playlist_filter_on(state);
    size_t marked = marks_count(&explore_of(state)->marks[PANE_PLAYLIST], explore_of(state)->playlist_at.selected);
    if (marked > 0)
        snprintf(text, size, "%zu of %s marked", marked, count);
    else if (filtered)
        snprintf(text, size, "%zu of %s", explore_list(state, PANE_PLAYLIST).count, count);
    else if (rows[0])
        snprintf(text, size, "%s%s%s", rows, narrow ? "" : "  ", narrow ? "" : duration);
    else
        snprintf(text, size, "%s%s  %s", count, narrow ? "" : playlist->count == 1 ? " track" : " tracks", duration);
}

/* The filter, in place of the playlist's name; false when there is none. */
static bool draw_filter(const struct state *state, int row, int columns, struct screen *screen)
{
    static const char prompt[] = "filter";
    const struct playlist_filter *filter = &explore_of(state)->filter;
    if (!filter->typing && filter->line.size == 0)
        return false;
    screen_text(screen, row, 1, columns, STYLE_ACCENT, prompt);
    int from = 1 + (int)sizeof prompt;
    int caret = view_line(screen, row, from, columns - from, &filter->line);
    if (filter->typing) {
        screen->cursor_row = row;
        screen->cursor_column = caret;
        screen->cursor_visible = true;
    }
    return true;
}

static void draw_playlist_header(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    char info[LIST_TEXT_SIZE + 64];
    describe_playlist(state, mine, info, sizeof info);
    int row = mine->list_header_row, right = mine->left_columns - 1;
    int used = screen_text_right(screen, row, right, 36, STYLE_DIM, info);
    if (draw_filter(state, row, right - 2 - used, screen))
        return;
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

/* Shown until the first key is pressed, and only in a catalogue without a session. */
static void draw_first_start(const struct explore_layout *mine, struct screen *screen)
{
    static const char *const lines[] = {
        "Press / and type a title, then Enter: ten tracks that go with it follow at the right.",
        "o opens a playlist to continue, ctrl+p finds anything.",
        "? shows the keys, : takes commands, q quits.",
        ":tour shows in five minutes what there is.",
    };
    int row = mine->list_top + 1, end = mine->list_top + mine->list_rows;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && row < end; i++)
        row += view_paragraph(screen, row, 1, mine->left_columns - 3, end - row, i == 0 ? STYLE_TEXT : STYLE_DIM,
                              lines[i]) +
               1;
}

static void draw_playlist(const struct state *state, const struct explore_layout *mine, struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    view_rule(screen, mine->list_rule_row, 1, mine->left_columns - 2);
    if (playlist->count == 0 && state->first_start)
        draw_first_start(mine, screen);
    else if (playlist->count == 0 && state->session_known)
        view_paragraph(screen, mine->list_top + 1, 1, mine->left_columns - 3, mine->list_rows - 1, STYLE_DIM,
                       "Search with / and press Enter to start a playlist.");
    const struct list_box box = explore_box(mine, PANE_PLAYLIST);
    const struct pane_list list = explore_list(state, PANE_PLAYLIST);
    if (list.count == 0 && playlist->count > 0)
        view_paragraph(screen, mine->list_top + 1, 1, mine->left_columns - 3, mine->list_rows - 1, STYLE_DIM,
                       "No track of the playlist matches; escape shows all again.");
    for (int i = 0; i < list_items(&box); i++) {
        size_t at = explore->playlist_at.top + (size_t)i;
        if (at >= list.count)
            break;
        struct track_line line = line_of(&box, list_item_row(&box, &explore->playlist_at, at));
        line.selected = explore->pane == PANE_PLAYLIST && at == list.selected;
        line.marked = explore_is_marked(state, PANE_PLAYLIST, at);
        line.cover_shown = mine->left_columns >= COVER_FROM;
        line.number_columns = digits(playlist->count);
        line.number = explore_entry(state, at) + 1;
        line.query = explore->filter.line.text;
        line.predicted = is_predicted(&explore->suggestions, list.items[at]);
        draw_item(&box, &line, list.items[at], screen);
    }
    list_draw_bar(&box, &explore->playlist_at, list.count, screen);
    draw_playlist_header(state, mine, screen); /* last: the cursor is in the filter while that is typed */
}

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    draw_results(state, mine, screen);
    draw_playlist(state, mine, screen);
    draw_search_line(state, layout, mine, screen);
}
