#ifndef SLEEVE_UI_LAYOUT_H
#define SLEEVE_UI_LAYOUT_H

#include "ui/state.h"

/* Where everything stands, for drawing and for the mouse. Rows and columns from 0. */

enum { SCREEN_ROWS_MIN = 24, SCREEN_COLUMNS_MIN = 80 };

struct failures_layout {
    int left_columns, rule_column, right_column, right_columns;
    int list_head_row, list_top, list_rows;
    int side_columns, second_column; /* the two columns of the right pane */
    int title_row, metrics_row;      /* one row of metrics a model */
    int heading_row, lists_top, lists_rows;
    int page_row, page_top, cells_down, cell_rows; /* cells_down: suggestions beneath each other in a column */
    int score_row;
};

struct layout {
    bool too_small;
    int rule_row;                       /* -1: none */
    int header_row, body_top, body_end; /* body_end: first row behind */
    int message_row, keys_row;
    int tabs_column, tab_map_column, tab_failures_column, tab_help_column; /* in row 0 */

    int left_columns, rule_column, right_column, right_columns;
    int info_column, info_columns; /* 0: no info panel */
    int row_height, thumb_columns; /* of a suggestion */
    int results_top, results_rows; /* rows 0: not shown */
    int list_rule_row, list_header_row, list_top, list_rows;

    int map_top, map_rows, map_columns;
    int legend_column, legend_columns, legend_top;
    int cover_top, cover_rows;
    int nearest_column, nearest_top, nearest_rows; /* beneath the cover, or beside it where rows are few */

    int popup_row, popup_column, popup_rows, popup_columns; /* title, rule, then popup_text_rows */
    int popup_text_rows;

    struct failures_layout failures;
};

/* Its rows are top..end - 1. */
struct failures_layout layout_failures(const struct state *state, int top, int end);

struct layout layout_of(const struct state *state);
/* Keeps selections inside their lists and what is selected in sight. */
void layout_settle(struct state *state);

#endif
