/* The right pane: a page of ten suggestions, and on wide screens the selected track at large. */
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

/* How many held-out tracks of a test playlist are among the suggestions for its seeds. */
static void found_text(const struct state *state, char text[64])
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t found = 0;
    text[0] = '\0';
    if (!explore_is_test(state) || suggestions->stale || state->columns < 100)
        return;
    for (size_t i = 0; i < suggestions->tracks.count; i++)
        found += held_out_has(&explore->held_out, suggestions->tracks.items[i]->id);
    snprintf(text, 64, "found %zu of %zu   ", found, explore->held_out.n_tracks);
}

/* What the list holds if it is not the model's. */
static const char *const instead[ANSWERS] = {
    [ANSWER_MODEL] = "",
    [ANSWER_FEATURES] = ": similar tracks",
    [ANSWER_ARTISTS] = ": same artists",
    [ANSWER_TITLE] = ": by the title",
    [ANSWER_POPULARITY] = ": popular tracks",
};

/* The title of a list for seeds that the model knows at least some of. */
static void write_basis(const struct suggestions *suggestions, const struct playlist_version *playlist, char *text,
                        size_t size)
{
    const struct seed_counts *seeds = &suggestions->seeds;
    const char *joined = suggestions->title == TITLE_JOINED ? " + title" : "";
    if (seeds->known < seeds->distinct)
        snprintf(text, size, "Suggestions: %s knows %zu of %zu%s", suggestions->model, seeds->known, seeds->distinct,
                 joined);
    else if (joined[0])
        snprintf(text, size, "%s%s \"%.400s\"", suggestions->model, joined, playlist->name);
    else if (playlist->name[0])
        snprintf(text, size, "Suggestions for \"%.400s\"", playlist->name);
    else
        snprintf(text, size, "Suggestions");
}

/* The title of the list: a warning when the model has no list for the playlist's tracks. */
static enum style write_title(const struct state *state, char *text, size_t size)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct seed_counts *seeds = &suggestions->seeds;
    const char *joined = suggestions->title == TITLE_JOINED ? " + title" : "";
    char known[48];
    bool shown = suggestions->tracks.count > 0 && seeds->distinct > 0;
    if (shown && seeds->known == 0) {
        snprintf(known, sizeof known, seeds->distinct == 1 ? "does not know it" : "knows none of %zu", seeds->distinct);
        snprintf(text, size, "%s %s%s%s", suggestions->model, known, instead[seeds->answer], joined);
        return STYLE_WARNING;
    }
    bool by_title = suggestions->title == TITLE_ALONE && playlist->name[0];
    if (shown && seeds->answer != ANSWER_MODEL) {
        snprintf(text, size, "%s finds nothing%s%s", suggestions->model, instead[seeds->answer], joined);
        return STYLE_WARNING;
    }
    if (by_title)
        snprintf(text, size, "By the title \"%.400s\"", playlist->name);
    else if (shown)
        write_basis(suggestions, playlist, text, size);
    else if (playlist->count == 0)
        snprintf(text, size, "Popular tracks");
    else
        snprintf(text, size, "Suggestions");
    return STYLE_TITLE;
}

static void draw_header(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    int row = layout->header_row, right = mine->right_column + mine->right_columns, used = 0;
    char text[LINE_SIZE + 64], found[64];
    if (suggestions->tracks.count > 0) {
        found_text(state, found);
        int size = snprintf(text, sizeof text, "%spage %zu of %zu", found, suggestions->page + 1, explore_pages(state));
        if (suggestions->seeds.known == suggestions->seeds.distinct)
            snprintf(text + size, sizeof text - (size_t)size, "   %d %s", suggestions->clicks,
                     suggestions->clicks == 1 ? "click" : "clicks");
        used = screen_text_right(screen, row, right, 60, STYLE_DIM, text);
    }
    enum style style = write_title(state, text, sizeof text);
    screen_text(screen, row, mine->right_column, mine->right_columns - used - 2, style, text);
}

struct row_styles {
    enum style title, text, dim, bar;
};

static struct row_styles styles_of(bool selected, bool dimmed)
{
    if (selected)
        return (struct row_styles){STYLE_SELECTED_TITLE, STYLE_SELECTED, STYLE_SELECTED_DIM, STYLE_SELECTED};
    if (dimmed)
        return (struct row_styles){STYLE_DIM, STYLE_DIM, STYLE_DIM, STYLE_DIM};
    return (struct row_styles){STYLE_TITLE, STYLE_TEXT, STYLE_DIM, STYLE_BAR};
}

static float fraction_of(const struct suggestions *suggestions, size_t at)
{
    float best = suggestions->scores[0], score = suggestions->scores[at];
    if (!(best > 0) || !(score > 0))
        return 0;
    return score < best ? score / best : 1;
}

/* Artist and album below the title: in one line, or in a line each. */
static void draw_track_lines(const struct layout *layout, struct screen *screen, const struct track *track, int row,
                             int column, int first_columns, int columns, const struct row_styles *styles)
{
    char text[1024];
    bool album = track->album[0] != '\0';
    if (layout->row_height < 4) {
        snprintf(text, sizeof text, "%.480s%s%.480s", track->artist, album ? " · " : "", track->album);
        screen_text(screen, row + 1, column, first_columns, styles->dim, text);
        return;
    }
    screen_text(screen, row + 1, column, first_columns, styles->text, track->artist);
    if (track->year > 0)
        snprintf(text, sizeof text, "%.900s%s%d", track->album, album ? " · " : "", track->year);
    else
        snprintf(text, sizeof text, "%.900s", track->album);
    screen_text(screen, row + 2, column, columns, styles->dim, text);
}

static void draw_suggestion(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                            struct screen *screen, size_t i)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t at = suggestions->page * PAGE_TRACKS + i;
    const struct track *track = suggestions->tracks.items[at];
    bool selected = explore->pane == PANE_SUGGESTIONS && i == suggestions->selected;
    bool dimmed = explore_late(state);
    struct row_styles styles = styles_of(selected, dimmed);
    int row = layout->body_top + (int)i * layout->row_height;
    int column = mine->right_column, right = column + mine->right_columns;
    int cover = column + 2, text = cover + mine->thumb_columns + 1;
    char label[32];
    if (selected) {
        for (int line = 0; line < layout->row_height; line++)
            screen_fill(screen, row + line, text, right - text, STYLE_SELECTED);
        screen_text(screen, row, column, 1, STYLE_ACCENT, "▸");
        screen->cursor_row = row;
        screen->cursor_column = column;
        screen->cursor_visible = true;
    }
    if (explore_is_marked(state, PANE_SUGGESTIONS, at))
        screen_text(screen, row, column + 1, 1, STYLE_ACCENT, "●");
    struct cover picture = cover_of_track(track);
    view_cover(screen, row, cover, layout->row_height, &picture, dimmed);
    snprintf(label, sizeof label, "%zu", at + 1);
    bool hit = explore_is_test(state) && !suggestions->stale && held_out_has(&explore->held_out, track->id);
    enum style mark = hit && !selected ? STYLE_GOOD : styles.dim;
    screen_text_right(screen, row, text + 3, 3, mark, label);
    screen_text(screen, row + 1, text + 2, 1, mark, hit ? "✓" : " ");
    text += 5;
    view_duration(track->duration_ms, label);
    int used = screen_text_right(screen, row, right, 8, styles.dim, label);
    screen_text(screen, row, text, right - text - used - (used ? 2 : 0), styles.title, track->title);

    bool numbered = screen->columns >= 100;
    int bar_columns = numbered ? 12 : 8, bar = right - bar_columns - (numbered ? 8 : 0);
    view_bar(screen, row + 1, bar, bar_columns, fraction_of(suggestions, at), styles.bar,
             selected ? STYLE_SELECTED_DIM : STYLE_RULE);
    if (numbered) {
        view_score(suggestions->scores[at], label);
        screen_text_right(screen, row + 1, right, 7, styles.dim, label);
    }
    draw_track_lines(layout, screen, track, row, text, bar - text - 2, right - text, &styles);
}

static void draw_empty(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen)
{
    const struct explore_state *explore = explore_of(state);
    const char *text = "No suggestion is left: every track that the model knows is in the playlist.";
    if (!explore->suggestions.answered)
        text = "";
    else if (state->models.count == 0)
        text = "No model is trained yet. Quit with q, run \"sleeve train als --name als\", then start again.";
    else if (explore->suggestions.failed)
        text = "The model failed: M shows why, m tries another one.";
    view_paragraph(screen, layout->body_top, mine->right_column + 2, mine->right_columns - 4, 4, STYLE_DIM, text);
}

/* Rows of dots, until the first suggestions arrive. */
static void draw_placeholders(const struct layout *layout, const struct explore_layout *mine, struct screen *screen)
{
    for (int i = 0; i < PAGE_TRACKS; i++) {
        int row = layout->body_top + i * layout->row_height;
        int text = mine->right_column + 2 + mine->thumb_columns + 6;
        screen_text(screen, row, text, 12, STYLE_DIM, "············");
    }
}

void explore_draw_suggestions(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                              struct screen *screen)
{
    draw_header(state, layout, mine, screen);
    size_t count = explore_page_tracks(state);
    for (size_t i = 0; i < count; i++)
        draw_suggestion(state, layout, mine, screen, i);
    if (count == 0 && !explore_of(state)->suggestions.answered)
        draw_placeholders(layout, mine, screen);
    else if (count == 0)
        draw_empty(state, layout, mine, screen);
}

/* The parts of the selected suggestion's score, when the model has feature sets. */
static void draw_parts(const struct state *state, struct screen *screen, int row, int column, int rows, int columns)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t at = suggestions->page * PAGE_TRACKS + suggestions->selected;
    if (explore->pane != PANE_SUGGESTIONS || !suggestions->has_features || at >= suggestions->tracks.count)
        return;
    float best = suggestions->scores[0], score = suggestions->scores[at], song = suggestions->parts[at][0];
    char text[SCORE_TEXT_SIZE + 40], of_score[32], parts[SCORE_TEXT_SIZE];
    view_score(score, of_score);
    view_score_parts(&suggestions->part_names, suggestions->parts[at], parts);
    snprintf(text, sizeof text, "%s = %s", of_score, parts);
    row += view_paragraph(screen, row, column, columns, rows - 1, STYLE_TEXT, text);
    if (best > 0)
        view_parts(screen, row, column, columns < 36 ? columns : 36, song / best, (score - song) / best, false);
}

void explore_draw_track(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen)
{
    const struct track *track = explore_selected_track(state);
    int column = mine->info_column, columns = mine->info_columns - 1, row = layout->body_top;
    if (!track)
        return;
    int body = layout->body_end - row;
    int edge = columns / 2 < body - 9 ? columns / 2 : body - 9;
    struct cover cover = cover_of_track(track);
    row += view_large_cover(state, screen, row, column, edge, &cover) + 1;
    char text[512], count[32];
    row += view_paragraph(screen, row, column, columns, 2, STYLE_TITLE, track->title);
    screen_text(screen, row++, column, columns, STYLE_TEXT, track->artist);
    if (track->album[0])
        screen_text(screen, row++, column, columns, STYLE_DIM, track->album);
    view_duration(track->duration_ms, count);
    snprintf(text, sizeof text, "%s", count);
    if (track->year > 0)
        snprintf(text, sizeof text, "%s%s%d", count, count[0] ? " · " : "", track->year);
    screen_text(screen, row++, column, columns, STYLE_DIM, text);
    view_count(track->n_playlists, count);
    snprintf(text, sizeof text, "in %s %s", count, track->n_playlists == 1 ? "playlist" : "playlists");
    screen_text(screen, row++, column, columns, STYLE_DIM, text);
    const char *note = view_cover_note(track->cover);
    if (note[0])
        screen_text(screen, row++, column, columns, STYLE_DIM, note);
    draw_parts(state, screen, row + 1, column, layout->body_end - row - 1, columns);
}
