/* Two lists of suggestions side by side, with the moves of tracks from the left one to the right one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/text_number.h"
#include "ui/braille.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/compare/compare.h"
#include "ui/views/explore/explore.h"
#include "ui/views/failures/failures.h"
#include "ui/views/ratings/ratings.h"

enum { PAGES = SUGGESTIONS_MAX / PAGE_TRACKS };

/* ---- what is compared, and how much the lists agree ---- */

static const char *plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static void describe_question(const struct state *state, char text[256])
{
    const struct compared_lists *lists = &compare_of(state)->lists;
    const size_t seeds = lists->seeds.count, held_out = lists->held_out.count;
    const char *name = lists->name && lists->name[0] ? lists->name : playlist_now(&state->playlist)->name;
    int used = snprintf(text, 256, "%.120s · ", name && name[0] ? name : "this playlist");
    if (lists->set == SPLIT_TRAIN)
        snprintf(text + used, 256 - (size_t)used, "%zu %s", seeds, plural(seeds, "track", "tracks"));
    else
        snprintf(text + used, 256 - (size_t)used, "%s · %zu %s, %zu held out",
                 lists->set == SPLIT_TEST ? "test" : "validation", seeds, plural(seeds, "seed", "seeds"), held_out);
}

/* "in both: 3 of 10 · 21 of 50 · 260 of 500 · rank-biased overlap 0.31 · tau 0.12", as much of it as fits. */
static int draw_agreement(const struct rank_moves *moves, struct screen *screen, int row, int right, int columns)
{
    char parts[5][48] = {"", "", "", "", ""}, text[256];
    int count = RANK_TOPS;
    if (isnan(moves->overlap)) /* a list is empty */
        return 0;
    for (int top = 0; top < RANK_TOPS; top++)
        snprintf(parts[top], sizeof parts[top], "%zu of %zu", moves->tops[top], rank_tops[top]);
    snprintf(parts[count++], sizeof parts[0], "rank-biased overlap %.2f", moves->overlap);
    if (!isnan(moves->tau))
        snprintf(parts[count++], sizeof parts[0], "tau %.2f", text_plain_zero(moves->tau, 2));
    do {
        int used = snprintf(text, sizeof text, "in both: %s", parts[0]);
        for (int i = 1; i < count; i++)
            used += snprintf(text + used, sizeof text - (size_t)used, " · %s", parts[i]);
    } while (text_width(text, strlen(text)) > columns && --count > 1);
    return screen_text_right(screen, row, right, columns, STYLE_DIM, text);
}

/* ---- the headings ---- */

/* All pages in a row: which contain hits, and which is shown. Several pages share a cell where columns are few. */
static void draw_strip(const struct failure_side *side, size_t page, struct screen *screen, int row, int right,
                       int width)
{
    int together = width >= PAGES ? 1 : width >= PAGES / 2 ? 2 : width >= PAGES / 5 ? 5 : 0;
    int cells = together > 0 ? PAGES / together : 0;
    for (int i = 0; i < cells; i++) {
        bool hit = false, here = (int)page / together == i;
        size_t first = (size_t)(i * together * PAGE_TRACKS), behind = first + (size_t)(together * PAGE_TRACKS);
        for (size_t at = first; at < behind && at < side->count; at++)
            hit = hit || side->hits[at];
        enum style style = here ? STYLE_SELECTED : hit ? STYLE_GOOD : STYLE_RULE;
        screen_text(screen, row, right - cells + i, 1, style, hit ? "■" : "·");
    }
}

static void draw_heading(const struct state *state, const struct compare_layout *mine, int which, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const struct failure_side *side = &compare->lists.sides[which];
    const struct compare_place place = compare_place(mine, which, 0);
    char text[128], value[METRIC_TEXT_SIZE];
    int column = place.mark, row = mine->names_row, right = place.right;
    column += compare_draw_name(state, which, screen, row, column, right - column) + 1;
    size_t pages = (side->count + PAGE_TRACKS - 1) / PAGE_TRACKS;
    if (side->count == 0)
        snprintf(text, sizeof text, "no suggestions");
    else if (compare->lists.held_out.count > 0)
        snprintf(text, sizeof text, "found %zu of %zu", side->n_hits, compare->lists.held_out.count);
    else
        snprintf(text, sizeof text, "page %zu of %zu", compare->turned + 1, pages);
    column += screen_text(screen, row, column, right - column, STYLE_DIM, text) + 1;
    if (compare->lists.held_out.count == 0 || side->count == 0)
        return;
    metric_text(METRIC_NDCG, side->values[METRIC_NDCG], value);
    snprintf(text, sizeof text, "NDCG %s", value);
    if (side->evaluated && right - column >= 28)
        column += screen_text(screen, row, column, 12, STYLE_DIM, text) + 1;
    snprintf(text, sizeof text, "p%zu", compare->turned + 1);
    column += screen_text(screen, row, column, right - column, STYLE_DIM, text) + 1;
    draw_strip(side, compare->turned, screen, row, right, right - column);
}

/* ---- a suggestion ---- */

/* "↑3", "↓12", "=", "only here": from the rank on the left to that on the right. */
static void write_move(int32_t left, int32_t right, bool wide, char text[32])
{
    if (left == 0 || right == 0)
        snprintf(text, 32, "%s", wide ? "only here" : "only");
    else if (left == right)
        snprintf(text, 32, "=");
    else
        snprintf(text, 32, "%s%d", right < left ? "↑" : "↓", right < left ? left - right : right - left);
}

static void draw_move(const struct compared_lists *lists, const struct compare_layout *mine, int which, size_t at,
                      bool selected, bool dimmed, struct screen *screen, const struct compare_place *place)
{
    char text[32];
    int32_t here = (int32_t)at + 1, other = lists->moves.elsewhere[which][at];
    write_move(which == 0 ? here : other, which == 0 ? other : here, mine->move_columns >= 9, text);
    enum style style = dimmed ? STYLE_DIM : selected ? STYLE_ACCENT : other == 0 ? STYLE_NEW : STYLE_TEXT;
    if (which == 0)
        screen_text(screen, place->row, place->move, mine->move_columns, style, text);
    else
        screen_text_right(screen, place->row, place->move + mine->move_columns, mine->move_columns, style, text);
}

static bool is_counterpart(const struct state *state, int which, size_t at)
{
    size_t selected;
    const struct track *track = compare_selected(state, &selected);
    return track && which != compare_of(state)->side &&
           compare_of(state)->lists.sides[which].tracks.items[at].id == track->id;
}

/* The same track in the other list is highlighted, too; the cursor stays at the selected one. */
static void draw_highlight(const struct compare_layout *mine, const struct compare_place *place, bool counterpart,
                           struct screen *screen)
{
    int row = screen->cursor_row, column = screen->cursor_column;
    bool visible = screen->cursor_visible;
    view_selected_row(screen, place->row, place->mark, place->right, mine->cover_rows,
                      mine->framed ? 2 * mine->cover_rows + 2 : 0);
    if (!counterpart)
        return;
    screen->cursor_row = row;
    screen->cursor_column = column;
    screen->cursor_visible = visible;
}

static void draw_suggestion(const struct state *state, const struct compare_layout *mine, int which, int on_page,
                            struct screen *screen)
{
    enum { NUMBER_COLUMNS = 5 }; /* the tick, the rank and a blank */
    const struct compare_state *compare = compare_of(state);
    const struct failure_side *side = &compare->lists.sides[which];
    size_t at = compare->turned * PAGE_TRACKS + (size_t)on_page;
    if (at >= side->count)
        return;
    const struct track *track = &side->tracks.items[at];
    const struct compare_place place = compare_place(mine, which, on_page);
    bool dimmed = compare_late(state), counterpart = is_counterpart(state, which, at);
    bool selected = counterpart || (compare->side == which && compare->selected == (size_t)on_page);
    const struct row_styles styles = view_row_styles(selected, dimmed, side->hits[at] ? STYLE_TITLE : STYLE_TEXT);
    struct cover cover = cover_of_track(track);
    char label[32];
    int text = place.text + NUMBER_COLUMNS, columns = place.right - text;
    if (selected)
        draw_highlight(mine, &place, counterpart, screen);
    view_cover(screen, place.row, place.cover, mine->cover_rows, &cover, dimmed);
    screen_text(screen, place.row, place.text, 1, styles.good, side->hits[at] ? "✓" : " ");
    snprintf(label, sizeof label, "%zu", at + 1);
    screen_text_right(screen, place.row, text - 1, 3, side->hits[at] ? styles.good : styles.dim, label);
    ratings_draw_sign(state, track->id, selected, screen, place.row, place.text + (at < 99 && side->hits[at]));
    if (mine->cover_rows == 1)
        failures_draw_track(screen, place.row, text, columns, track, styles.title, styles.dim);
    else
        view_title(screen, place.row, text, columns, styles.title, track);
    if (mine->cover_rows > 1)
        screen_text(screen, place.row + 1, text, columns, mine->cover_rows > 2 ? styles.text : styles.dim,
                    track->artist);
    if (mine->cover_rows > 2)
        screen_text(screen, place.row + 2, text, columns, styles.dim, track->album);
    draw_move(&compare->lists, mine, which, at, selected, dimmed, screen, &place);
}

/* ---- the lines between them ---- */

/* From the row of a track on the left to its row on the right, if both are on the page. */
static void draw_line(const struct state *state, const struct compare_layout *mine, int on_page, bool selected,
                      struct braille *braille)
{
    const struct compare_state *compare = compare_of(state);
    size_t at = compare->turned * PAGE_TRACKS + (size_t)on_page;
    if (at >= compare->lists.sides[0].count)
        return;
    int32_t other = compare->lists.moves.elsewhere[0][at];
    int target = (int)other - 1 - (int)compare->turned * PAGE_TRACKS;
    if (other == 0 || target < 0 || target >= PAGE_TRACKS)
        return;
    const int middle = 4 * mine->cover_rows / 2 - (mine->cover_rows == 1);
    enum style style = selected ? STYLE_ACCENT : compare->lists.sides[0].hits[at] ? STYLE_GOOD : STYLE_BAR;
    braille_line(braille, 0, 4 * on_page * mine->pitch + middle, 2 * mine->gutter_columns - 1,
                 4 * target * mine->pitch + middle, compare_late(state) ? STYLE_DIM : style, SCREEN_NO_COLOUR);
}

static void draw_lines(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    size_t at;
    const struct track *selected = compare_selected(state, &at);
    const struct track_list *left = &compare_of(state)->lists.sides[0].tracks;
    struct braille braille;
    if (!braille_create(PAGE_TRACKS * mine->pitch, mine->gutter_columns, &braille))
        return;
    for (int pass = 0; pass < 2; pass++) /* the selected one is drawn last */
        for (int i = 0; i < PAGE_TRACKS; i++) {
            size_t row = compare_of(state)->turned * PAGE_TRACKS + (size_t)i;
            bool is_selected = selected && row < left->count && left->items[row].id == selected->id;
            if (is_selected == (pass == 1))
                draw_line(state, mine, i, is_selected, &braille);
        }
    braille_draw(&braille, mine->page_top, mine->gutter_column, screen);
    braille_free(&braille);
}

/* ---- the page ---- */

/* What to do where there are no lists. */
static void draw_nothing(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    char text[512] = "";
    enum style style = STYLE_DIM;
    if (compare->failure[0]) {
        snprintf(text, sizeof text, "%s.%s", compare->failure,
                 compare->playlist != 0 ? " i compares on the playlist in hand, o on another test playlist." : "");
        style = STYLE_WARNING;
    } else if (compare->playlist == 0 && compare_hand_is_empty(state)) {
        snprintf(
            text, sizeof text, "%s",
            "The playlist is empty, so there is nothing to continue. / finds tracks for it in Explore, o opens a test "
            "playlist here, and t compares the models over all of them.");
    }
    view_paragraph(screen, mine->names_row + 1, 3, screen->columns - 6, 4, style, text);
}

void compare_draw_lists(const struct state *state, const struct compare_layout *mine, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    const int right = screen->columns - 1;
    char text[256];
    if (!compare->lists_there) {
        draw_nothing(state, mine, screen);
        return;
    }
    describe_question(state, text);
    int wanted = layout_between(text_width(text, strlen(text)) + 3, 24, right - 32);
    int used = draw_agreement(&compare->lists.moves, screen, mine->question_row, right, right - 1 - wanted);
    screen_text(screen, mine->question_row, 1, right - used - 3, STYLE_TITLE, text);
    for (int which = 0; which < COMPARE_SIDES; which++)
        draw_heading(state, mine, which, screen);
    draw_lines(state, mine, screen);
    for (int which = 0; which < COMPARE_SIDES; which++)
        for (int i = 0; i < PAGE_TRACKS; i++)
            draw_suggestion(state, mine, which, i, screen);
    compare_draw_detail(state, mine, screen);
}
