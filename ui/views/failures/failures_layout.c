/* Where everything stands in Failures. The list is at the left. At the right is the playlist: its metrics, seeds beside
 * held-out tracks, and a page of ten in two columns of five, or a column of ten for each of two models. Large screens
 * show seeds, held-out tracks and the page in columns beside each other. */
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/views/failures/failures.h"

enum {
    THREE_COLUMNS = 118, /* columns of the right side from which seeds and page are beside each other */
    THREE_ROWS = 40,     /* and rows of the screen */
    TEXT_COLUMNS = 20,   /* beside a cover of the page, at least */
    DETAIL_ROWS_MIN = 4,
    DETAIL_ROWS_MAX = 13,
};

/* The numbers of the models' ranks are as wide as the names over them need, where there is space. */
static int rank_columns(const struct state *state, const struct failure_case *opened, int columns)
{
    int widest = opened->n_sides == 1 && columns >= 27 ? 6 : 5, most = columns >= 60 ? 12 : columns >= 30 ? 7 : 5;
    for (int i = 0; opened->n_sides > 1 && i < opened->n_sides; i++) {
        char mark[MODEL_LABEL_SIZE];
        model_mark(state, opened->sides[i].model, mark);
        int width = text_width(mark, strlen(mark));
        widest = width > widest ? width : widest;
    }
    return widest < most ? widest : most;
}

/* The selected track is shown below the seeds where at least two rows are left; otherwise the seeds get them. */
static void lay_out_seeds(const struct failure_case *opened, int rows, int detail_most, struct failures_layout *mine)
{
    int seeds = opened->seeds.count > 0 ? (int)opened->seeds.count : 1, left = rows - seeds - 1;
    bool detail = left >= DETAIL_ROWS_MIN;
    int wanted = detail_most < 5 ? 5 : detail_most;
    mine->seed_rows = layout_between((detail ? rows - 1 - wanted : rows) / seeds, 1, 3);
    mine->seeds.rows = seeds * mine->seed_rows < rows ? seeds * mine->seed_rows : rows;
    mine->detail = mine->seeds;
    mine->detail.row = mine->seeds.row + mine->seeds.rows + 1;
    mine->detail.rows = detail ? rows - mine->seeds.rows - 1 : 0;
    if (mine->detail.rows > detail_most)
        mine->detail.rows = detail_most;
}

/* Covers are as high as their columns allow, with a blank row between them from three rows each: there the selected one
 * has its frame. */
static void size_page(int pitch, struct failures_layout *mine)
{
    int widest = layout_between((mine->page_columns - 3 - TEXT_COLUMNS) / 2, 1, mine->page_columns * 2 / 11);
    mine->pitch = layout_between(pitch, 1, widest + 1);
    mine->framed = mine->pitch >= 3;
    mine->cover_rows = mine->pitch - mine->framed;
}

static void place_page(int heading_row, struct failures_layout *mine)
{
    mine->page_row = heading_row;
    mine->page_top = heading_row + 1 + mine->framed;
}

/* Seeds beside held-out tracks, over the page. */
static void lay_out_stacked(const struct failure_case *opened, int top, int end, bool roomy,
                            struct failures_layout *mine)
{
    int columns = mine->right_columns, half = (columns - 2) / 2, sides = opened->n_sides > 1 ? 2 : 1;
    int available = end - top - 1 - roomy, lists = 7 + layout_between(available - 17, 0, 100) / 4;
    mine->page_columns = half;
    mine->page_column[0] = mine->right_column;
    mine->page_column[1] = mine->right_column + columns - half;
    mine->cells_down = sides > 1 ? PAGE_TRACKS : PAGE_TRACKS / 2;
    size_page((available - lists) / mine->cells_down, mine);
    int rows = available - mine->cells_down * mine->pitch - mine->framed;
    int left = columns < 60 ? columns * 38 / 100 : columns < 100 ? columns * 44 / 100 : half;
    mine->seeds = (struct failures_box){top, mine->right_column, rows, left};
    mine->held_out = (struct list_box){
        .row = top, .column = mine->right_column + left + 2, .rows = rows, .columns = columns - left - 2, .height = 1};
    lay_out_seeds(opened, rows, rows, mine);
    mine->score_row = -1;
    if (mine->detail.rows == 0 && rows > 3) { /* a line about the selected track below the page instead */
        mine->held_out.rows--;
        mine->score_row = end - 1;
        lay_out_seeds(opened, rows - 1, 0, mine);
    }
    place_page(top + mine->held_out.rows + roomy, mine);
}

/* Seeds over held-out tracks, beside the page. */
static void lay_out_beside(const struct failure_case *opened, int top, int end, struct failures_layout *mine)
{
    int columns = layout_between(mine->right_columns * 36 / 100, 42, 60), sides = opened->n_sides > 1 ? 2 : 1;
    int page = mine->right_columns - columns - 3, rows = end - top;
    mine->seeds = (struct failures_box){top, mine->right_column, 0, columns};
    lay_out_seeds(opened, rows / 2, DETAIL_ROWS_MAX, mine);
    int used = mine->detail.rows > 0 ? mine->detail.row + mine->detail.rows - top : mine->seeds.rows;
    mine->held_out = (struct list_box){.row = top + used + 2,
                                       .column = mine->right_column,
                                       .rows = rows - used - 2,
                                       .columns = columns - 1,
                                       .height = 1};
    mine->score_row = -1;
    mine->page_columns = (page - 2) / 2;
    mine->page_column[0] = mine->right_column + columns + 3;
    mine->page_column[1] = mine->page_column[0] + page - mine->page_columns;
    mine->cells_down = sides > 1 ? PAGE_TRACKS : PAGE_TRACKS / 2;
    size_page((end - top - 1) / mine->cells_down, mine);
    place_page(top - 1, mine);
}

struct failures_layout failures_layout(const struct state *state, const struct layout *layout)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    struct failures_layout mine = {0};
    int top = layout->header_row, end = layout->body_end, sides = opened->n_sides > 1 ? 2 : 1;
    bool roomy = state->rows >= 30, roomier = state->rows >= 36;
    mine.left_columns = layout_between(state->columns * 2 / 5 - 2, 30, 60);
    mine.rule_column = mine.left_columns;
    mine.right_column = mine.left_columns + 2;
    mine.right_columns = state->columns - mine.right_column - 1;
    mine.list_head_row = top + 2;
    mine.list = (struct list_box){.row = top + 3,
                                  .column = 1,
                                  .rows = end - top - 3,
                                  .columns = mine.left_columns - 2,
                                  .height = 1,
                                  .bar_column = mine.rule_column};
    mine.title_row = top;
    mine.metrics_row = top + 1;
    const bool causes = sides == 1 || state->rows >= 26; /* at least five held-out tracks are shown */
    mine.causes_row = causes ? mine.metrics_row + sides : -1;
    mine.others_row = roomier ? mine.causes_row + 1 : -1;
    mine.legend_row = roomy ? mine.causes_row + 1 + roomier : -1;
    int lists = mine.metrics_row + sides + causes + roomy + roomier + (state->rows >= THREE_ROWS) + 1;
    if (mine.right_columns >= THREE_COLUMNS && state->rows >= THREE_ROWS)
        lay_out_beside(opened, lists, end, &mine);
    else
        lay_out_stacked(opened, lists, end, roomier, &mine);
    mine.held_out.bar_column = mine.held_out.column + mine.held_out.columns;
    mine.trained_columns = mine.held_out.columns >= 48 ? 12 : mine.held_out.columns >= 36 ? 10 : 0;
    mine.rank_columns = rank_columns(state, opened, mine.held_out.columns);
    return mine;
}
