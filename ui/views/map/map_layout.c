#include "ui/views/map/map.h"

/* One map has a panel at the right, two have a strip below them.
 *
 * The panel at the right, from the top: the legend, the selected album's cover with its text, and the nearest covers.
 * Where rows are few, the text is beside a smaller cover and each nearest cover has one line. */

enum { TEXT_ROWS = 4, ALBUM_ROWS_MIN = 5, COVER_ROWS_MIN = 8, NEAREST_MIN = 3 };

/* Entries of two rows have a row between them where there are enough, so that covers do not touch. */
static void lay_out_nearest(struct map_layout *mine, int top, int end)
{
    int rows = end - top;
    mine->nearest_rows = rows >= 2 * NEAREST_MIN ? 2 : 1;
    mine->nearest_heading = rows > NEAREST_MIN * mine->nearest_rows ? top : -1;
    mine->nearest_top = top + (mine->nearest_heading >= 0);
    rows = end - mine->nearest_top;
    bool apart = mine->nearest_rows == 2 && (rows + 1) / 3 >= NEAREST_MIN;
    mine->nearest_pitch = mine->nearest_rows + apart;
    mine->nearest_count = layout_between((rows + apart) / mine->nearest_pitch, 0, MAP_NEAREST_MAX);
}

/* The cover above its text. */
static void lay_out_tall(struct map_layout *mine, int rows)
{
    int wanted = rows - TEXT_ROWS - 1 - 2 * MAP_NEAREST_MAX, least = rows - TEXT_ROWS - 1 - 2 * NEAREST_MIN;
    mine->cover_rows = layout_between(wanted > COVER_ROWS_MIN ? wanted : least, 1, mine->panel_columns / 2);
    mine->cover_rows = layout_between(mine->cover_rows, 1, least > COVER_ROWS_MIN + 4 ? least : COVER_ROWS_MIN + 4);
    mine->text_top = mine->cover_top + mine->cover_rows;
    mine->text_rows = TEXT_ROWS - 1;
    mine->text_column = mine->panel_column;
    mine->text_columns = mine->panel_columns;
    lay_out_nearest(mine, mine->text_top + TEXT_ROWS, mine->cover_top + rows);
}

/* The cover beside its text. */
static void lay_out_flat(struct map_layout *mine, int rows)
{
    mine->cover_rows = layout_between(rows - 2 * NEAREST_MIN - 1, ALBUM_ROWS_MIN, mine->panel_columns / 4);
    mine->text_top = mine->cover_top;
    mine->text_rows = mine->cover_rows;
    mine->text_column = mine->panel_column + 2 * mine->cover_rows + 1;
    mine->text_columns = mine->panel_column + mine->panel_columns - mine->text_column;
    int gap = rows - mine->cover_rows >= 2 * NEAREST_MIN + 2;
    lay_out_nearest(mine, mine->cover_top + mine->cover_rows + gap, mine->cover_top + rows);
}

/* Thumbnails are as many rows high as the screen allows. */
static int thumbnail_rows(int rows)
{
    return rows < 34 ? 2 : rows < 44 ? 3 : rows < 52 ? 4 : 5;
}

/* From the bottom: the strip, the legend, the measures, the maps, their names. */
static struct map_layout lay_out_two(const struct state *state, const struct layout *layout)
{
    const int between = 3, gap = state->rows >= 30, columns = (state->columns - 2 - between) / 2;
    struct map_layout mine = {
        .n_maps = 2,
        .names_row = layout->header_row + 1,
        .map_top = layout->header_row + 2,
        .map_column = {1, state->columns - 1 - columns},
        .map_columns = {columns, columns},
        .thumbnail_rows = thumbnail_rows(state->rows),
        .distances = state->rows >= 34,
    };
    mine.strip_rows = 1 + mine.thumbnail_rows + mine.distances;
    mine.strip_top = layout->body_end - (state->rows >= 34) - mine.strip_rows;
    mine.legend_top = mine.strip_top - gap - MAP_LEGEND_ROWS;
    mine.measures_row = mine.legend_top - gap - 1;
    mine.map_rows = mine.measures_row - mine.map_top;
    mine.cover_top = mine.strip_top;
    mine.cover_rows = mine.strip_rows;
    mine.panel_column = 1;
    mine.text_top = mine.strip_top;
    mine.text_rows = mine.strip_rows;
    mine.text_column = 1 + 2 * mine.cover_rows + 1;
    mine.text_columns = layout_between(state->columns * 28 / 100, 26, 44) - 2 * mine.cover_rows;
    mine.block_column[0] = mine.text_column + mine.text_columns + 2;
    mine.block_columns = (state->columns - 1 - mine.block_column[0] - 2) / 2;
    mine.block_column[1] = mine.block_column[0] + mine.block_columns + 2;
    return mine;
}

static struct map_layout lay_out_one(const struct state *state, const struct layout *layout)
{
    struct map_layout mine = {.n_maps = 1, .map_top = layout->header_row + 1, .names_row = -1};
    int columns = state->columns, labels = map_of(state)->n_labels > 0 ? map_of(state)->n_labels : MAP_LABELS;
    mine.panel_columns = layout_between(columns * 28 / 100, 26, 48);
    mine.panel_column = columns - mine.panel_columns - 1;
    mine.measures_row = layout->body_end - 1;
    mine.map_rows = mine.measures_row - mine.map_top;
    mine.map_column[0] = 1;
    mine.map_columns[0] = mine.panel_column - 2;
    mine.legend_top = layout->header_row + 2;
    mine.cover_top = mine.legend_top + labels + 1;
    int rows = layout->body_end - mine.cover_top - (state->rows >= 34); /* the message line is not part of the list */
    if (rows >= COVER_ROWS_MIN + TEXT_ROWS + 1 + 2 * NEAREST_MIN)
        lay_out_tall(&mine, rows);
    else
        lay_out_flat(&mine, rows);
    return mine;
}

struct map_layout map_layout(const struct state *state, const struct layout *layout)
{
    return map_of(state)->n_panels > 1 ? lay_out_two(state, layout) : lay_out_one(state, layout);
}

int map_panel_at(const struct map_layout *mine, int column)
{
    return mine->n_maps > 1 && column >= (mine->map_column[0] + mine->map_columns[0] + mine->map_column[1]) / 2;
}
