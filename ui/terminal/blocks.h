#ifndef SLEEVE_UI_TERMINAL_BLOCKS_H
#define SLEEVE_UI_TERMINAL_BLOCKS_H

#include "draw/image.h"
#include "ui/terminal/cells.h"

/* Pictures made of cells. The picture has one pixel a column and two a row. */
void blocks_half(const struct theme *theme, const struct image *image, const struct image_rect *rect,
                 struct grid *grid);
/* Characters as shades, in colour where the theme has many. */
void blocks_ascii(const struct theme *theme, const struct image *image, const struct image_rect *rect,
                  struct grid *grid);
/* The colour in a picture's place until it is there. */
void blocks_colour(const struct theme *theme, const struct image_rect *rect, uint32_t rgb, struct grid *grid);

#endif
