/* The rated tracks of the selected row of the table. */
#include <stdio.h>

#include "ui/view_text.h"
#include "ui/views/ratings/ratings.h"

enum { HEIGHT = 2, PITCH = 3, TWO_LANES = 110, GAP = 3, WORD = 12 };

/* Cover, title and how it was rated; artist, and why or by whom. */
static void draw_track(const struct rating *rating, const struct track *track, int row, int column, int columns,
                       struct screen *screen)
{
    const struct cover cover = cover_of_track(track);
    const int text = column + 2 * HEIGHT + 1, right = column + columns;
    char note[RATING_TEXT_MAX + 64];
    view_cover(screen, row, column, HEIGHT, &cover, false);
    snprintf(note, sizeof note, "%s %s", rating_signs[rating->value], rating_names[rating->value]);
    int used = screen_text_right(screen, row, right, WORD, rating_styles[rating->value], note);
    view_title(screen, row, text, right - used - 2 - text, STYLE_TITLE, track);
    snprintf(note, sizeof note, "%s%s%s", rating->reason, rating->reason[0] ? " · " : "", rating->rater);
    used = screen_text_right(screen, row + 1, right, columns / 2, STYLE_DIM, note);
    screen_text(screen, row + 1, text, right - used - 2 - text, STYLE_TEXT, track->artist);
}

void ratings_draw_tracks(const struct state *state, const struct ratings_layout *at, struct screen *screen)
{
    const struct ratings_state *mine = ratings_of(state);
    const struct rating_row *row = ratings_row(mine, mine->at.selected);
    const int column = 3, columns = state->columns - 6, lanes = state->columns >= TWO_LANES ? 2 : 1;
    const int width = (columns - (lanes - 1) * GAP) / lanes, fit = at->tracks_rows / PITCH;
    int shown = 0;
    if (!row || mine->tracks.count == 0)
        return;
    for (size_t i = 0; i < mine->table.ratings.count && shown < fit * lanes; i++)
        if (ratings_in_row(row, &mine->table.ratings.items[i])) {
            draw_track(&mine->table.ratings.items[i], &mine->tracks.items[i], at->tracks_row + shown / lanes * PITCH,
                       column + shown % lanes * (width + GAP), width, screen);
            shown++;
        }
}
