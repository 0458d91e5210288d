#include "ui/terminal/blocks.h"

#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"

enum { BLOCKS_MAX = 6 };

static const struct division {
    int across, down;
} divisions[] = {[BLOCKS_HALF] = {1, 2}, [BLOCKS_QUADRANT] = {2, 2}, [BLOCKS_SEXTANT] = {2, 3}};

static int count_of(enum block_shape shape)
{
    return divisions[shape].across * divisions[shape].down;
}

/* ------------------------------------------------------------------ making */

static float linear_of(int value)
{
    float part = (float)value / 255;
    return part <= 0.04045F ? part / 12.92F : powf((part + 0.055F) / 1.055F, 2.4F);
}

static float encoded_of(float light)
{
    return 255 * (light <= 0.0031308F ? 12.92F * light : 1.055F * powf(light, 1 / 2.4F) - 0.055F);
}

/* A cell's blocks: their mean light, and the same as colour values, in which errors are measured. */
struct samples {
    int count;
    float light[BLOCKS_MAX][3], value[BLOCKS_MAX][3];
};

static void sample_block(const struct image *image, const float light[256], int left, int top, int width, int height,
                         float mean[3])
{
    float sum[3] = {0};
    for (int y = top; y < top + height; y++) {
        const uint8_t *rgb = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)left);
        for (int x = 0; x < 3 * width; x++)
            sum[x % 3] += light[rgb[x]];
    }
    for (int c = 0; c < 3; c++)
        mean[c] = sum[c] / (float)(width * height);
}

static void sample_cell(const struct image *image, const float light[256], enum block_shape shape, int left, int top,
                        struct samples *samples)
{
    int across = divisions[shape].across;
    int width = BLOCK_CELL_WIDTH / across, height = BLOCK_CELL_HEIGHT / divisions[shape].down;
    samples->count = count_of(shape);
    for (int i = 0; i < samples->count; i++) {
        sample_block(image, light, left + i % across * width, top + i / across * height, width, height,
                     samples->light[i]);
        for (int c = 0; c < 3; c++)
            samples->value[i][c] = encoded_of(samples->light[i][c]);
    }
}

/* How much of the squared error two colours, each the mean of its blocks, save against none: the part that depends on
 * the mask. */
static float gain_of(const struct samples *samples, int mask, const float total[3])
{
    float gain = 0;
    int count = __builtin_popcount((unsigned)mask);
    for (int c = 0; c < 3; c++) {
        float sum = 0;
        for (int i = 0; i < samples->count; i++)
            sum += mask >> i & 1 ? samples->value[i][c] : 0;
        float rest = total[c] - sum;
        gain += rest * rest / (float)(samples->count - count) + (count > 0 ? sum * sum / (float)count : 0);
    }
    return gain;
}

static int best_mask(const struct samples *samples)
{
    float total[3] = {0};
    for (int i = 0; i < samples->count; i++)
        for (int c = 0; c < 3; c++)
            total[c] += samples->value[i][c];
    int best = 0;
    float best_gain = gain_of(samples, 0, total) + 0.5F; /* a plain cell, if two colours hardly differ */
    for (int mask = 1; mask < 1 << (samples->count - 1); mask++) {
        float gain = gain_of(samples, mask, total);
        if (gain > best_gain) {
            best_gain = gain;
            best = mask;
        }
    }
    return best;
}

/* The mean light of the blocks that are in the mask, or of the others. */
static void mean_colour(const struct samples *samples, int mask, bool inside, uint8_t colour[3])
{
    for (int c = 0; c < 3; c++) {
        float sum = 0;
        int count = 0;
        for (int i = 0; i < samples->count; i++)
            if ((mask >> i & 1) == inside) {
                sum += samples->light[i][c];
                count++;
            }
        colour[c] = count > 0 ? (uint8_t)lroundf(encoded_of(sum / (float)count)) : 0;
    }
}

void blocks_make(const struct image *image, enum block_shape shape, struct buffer *out)
{
    float light[256];
    for (int i = 0; i < 256; i++)
        light[i] = linear_of(i);
    for (int top = 0; top + BLOCK_CELL_HEIGHT <= image->height; top += BLOCK_CELL_HEIGHT)
        for (int left = 0; left + BLOCK_CELL_WIDTH <= image->width; left += BLOCK_CELL_WIDTH) {
            struct samples samples;
            sample_cell(image, light, shape, left, top, &samples);
            struct block block = {.mask = (uint8_t)best_mask(&samples)};
            mean_colour(&samples, block.mask, true, block.foreground);
            mean_colour(&samples, block.mask, false, block.background);
            buffer_add(out, &block, sizeof block);
        }
}

bool blocks_are_valid(const char *bytes, size_t size, size_t cells, enum block_shape shape)
{
    if (size != cells * sizeof(struct block))
        return false;
    for (size_t i = 0; i < size; i += sizeof(struct block)) {
        struct block block;
        memcpy(&block, bytes + i, sizeof block);
        if (block.mask >= 1 << (count_of(shape) - 1))
            return false;
    }
    return true;
}

void blocks_dim(const char *bytes, size_t size, uint32_t background, struct buffer *out)
{
    for (size_t i = 0; i + sizeof(struct block) <= size; i += sizeof(struct block)) {
        struct block block;
        memcpy(&block, bytes + i, sizeof block);
        for (int c = 0; c < 3; c++) {
            int page = (int)(background >> (16 - 8 * c) & 255);
            block.foreground[c] = (uint8_t)((block.foreground[c] + page + 1) / 2);
            block.background[c] = (uint8_t)((block.background[c] + page + 1) / 2);
        }
        buffer_add(out, &block, sizeof block);
    }
}

/* ------------------------------------------------------------------ drawing */

/* The character whose ink is the mask's blocks, as UTF-8. */
static uint32_t character_of(enum block_shape shape, unsigned mask)
{
    static const uint16_t quadrants[] = {' ', 0x2598, 0x259d, 0x2580, 0x2596, 0x258c, 0x259e, 0x259b};
    if (shape == BLOCKS_HALF)
        return mask ? 0x2580 : ' ';
    if (shape == BLOCKS_QUADRANT)
        return quadrants[mask & 7];
    if (mask == 0)
        return ' ';
    return mask == 21 ? 0x258c : 0x1fb00 + mask - 1 - (mask > 21); /* the left half is not among the sextants */
}

static void put_character(uint32_t character, struct tile *tile)
{
    if (character < 0x80) {
        tile->text[0] = (char)character;
        return;
    }
    size_t at = 0;
    if (character < 0x10000) {
        tile->text[at++] = (char)(0xe0 | character >> 12);
    } else {
        tile->text[at++] = (char)(0xf0 | character >> 18);
        tile->text[at++] = (char)(0x80 | (character >> 12 & 63));
    }
    tile->text[at++] = (char)(0x80 | (character >> 6 & 63));
    tile->text[at] = (char)(0x80 | (character & 63));
}

static uint32_t packed(const uint8_t rgb[3])
{
    return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

/* The page is the terminal's own where that is not painted, whose colour need not be known. */
static uint32_t background_of(const struct theme *theme, uint32_t rgb)
{
    return rgb == theme->page ? theme->looks[STYLE_TEXT].background : theme_colour(theme, rgb);
}

static struct tile tile_of(const struct theme *theme, enum block_shape shape, const struct block *block)
{
    struct tile tile = {.foreground = theme_colour(theme, packed(block->foreground)),
                        .background = background_of(theme, packed(block->background)),
                        .width = 1};
    bool plain = block->mask == 0 || tile.foreground == tile.background;
    if (plain)
        tile.foreground = COLOUR_DEFAULT;
    put_character(plain ? ' ' : character_of(shape, block->mask), &tile);
    return tile;
}

/* The blocks that are above the gap. */
static unsigned upper_mask(enum block_shape shape)
{
    return (1U << (count_of(shape) - divisions[shape].across)) - 1;
}

/* A cell that has this colour above the gap. */
static struct tile upper_tile(const struct theme *theme, enum block_shape shape, uint32_t rgb)
{
    struct tile tile = {.foreground = theme_colour(theme, rgb), .width = 1};
    unsigned mask = upper_mask(shape);
    tile.background = theme->looks[STYLE_TEXT].background;
    put_character(mask == 3 ? character_of(BLOCKS_HALF, 1) : character_of(shape, mask), &tile);
    return tile;
}

/* Above the gap, the cell has the mean of its blocks there. */
static struct tile tile_with_gap(const struct theme *theme, enum block_shape shape, const struct block *block)
{
    int total = __builtin_popcount(upper_mask(shape));
    int inside = __builtin_popcount(block->mask & upper_mask(shape));
    uint8_t mean[3];
    for (int c = 0; c < 3; c++)
        mean[c] = (uint8_t)((block->foreground[c] * inside + block->background[c] * (total - inside)) / total);
    return upper_tile(theme, shape, packed(mean));
}

void blocks_draw(const struct theme *theme, enum block_shape shape, const struct buffer *blocks, bool gap,
                 const struct image_rect *rect, struct grid *grid)
{
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++) {
            struct block block;
            size_t at = ((size_t)row * (size_t)rect->columns + (size_t)column) * sizeof block;
            if (at + sizeof block > blocks->size)
                return;
            memcpy(&block, blocks->data + at, sizeof block);
            *grid_tile(grid, rect->row + row, rect->column + column) =
                gap && row == rect->rows - 1 ? tile_with_gap(theme, shape, &block) : tile_of(theme, shape, &block);
        }
}

static void fill(const struct image_rect *rect, struct tile tile, struct grid *grid)
{
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++)
            *grid_tile(grid, rect->row + row, rect->column + column) = tile;
}

void blocks_colour(const struct theme *theme, const struct image_rect *rect, uint32_t rgb, struct grid *grid)
{
    uint32_t colour = theme_colour(theme, rgb);
    fill(rect, tile_plain(colour == COLOUR_DEFAULT ? '.' : ' ', COLOUR_DEFAULT, colour), grid);
}

void blocks_colour_gap(const struct theme *theme, enum block_shape shape, const struct image_rect *rect, uint32_t rgb,
                       struct grid *grid)
{
    struct image_rect last = *rect;
    blocks_colour(theme, rect, rgb, grid);
    last.row += rect->rows - 1;
    last.rows = 1;
    fill(&last, upper_tile(theme, shape, rgb), grid);
}

/* ------------------------------------------------------------------ initials */

/* Writes the text over the tiles from (row, column) on, in their colours; returns the columns used. */
static int put_text(const struct theme *theme, const char *text, int row, int column, int columns, struct grid *grid)
{
    int used = 0;
    for (size_t at = 0, size = strlen(text); at < size;) {
        int width;
        size_t length = text_cluster(text + at, size - at, &width);
        struct tile *tile = grid_tile(grid, row, column + used);
        if (length == 0 || length >= sizeof tile->text || width < 1 || used + width > columns)
            break;
        memset(tile->text, 0, sizeof tile->text);
        memcpy(tile->text, text + at, length);
        tile->width = (uint8_t)width;
        tile->attributes = theme->looks[STYLE_TITLE].attributes;
        if (width == 2) {
            tile[1] = *tile;
            memset(tile[1].text, 0, sizeof tile[1].text);
            tile[1].width = 0;
        }
        used += width;
        at += length;
    }
    return used;
}

struct corners {
    const char *across, *down, *upper_left, *upper_right, *lower_left, *lower_right;
};

static void set_tile(struct grid *grid, int row, int column, const char *text)
{
    struct tile *tile = grid_tile(grid, row, column);
    memset(tile->text, 0, sizeof tile->text);
    memcpy(tile->text, text, strlen(text));
}

static void draw_frame(const struct image_rect *rect, bool utf8, struct grid *grid)
{
    static const struct corners lines = {"─", "│", "┌", "┐", "└", "┘"}, ascii = {"-", "|", "+", "+", "+", "+"};
    const struct corners *corners = utf8 ? &lines : &ascii;
    int bottom = rect->row + rect->rows - 1, right = rect->column + rect->columns - 1;
    for (int column = rect->column + 1; column < right; column++) {
        set_tile(grid, rect->row, column, corners->across);
        set_tile(grid, bottom, column, corners->across);
    }
    for (int row = rect->row + 1; row < bottom; row++) {
        set_tile(grid, row, rect->column, corners->down);
        set_tile(grid, row, right, corners->down);
    }
    set_tile(grid, rect->row, rect->column, corners->upper_left);
    set_tile(grid, rect->row, right, corners->upper_right);
    set_tile(grid, bottom, rect->column, corners->lower_left);
    set_tile(grid, bottom, right, corners->lower_right);
}

static uint32_t readable_on(const struct theme *theme, uint32_t colour)
{
    bool white = colour_contrast(0xffffff, colour) >= colour_contrast(0x000000, colour);
    return theme_colour(theme, white ? 0xffffff : 0x000000);
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

/* Where a cover's colour is not known: one of some muted colours, the same for the same initials. */
static uint32_t colour_of_initials(const char *initials)
{
    static const uint32_t muted[] = {0x3d5a80, 0x6b4a7a, 0x8a4b4b, 0x7a5c35, 0x5f6a38, 0x3f6e52, 0x2f6f73, 0x5d6470};
    uint64_t hash = hash_bytes(initials, strlen(initials));
    return muted[(hash ^ hash >> 32) % (sizeof muted / sizeof muted[0])];
}

void blocks_initials(const struct theme *theme, bool utf8, const struct image_rect *rect, uint32_t rgb,
                     struct grid *grid)
{
    if (rect->colour == SCREEN_NO_COLOUR)
        rgb = colour_of_initials(rect->initials);
    uint32_t colour = theme_colour(theme, rgb);
    const char *text = utf8 || is_ascii(rect->initials) ? rect->initials : "?";
    bool plain = colour == COLOUR_DEFAULT, framed = plain && rect->rows > 1 && rect->columns > 3;
    fill(rect, tile_plain(' ', plain ? COLOUR_DEFAULT : readable_on(theme, rgb), colour), grid);
    if (framed)
        draw_frame(rect, utf8, grid);
    int width = text_width(text, strlen(text));
    int columns = framed ? rect->columns - 2 : rect->columns;
    if (width > columns) {
        int first;
        text_cluster(text, strlen(text), &first);
        width = first < columns ? first : columns;
    }
    int left = rect->column + (rect->columns - width) / 2;
    put_text(theme, text, rect->row + (rect->rows - 1) / 2, left, width, grid);
}
