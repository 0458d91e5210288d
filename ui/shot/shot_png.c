#include <math.h>
#include <string.h>

#include "draw/plot.h"
#include "draw/stroke_font.h"
#include "ui/shot/shot.h"

/* A capital letter's height and its baseline, relative to the cell. A wide letter must fit into a cell, which is about
 * twice as high as wide. */
static const float capital = 0.44F, baseline = 0.70F, widest = 0.88F;

static void draw_letter(struct image *image, const struct tile *tile, float x, float y, float width, float height,
                        uint32_t ink)
{
    float size = fminf(capital * height, widest * width / (float)tile->width);
    float left = x + (width - stroke_font_width(tile->text, size)) / 2;
    int strokes = tile->attributes & ATTRIBUTE_BOLD ? 2 : 1;
    for (int i = 0; i < strokes; i++)
        stroke_font_draw(image, tile->text, left + (float)i * 0.07F * size, y + baseline * height, size, false, ink);
}

static void draw_tile(const struct shot *shot, struct image *image, int row, int column)
{
    const struct tile *tile = grid_tile(&shot->grid, row, column);
    float x = (float)(column * shot->cell_width), y = (float)(row * shot->cell_height);
    float width = (float)(shot->cell_width * tile->width), height = (float)shot->cell_height;
    uint32_t ink, page;
    if (tile->width == 0)
        return;
    shot_colours(shot, tile, &ink, &page);
    if (page != shot->page)
        plot_rectangle(image, x, y, width, height, page);
    if (tile->text[0] != ' ' && !shot_sign(image, tile->text, x, y, width, height, ink, page))
        draw_letter(image, tile, x, y, width, height, ink);
    if (tile->attributes & ATTRIBUTE_UNDERLINE)
        plot_line(image, x, y + 0.86F * height, x + width, y + 0.86F * height, 1, ink);
}

enum status shot_png(const struct shot *shot, struct buffer *out, struct error *error)
{
    struct image image;
    enum status status =
        image_create(shot->grid.columns * shot->cell_width, shot->grid.rows * shot->cell_height, &image, error);
    if (status != STATUS_OK)
        return status;
    plot_fill(&image, shot->page);
    for (int row = 0; row < shot->grid.rows; row++)
        for (int column = 0; column < shot->grid.columns; column++)
            draw_tile(shot, &image, row, column);
    for (int i = 0; i < shot->n_images; i++) {
        int left, top;
        shot_place(shot, i, &left, &top);
        plot_image(&image, left, top, &shot->images[i]);
    }
    status = image_encode_png(&image, out, error);
    image_free(&image);
    return status;
}
