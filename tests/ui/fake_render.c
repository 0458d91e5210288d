/* What a fake terminal shows, as pixels. */
#include <string.h>

#include "draw/stroke_font.h"
#include "fake_terminal.h"
#include "vision/image.h"

static void fill(struct image *image, int left, int top, int width, int height, uint32_t colour)
{
    for (int y = top; y < top + height && y < image->height; y++)
        for (int x = left; x < left + width && x < image->width; x++)
            for (int c = 0; c < 3; c++)
                image->rgb[3 * ((size_t)y * (size_t)image->width + (size_t)x) + (size_t)c] =
                    (uint8_t)(colour >> (16 - 8 * c));
}

static uint32_t of_index(uint32_t index)
{
    static const uint32_t sixteen[] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                                       0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const uint32_t steps[] = {0, 95, 135, 175, 215, 255};
    if (index < 16)
        return sixteen[index];
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101U;
    index -= 16;
    return steps[index / 36] << 16 | steps[index / 6 % 6] << 8 | steps[index % 6];
}

static uint32_t colour_of(uint32_t colour, uint32_t otherwise)
{
    if (colour == SCREEN_NO_COLOUR)
        return otherwise;
    return colour & FAKE_INDEXED ? of_index(colour & 255) : colour;
}

static unsigned first_character(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80)
        return at[0];
    if (at[0] < 0xe0)
        return (at[0] & 31U) << 6 | (at[1] & 63U);
    if (at[0] < 0xf0)
        return (at[0] & 15U) << 12 | (at[1] & 63U) << 6 | (at[2] & 63U);
    return (at[0] & 7U) << 18 | (at[1] & 63U) << 12 | (at[2] & 63U) << 6 | (at[3] & 63U);
}

/* The blocks of a character, row by row, as a mask for a cell of 2 x `down`; 0: it is none. From the Unicode charts. */
static unsigned blocks_of(unsigned character, int *down)
{
    static const unsigned char quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};
    *down = 2;
    if (character == 0x2580)
        return 3;
    if (character == 0x2584)
        return 12;
    if (character == 0x2588)
        return 15;
    if (character == 0x258c)
        return 5;
    if (character == 0x2590)
        return 10;
    if (character >= 0x2596 && character <= 0x259f)
        return quadrants[character - 0x2596];
    *down = 3;
    if (character < 0x1fb00 || character > 0x1fb3b)
        return 0;
    unsigned mask = 0; /* the charts list the combinations in the order of their numbers, without those above */
    for (unsigned left = character - 0x1fb00 + 1; left > 0; left--)
        do
            mask++;
        while (mask == 21 || mask == 42);
    return mask;
}

static void draw_blocks(struct image *image, unsigned mask, int down, int left, int top, int width, int height,
                        uint32_t colour)
{
    for (int i = 0; i < 2 * down; i++)
        if (mask >> i & 1) {
            int x0 = i % 2 * width / 2, x1 = (i % 2 + 1) * width / 2;
            int y0 = i / 2 * height / down, y1 = (i / 2 + 1) * height / down;
            fill(image, left + x0, top + y0, x1 - x0, y1 - y0, colour);
        }
}

/* Lines and bars of the explorer's screens; false: another character. */
static bool draw_line(struct image *image, unsigned character, int left, int top, int width, int height,
                      uint32_t colour)
{
    int middle_x = left + width / 2, middle_y = top + height / 2;
    bool right = character == 0x2500 || character == 0x2501 || character == 0x250c || character == 0x2514 ||
                 character == 0x252c || character == 0x2534 || character == 0x253c || character == 0x251c;
    bool to_left = character == 0x2500 || character == 0x2501 || character == 0x2510 || character == 0x2518 ||
                   character == 0x252c || character == 0x2534 || character == 0x253c || character == 0x2524 ||
                   character == 0x2578;
    bool down = character == 0x2502 || character == 0x250c || character == 0x2510 || character == 0x252c ||
                character == 0x253c || character == 0x251c || character == 0x2524;
    bool up = character == 0x2502 || character == 0x2514 || character == 0x2518 || character == 0x2534 ||
              character == 0x253c || character == 0x251c || character == 0x2524;
    int thick = character == 0x2501 || character == 0x2578 ? 3 : 1;
    if (right)
        fill(image, middle_x, middle_y - thick / 2, left + width - middle_x, thick, colour);
    if (to_left)
        fill(image, left, middle_y - thick / 2, middle_x - left + 1, thick, colour);
    if (down)
        fill(image, middle_x, middle_y, 1, top + height - middle_y, colour);
    if (up)
        fill(image, middle_x, top, 1, middle_y - top + 1, colour);
    return right || to_left || down || up;
}

static void draw_cell(const struct fake_terminal *fake, int row, int column, uint32_t page_foreground,
                      uint32_t page_background, struct image *image)
{
    const struct fake_cell *cell = fake_cell(fake, row, column);
    uint32_t foreground = colour_of(cell->foreground, page_foreground);
    uint32_t background = colour_of(cell->background, page_background);
    int left = column * fake->cell_width, top = row * fake->cell_height, down;
    if (cell->reverse) {
        uint32_t swap = foreground;
        foreground = background;
        background = swap;
    }
    if (cell->width > 0)
        fill(image, left, top, cell->width * fake->cell_width, fake->cell_height, background);
    unsigned character = first_character(cell->text), mask = blocks_of(character, &down);
    if (character <= ' ' || character == 0x10eeee)
        return;
    if (mask)
        draw_blocks(image, mask, down, left, top, fake->cell_width, fake->cell_height, foreground);
    else if (!draw_line(image, character, left, top, fake->cell_width, fake->cell_height, foreground))
        stroke_font_draw(image, cell->text, (float)left + 1, (float)top + 0.78F * (float)fake->cell_height,
                         0.5F * (float)fake->cell_height, false, foreground);
}

/* Blends a picture, scaled to width x height, over the pixels at (left, top). */
static void draw_picture(struct image *image, const struct image *picture, int alpha, int left, int top, int width,
                         int height)
{
    struct image scaled = {0};
    struct error error;
    const struct image *from = picture;
    if (picture->width != width || picture->height != height) {
        if (image_resize(picture, width, height, FILTER_BICUBIC, &scaled, &error) != STATUS_OK)
            return;
        from = &scaled;
    }
    for (int y = 0; y < height && top + y < image->height; y++)
        for (int x = 0; x < 3 * width && 3 * left + x < 3 * image->width; x++) {
            uint8_t *at = image->rgb + 3 * ((size_t)(top + y) * (size_t)image->width + (size_t)left) + x;
            *at = (uint8_t)((from->rgb[3 * y * width + x] * alpha + *at * (255 - alpha) + 127) / 255);
        }
    image_free(&scaled);
}

static void draw_placements(const struct fake_terminal *fake, struct image *image)
{
    const struct fake_pictures *pictures = &fake->pictures;
    int highest = 0;
    for (int depth = 0; depth <= highest; depth++)
        for (int i = 0; i < pictures->n_placements; i++) {
            const struct fake_placement *at = &pictures->placements[i];
            const struct fake_stored *stored = fake_stored((struct fake_pictures *)pictures, at->id);
            highest = at->depth > highest ? at->depth : highest;
            if (at->depth == depth)
                draw_picture(image, &stored->image, stored->alpha, at->column * fake->cell_width,
                             at->row * fake->cell_height, at->columns * fake->cell_width, at->rows * fake->cell_height);
        }
}

/* A picture of sixel or iTerm2, where its first cell still shows it. */
static void draw_images(const struct fake_terminal *fake, struct image *image)
{
    for (int row = 0; row < fake->rows; row++)
        for (int column = 0; column < fake->columns; column++) {
            const struct fake_image *shown = &fake->images[fake_cell(fake, row, column)->image & 1023];
            if (fake_cell(fake, row, column)->image && shown->row == row && shown->column == column &&
                shown->pixels.rgb)
                draw_picture(image, &shown->pixels, 255, column * fake->cell_width, row * fake->cell_height,
                             shown->columns * fake->cell_width, shown->rows * fake->cell_height);
        }
}

/* Placeholders: each picture at its first cell. */
static void draw_placeholders(const struct fake_terminal *fake, struct image *image)
{
    for (int row = 0; row < fake->rows; row++)
        for (int column = 0; column < fake->columns; column++)
            for (int i = 0; i < fake->pictures.n_stored; i++) {
                const struct fake_stored *stored = &fake->pictures.stored[i];
                if (stored->virtual_rows > 0 && row + stored->virtual_rows <= fake->rows &&
                    column + stored->virtual_columns <= fake->columns &&
                    (stored->id & 0xffffff) == (fake_cell(fake, row, column)->foreground & 0xffffff) &&
                    fake_shows_image(fake, row, column, stored->virtual_rows, stored->virtual_columns))
                    draw_picture(image, &stored->image, 255, column * fake->cell_width, row * fake->cell_height,
                                 stored->virtual_columns * fake->cell_width, stored->virtual_rows * fake->cell_height);
            }
}

enum status fake_render(const struct fake_terminal *fake, uint32_t foreground, uint32_t background, struct image *image,
                        struct error *error)
{
    enum status status = image_create(fake->columns * fake->cell_width, fake->rows * fake->cell_height, image, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < fake->rows; row++)
        for (int column = 0; column < fake->columns; column++)
            draw_cell(fake, row, column, foreground, background, image);
    draw_images(fake, image);
    draw_placements(fake, image);
    draw_placeholders(fake, image);
    return STATUS_OK;
}
