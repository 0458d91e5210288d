#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/text_number.h"
#include "ui/view_text.h"
#include "ui/views/ratings/ratings.h"

enum {
    SHARE = 8,
    COUNT = 6,
    MODEL = 16,
    BOTH_COLUMNS = 140,
    BAR_COLUMNS = 96,
    BAR = 24,
    DETAIL_ROWS = 9,
    TRACKS_ROWS_MIN = 3
};

/* Rows of the reasons and the agreement beside each other, or below each other where there are few columns. */
static int details_needed(const struct state *state)
{
    const struct rating_table *table = &ratings_of(state)->table;
    const int reasons = layout_between((int)table->n_reasons, 1, 4), pairs = layout_between((int)table->n_pairs, 1, 4);
    return state->columns >= 100 ? 1 + (reasons > pairs ? reasons : pairs) : 3 + reasons + pairs;
}

struct ratings_layout ratings_layout(const struct state *state, const struct layout *layout)
{
    const struct ratings_state *mine = ratings_of(state);
    struct ratings_layout at = {0};
    const int top = layout->header_row + 3, rows = layout->body_end - top;
    at.list = (struct list_box){
        .row = top, .column = 1, .columns = state->columns - 3, .bar_column = state->columns - 1, .rows = rows};
    at.detail_rows = rows >= DETAIL_ROWS + 6 ? DETAIL_ROWS : rows / 2;
    at.list.rows = rows - at.detail_rows - 1;
    if ((int)ratings_rows(mine) < at.list.rows) { /* the details follow the last row */
        at.list.rows = layout_between((int)ratings_rows(mine), 1, at.list.rows);
        at.detail_rows = rows - at.list.rows - 1;
    }
    at.detail_row = top + at.list.rows + 1;
    const int shown = details_needed(state);
    if (at.detail_rows >= shown + 1 + TRACKS_ROWS_MIN) { /* the rest is for the tracks */
        at.tracks_row = at.detail_row + shown + 1;
        at.tracks_rows = at.detail_rows - shown - 1;
        at.detail_rows = shown;
    }
    return at;
}

/* ---- the table ---- */

/* Where the columns end, from the right. */
struct columns {
    int n, shares[RATING_VALUES], other_n, others[RATING_VALUES], bar, model, playlist;
};

static void place_shares(int *right, int shares[RATING_VALUES])
{
    for (int value = RATING_VALUES - 1; value >= 0; value--) {
        shares[value] = *right;
        *right -= SHARE + (value == RATING_BORDERLINE ? 4 : 0);
    }
}

static struct columns columns_of(const struct list_box *box)
{
    struct columns at = {0};
    int right = box->column + box->columns - 1;
    if (box->columns >= BOTH_COLUMNS) {
        at.other_n = right;
        right -= COUNT;
        place_shares(&right, at.others);
        right -= 2;
    }
    at.n = right;
    right -= COUNT;
    place_shares(&right, at.shares);
    if (box->columns >= BAR_COLUMNS) {
        at.bar = right - BAR;
        right -= BAR + 2;
    }
    at.model = right - MODEL;
    at.playlist = box->column + 2;
    return at;
}

static void draw_heads(const struct columns *at, bool discounted, struct screen *screen, int row)
{
    const char *star = discounted ? "*" : "";
    char text[32];
    screen_text(screen, row, at->playlist, at->model - at->playlist - 2, STYLE_DIM, "playlist");
    screen_text(screen, row, at->model, MODEL - 2, STYLE_DIM, "model");
    for (int value = 0; value < RATING_VALUES; value++) {
        snprintf(text, sizeof text, "%s%s", rating_names[value], star);
        screen_text_right(screen, row, at->shares[value], SHARE + 3, STYLE_DIM, text);
        snprintf(text, sizeof text, "%s*", rating_names[value]);
        if (at->other_n > 0)
            screen_text_right(screen, row, at->others[value], SHARE + 3, STYLE_DIM, text);
    }
    snprintf(text, sizeof text, "n%s", star);
    screen_text_right(screen, row, at->n, COUNT, STYLE_DIM, text);
    if (at->other_n > 0)
        screen_text_right(screen, row, at->other_n, COUNT, STYLE_DIM, "n*");
}

static void draw_shares(const struct rating_row *row, bool discounted, const int columns[RATING_VALUES], int n_column,
                        const struct row_styles *styles, struct screen *screen, int at)
{
    size_t n;
    char text[32];
    for (int value = 0; value < RATING_VALUES; value++) {
        const double share = rating_row_share(row, (enum rating_value)value, discounted, &n);
        snprintf(text, sizeof text, "%.0f %%", 100 * share);
        screen_text_right(screen, at, columns[value], SHARE, value == RATING_GOOD ? styles->title : styles->text,
                          isnan(share) ? "–" : text);
    }
    snprintf(text, sizeof text, "%zu", n);
    screen_text_right(screen, at, n_column, COUNT, styles->dim, text);
}

/* Three parts, which also differ without colour: full, half and thin. */
static void draw_parts(const struct rating_row *row, bool discounted, int column, const struct row_styles *styles,
                       bool selected, struct screen *screen, int at)
{
    static const char *const marks[RATING_VALUES] = {"█", "▒", "─"};
    double sum = 0;
    for (int value = 0, from = 0; value < RATING_VALUES; value++) {
        const double share = rating_row_share(row, (enum rating_value)value, discounted, NULL);
        if (isnan(share))
            return;
        sum += share;
        const int to = (int)lround(sum * BAR);
        for (; from < to; from++)
            screen_text(screen, at, column + from, 1, selected ? styles->text : rating_styles[value], marks[value]);
    }
}

static void draw_row(const struct state *state, const struct ratings_layout *layout, const struct columns *at,
                     size_t item, struct screen *screen)
{
    const struct ratings_state *mine = ratings_of(state);
    const struct rating_row *row = ratings_row(mine, item);
    const bool selected = item == mine->at.selected, wide = at->other_n > 0;
    const bool discounted = mine->discounted && !wide;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TITLE);
    const int line = list_item_row(&layout->list, &mine->at, item);
    if (selected)
        list_draw_selected(&layout->list, line, screen);
    screen_text(screen, line, at->playlist, at->model - at->playlist - 2,
                row->playlist_id > 0 ? styles.text : styles.dim,
                row->playlist_id > 0 ? row->playlist : "all playlists");
    screen_text(screen, line, at->model, MODEL - 2, styles.dim, row->model[0] ? row->model : "–");
    if (at->bar > 0)
        draw_parts(row, mine->discounted, at->bar, &styles, selected, screen, line);
    draw_shares(row, discounted, at->shares, at->n, &styles, screen, line);
    if (wide)
        draw_shares(row, true, at->others, at->other_n, &styles, screen, line);
}

/* ---- the details ---- */

bool ratings_in_row(const struct rating_row *row, const struct rating *rating)
{
    return (row->playlist_id == 0 || row->playlist_id == rating->playlist_id) && strcmp(row->model, rating->model) == 0;
}

static int most_first(const void *a, const void *b)
{
    const struct rating_reason_count *x = a, *y = b;
    return (x->count < y->count) - (x->count > y->count);
}

/* The reasons of the selected row, the most frequent first. Returns the rows used. */
static int draw_reasons(const struct ratings_state *mine, const struct rating_row *row, struct screen *screen, int line,
                        int column, int columns, int rows)
{
    const struct rating_table *table = &mine->table;
    struct rating_reason_count *reasons = calloc(table->n_reasons + 1, sizeof *reasons);
    char text[RATING_TEXT_MAX + 64];
    size_t bad = 0;
    int used = 1;
    for (size_t k = 0; reasons && k < table->n_reasons; k++) {
        reasons[k] = table->reasons[k];
        reasons[k].count = 0;
        for (size_t i = 0; i < table->ratings.count; i++)
            reasons[k].count += table->ratings.items[i].value == RATING_BAD &&
                                ratings_in_row(row, &table->ratings.items[i]) &&
                                strcmp(table->ratings.items[i].reason, reasons[k].reason) == 0;
        bad += reasons[k].count;
    }
    if (reasons && table->n_reasons > 1)
        qsort(reasons, table->n_reasons, sizeof *reasons, most_first);
    snprintf(text, sizeof text, bad > 0 ? "Why %zu %s bad" : "None is bad", bad, bad == 1 ? "is" : "are");
    screen_text(screen, line, column, columns, STYLE_TITLE, text);
    for (size_t k = 0; reasons && k < table->n_reasons && reasons[k].count > 0 && used < rows; k++, used++) {
        snprintf(text, sizeof text, "%zu", reasons[k].count);
        screen_text_right(screen, line + used, column + 4, 4, STYLE_TEXT, text);
        int at = column + 6;
        at += screen_text(screen, line + used, at, columns - 6, STYLE_TEXT,
                          reasons[k].reason[0] ? reasons[k].reason : "no reason given");
        if (reasons[k].metadata)
            screen_text(screen, line + used, at + 2, column + columns - at - 2, STYLE_DIM, "wrong metadata");
    }
    free(reasons);
    return used;
}

static int draw_agreement(const struct rating_table *table, struct screen *screen, int line, int column, int columns,
                          int rows)
{
    int used = 1;
    char text[2 * RATING_TEXT_MAX + 128];
    screen_text(screen, line, column, columns, STYLE_TITLE, "Agreement between raters");
    if (table->n_pairs == 0) {
        screen_text(screen, line + 1, column, columns, STYLE_DIM, "One rater alone: there is nothing to compare.");
        return 2;
    }
    for (size_t i = 0; i < table->n_pairs && used < rows; i++, used++) {
        const struct rating_pair *pair = &table->pairs[i];
        int taken;
        if (isnan(pair->agreement.kappa))
            snprintf(text, sizeof text, "κ cannot be computed  n %zu", pair->agreement.n);
        else
            snprintf(text, sizeof text, "κ %.2f  n %zu", text_plain_zero(pair->agreement.kappa, 2), pair->agreement.n);
        taken = screen_text_right(screen, line + used, column + columns, columns, STYLE_TEXT, text);
        snprintf(text, sizeof text, "%s, %s", pair->a, pair->b);
        screen_text(screen, line + used, column, columns - taken - 2, STYLE_DIM, text);
    }
    return used;
}

static void draw_details(const struct state *state, const struct ratings_layout *at, struct screen *screen)
{
    const struct ratings_state *mine = ratings_of(state);
    const struct rating_row *row = ratings_row(mine, mine->at.selected);
    const int column = 3, columns = state->columns - 6, rows = at->detail_rows;
    if (!row || rows < 2)
        return;
    view_rule(screen, at->detail_row - 1, 1, state->columns - 2);
    if (state->columns >= 100) {
        const int half = columns / 2 - 2;
        draw_reasons(mine, row, screen, at->detail_row, column, half, rows);
        draw_agreement(&mine->table, screen, at->detail_row, column + half + 4, half, rows);
        return;
    }
    const int most = rows > 4 ? rows - 3 : rows;
    const int used = draw_reasons(mine, row, screen, at->detail_row, column, columns, most);
    if (rows - used > 2)
        draw_agreement(&mine->table, screen, at->detail_row + used + 1, column, columns, rows - used - 1);
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct ratings_state *mine = ratings_of(state);
    char text[RATING_TEXT_MAX + 128];
    snprintf(text, sizeof text, "%zu %s%s%s%s%s", mine->table.ratings.count,
             mine->table.ratings.count == 1 ? "rating" : "ratings", mine->rated.rater[0] ? " · you rate as " : "",
             mine->rated.rater, mine->discounted || state->columns >= BOTH_COLUMNS + 3 ? " · *" : "",
             mine->discounted || state->columns >= BOTH_COLUMNS + 3 ? " without wrong metadata" : "");
    const int used =
        screen_text_right(screen, layout->header_row, screen->columns - 2, screen->columns - 16, STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, "Ratings");
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

void ratings_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct ratings_state *mine = ratings_of(state);
    const struct ratings_layout at = ratings_layout(state, layout);
    const struct columns columns = columns_of(&at.list);
    const size_t count = ratings_rows(mine), end = mine->at.top + (size_t)list_items(&at.list);
    draw_title(state, layout, screen);
    if (count == 0) {
        const char *text =
            mine->failure[0] ? mine->failure
            : mine->read
                ? "Nothing is rated yet: + good, = borderline, - bad on a suggestion in Explore, Failures or Compare."
                : "Reading the ratings …";
        view_paragraph(screen, at.list.row, 2, screen->columns - 4, 4, mine->failure[0] ? STYLE_WARNING : STYLE_DIM,
                       text);
        return;
    }
    draw_heads(&columns, mine->discounted && columns.other_n == 0, screen, at.list.row - 1);
    for (size_t i = mine->at.top; i < count && i < end; i++)
        draw_row(state, &at, &columns, i, screen);
    list_draw_bar(&at.list, &mine->at, count, screen);
    draw_details(state, &at, screen);
    ratings_draw_tracks(state, &at, screen);
}
