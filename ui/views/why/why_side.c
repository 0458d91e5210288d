#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text_number.h"
#include "ui/view_text.h"
#include "ui/views/why/why.h"

enum { VALUE = 10, SHARE = 6, SPACE_NAME = 10 };

/* Where the next row is written. */
struct side {
    struct screen *screen;
    int row, column, columns, end;
};

static bool has_room(const struct side *side, int rows)
{
    return side->row + rows <= side->end;
}

static void heading(struct side *side, const char *text)
{
    if (has_room(side, 2))
        screen_text(side->screen, side->row, side->column, side->columns, STYLE_DIM, text);
    side->row++;
}

/* "Title · Artist", the album, the facts, beside the cover. */
static void draw_suggestion(const struct state *state, const struct why_layout *mine, struct side *side)
{
    const struct track *track = &why_of(state)->why.tracks.items[0];
    const struct cover cover = cover_of_track(track);
    const int column = side->column + 2 * mine->large_rows + 2, columns = side->column + side->columns - column;
    char year[32] = "";
    view_large_cover(state, side->screen, side->row, side->column, mine->large_rows, &cover);
    int row = side->row;
    row += view_title_lines(side->screen, row, column, columns, mine->large_rows > 4 ? 2 : 1, STYLE_TITLE, track);
    screen_text(side->screen, row++, column, columns, STYLE_TEXT, track->artist);
    screen_text(side->screen, row++, column, columns, STYLE_DIM, track->album);
    if (track->year > 0)
        snprintf(year, sizeof year, "%d", (int)track->year);
    screen_text(side->screen, row, column, columns, STYLE_DIM, year);
    side->row += mine->large_rows + (mine->large_rows > 4);
}

static void draw_parts(const struct app_why *why, struct side *side)
{
    const struct score_explanation *score = &why->score;
    char text[64];
    double largest = 0;
    bool below_zero = false;
    if (!isfinite(score->score) || score->n_parts == 0)
        return;
    snprintf(text, sizeof text, "score %.4g, the sum of", score->score);
    heading(side, text);
    for (size_t i = 0; i < score->n_parts; i++) {
        largest = fmax(largest, fabs(score->parts[i].value));
        below_zero = below_zero || score->parts[i].value < 0;
    }
    for (size_t i = 0; i < score->n_parts && has_room(side, 1); i++, side->row++) {
        const struct explained_part *part = &score->parts[i];
        const int bar = side->columns >= 40 ? 10 : 0, name = side->column + VALUE + (bar > 0 ? bar + 1 : 0);
        snprintf(text, sizeof text, "%.4g", part->value);
        screen_text_right(side->screen, side->row, side->column + VALUE - 1, VALUE - 1, STYLE_TEXT, text);
        if (bar > 0)
            (below_zero ? view_signed_bar : view_bar)(side->screen, side->row, side->column + VALUE, bar,
                                                      largest > 0 ? (float)(part->value / largest) : 0,
                                                      part->value < 0 ? STYLE_LOSS : STYLE_BAR, STYLE_RULE);
        screen_text(side->screen, side->row, name, side->column + side->columns - name, STYLE_TEXT, part->name);
    }
    if (isfinite(score->typical) && !score->ignores_seeds && has_room(side, 1)) {
        snprintf(text, sizeof text, "%.4g", score->typical);
        screen_text_right(side->screen, side->row, side->column + VALUE - 1, VALUE - 1, STYLE_DIM, text);
        screen_text(side->screen, side->row++, side->column + VALUE, side->columns - VALUE, STYLE_DIM,
                    side->columns - VALUE >= 20 ? "for random playlists" : "at random");
    }
}

static void draw_votes(const struct app_why *why, struct side *side, size_t most)
{
    char text[64], count[32];
    if (why->n_voters == 0 || !has_room(side, 2))
        return;
    view_count((int64_t)why->score.n_votes, count);
    snprintf(text, sizeof text, "%s %splaylist%s voted", count, side->columns >= 36 ? "training " : "",
             why->score.n_votes == 1 ? "" : "s");
    heading(side, text);
    for (size_t i = 0; i < why->n_voters && i < most && has_room(side, 1); i++, side->row++) {
        const struct why_voter *voter = &why->voters[i];
        snprintf(text, sizeof text, "%.0f %%", 100 * voter->gain / why->score.score);
        screen_text_right(side->screen, side->row, side->column + SHARE - 1, SHARE - 1, STYLE_TEXT, text);
        screen_text(side->screen, side->row, side->column + SHARE, side->columns - SHARE,
                    voter->id > 0 ? STYLE_TEXT : STYLE_DIM, voter->id > 0 ? voter->name : "changed since the training");
    }
}

static void draw_popularity(const struct app_why *why, struct side *side)
{
    const struct score_explanation *score = &why->score;
    char text[160], rank[32], all[32], playlists[32];
    if (!has_room(side, 1))
        return;
    view_count((int64_t)score->playlists, playlists);
    view_count(score->popularity_rank, rank);
    view_count(score->n_ranked, all);
    const double share = 100 * (double)score->popularity_rank / (double)score->n_ranked;
    if (score->popularity_rank == 0)
        snprintf(text, sizeof text, "in no training playlist");
    else
        snprintf(text, sizeof text, "in %s training playlist%s: rank %s of %s (top %.*g %%)", playlists,
                 score->playlists == 1 ? "" : "s", rank, all, share >= 10 ? 3 : 2, share);
    side->row += view_paragraph(side->screen, side->row, side->column, side->columns, has_room(side, 2) ? 2 : 1,
                                STYLE_TEXT, text);
}

static void draw_nearest(const struct app_why *why, struct side *side)
{
    char value[32];
    if (why->n_nearest == 0 || !has_room(side, 2))
        return;
    heading(side, side->columns >= 31 ? "nearest by cosine or distance d" : "nearest (d: distance)");
    for (size_t i = 0; i < why->n_nearest && has_room(side, 1); i++, side->row++) {
        const struct why_nearest *nearest = &why->nearest[i];
        const struct track *track = &why->tracks.items[1 + nearest->seed];
        const enum style style = nearest->of_model ? STYLE_TEXT : STYLE_DIM;
        snprintf(value, sizeof value, "%s%.2f", nearest->is_distance ? "d " : "", text_plain_zero(nearest->value, 2));
        const int right = side->column + side->columns,
                  used = screen_text_right(side->screen, side->row, right, 8, STYLE_DIM, value);
        screen_text(side->screen, side->row, side->column, SPACE_NAME - 1, style, nearest->space);
        screen_text(side->screen, side->row, side->column + SPACE_NAME, side->columns - SPACE_NAME - used - 1, style,
                    track->title);
    }
}

void why_draw_side(const struct state *state, const struct why_layout *mine, struct screen *screen)
{
    const struct app_why *why = &why_of(state)->why;
    struct side side = {screen, mine->side_row, mine->side_column, mine->side_columns, mine->side_end};
    const int gap = mine->large_rows > 4;
    draw_suggestion(state, mine, &side);
    draw_parts(why, &side);
    side.row += gap;
    draw_votes(why, &side, gap ? 6 : 3);
    side.row += gap && why->n_voters > 0;
    draw_popularity(why, &side);
    side.row += gap;
    draw_nearest(why, &side);
}
