#include <stdio.h>

#include "figure/heat_map.h"
#include "ui/view_text.h"
#include "ui/views/space/space.h"

/* The heat map: cells of the screen with a colour each. Its cells are rectangles, so that pixels would show no more. */

static double value_at(const struct app_space *space, int row, int column)
{
    return space->sides[0].space.distances[(size_t)row * space->n_playlists + (size_t)column];
}

static void set_cell(struct screen *screen, int row, int column, const char *text, uint32_t foreground,
                     uint32_t background)
{
    screen_text(screen, row, column, 1, STYLE_TEXT, text);
    struct cell *cell = screen_cell(screen, row, column);
    if (!cell)
        return;
    cell->foreground = foreground;
    cell->background = background;
}

/* White on dark cells, black on light ones. */
static uint32_t mark_colour(uint32_t cell)
{
    return (cell >> 8 & 0xff) > 127 ? 0x000000 : 0xffffff;
}

static void draw_whole(const struct space_state *mine, const struct space_layout *at, int row, int column,
                       uint32_t colour, struct screen *screen)
{
    const bool selected = row == mine->row && column == mine->column;
    for (int r = 0; r < at->cell_rows; r++)
        for (int c = 0; c < at->cell_columns; c++) {
            const bool left = c == 0, right = c == at->cell_columns - 1;
            set_cell(screen, at->top + row * at->cell_rows + r, at->map_column + column * at->cell_columns + c,
                     !selected ? " "
                     : left    ? "["
                     : right   ? "]"
                               : " ",
                     mark_colour(colour), colour);
        }
}

/* Two rows of the matrix; the selected cell is a mark. */
static void draw_half(const struct space_state *mine, const struct space_layout *at, int pair, int column,
                      const uint32_t colours[2], struct screen *screen)
{
    const bool selected = mine->row / 2 == pair && mine->column == column;
    const uint32_t own = colours[mine->row % 2];
    set_cell(screen, at->top + pair, at->map_column + column, selected ? "◆" : "▀",
             selected ? mark_colour(own) : colours[0], selected ? own : colours[1]);
}

static void draw_labels(const struct state *state, const struct space_layout *at, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    char number[16];
    for (int k = 0; k < (int)mine->space.n_playlists; k++) {
        const int row = at->top + (at->halves ? k / 2 : k * at->cell_rows);
        const bool selected = k == mine->row;
        if (at->halves && k % 2 == 1 && !selected)
            continue;
        snprintf(number, sizeof number, "%d", k + 1);
        const enum style style = selected ? STYLE_ACCENT : STYLE_DIM;
        screen_fill(screen, row, at->label_column, at->label_columns, STYLE_TEXT);
        screen_text_right(screen, row, at->map_column - 1, 2, style, number);
        if (at->label_columns > 4)
            screen_text(screen, row, at->label_column, at->label_columns - 4, selected ? STYLE_TITLE : STYLE_DIM,
                        mine->space.playlists[k].name);
    }
}

void space_draw_map(const struct state *state, const struct space_layout *at, struct screen *screen)
{
    const struct space_state *mine = space_of(state);
    const struct app_space *space = &mine->space;
    const int n = (int)space->n_playlists;
    double low = value_at(space, 0, 0), high = low;
    for (int row = 0; row < n; row++)
        for (int column = 0; column < n; column++) {
            const double value = value_at(space, row, column);
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
    draw_labels(state, at, screen);
    for (int row = 0; row < n; row += at->halves ? 2 : 1)
        for (int column = 0; column < n; column++) {
            const uint32_t colour = heat_map_colour(value_at(space, row, column), low, high);
            const uint32_t below =
                row + 1 < n ? heat_map_colour(value_at(space, row + 1, column), low, high) : SCREEN_NO_COLOUR;
            if (at->halves)
                draw_half(mine, at, row / 2, column, (const uint32_t[]){colour, below}, screen);
            else
                draw_whole(mine, at, row, column, colour, screen);
        }
}
