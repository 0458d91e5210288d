#ifndef SLEEVE_UI_BRAILLE_H
#define SLEEVE_UI_BRAILLE_H

#include "ui/screen.h"

/* Lines and points in character cells, each of 2 x 4 dots (U+2800). What is drawn later decides a cell's colour. */

struct braille {
    int rows, columns; /* cells */
    struct braille_cell {
        uint8_t dots;
        uint8_t style;   /* enum style */
        uint32_t colour; /* 0xRRGGBB instead of the style's, or SCREEN_NO_COLOUR */
    } * cells;           /* [rows x columns] */
};

/* False when memory ran out. */
bool braille_create(int rows, int columns, struct braille *braille);
void braille_free(struct braille *braille);
/* Coordinates are dots from the top left; what is outside is left out. */
void braille_dot(struct braille *braille, int x, int y, enum style style, uint32_t colour);
void braille_line(struct braille *braille, int x0, int y0, int x1, int y1, enum style style, uint32_t colour);
/* Writes the cells that have dots. */
void braille_draw(const struct braille *braille, int row, int column, struct screen *screen);

#endif
