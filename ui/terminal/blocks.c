#include "ui/terminal/blocks.h"

#include <string.h>

static uint32_t pixel(const struct image *image, int x, int y)
{
    if (x >= image->width || y >= image->height)
        return 0;
    const uint8_t *rgb = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

void blocks_half(const struct theme *theme, const struct image *image, const struct image_rect *rect, struct grid *grid)
{
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++) {
            uint32_t upper = theme_colour(theme, pixel(image, column, 2 * row));
            uint32_t lower = theme_colour(theme, pixel(image, column, 2 * row + 1));
            struct tile tile = tile_plain(' ', COLOUR_DEFAULT, lower);
            if (upper != lower) {
                tile.foreground = upper;
                memcpy(tile.text, "\xe2\x96\x80", 4); /* upper half block */
            }
            *grid_tile(grid, rect->row + row, rect->column + column) = tile;
        }
}

static unsigned brightness(uint32_t rgb)
{
    return (54 * (rgb >> 16) + 183 * (rgb >> 8 & 255) + 19 * (rgb & 255)) / 256;
}

static uint32_t mean(uint32_t a, uint32_t b)
{
    return ((a & 0xfefefe) >> 1) + ((b & 0xfefefe) >> 1) + (a & b & 0x010101);
}

void blocks_ascii(const struct theme *theme, const struct image *image, const struct image_rect *rect,
                  struct grid *grid)
{
    static const char shades[] = " .:-=+*#%@";
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++) {
            uint32_t rgb = mean(pixel(image, column, 2 * row), pixel(image, column, 2 * row + 1));
            unsigned light = brightness(rgb);
            if (theme->light)
                light = 255 - light;
            char shade = shades[light * (sizeof shades - 1) / 256];
            uint32_t colour = theme->colours >= 256 ? theme_colour(theme, rgb) : COLOUR_DEFAULT;
            *grid_tile(grid, rect->row + row, rect->column + column) = tile_plain(shade, colour, COLOUR_DEFAULT);
        }
}

void blocks_colour(const struct theme *theme, const struct image_rect *rect, uint32_t rgb, struct grid *grid)
{
    uint32_t colour = theme_colour(theme, rgb);
    char fill = colour == COLOUR_DEFAULT ? '.' : ' ';
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++)
            *grid_tile(grid, rect->row + row, rect->column + column) = tile_plain(fill, COLOUR_DEFAULT, colour);
}
