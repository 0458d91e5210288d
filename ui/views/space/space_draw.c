#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/space/space.h"

enum { SIDE_MIN = 46, NAMES = 26, NUMBERS = 4, HISTOGRAM_ROWS = 3, BESIDE = 19 };

struct space_layout space_layout(const struct state *state, const struct layout *layout)
{
    const struct space_state *mine = space_of(state);
    const int n = mine->space.n_playlists > 0 ? (int)mine->space.n_playlists : 1;
    struct space_layout at = {.top = layout->header_row + 3, .label_column = 1, .tests_row = -1};
    const int rows = layout->body_end - at.top;
    at.label_columns = state->columns >= 120 ? NAMES : NUMBERS;
    at.map_column = at.label_column + at.label_columns;
    for (at.cell_rows = rows / n; at.cell_rows > 1; at.cell_rows--)
        if (at.map_column + 2 * at.cell_rows * n + 2 + SIDE_MIN <= state->columns)
            break;
    at.halves = at.cell_rows < 1 || at.map_column + 2 * n + 2 + SIDE_MIN > state->columns;
    at.cell_rows = at.halves ? 1 : at.cell_rows;
    at.cell_columns = at.halves ? 1 : 2 * at.cell_rows;
    at.side_column = at.map_column + n * at.cell_columns + 3;
    at.side_columns = state->columns - 2 - at.side_column;
    at.histogram_row = layout->header_row + 6;
    at.histogram_rows = HISTOGRAM_ROWS;
    int row = at.histogram_row + at.histogram_rows + 2;
    if (mine->space.n_sides == SPACE_SIDES) {
        at.tests_row = row;
        row += 3;
    }
    at.list = (struct list_box){.row = row + 1,
                                .column = at.side_column,
                                .rows = layout->body_end - row - 1,
                                .columns = at.side_columns - 1,
                                .height = SPACE_COVER_ROWS,
                                .bar_column = state->columns - 2};
    return at;
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    const struct app_space *space = &mine->space;
    char text[160] = "", title[96];
    if (space->n_playlists > 0)
        snprintf(text, sizeof text, "%zu longest playlists · %d columns%s", space->n_playlists,
                 space->sides[0].space.width, mine->leave_out ? " · track left out" : "");
    const int used = screen_text_right(screen, layout->header_row, screen->columns - 2, 60, STYLE_DIM, text);
    snprintf(title, sizeof title, "Distances of playlists by %.60s", mine->set[0] ? mine->set : "features");
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, title);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

/* The selected cell in words. */
static void draw_selected(const struct state *state, const struct layout *layout, const struct space_layout *at,
                          struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    const struct app_space *space = &mine->space;
    const double *distances = space->sides[0].space.distances + (size_t)mine->row * space->n_playlists;
    int row = layout->header_row + 2, column = at->side_column, columns = at->side_columns;
    char text[160];
    snprintf(text, sizeof text, "%d ", mine->row + 1);
    const int used = screen_text(screen, row, column, columns, STYLE_ACCENT, text);
    screen_text(screen, row++, column + used, columns - used, STYLE_TITLE, space->playlists[mine->row].name);
    if (mine->row == mine->column)
        snprintf(text, sizeof text, "%.3g from its tracks to their mean", distances[mine->row]);
    else
        snprintf(text, sizeof text, "%.3g to the mean of %d %.80s", distances[mine->column], mine->column + 1,
                 space->playlists[mine->column].name);
    screen_text(screen, row++, column, columns, STYLE_TEXT, text);
    if (mine->row != mine->column) {
        snprintf(text, sizeof text, "%.3g to its own mean", distances[mine->row]);
        screen_text(screen, row, column, columns, STYLE_DIM, text);
    }
}

/* Bars of an eighth of a row; a mark below the bin of 0. */
static void draw_histogram(const struct state *state, const struct space_layout *at, struct screen *screen)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const struct space_state *mine = space_of(state);
    const struct space_side *side = &mine->space.sides[0];
    int64_t counts[SPACE_BINS], most = 1, negative = 0;
    double low, high;
    char text[96];
    app_space_range(side, &low, &high);
    app_space_histogram(side, (size_t)mine->row, counts);
    for (size_t i = 0; i < mine->space.n_misplaced; i++)
        negative += mine->space.misplaced[i].playlist == mine->row;
    for (int bin = 0; bin < SPACE_BINS; bin++)
        most = counts[bin] > most ? counts[bin] : most;
    const double step = (high - low) / SPACE_BINS;
    const int zero = step > 0 && low < 0 && high > 0 ? (int)(-low / step) : -1;
    for (int bin = 0; bin < SPACE_BINS; bin++) {
        int64_t eighths = (8 * at->histogram_rows * counts[bin] + most - 1) / most;
        for (int r = at->histogram_rows - 1; r >= 0; r--, eighths -= eighths < 8 ? eighths : 8)
            screen_text(screen, at->histogram_row + r, at->side_column + bin, 1, bin < zero ? STYLE_LOSS : STYLE_BAR,
                        bars[eighths < 8 ? eighths : 8]);
    }
    const int below = at->histogram_row + at->histogram_rows;
    for (int bin = 0; bin < SPACE_BINS; bin++)
        screen_text(screen, below, at->side_column + bin, 1, STYLE_RULE, bin == zero ? "0" : "─");
    const int column = at->side_column + SPACE_BINS + 1, columns = at->side_columns - SPACE_BINS - 1;
    if (columns < BESIDE) { /* beside the bars is no space */
        snprintf(text, sizeof text, "%lld of %lld nearer to another one", (long long)negative,
                 (long long)side->space.counts[mine->row]);
        screen_text(screen, below + 1, at->side_column, at->side_columns, STYLE_TEXT, text);
        return;
    }
    snprintf(text, sizeof text, "delta %.3g to %.3g", low, high);
    screen_text(screen, at->histogram_row, column, columns, STYLE_DIM, text);
    snprintf(text, sizeof text, "%lld of %lld are nearer", (long long)negative,
             (long long)side->space.counts[mine->row]);
    screen_text(screen, at->histogram_row + 1, column, columns, STYLE_TEXT, text);
    screen_text(screen, at->histogram_row + 2, column, columns, STYLE_TEXT, "to another playlist");
}

static void draw_tests(const struct state *state, const struct space_layout *at, struct screen *screen)
{
    const struct app_space *space = &space_of(state)->space;
    const struct {
        const char *name;
        const struct t_test *test;
    } tests[] = {{"paired t", &space->paired}, {"Welch's t", &space->welch}};
    char text[200];
    if (at->tests_row < 0)
        return;
    snprintf(text, sizeof text, "larger deltas than by %.64s? %zu tracks", space->sides[1].set, space->n_common);
    screen_text(screen, at->tests_row, at->side_column, at->side_columns, STYLE_DIM, text);
    for (int i = 0; i < 2; i++) {
        const struct t_test *test = tests[i].test;
        if (isfinite(test->t))
            snprintf(text, sizeof text, "%s %.4g, p = %.3g", tests[i].name, test->t, test->p);
        else
            snprintf(text, sizeof text, "%s could not be computed", tests[i].name);
        screen_text(screen, at->tests_row + 1 + i, at->side_column, at->side_columns, STYLE_TEXT, text);
    }
}

static void draw_misplaced(const struct state *state, const struct space_layout *at, size_t item, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    const struct space_misplaced *one = &mine->space.misplaced[mine->listed[item]];
    const struct track *track = space_track(state, item);
    const bool selected = item == mine->at.selected;
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TEXT);
    const struct cover cover = cover_of_track(track);
    const int row = list_item_row(&at->list, &mine->at, item), end = at->list.column + at->list.columns;
    int column = at->list.column + 1;
    char number[32];
    if (selected)
        view_selected_row(screen, row, at->list.column, end, SPACE_COVER_ROWS, 0);
    view_cover(screen, row, column, SPACE_COVER_ROWS, &cover, false);
    column += 2 * SPACE_COVER_ROWS + 1;
    snprintf(number, sizeof number, "%.3g", one->delta);
    const int right = screen_text_right(screen, row + 1, end, 8, styles.dim, number);
    const int used = screen_text(screen, row, column, (end - column) * 2 / 3, styles.title, track->title);
    screen_text(screen, row, column + used, end - column - used, styles.dim, " · ");
    screen_text(screen, row, column + used + 3, end - column - used - 3, styles.text, track->artist);
    int line = column;
    if (mine->all) {
        line += screen_text(screen, row + 1, line, (end - line - right) / 2 - 1, styles.dim,
                            mine->space.playlists[one->playlist].name);
        line += screen_text(screen, row + 1, line, end - line - right - 1, styles.dim, " ");
    }
    line += screen_text(screen, row + 1, line, end - line - right - 1, styles.dim, "→ ");
    screen_text(screen, row + 1, line, end - line - right - 1, styles.text, mine->space.playlists[one->nearest].name);
}

static void draw_list(const struct state *state, const struct space_layout *at, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    char text[96], count[32], position[LIST_TEXT_SIZE];
    view_count((int64_t)mine->n_listed, count);
    snprintf(text, sizeof text, "%s misplaced track%s%s", count, mine->n_listed == 1 ? "" : "s",
             mine->all ? " of all" : "");
    list_describe(&mine->at, mine->n_listed, position);
    const int used =
        screen_text_right(screen, at->list.row - 1, at->list.column + at->list.columns, 18, STYLE_DIM, position);
    screen_text(screen, at->list.row - 1, at->side_column, at->side_columns - used - 2, STYLE_DIM, text);
    for (size_t i = mine->at.top; i < mine->n_listed && i < mine->at.top + (size_t)list_items(&at->list); i++)
        draw_misplaced(state, at, i, screen);
    list_draw_bar(&at->list, &mine->at, mine->n_listed, screen);
}

void space_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    const struct space_layout at = space_layout(state, layout);
    draw_title(state, layout, screen);
    if (mine->failure[0] || mine->space.n_playlists == 0) {
        view_paragraph(screen, layout->header_row + 3, 2, screen->columns - 4, 4,
                       mine->failure[0] ? STYLE_WARNING : STYLE_DIM,
                       mine->failure[0]                    ? mine->failure
                       : state_awaits(state, EFFECT_SPACE) ? "The distances are measured …"
                                                           : "Nothing is measured.");
        return;
    }
    space_draw_map(state, &at, screen);
    draw_selected(state, layout, &at, screen);
    draw_histogram(state, &at, screen);
    draw_tests(state, &at, screen);
    draw_list(state, &at, screen);
    if (state_awaits(state, EFFECT_SPACE))
        screen_text(screen, layout->header_row + 2, 2, at.map_column + 20, STYLE_ACCENT, "measuring …");
}
