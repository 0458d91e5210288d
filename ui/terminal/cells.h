#ifndef SLEEVE_UI_TERMINAL_CELLS_H
#define SLEEVE_UI_TERMINAL_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "ui/terminal/theme.h"

/* A cell of the terminal. Without padding, so that two can be compared byte by byte; the bytes of `text` after its end
 * are 0. */
struct tile {
    char text[28];
    uint32_t foreground, background;
    uint32_t link; /* hash of its URI; 0: none */
    uint8_t attributes;
    uint8_t width; /* 1, 2, or 0 for the second column of a wide one */
    bool image;    /* covered by a picture: text must not be written here */
    bool own;      /* written by a pen, not by curses, which believes that the cell is blank */
};

struct grid {
    int rows, columns;
    struct tile *tiles; /* [rows * columns] */
};

enum status grid_create(int rows, int columns, struct grid *grid, struct error *error);
enum status grid_copy(const struct grid *grid, struct grid *copy, struct error *error);
void grid_fill(struct grid *grid, int row, int column, int rows, int columns, const struct tile *tile);
void grid_free(struct grid *grid);
struct tile *grid_tile(const struct grid *grid, int row, int column);
bool tile_same(const struct tile *a, const struct tile *b);
/* One ASCII character, or a space with this background. */
struct tile tile_plain(char character, uint32_t foreground, uint32_t background);

/* The screen's cells in the theme's colours; cells outside the screen are blank. `utf8` false: ASCII only; `links`:
 * with the links of titles. */
void cells_compose(const struct theme *theme, bool utf8, bool links, const struct screen *screen, struct grid *grid);
/* Replaces wide characters that lost one half by blanks. */
void cells_repair(struct grid *grid);

/* Writes the cells that curses cannot: it tracks the terminal's cursor position and colours. */
struct pen {
    struct buffer *out;
    int row, column; /* -1: unknown */
    uint32_t foreground, background, link;
    int attributes; /* -1: unknown */
    int colours;
};

struct pen pen_make(struct buffer *out, int colours);
void pen_move(struct pen *pen, int row, int column);
/* `uri` belongs to the tile's link. */
void pen_put(struct pen *pen, const struct tile *tile, const char *uri);
/* Ends an open link. */
void pen_end(struct pen *pen);

#endif
