/* Where everything is in Compare. Two columns of ten suggestions with a gutter for the moves between them, and the
 * selected track below where rows are left; or the table of metrics over groups and playlists. */
#include "ui/views/compare/compare.h"

enum {
    TEXT_COLUMNS = 16, /* beside a cover, at least */
    DETAIL_ROWS_MIN = 2,
    DETAIL_ROWS_MAX = 9,
    TABLE_ROWS = METRICS,
};

static void lay_out_lists(const struct state *state, const struct layout *layout, struct compare_layout *mine)
{
    const int columns = state->columns - 2;
    mine->gutter_columns = layout_between(columns / 10, 8, 18);
    mine->side_columns = (columns - mine->gutter_columns) / 2;
    mine->gutter_columns = columns - 2 * mine->side_columns;
    mine->column[0] = 1;
    mine->gutter_column = 1 + mine->side_columns;
    mine->column[1] = mine->gutter_column + mine->gutter_columns;
    mine->move_columns = mine->side_columns >= 44 ? 9 : 4;
    int rows = layout->body_end - mine->names_row - 1;
    int widest = (mine->side_columns - mine->move_columns - 8 - TEXT_COLUMNS) / 2;
    mine->pitch = layout_between((rows - DETAIL_ROWS_MIN - 1) / PAGE_TRACKS, 1, widest + 1);
    mine->pitch = layout_between(mine->pitch, 1, 5);
    mine->framed = mine->pitch >= 3;
    mine->cover_rows = mine->pitch - mine->framed;
    mine->page_top = mine->names_row + 1 + mine->framed;
    mine->detail_row = mine->page_top + PAGE_TRACKS * mine->pitch + !mine->framed;
    mine->detail_rows = layout_between(layout->body_end - mine->detail_row, 0, DETAIL_ROWS_MAX);
}

static void lay_out_results(const struct state *state, const struct layout *layout, struct compare_layout *mine)
{
    const int columns = state->columns - 2, half = (columns - 3) * 46 / 100;
    const bool roomy = state->rows >= 30;
    mine->table_row = mine->question_row + 1 + roomy;
    mine->tests_row = mine->table_row + 1 + TABLE_ROWS + roomy;
    mine->tests_rows = 2;
    int top = mine->tests_row + mine->tests_rows + 1 + roomy;
    mine->groups = (struct list_box){
        .row = top + 1, .column = 1, .rows = layout->body_end - top - 1, .columns = half, .height = 1};
    mine->playlists = mine->groups;
    mine->playlists.column = 1 + half + 3;
    mine->playlists.columns = columns - half - 4;
    mine->groups.bar_column = mine->groups.column + half;
    mine->playlists.bar_column = mine->playlists.column + mine->playlists.columns;
}

struct compare_layout compare_layout(const struct state *state, const struct layout *layout)
{
    struct compare_layout mine = {.head_row = layout->header_row};
    mine.question_row = mine.head_row + 1;
    mine.names_row = mine.question_row + 1 + (state->rows >= 36 && state->rows < 46); /* larger covers instead */
    lay_out_lists(state, layout, &mine);
    lay_out_results(state, layout, &mine);
    return mine;
}

struct compare_place compare_place(const struct compare_layout *mine, int side, int on_page)
{
    const int left = mine->column[side], moves = mine->move_columns + 1;
    const bool wide = mine->framed || mine->side_columns >= 40;
    struct compare_place place = {.row = mine->page_top + on_page * mine->pitch};
    place.mark = side == 0 ? left : left + moves;
    place.cover = place.mark + (mine->framed || !wide ? 1 : 2);
    place.text = place.cover + 2 * mine->cover_rows + (mine->framed ? 2 : 1);
    place.right = side == 0 ? left + mine->side_columns - moves : left + mine->side_columns;
    place.move = side == 0 ? place.right + 1 : left;
    return place;
}
