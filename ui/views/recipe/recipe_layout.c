#include "ui/views/recipe/recipe_view.h"

/* The form is as wide as its values need, at most half of the screen. */
struct recipe_layout recipe_layout(const struct state *state, const struct layout *layout)
{
    const struct recipe_state *mine = recipe_of(state);
    struct recipe_layout at = {.title_row = layout->header_row, .summary_row = layout->header_row + 1};
    const int left = layout_between(state->columns * 55 / 100, 48, 90);
    const bool roomy = state->rows >= 36;
    const int constraints = mine->made ? recipe_constraints(&mine->recipe) : 0;
    at.filter_row = at.summary_row + 1;
    at.head_row = at.filter_row + 1 + roomy;
    at.rule_column = left;
    at.right_column = left + 2;
    at.right_columns = state->columns - at.right_column - 1;
    at.detail_rows = layout_between(layout->body_end - at.head_row - 1 - constraints - 1, 3, 8);
    at.form = (struct list_box){.row = at.head_row + 1,
                                .column = 1,
                                .rows = layout->body_end - at.detail_rows - 1 - at.head_row - 1,
                                .columns = left - 2,
                                .height = 1,
                                .bar_column = left};
    if (at.form.rows > constraints && constraints > 0)
        at.form.rows = constraints;
    at.detail_row = at.form.row + at.form.rows + 1;
    at.detail_rows = layout->body_end - at.detail_row;
    at.name_columns = left >= 60 ? 17 : 13;
    at.count_columns = 11; /* "used: −137" */
    at.unknown_columns = left >= 56 ? 9 : 0;
    at.value_column = 3 + at.name_columns + 1;
    at.value_columns = left - 2 - at.value_column - at.count_columns - at.unknown_columns;
    at.cover_rows = state->rows >= 45 ? 4 : state->rows >= 30 ? 3 : 2;
    at.tracks = (struct list_box){.row = layout->header_row + 2 + roomy,
                                  .column = at.right_column,
                                  .rows = layout->body_end - layout->header_row - 2 - roomy,
                                  .columns = at.right_columns - 1,
                                  .height = at.cover_rows + (state->rows >= 30),
                                  .bar_column = state->columns - 1};
    return at;
}
