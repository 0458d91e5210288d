#ifndef SLEEVE_UI_TERMINAL_BLOCKS_H
#define SLEEVE_UI_TERMINAL_BLOCKS_H

#include "draw/image.h"
#include "ui/terminal/cells.h"

/* Pictures made of character cells. */

/* How a cell is divided into blocks of two colours. */
enum block_shape { BLOCKS_HALF, BLOCKS_QUADRANT, BLOCKS_SEXTANT };

/* The pixels per cell of a picture that blocks are made of: divisible by 2 and 3, so that no pixel is split. */
enum { BLOCK_CELL_WIDTH = 6, BLOCK_CELL_HEIGHT = 12 };

/* One cell. Bit i of the mask is block i, row by row from the upper left one, in the foreground's colour. The last
 * block always has the background's colour. */
struct block {
    uint8_t foreground[3], background[3];
    uint8_t mask;
};

/* Appends a struct block for each cell of the picture, row by row: for each the mask and the two colours that minimise
 * the squared error over its blocks. Pixels are averaged in linear light. The picture is a multiple of the cell's size
 * and is not larger than 65536 cells in one direction. */
void blocks_make(const struct image *image, enum block_shape shape, struct buffer *out);
/* Whether `size` bytes are `cells` blocks with masks of this shape. */
bool blocks_are_valid(const char *bytes, size_t size, size_t cells, enum block_shape shape);
/* Appends the same blocks, their colours blended half with the background. */
void blocks_dim(const char *bytes, size_t size, uint32_t background, struct buffer *out);

/* Draws blocks into the grid, in colours that the theme has. With `gap`, the lowest blocks of the picture are left to
 * the page, so that it does not touch a picture below it. */
void blocks_draw(const struct theme *theme, enum block_shape shape, const struct buffer *blocks, bool gap,
                 const struct image_rect *rect, struct grid *grid);
/* The placeholder colour of a picture that is not available yet. */
void blocks_colour(const struct theme *theme, const struct image_rect *rect, uint32_t rgb, struct grid *grid);
/* The same, with the gap that the picture will have. */
void blocks_colour_gap(const struct theme *theme, enum block_shape shape, const struct image_rect *rect, uint32_t rgb,
                       struct grid *grid);
/* A cover without a picture: the initials on this colour, on one of their own if the cover's is not known, or, without
 * colours, in a frame. */
void blocks_initials(const struct theme *theme, bool utf8, const struct image_rect *rect, uint32_t rgb,
                     struct grid *grid);

#endif
