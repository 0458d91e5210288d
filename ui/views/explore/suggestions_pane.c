/* The page of ten suggestions. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"
#include "ui/views/ratings/ratings.h"

/* A suggestion that is being drawn. */
struct item {
    size_t at; /* in the list */
    const struct track *track;
    const struct suggestions *suggestions;
    struct place place;
    int lines; /* as many as the cover has */
    bool selected;
    const char *mark; /* what the last edit changed, or that it is held out */
    enum style mark_style;
    const char *word; /* how it was rated, or that it is a new song; "": neither */
    enum style word_style;
    struct row_styles styles;
};

void explore_draw_bar(const struct suggestions *suggestions, size_t at, struct screen *screen, int row, int column,
                      int columns, bool selected)
{
    const float *parts = suggestions->parts[at];
    if (columns < 3)
        return;
    if (explore_has_shares(suggestions, at))
        view_parts(screen, row, column, columns, parts[0] / suggestions->best,
                   (suggestions->scores[at] - parts[0]) / suggestions->best, selected);
    else
        view_bar(screen, row, column, columns, explore_share(suggestions, at), selected ? STYLE_SELECTED : STYLE_BAR,
                 selected ? STYLE_SELECTED_DIM : STYLE_RULE);
}

static void draw_score(struct screen *screen, const struct item *item, int row, int column, int columns)
{
    enum { NUMBER_COLUMNS = 4 };
    char text[32];
    explore_draw_bar(item->suggestions, item->at, screen, row, column, columns - NUMBER_COLUMNS, item->selected);
    snprintf(text, sizeof text, "%.0f", (double)(100 * explore_share(item->suggestions, item->at)));
    screen_text_right(screen, row, column + columns, NUMBER_COLUMNS, item->styles.dim, text);
}

/* "37 → 4": where a re-ranking has moved it; "" where it has the rank that the model gave it. */
static void write_moved(const struct item *item, char text[48])
{
    const struct suggestions *suggestions = item->suggestions;
    text[0] = '\0';
    if (suggestions->steered[0] && suggestions->ranks && (size_t)suggestions->ranks[item->at] != item->at + 1)
        snprintf(text, 48, "%d → %zu", (int)suggestions->ranks[item->at], item->at + 1);
}

/* Artist, album and year in at most so many lines: in a line each if there are two. */
static void draw_makers(struct screen *screen, const struct item *item, int row, int column, int columns, int lines)
{
    const struct track *track = item->track;
    char text[1024], dated[1024];
    bool album = track->album[0] != '\0';
    if (lines < 2) {
        snprintf(text, sizeof text, "%.480s%s%.480s", track->artist, album ? " · " : "", track->album);
        screen_text(screen, row, column, columns, item->styles.dim, text);
        return;
    }
    screen_text(screen, row, column, columns, item->styles.text, track->artist);
    snprintf(dated, sizeof dated, "%.900s%s%d", track->album, album ? " · " : "", (int)track->year);
    bool year = track->year > 0 && text_width(dated, strlen(dated)) <= columns;
    view_paragraph(screen, row + 1, column, columns, lines > 4 ? 2 : 1, item->styles.dim, year ? dated : track->album);
}

/* Number and mark, title and duration in the first line; the score in the second, after artist and album. */
static void draw_wide(const struct explore_layout *mine, struct screen *screen, const struct item *item)
{
    enum { NUMBER_COLUMNS = 3 };
    int row = item->place.row, right = item->place.text_right, text = item->place.text + NUMBER_COLUMNS + 1;
    char label[32];
    snprintf(label, sizeof label, "%zu", item->at + 1);
    screen_text_right(screen, row, text - 1, NUMBER_COLUMNS, item->styles.dim, label);
    screen_text_right(screen, row + 1, text - 1, NUMBER_COLUMNS, item->mark_style, item->mark);
    view_duration(item->track->duration_ms, label);
    int used = screen_text_right(screen, row, right, 8, item->styles.dim, label);
    used += used > 0 ? 2 : 0;
    used += screen_text_right(screen, row, right - used, 10, item->word_style, item->word);
    used += item->word[0] ? 2 : 0;
    view_title(screen, row, text, right - text - used, item->styles.title, item->track);
    int score = mine->page.lane_columns >= 56 ? 16 : 10;
    char moved[48];
    draw_score(screen, item, row + 1, right - score, score);
    write_moved(item, moved);
    if (moved[0])
        score += 2 + screen_text_right(screen, row + 1, right - score - 2, 11, item->styles.dim, moved);
    bool apart = item->lines >= 3 && mine->page.pitch > item->lines;
    draw_makers(screen, item, row + 1, text, right - score - 2 - text, apart ? 2 : 1);
}

/* Number, mark and duration, below them the score; in one line where there are few. */
static void draw_foot(struct screen *screen, const struct item *item, int row, int lines)
{
    int column = item->place.text, right = item->place.text_right;
    char label[32];
    char moved[48];
    write_moved(item, moved);
    snprintf(label, sizeof label, "%zu", item->at + 1);
    column += moved[0] ? screen_text(screen, row, column, 11, item->styles.dim, moved) + 1
                       : screen_text(screen, row, column, 3, item->styles.dim, label) + 1;
    if (item->mark[0])
        column += screen_text(screen, row, column, 4, item->mark_style, item->mark) + 1;
    if (lines < 2) {
        draw_score(screen, item, row, column, right - column);
        return;
    }
    view_duration(item->track->duration_ms, label);
    int used = screen_text_right(screen, row, right, 8, item->styles.dim, label) + 1;
    if (item->word[0] && right - column - used >= 10)
        screen_text_right(screen, row, right - used, 10, item->word_style, item->word);
    draw_score(screen, item, row + 1, item->place.text, right - item->place.text);
}

/* Text in as many lines as the cover has: title, artist and album at the top, the rest at the bottom. */
static void draw_tall(struct screen *screen, const struct item *item)
{
    int row = item->place.row, column = item->place.text, columns = item->place.text_right - column;
    int foot = item->lines >= 5 ? 2 : 1, end = row + item->lines - foot;
    row += view_title_lines(screen, row, column, columns, item->lines >= 5 ? 2 : 1, item->styles.title, item->track);
    draw_makers(screen, item, row, column, columns, end - row);
    draw_foot(screen, item, end, foot);
}

static void draw_suggestion(const struct state *state, const struct explore_layout *mine, struct screen *screen,
                            size_t i)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    struct item item = {
        .at = suggestions->page * PAGE_TRACKS + i,
        .suggestions = suggestions,
        .place = explore_place(mine, i),
        .lines = mine->page.cover_rows,
        .selected = explore->pane == PANE_SUGGESTIONS && i == suggestions->selected,
    };
    bool dimmed = explore_late(state);
    item.track = suggestions->tracks.items[item.at];
    char mark[16];
    explore_news_of(state, item.at, mark);
    bool hit = explore_is_test(state) && !suggestions->stale && held_out_has(&explore->held_out, item.track->id);
    enum rating_value rating = RATING_GOOD;
    bool rated = ratings_value(state, item.track->id, &rating);
    const enum style plain = rated ? rating_styles[rating] : STYLE_GOOD;
    item.mark = mark[0] ? mark : rated ? rating_signs[rating] : hit ? "✓" : "";
    item.mark_style = item.selected ? STYLE_SELECTED_TITLE : mark[0] ? STYLE_NEW : plain;
    const bool new_song = suggestions->new_songs[item.at];
    item.word = rated ? rating_names[rating] : new_song ? "new song" : "";
    item.word_style = item.selected ? STYLE_SELECTED_TITLE : rated ? plain : STYLE_NEW;
    item.styles = view_row_styles(item.selected, dimmed, STYLE_TITLE);
    if (item.selected)
        view_selected_row(screen, item.place.row, item.place.column, item.place.right, item.lines,
                          mine->page.framed ? item.place.cover + 2 * item.lines + 1 - item.place.column : 0);
    if (explore_is_marked(state, PANE_SUGGESTIONS, item.at))
        screen_text(screen, item.place.row + 1, item.place.column, 1, item.selected ? STYLE_FRAME : STYLE_ACCENT, "●");
    struct cover cover = cover_of_track(item.track);
    view_cover(screen, item.place.row, item.place.cover, item.lines, &cover, dimmed);
    if (mine->page.lanes > 1)
        draw_tall(screen, &item);
    else
        draw_wide(mine, screen, &item);
}

static void draw_empty(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    const char *text = "No suggestion is left: every track that the model knows is in the playlist.";
    if (!explore->suggestions.answered)
        text = "";
    else if (state->models_failed)
        text = "The list of models cannot be read: M shows why.";
    else if (state->models.count == 0 && state->summary.counts.playlists == 0)
        text =
            "No model is trained yet, and the catalogue has no playlists to train one on. Quit with q; \"sleeve help "
            "import\" says how to import some.";
    else if (state->models.count == 0)
        text = "No model is trained yet. Quit with q, run \"sleeve train als --name als\", then start again.";
    else if (explore->suggestions.failed)
        text = "The model failed: M shows why, m tries another one.";
    view_paragraph(screen, layout->header_row + 2, mine->right_column + 1, mine->right_columns - 4, 4, STYLE_DIM, text);
}

/* Rows of dots, until the first suggestions arrive. */
static void draw_placeholders(const struct explore_layout *mine, struct screen *screen)
{
    for (size_t i = 0; i < PAGE_TRACKS; i++) {
        struct place place = explore_place(mine, i);
        screen_text(screen, place.row, place.text + (mine->page.lanes > 1 ? 0 : 4), 12, STYLE_DIM, "············");
    }
}

void explore_draw_suggestions(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                              struct screen *screen)
{
    size_t count = explore_page_tracks(state);
    for (size_t i = 0; i < count; i++)
        draw_suggestion(state, mine, screen, i);
    if (count == 0 && !explore_of(state)->suggestions.answered)
        draw_placeholders(mine, screen);
    else if (count == 0)
        draw_empty(state, layout, mine, screen);
}
