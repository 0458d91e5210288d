#ifndef SLEEVE_UI_TERMINAL_BLOCKS_H
#define SLEEVE_UI_TERMINAL_BLOCKS_H

#include "draw/image.h"
#include "ui/terminal/cells.h"

/* Pictures made of character cells. A picture has one pixel per column and two per row. */
void blocks_half(const struct theme *theme, const struct image *image, const struct image_rect *rect,
                 struct grid *grid);
/* Characters as shades of grey, coloured if the theme has many colours. */
void blocks_ascii(const struct theme *theme, const struct image *image, const struct image_rect *rect,
                  struct grid *grid);
/* The placeholder colour of a picture that is not available yet. */
void blocks_colour(const struct theme *theme, const struct image_rect *rect, uint32_t rgb, struct grid *grid);

#endif
