#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/why/why.h"

enum { NUMBER = 10 };

struct why_layout why_layout(const struct state *state, const struct layout *layout)
{
    const struct why_state *mine = why_of(state);
    const bool wide = state->columns >= 120, high = state->rows >= 34, highest = state->rows >= 46;
    const char *sentence = mine->why.sentence;
    const bool one_row = wide && text_width(sentence, strlen(sentence)) <= state->columns - 4;
    struct why_layout at = {.sentence_row = layout->header_row + 2, .sentence_rows = one_row ? 1 : 2};
    at.note_row = at.sentence_row + at.sentence_rows;
    at.note_rows = mine->why.list_note[0] ? wide ? 2 : 3 : 0;
    const int top = at.note_row + at.note_rows + high, columns = state->columns * 3 / 5;
    at.cover_rows = highest ? 4 : high ? 3 : 2;
    at.list = (struct list_box){.row = top + 1,
                                .column = 1,
                                .rows = layout->body_end - top - 1,
                                .columns = columns - 2,
                                .height = at.cover_rows + high,
                                .bar_column = columns - 1};
    at.side_column = columns + 1;
    at.side_columns = state->columns - 2 - at.side_column;
    at.side_row = top;
    at.side_end = layout->body_end;
    at.large_rows = highest ? 10 : high ? 6 : 4;
    return at;
}

const struct track *why_track(const struct state *state, size_t at)
{
    const struct app_why *why = &why_of(state)->why;
    return at < why->score.n_seeds ? &why->tracks.items[1 + why->order[at]] : NULL;
}

/* "same album · 2 playlists with both" */
static void write_notes(const struct app_why *why, size_t seed, bool wide, char text[160])
{
    const struct explained_seed *one = &why->score.seeds[seed];
    char together[64] = "";
    const char *group = why->groups[seed] & SEEDS_OF_ALBUM    ? "same album"
                        : why->groups[seed] & SEEDS_OF_ARTIST ? "same artist"
                                                              : "";
    if (why->counted && why->together[seed] > 0)
        snprintf(together, sizeof together, wide ? "%d playlist%s with both" : "%d together", (int)why->together[seed],
                 why->together[seed] == 1 ? "" : "s");
    const char *known = one->predicted ? "new song, vector predicted"
                        : !one->known  ? "unknown to the model"
                        : one->alone   ? "the only known track"
                                       : "";
    snprintf(text, 160, "%s%s%s%s%s", known, known[0] && (group[0] || together[0]) ? " · " : "", group,
             group[0] && together[0] ? " · " : "", together);
}

static int bar_columns(int column, int end)
{
    return layout_between((end - column - NUMBER) / 2, 6, 40);
}

/* Where the score is higher without some track, bars go to both sides. */
static bool any_below_zero(const struct score_explanation *score)
{
    for (size_t i = 0; i < score->n_seeds; i++)
        if (score->seeds[i].computed && score->seeds[i].change < 0)
            return true;
    return false;
}

/* The change, a bar, and what is known. */
static void draw_change(const struct app_why *why, size_t seed, const struct row_styles *styles, bool selected,
                        struct screen *screen, int row, int column, int end)
{
    const struct explained_seed *one = &why->score.seeds[seed];
    const double largest = fabs(why->score.seeds[why->order[0]].change);
    const int bar = bar_columns(column, end);
    char number[32];
    if (!one->computed) {
        screen_text(screen, row, column, end - column, styles->dim, "not left out: too long a playlist");
        return;
    }
    snprintf(number, sizeof number, one->change != 0 ? "%+.3g" : "0", one->change);
    screen_text_right(screen, row, column + NUMBER - 1, NUMBER - 1, styles->text, number);
    const float fraction = largest > 0 ? (float)(one->change / largest) : 0;
    const enum style style = selected ? styles->text : one->change < 0 ? STYLE_LOSS : STYLE_BAR;
    (any_below_zero(&why->score) ? view_signed_bar : view_bar)(screen, row, column + NUMBER, bar, fraction, style,
                                                               styles->dim);
}

static void draw_seed(const struct state *state, const struct why_layout *at, size_t item, struct screen *screen)
{
    const struct why_state *mine = why_of(state);
    const struct app_why *why = &mine->why;
    const size_t seed = why->order[item];
    const struct track *track = why_track(state, item);
    const bool selected = item == mine->at.selected;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TEXT);
    const struct cover cover = cover_of_track(track);
    const int row = list_item_row(&at->list, &mine->at, item), end = at->list.column + at->list.columns;
    int column = at->list.column + 1, line = row;
    char notes[160];
    if (selected)
        view_selected_row(screen, row, at->list.column, end, at->cover_rows, 0);
    view_cover(screen, row, column, at->cover_rows, &cover, false);
    column += 2 * at->cover_rows + 1;
    const int used = screen_text(screen, line, column, (end - column) * 2 / 3, styles.title, track->title);
    screen_text(screen, line, column + used, end - column - used, styles.dim, " · ");
    screen_text(screen, line++, column + used + 3, end - column - used - 3, styles.text, track->artist);
    draw_change(why, seed, &styles, selected, screen, line, column, end);
    write_notes(why, seed, at->cover_rows > 2, notes);
    if (at->cover_rows > 2)
        screen_text(screen, line + 1, column, end - column, styles.dim, notes);
    else if (why->score.seeds[seed].computed) {
        const int after = column + NUMBER + bar_columns(column, end) + 1;
        screen_text(screen, line, after, end - after, styles.dim, notes);
    }
}

static void draw_list(const struct state *state, const struct why_layout *at, struct screen *screen)
{
    const struct why_state *mine = why_of(state);
    const struct score_explanation *score = &mine->why.score;
    const int row = at->list.row - 1;
    char position[LIST_TEXT_SIZE];
    if (score->n_seeds == 0 || score->ignores_seeds || !isfinite(score->score)) {
        screen_text(screen, row, at->list.column + 1, at->list.columns, STYLE_DIM,
                    score->n_seeds == 0    ? "The playlist has no tracks."
                    : score->ignores_seeds ? "No track of the playlist changes the score."
                                           : "The score could not be computed, so its changes are not known.");
        return;
    }
    list_describe(&mine->at, score->n_seeds, position);
    const int used = screen_text_right(screen, row, at->list.column + at->list.columns, 16, STYLE_DIM, position);
    screen_text(screen, row, at->list.column + 1, at->list.columns - used - 2, STYLE_DIM,
                any_below_zero(score) ? "Score lost without it (–: gained)" : "Score lost without each track");
    for (size_t i = mine->at.top; i < score->n_seeds && i < mine->at.top + (size_t)list_items(&at->list); i++)
        draw_seed(state, at, i, screen);
    list_draw_bar(&at->list, &mine->at, score->n_seeds, screen);
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct why_state *mine = why_of(state);
    char text[96] = "";
    if (mine->why.tracks.count > 0 && mine->why.score.rank > 0)
        snprintf(text, sizeof text, "rank %zu of %.40s", mine->why.score.rank, mine->model);
    else if (mine->why.tracks.count > 0)
        snprintf(text, sizeof text, "not in the list of %.40s", mine->model);
    const int used = screen_text_right(screen, layout->header_row, screen->columns - 2, 48, STYLE_DIM, text);
    int column = 2, end = screen->columns - 4 - used;
    column += screen_text(screen, layout->header_row, column, end - column, STYLE_TITLE, "Why ");
    screen_text(screen, layout->header_row, column, end - column, STYLE_TITLE, mine->title);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

void why_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct why_state *mine = why_of(state);
    const struct why_layout at = why_layout(state, layout);
    const int columns = screen->columns - 4;
    draw_title(state, layout, screen);
    if (mine->failure[0] || mine->why.tracks.count == 0) {
        const bool late = state_awaits(state, EFFECT_WHY);
        view_paragraph(screen, at.sentence_row, 2, columns, 4, mine->failure[0] ? STYLE_WARNING : STYLE_DIM,
                       mine->failure[0] ? mine->failure
                       : late           ? "The score is computed without each track …"
                                        : "Nothing is explained.");
        return;
    }
    view_paragraph(screen, at.sentence_row, 2, columns, at.sentence_rows, STYLE_ACCENT, mine->why.sentence);
    if (at.note_rows > 0)
        view_paragraph(screen, at.note_row, 2, columns, at.note_rows, STYLE_WARNING, mine->why.list_note);
    draw_list(state, &at, screen);
    why_draw_side(state, &at, screen);
}
