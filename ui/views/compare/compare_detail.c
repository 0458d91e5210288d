/* The selected suggestion at large, and what each model says about it. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"

/* The rank in the list of one side from 1; 0: it is not there. */
static int32_t rank_in(const struct state *state, int which, size_t at)
{
    const struct compare_state *compare = compare_of(state);
    return which == compare->side ? (int32_t)at + 1 : compare->lists.moves.elsewhere[compare->side][at];
}

/* "als  rank 12 · page 2 · score 0.91", or that it is not in the list. */
static void draw_side(const struct state *state, int which, size_t at, struct screen *screen, int row, int column,
                      int columns)
{
    const struct failure_side *side = &compare_of(state)->lists.sides[which];
    const int32_t rank = rank_in(state, which, at);
    char text[SCORE_TEXT_SIZE + 96], score[32], parts[SCORE_TEXT_SIZE];
    int used = compare_draw_name(state, which, screen, row, column, columns) + 2;
    if (rank == 0) {
        snprintf(text, sizeof text, "not among its %zu", side->count);
    } else {
        view_score(side->list[rank - 1].score, score);
        int length = snprintf(text, sizeof text, "rank %d · page %d · score %s", (int)rank,
                              (int)(rank - 1) / PAGE_TRACKS + 1, score);
        if (side->has_features) {
            view_score_parts(&side->answer.parts, side->list[rank - 1].parts, parts);
            snprintf(text + length, sizeof text - (size_t)length, " = %s", parts);
        }
    }
    screen_text(screen, row, column + used, columns - used, STYLE_DIM, text);
}

static void draw_track(const struct state *state, const struct track *track, struct screen *screen, int row, int column,
                       int columns, bool alone)
{
    char text[512], count[32];
    int used = view_title(screen, row, column, columns, STYLE_TITLE, track);
    if (alone) {
        snprintf(text, sizeof text, "%.200s", track->artist);
        screen_text(screen, row + 1, column, columns, STYLE_TEXT, text);
        view_count(track->n_playlists, count);
        snprintf(text, sizeof text, "%.200s%sin %s %s", track->album, track->album[0] ? " · " : "", count,
                 track->n_playlists == 1 ? "playlist" : "playlists");
        screen_text(screen, row + 2, column, columns, STYLE_DIM, text);
        return;
    }
    (void)state;
    snprintf(text, sizeof text, "· %.200s%s%.200s", track->artist, track->album[0] ? " · " : "", track->album);
    screen_text(screen, row, column + used + 1, columns - used - 1, STYLE_DIM, text);
}

void compare_draw_detail(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    size_t at;
    const struct track *track = compare_selected(state, &at);
    int row = mine->detail_row, rows = mine->detail_rows, column = 2, columns = screen->columns - 4;
    if (!track || rows < 2)
        return;
    const bool large = rows >= 5;
    if (large) {
        struct cover cover = cover_of_track(track);
        view_large_cover(state, screen, row, column, rows, &cover);
        column += 2 * rows + 2;
        columns -= 2 * rows + 2;
    }
    if (rows >= 3 || large)
        draw_track(state, track, screen, row, column, columns, large);
    row += large ? 3 : rows >= 3 ? 1 : 0;
    for (int which = 0; which < COMPARE_SIDES; which++)
        draw_side(state, which, at, screen, row + which, column, columns);
}
