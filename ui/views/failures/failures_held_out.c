/* The held-out tracks of a test playlist: their ranks, and how often they were in training. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/failures/failures.h"

/* In thousands where there are too few columns: "17k". */
static void rank_text(int32_t rank, int columns, char text[32])
{
    if (snprintf(text, 32, "%d", (int)rank) > columns)
        snprintf(text, 32, "%dk", (int)(rank / 1000));
}

/* The rank in one model's list, in green. Beyond the list it is the place among all tracks, when that has arrived; a
 * dash where the model has no score. */
static void draw_rank(const struct state *state, const struct failures_layout *layout, struct screen *screen, int row,
                      int which, int right, size_t at, bool selected)
{
    const struct explained_side *explained = failures_explained(state, which);
    int32_t rank = failures_of(state)->opened.sides[which].ranks[at];
    bool found = rank > 0;
    char text[32] = "–";
    if (!found && explained && explained->scored[at])
        rank = explained->ranks[at];
    if (rank > 0)
        rank_text(rank, layout->rank_columns, text);
    screen_text_right(screen, row, right, layout->rank_columns,
                      selected ? STYLE_SELECTED
                      : found  ? STYLE_GOOD
                               : STYLE_DIM,
                      text);
}

/* In how many training playlists of the first model the track is; a warning where it cannot be recommended. */
static void draw_trained(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                         int row, int right, size_t at, bool selected)
{
    const struct explained_side *explained = failures_explained(state, 0);
    char text[32];
    if (!explained)
        return;
    view_count((int64_t)explained->counts[at], text);
    screen_text_right(screen, row, right, layout->trained_columns - 1,
                      selected                  ? STYLE_SELECTED_DIM
                      : explained->in_reach[at] ? STYLE_DIM
                                                : STYLE_WARNING,
                      text);
}

/* The column after the rank of a model: each has a tick before it, and a blank between the two. */
static int rank_right(const struct failures_layout *layout, int which)
{
    return layout->held_out.column + (layout->rank_columns + 1) * (which + 1) + which;
}

static void draw_held_out_track(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                                int row, size_t at, bool dimmed)
{
    enum { COVER_FROM = 19, PAGE_FROM = 48 };
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    bool selected = failures->pane == FAILURES_HELD_OUT && at == failures->held_out_at.selected;
    bool two = opened->n_sides > 1, found = false;
    int column = layout->held_out.column, right = column + layout->held_out.columns;
    for (int i = 0; i < opened->n_sides; i++)
        found = found || opened->sides[i].ranks[at] > 0;
    enum style title = selected ? STYLE_SELECTED_TITLE : found ? STYLE_TEXT : STYLE_DIM;
    enum style quiet = selected ? STYLE_SELECTED_DIM : STYLE_DIM;
    if (selected) {
        screen_fill(screen, row, column - 1, right - column + 1, STYLE_SELECTED);
        screen_text(screen, row, column - 1, 1, STYLE_SELECTED, "▸");
        screen->cursor_row = row;
        screen->cursor_column = column - 1;
        screen->cursor_visible = true;
    }
    for (int i = 0; i < opened->n_sides; i++) {
        if (opened->sides[i].ranks[at] > 0)
            screen_text(screen, row, rank_right(layout, i) - layout->rank_columns - 1, 1,
                        selected ? STYLE_SELECTED : STYLE_GOOD, "✓");
        draw_rank(state, layout, screen, row, i, rank_right(layout, i), at, selected);
    }
    column = rank_right(layout, two) + 1;
    if (!two && layout->held_out.columns >= PAGE_FROM) {
        char page[32] = "";
        if (found)
            snprintf(page, sizeof page, "p%d", (opened->sides[0].ranks[at] + PAGE_TRACKS - 1) / PAGE_TRACKS);
        screen_text(screen, row, column, 3, quiet, page);
        column += 4;
    }
    if (layout->trained_columns > 0) {
        draw_trained(state, layout, screen, row, right, at, selected);
        right -= layout->trained_columns;
    }
    if (right - column >= COVER_FROM) {
        struct cover cover = cover_of_track(&opened->held_out.items[at]);
        view_cover(screen, row, column, 1, &cover, dimmed);
        column += 3;
    }
    failures_draw_track(screen, row, column, right - column, &opened->held_out.items[at], title, quiet);
}

/* The names of two models are over their ranks, and "Held out" over the titles. */
static void draw_held_out_heading(const struct state *state, const struct failures_layout *layout,
                                  struct screen *screen)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    const struct list_box *box = &layout->held_out;
    bool two = opened->n_sides > 1;
    char text[LIST_TEXT_SIZE];
    int row = box->row - 1, column = two ? rank_right(layout, 1) + 1 : box->column, right = box->column + box->columns;
    for (int i = 0; two && i < opened->n_sides; i++) {
        char mark[MODEL_LABEL_SIZE];
        model_mark(state, opened->sides[i].model, mark);
        screen_text_right(screen, row, rank_right(layout, i), layout->rank_columns,
                          failures_name_style(state, opened->sides[i].model), mark);
    }
    list_describe(&failures->held_out_at, opened->held_out.count, text);
    int name = screen_text(screen, row, column, right - column, STYLE_DIM, "Held out") + 2;
    if (layout->trained_columns > 0) {
        screen_text_right(screen, row, right, layout->trained_columns - 1, STYLE_DIM,
                          layout->trained_columns >= 12 ? "in training" : "training");
        right -= layout->trained_columns;
    }
    if (text_width(text, strlen(text)) + name <= right - column)
        screen_text_right(screen, row, right, 24, STYLE_DIM, text);
}

void failures_draw_held_out(const struct state *state, const struct failures_layout *layout, struct screen *screen,
                            bool dimmed)
{
    const struct failures_state *failures = failures_of(state);
    const struct list_box *box = &layout->held_out;
    size_t first = failures->held_out_at.top, count = failures->opened.held_out.count, rows = (size_t)list_items(box);
    draw_held_out_heading(state, layout, screen);
    for (size_t i = 0; i < rows && first + i < count; i++)
        draw_held_out_track(state, layout, screen, box->row + (int)i, first + i, dimmed);
    list_draw_bar(box, &failures->held_out_at, count, screen);
}
