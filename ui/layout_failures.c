#include "ui/layout.h"

static int between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* The list at the left; at the right the playlist: its metrics, seeds beside held-out tracks, a page of ten in two
 * columns of five, or one column of ten for each of two models. */
struct failures_layout layout_failures(const struct state *state, int top, int end)
{
    struct failures_layout layout = {0};
    int columns = state->columns;
    bool roomy = state->rows >= 30;
    layout.left_columns = between(30 + (columns - 80) / 2, 30, 56);
    layout.rule_column = layout.left_columns;
    layout.right_column = layout.left_columns + 2;
    layout.right_columns = columns - layout.right_column - 1;
    layout.side_columns = (layout.right_columns - 2) / 2;
    layout.second_column = layout.right_column + layout.side_columns + 2;

    layout.list_head_row = top + 2;
    layout.list_top = top + 3;
    layout.list_rows = end - layout.list_top;

    int sides = state->failures.opened.n_sides > 1 ? 2 : 1, height = state->rows >= 46 ? 2 : 1;
    layout.title_row = top;
    layout.metrics_row = top + 1;
    layout.heading_row = layout.metrics_row + sides + (roomy ? 1 : 0);
    layout.lists_top = layout.heading_row + 1;
    layout.cells_down = sides > 1 ? PAGE_TRACKS : PAGE_TRACKS / 2;
    layout.cell_rows = sides > 1 ? height : 2 * height;
    layout.score_row = end - 1;
    layout.page_top = layout.score_row - PAGE_TRACKS * height;
    layout.page_row = layout.page_top - 1;
    layout.lists_rows = layout.page_row - (roomy ? 1 : 0) - layout.lists_top;
    return layout;
}
