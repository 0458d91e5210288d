#include "ui/view_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/text_number.h"
#include "draw/letters.h"
#include "ui/match.h"

void view_rule(struct screen *screen, int row, int column, int columns)
{
    for (int i = 0; i < columns; i++)
        screen_text(screen, row, column + i, 1, STYLE_RULE, "─");
}

/* The bytes of the next line: whole words, or a part of one that is longer than a line. */
static size_t paragraph_line(const char *text, int columns)
{
    size_t end = 0, fits = 0;
    do {
        end += strcspn(text + end, " ");
        if (text_width(text, end) > columns)
            break;
        fits = end;
        end += strspn(text + end, " ");
    } while (text[fits]);
    const bool whole = fits > 0;
    const size_t word = strcspn(text, " ");
    for (int used = 0, width = 0; !whole && fits < word; used += width) {
        const size_t size = text_cluster(text + fits, word - fits, &width);
        if (fits > 0 && used + width > columns)
            break;
        fits += size;
    }
    return fits > 0 ? fits : word;
}

int view_paragraph_rows(const char *text, int columns)
{
    int rows = 0;
    for (; *text; rows++) {
        text += paragraph_line(text, columns);
        text += strspn(text, " ");
    }
    return rows;
}

int view_paragraph(struct screen *screen, int row, int column, int columns, int rows, enum style style,
                   const char *text)
{
    int used = 0;
    while (*text && used < rows) {
        size_t fits = paragraph_line(text, columns);
        if (used + 1 == rows)
            fits = strlen(text); /* what does not fit is cut, and screen_text shows that */
        char line[512];
        snprintf(line, sizeof line, "%.*s", (int)(fits < sizeof line ? fits : sizeof line - 1), text);
        screen_text(screen, row + used++, column, columns, style, line);
        text += fits + strspn(text + fits, " ");
    }
    return used;
}

bool view_track_address(const struct track *track, char text[TRACK_ADDRESS_SIZE])
{
    static const char prefix[] = "spotify:track:";
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    enum { ID_MAX = 64 };
    if (!track->key || strncmp(track->key, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *id = track->key + sizeof prefix - 1;
    size_t size = strspn(id, letters);
    if (size == 0 || size > ID_MAX || id[size] != '\0')
        return false;
    snprintf(text, TRACK_ADDRESS_SIZE, "https://open.spotify.com/track/%s", id);
    return true;
}

void view_link(struct screen *screen, int row, int column, int columns, const struct track *track)
{
    char address[TRACK_ADDRESS_SIZE];
    while (columns > 0) {
        const struct cell *last = screen_cell(screen, row, column + columns - 1);
        if (last && strcmp(last->text, " ") != 0)
            break;
        columns--;
    }
    if (columns > 0 && view_track_address(track, address))
        screen_link(screen, row, column, columns, address);
}

int view_title(struct screen *screen, int row, int column, int columns, enum style style, const struct track *track)
{
    int used = screen_text(screen, row, column, columns, style, track->title);
    view_link(screen, row, column, used, track);
    return used;
}

int view_title_lines(struct screen *screen, int row, int column, int columns, int rows, enum style style,
                     const struct track *track)
{
    int used = view_paragraph(screen, row, column, columns, rows, style, track->title);
    for (int i = 0; i < used; i++)
        view_link(screen, row + i, column, columns, track);
    return used;
}

int view_line(struct screen *screen, int row, int column, int columns, const struct line *line)
{
    size_t from = 0;
    while (from < line->caret && text_width(line->text + from, line->caret - from) >= columns) {
        int width;
        from += text_cluster(line->text + from, line->size - from, &width);
    }
    screen_text(screen, row, column, columns, STYLE_TEXT, line->text + from);
    return column + text_width(line->text + from, line->caret - from);
}

enum { MARKED_MAX = 512 }; /* bytes of a text in which letters are marked */

/* Restyles the letters of `text`, which is drawn at this place over this many columns. */
static void restyle_matches(struct screen *screen, int row, int column, int columns, enum style match,
                            const struct buffer *text, const bool *marks)
{
    int at = 0, width;
    for (size_t i = 0, step; i < text->size; i += step, at += width) {
        step = text_cluster(text->data + i, text->size - i, &width);
        if (at + width > columns)
            return;
        if (marks[i])
            screen_restyle(screen, row, column + at, width, match);
    }
}

/* Letters that match the pattern or, if that is NULL, a word of the query. */
static int draw_matches(struct screen *screen, int row, int column, int columns, enum style style, enum style match,
                        const char *text, const struct fuzzy_pattern *pattern, const char *query)
{
    bool marks[MARKED_MAX];
    struct buffer clean = {0};
    int used = screen_text(screen, row, column, columns, style, text);
    if (pattern ? pattern->n_words == 0 : query[0] == '\0')
        return used;
    text_sanitise(text, strnlen(text, MARKED_MAX / 2), &clean);
    if (!clean.failed && clean.size > 0 && clean.size < MARKED_MAX) {
        if (pattern)
            fuzzy_marks(pattern, clean.data, marks, clean.size);
        else
            match_marks(query, clean.data, marks, clean.size);
        bool cut = text_width(clean.data, clean.size) > used;
        restyle_matches(screen, row, column, cut ? used - 1 : used, match, &clean, marks);
    }
    buffer_free(&clean);
    return used;
}

int view_match(struct screen *screen, int row, int column, int columns, enum style style, enum style match,
               const char *text, const struct fuzzy_pattern *pattern)
{
    return draw_matches(screen, row, column, columns, style, match, text, pattern, "");
}

int view_words(struct screen *screen, int row, int column, int columns, enum style style, enum style match,
               const char *text, const char *query)
{
    return draw_matches(screen, row, column, columns, style, match, text, NULL, query);
}

/* The picture of an album without a cover has the artist's colour, on which its initials are. */
static uint32_t first_colour(enum cover_origin origin, uint32_t mean, const char *artist)
{
    if (origin == COVER_PLACEHOLDER)
        return placeholder_colour(artist);
    return mean == COVER_NO_COLOUR ? SCREEN_NO_COLOUR : mean;
}

struct cover cover_of_track(const struct track *track)
{
    return (struct cover){.album = track->album_id,
                          .colour = first_colour(track->cover, track->cover_colour, track->artist),
                          .artist = track->artist,
                          .origin = track->cover};
}

struct cover cover_of_album(const struct album *album)
{
    return (struct cover){.album = album->id,
                          .colour = first_colour(album->cover, album->cover_colour, album->artist),
                          .artist = album->artist,
                          .origin = album->cover};
}

const char *view_cover_note(enum cover_origin origin)
{
    static const char *const notes[] = {
        [COVER_PLACEHOLDER] = "no cover", [COVER_GENERATED] = "generated cover", [COVER_STORED] = ""};
    return notes[origin];
}

/* As on the picture of an album without a cover; of a name in another script, its first character. */
static void put_initials(const char *artist, struct image_rect *rect)
{
    char initials[3];
    letters_initials(artist, initials);
    memcpy(rect->initials, initials, sizeof initials);
    if (initials[0] || !artist)
        return;
    int width;
    size_t size = text_cluster(artist, strlen(artist), &width);
    if (size < sizeof rect->initials && width > 0)
        memcpy(rect->initials, artist, size);
}

struct image_rect view_cover_rect(int row, int column, int rows, const struct cover *cover)
{
    struct image_rect rect = {
        .row = row,
        .column = column,
        .rows = rows,
        .columns = rows * 2,
        .reference = {.kind = IMAGE_COVER, .id = cover->album},
        .colour = cover->colour,
        .generated = cover->origin == COVER_GENERATED,
    };
    put_initials(cover->artist, &rect);
    return rect;
}

void view_cover(struct screen *screen, int row, int column, int rows, const struct cover *cover, bool dimmed)
{
    struct image_rect rect = view_cover_rect(row, column, rows, cover);
    rect.dimmed = dimmed;
    screen_image(screen, &rect);
}

struct image_rect view_large_cover_rect(const struct state *state, int row, int column, int rows,
                                        const struct cover *cover)
{
    struct image_rect rect = view_cover_rect(row, column, rows, cover);
    int square = (rows * 2 * state->cell_width + state->cell_height - 1) / state->cell_height;
    rect.rows = square < rows ? square : rows;
    rect.large = true;
    return rect;
}

int view_large_cover(const struct state *state, struct screen *screen, int row, int column, int rows,
                     const struct cover *cover)
{
    struct image_rect rect = view_large_cover_rect(state, row, column, rows, cover);
    screen_image(screen, &rect);
    return rect.rows;
}

void view_frame(struct screen *screen, int row, int column, int rows, int columns)
{
    int below = row + rows - 1, right = column + columns - 1;
    for (int i = column + 1; i < right; i++) {
        screen_text(screen, row, i, 1, STYLE_FRAME, "━");
        screen_text(screen, below, i, 1, STYLE_FRAME, "━");
    }
    for (int i = row + 1; i < below; i++) {
        screen_text(screen, i, column, 1, STYLE_FRAME, "┃");
        screen_text(screen, i, right, 1, STYLE_FRAME, "┃");
    }
    screen_text(screen, row, column, 1, STYLE_FRAME, "┏");
    screen_text(screen, row, right, 1, STYLE_FRAME, "┓");
    screen_text(screen, below, column, 1, STYLE_FRAME, "┗");
    screen_text(screen, below, right, 1, STYLE_FRAME, "┛");
}

struct row_styles view_row_styles(bool selected, bool dimmed, enum style title)
{
    if (selected)
        return (struct row_styles){STYLE_SELECTED_TITLE, STYLE_SELECTED, STYLE_SELECTED_DIM, STYLE_SELECTED};
    if (dimmed)
        return (struct row_styles){STYLE_DIM, STYLE_DIM, STYLE_DIM, STYLE_DIM};
    return (struct row_styles){title, STYLE_TEXT, STYLE_DIM, STYLE_GOOD};
}

void view_selected_row(struct screen *screen, int row, int column, int right, int rows, int frame_columns)
{
    int around = frame_columns > 0;
    for (int i = row - around; i < row + rows + around; i++)
        screen_fill(screen, i, column, right - column, STYLE_SELECTED);
    for (int i = row; i < row + rows; i++)
        screen_text(screen, i, column, 1, STYLE_FRAME, "▌");
    if (around)
        view_frame(screen, row - 1, column, rows + 2, frame_columns);
    screen->cursor_row = row;
    screen->cursor_column = column;
    screen->cursor_visible = true;
}

void view_bar(struct screen *screen, int row, int column, int columns, float fraction, enum style style,
              enum style rail)
{
    int filled = (int)(fraction * (float)columns * 2 + 0.5f);
    for (int i = 0; i < columns; i++) {
        int part = filled - i * 2;
        screen_text(screen, row, column + i, 1, part > 0 ? style : rail, part > 1 ? "━" : part > 0 ? "╸" : "─");
    }
}

void view_signed_bar(struct screen *screen, int row, int column, int columns, float fraction, enum style style,
                     enum style rail)
{
    const int half = (columns - 1) / 2, filled = (int)(fabsf(fraction) * (float)half * 2 + 0.5f);
    for (int i = 0; i < columns; i++) {
        const int away = fraction < 0 ? half - 1 - i : i - half - 1, part = away < 0 ? 0 : filled - 2 * away;
        screen_text(screen, row, column + i, 1, part > 0 ? style : rail,
                    part > 1    ? "━"
                    : part > 0  ? fraction < 0 ? "╺" : "╸"
                    : i == half ? "┼"
                                : "─");
    }
}

void view_parts(struct screen *screen, int row, int column, int columns, float song, float features, bool selected)
{
    float both = song + (features > 0 ? features : 0);
    view_bar(screen, row, column, columns, both < 1 ? both : 1, selected ? STYLE_SELECTED : STYLE_BAR,
             selected ? STYLE_SELECTED_DIM : STYLE_RULE);
    int from = (int)(song * (float)columns + 0.5f), to = (int)(both * (float)columns + 0.5f);
    for (int i = from > 0 ? from : 0; i < to && i < columns; i++)
        screen_text(screen, row, column + i, 1, selected ? STYLE_SELECTED : STYLE_BAR, "┅");
}

void view_colour(struct screen *screen, int row, int column, int columns, uint32_t colour)
{
    for (int i = 0; i < columns; i++) {
        struct cell *cell = screen_cell(screen, row, column + i);
        if (cell)
            cell->foreground = colour;
    }
}

void view_count(int64_t count, char text[32])
{
    text_count(count, text);
}

void view_duration(int64_t milliseconds, char text[32])
{
    long long seconds = (long long)milliseconds / 1000;
    if (milliseconds < 0)
        text[0] = '\0';
    else if (seconds >= 3600)
        snprintf(text, 32, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(text, 32, "%lld:%02lld", seconds / 60, seconds % 60);
}

static const char *score_format(float size)
{
    return size >= 1000            ? "%.0f"
           : size >= 10            ? "%.1f"
           : size >= 0.1f || !size ? "%.2f"
           : size >= 0.001f        ? "%.4f"
                                   : "%.0e";
}

void view_score(float score, char text[32])
{
    float size = fabsf(score);
    bool is_count = size >= 2 && size == floorf(size); /* the scores of popularity are numbers of playlists */
    snprintf(text, 32, is_count ? "%.0f" : score_format(size), (double)score);
}

void view_score_parts(const struct app_parts *names, const float *parts, char text[SCORE_TEXT_SIZE])
{
    float largest = 0;
    for (int i = 0; i < names->count; i++)
        largest = fmaxf(largest, fabsf(parts[i]));
    const char *format = score_format(largest);
    size_t size = 0;
    text[0] = '\0';
    for (int i = 0; i < names->count; i++) {
        char part[32];
        snprintf(part, sizeof part, format, (double)parts[i]);
        bool rounds_to_zero = part[strspn(part, "-0.")] == '\0';
        size += (size_t)snprintf(text + size, SCORE_TEXT_SIZE - size, "%s%s %s", i == 0 ? "" : " + ", names->names[i],
                                 rounds_to_zero && part[0] == '-' ? part + 1 : part);
    }
}
