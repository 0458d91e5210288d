#include "ui/braille.h"

#include <stdlib.h>

bool braille_create(int rows, int columns, struct braille *braille)
{
    *braille = (struct braille){.rows = rows > 0 ? rows : 0, .columns = columns > 0 ? columns : 0};
    braille->cells = calloc((size_t)braille->rows * (size_t)braille->columns + 1, sizeof *braille->cells);
    return braille->cells != NULL;
}

void braille_free(struct braille *braille)
{
    free(braille->cells);
    *braille = (struct braille){0};
}

void braille_dot(struct braille *braille, int x, int y, enum style style, uint32_t colour)
{
    static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (x < 0 || y < 0 || x >= 2 * braille->columns || y >= 4 * braille->rows)
        return;
    struct braille_cell *cell = &braille->cells[y / 4 * braille->columns + x / 2];
    cell->dots |= bits[y % 4][x % 2];
    cell->style = (uint8_t)style;
    cell->colour = colour;
}

/* Bresenham's algorithm (1965). */
void braille_line(struct braille *braille, int x0, int y0, int x1, int y1, enum style style, uint32_t colour)
{
    int dx = abs(x1 - x0), dy = -abs(y1 - y0), step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1, error = dx + dy;
    for (;;) {
        braille_dot(braille, x0, y0, style, colour);
        if (x0 == x1 && y0 == y1)
            return;
        int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y0 += step_y;
        }
    }
}

void braille_draw(const struct braille *braille, int row, int column, struct screen *screen)
{
    for (int at = 0; at < braille->rows * braille->columns; at++) {
        const struct braille_cell *cell = &braille->cells[at];
        if (cell->dots == 0)
            continue;
        const char text[4] = {(char)0xe2, (char)(0xa0 | cell->dots >> 6), (char)(0x80 | (cell->dots & 0x3f)), '\0'};
        int at_row = row + at / braille->columns, at_column = column + at % braille->columns;
        screen_text(screen, at_row, at_column, 1, (enum style)cell->style, text);
        struct cell *drawn = screen_cell(screen, at_row, at_column);
        if (drawn && cell->colour != SCREEN_NO_COLOUR)
            drawn->foreground = cell->colour;
    }
}
