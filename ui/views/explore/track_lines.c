/* A track in the lists at the left: one line, or two with a cover. */
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/track_lines.h"

enum { DURATION_COLUMNS = 7, ARTIST_FROM = 24 /* columns of text from which the artist is in the same line */ };

struct styles {
    enum style title, text, quiet, matched;
};

static struct styles styles_of(bool selected)
{
    if (selected)
        return (struct styles){STYLE_SELECTED_TITLE, STYLE_SELECTED, STYLE_SELECTED_DIM, STYLE_SELECTED_MATCH};
    return (struct styles){STYLE_TEXT, STYLE_TEXT, STYLE_DIM, STYLE_MATCH};
}

/* The number and the cover; returns the column of the text. */
static int draw_left(const struct track_line *line, const struct track *track, const struct styles *styles,
                     struct screen *screen)
{
    char text[32];
    int column = line->column + 2;
    if (line->marked)
        screen_text(screen, line->row, line->column + 1, 1, line->selected ? STYLE_SELECTED : STYLE_ACCENT, "●");
    if (line->number_columns > 0) {
        snprintf(text, sizeof text, "%zu", line->number);
        screen_text_right(screen, line->row, column + line->number_columns, line->number_columns, styles->quiet, text);
        column += line->number_columns + 1;
    }
    if (line->cover_shown) {
        struct cover cover = cover_of_track(track);
        view_cover(screen, line->row, column, line->height, &cover, false);
        column += line->height * 2 + 1;
    }
    return column;
}

/* The duration and, for a track of the playlist, a mark; returns the column after the title. */
static int draw_right(const struct track_line *line, const struct track *track, const struct styles *styles,
                      struct screen *screen)
{
    char text[32];
    view_duration(track->duration_ms, text);
    screen_text_right(screen, line->row, line->right, DURATION_COLUMNS, styles->quiet, text);
    int end = line->right - ((int)strlen(text) > 4 ? (int)strlen(text) : 4) - 1;
    if (line->predicted && end - line->column >= 36)
        return end - 1 - screen_text_right(screen, line->row, end, 9, styles->quiet, "predicted");
    if (line->predicted)
        return end - 1 - screen_text_right(screen, line->row, end, 1, styles->quiet, "≈");
    if (!line->present)
        return end;
    screen_text(screen, line->row, end - 1, 1, line->selected ? STYLE_SELECTED : STYLE_GOOD, "✓");
    return end - 2;
}

static void draw_second_line(const struct track_line *line, const struct track *track, int column,
                             const struct styles *styles, struct screen *screen)
{
    int row = line->row + 1, columns = line->right - column;
    column += view_words(screen, row, column, columns, styles->quiet, styles->matched, track->artist, line->query);
    columns = line->right - column;
    if (columns < 5 || !track->album[0])
        return;
    screen_text(screen, row, column, 3, styles->quiet, " · ");
    view_words(screen, row, column + 3, columns - 3, styles->quiet, styles->matched, track->album, line->query);
}

void track_line_draw(const struct track_line *line, const struct track *track, struct screen *screen)
{
    struct styles styles = styles_of(line->selected);
    int column = draw_left(line, track, &styles, screen), width = draw_right(line, track, &styles, screen) - column;
    int artist = line->height < 2 && width >= ARTIST_FROM ? width * 2 / 5 : 0;
    int title = width - (artist ? artist + 1 : 0);
    view_words(screen, line->row, column, title, styles.title, styles.matched, track->title, line->query);
    view_link(screen, line->row, column, title, track);
    if (artist)
        view_words(screen, line->row, column + width - artist, artist, styles.quiet, styles.matched, track->artist,
                   line->query);
    if (line->height >= 2)
        draw_second_line(line, track, column, &styles, screen);
}
