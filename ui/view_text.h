#ifndef SLEEVE_UI_VIEW_TEXT_H
#define SLEEVE_UI_VIEW_TEXT_H

#include "ui/fuzzy.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Drawing functions for views. */

void view_rule(struct screen *screen, int row, int column, int columns);
/* Draws text wrapped at blanks, and inside words that are longer than a row, over at most `rows` rows, with an ellipsis
 * where it was cut; returns the rows used. */
int view_paragraph(struct screen *screen, int row, int column, int columns, int rows, enum style style,
                   const char *text);
/* The rows that the whole text needs. */
int view_paragraph_rows(const char *text, int columns);
/* The address of a track on the web, if its key is the URI of one ("spotify:track:ID"): then the text is written and
 * the function returns true. */
enum { TRACK_ADDRESS_SIZE = 96 };
bool view_track_address(const struct track *track, char text[TRACK_ADDRESS_SIZE]);
/* Makes the text in these cells, without the blanks after it, a link to that address. */
void view_link(struct screen *screen, int row, int column, int columns, const struct track *track);
/* Draws a track's title as such a link; the same in at most `rows` lines. Returns the columns, or rows,
 * used.
 */
int view_title(struct screen *screen, int row, int column, int columns, enum style style, const struct track *track);
int view_title_lines(struct screen *screen, int row, int column, int columns, int rows, enum style style,
                     const struct track *track);
/* Draws a line being typed, scrolled so that its caret is visible; returns the caret's column. */
int view_line(struct screen *screen, int row, int column, int columns, const struct line *line);
/* Draws a text; the letters that match the pattern, or a word of the query (ui/match.h), have another style. Returns
 * the columns used. */
int view_match(struct screen *screen, int row, int column, int columns, enum style style, enum style match,
               const char *text, const struct fuzzy_pattern *pattern);
int view_words(struct screen *screen, int row, int column, int columns, enum style style, enum style match,
               const char *text, const char *query);
/* What is drawn where an album's cover belongs. The texts are borrowed. */
struct cover {
    int64_t album;   /* 0: no album */
    uint32_t colour; /* 0xRRGGBB: shown until the picture is available; SCREEN_NO_COLOUR: unknown */
    const char *artist;
    enum cover_origin origin;
};
struct cover cover_of_track(const struct track *track);
struct cover cover_of_album(const struct album *album);
/* What has to be said beside the cover: "generated cover", "no cover"; "" for a real one. */
const char *view_cover_note(enum cover_origin origin);
void view_cover(struct screen *screen, int row, int column, int rows, const struct cover *cover, bool dimmed);
/* Draws a large cover, as wide as `rows` rows are high if cells are twice as high as wide; where cells are higher than
 * that, the picture has fewer rows. Returns the rows used. */
int view_large_cover(const struct state *state, struct screen *screen, int row, int column, int rows,
                     const struct cover *cover);
/* The rectangles of both. */
struct image_rect view_cover_rect(int row, int column, int rows, const struct cover *cover);
struct image_rect view_large_cover_rect(const struct state *state, int row, int column, int rows,
                                        const struct cover *cover);
/* A frame in the outermost cells of a rectangle. */
void view_frame(struct screen *screen, int row, int column, int rows, int columns);
/* Styles of the texts of a suggestion; `title` of one that is neither selected nor dimmed. */
struct row_styles {
    enum style title, text, dim, good;
};
struct row_styles view_row_styles(bool selected, bool dimmed, enum style title);
/* The highlight of a selected suggestion, and the cursor. It is `rows` high and includes the cover: with a frame of
 * `frame_columns` in the blank cells around that or, where there are none (0), with a bar beside it. */
void view_selected_row(struct screen *screen, int row, int column, int right, int rows, int frame_columns);
/* A thin bar on a thinner rail, drawn in half columns. */
void view_bar(struct screen *screen, int row, int column, int columns, float fraction, enum style style,
              enum style rail);
/* The same from its middle, "┼": to the right, or to the left for less than 0. */
void view_signed_bar(struct screen *screen, int row, int column, int columns, float fraction, enum style style,
                     enum style rail);
/* The same in two parts: the song's share as a line, the share of the feature sets broken. */
void view_parts(struct screen *screen, int row, int column, int columns, float song, float features, bool selected);
/* "song 0.61 + gist 0.22", all with the decimals of the largest. */
enum { SCORE_TEXT_SIZE = SCORE_PARTS_MAX * (FEATURE_NAME_MAX + 24) };
void view_score_parts(const struct app_parts *names, const float *parts, char text[SCORE_TEXT_SIZE]);
void view_colour(struct screen *screen, int row, int column, int columns, uint32_t colour);
/* "28,356"; "3:58", "1:02:03", "" when unknown; "0.92". `text` holds 32 bytes. */
void view_count(int64_t count, char text[32]);
void view_duration(int64_t milliseconds, char text[32]);
void view_score(float score, char text[32]);

#endif
