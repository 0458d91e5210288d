/* Signs that the font of strokes does not have: lines and blocks, which meet at the edges of cells, braille, and the
 * few symbols of the explorer. */
#include <math.h>
#include <string.h>

#include "draw/plot.h"
#include "ui/shot/shot.h"

struct box {
    struct image *image;
    float x, y, width, height;
    uint32_t ink, page;
};

static uint32_t code_of(const char *text)
{
    const unsigned char *b = (const unsigned char *)text;
    size_t size = strlen(text);
    if (size == 2 && b[0] >= 0xc0)
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    if (size == 3 && b[0] >= 0xe0)
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    return 0;
}

static void fill(const struct box *box, float left, float top, float right, float bottom, uint32_t colour)
{
    float x0 = roundf(box->x + left * box->width), x1 = roundf(box->x + right * box->width);
    float y0 = roundf(box->y + top * box->height), y1 = roundf(box->y + bottom * box->height);
    plot_rectangle(box->image, x0, y0, x1 - x0, y1 - y0, colour);
}

static void line(const struct box *box, float x0, float y0, float x1, float y1)
{
    plot_line(box->image, box->x + x0 * box->width, box->y + y0 * box->height, box->x + x1 * box->width,
              box->y + y1 * box->height, fmaxf(0.11F * box->width, 1), box->ink);
}

/* ---- lines ---- */

/* The weight of the line from the middle to each side: 0 none, 1 light, 2 heavy. */
static const struct line_sign {
    uint16_t code;
    uint8_t left, right, up, down;
} lines[] = {
    {0x2500, 1, 1, 0, 0}, {0x2501, 2, 2, 0, 0}, {0x2502, 0, 0, 1, 1}, {0x2503, 0, 0, 2, 2}, {0x250c, 0, 1, 0, 1},
    {0x250f, 0, 2, 0, 2}, {0x2510, 1, 0, 0, 1}, {0x2513, 2, 0, 0, 2}, {0x2514, 0, 1, 1, 0}, {0x2517, 0, 2, 2, 0},
    {0x2518, 1, 0, 1, 0}, {0x251b, 2, 0, 2, 0}, {0x251c, 0, 1, 1, 1}, {0x2524, 1, 0, 1, 1}, {0x252c, 1, 1, 0, 1},
    {0x2534, 1, 1, 1, 0}, {0x253c, 1, 1, 1, 1}, {0x2574, 1, 0, 0, 0}, {0x2576, 0, 1, 0, 0}, {0x2578, 2, 0, 0, 0},
    {0x257a, 0, 2, 0, 0},
};

static float weight_of(const struct box *box, int weight)
{
    return fmaxf(roundf(box->width * (weight > 1 ? 0.2F : 0.09F)), weight > 1 ? 2 : 1);
}

static void draw_lines(const struct box *box, const struct line_sign *sign)
{
    float x = roundf(box->x + box->width / 2), y = roundf(box->y + box->height / 2);
    const int weights[4] = {sign->left, sign->right, sign->up, sign->down};
    for (int side = 0; side < 4; side++) {
        float weight = weight_of(box, weights[side]), half = floorf(weight / 2);
        if (weights[side] == 0)
            continue;
        if (side < 2)
            plot_rectangle(box->image, side == 0 ? box->x : x - half, y - half,
                           side == 0 ? x - box->x + weight - half : box->x + box->width - x + half, weight, box->ink);
        else
            plot_rectangle(box->image, x - half, side == 2 ? box->y : y - half, weight,
                           side == 2 ? y - box->y + weight - half : box->y + box->height - y + half, box->ink);
    }
}

static bool draw_line_sign(const struct box *box, uint32_t code)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].code == code) {
            draw_lines(box, &lines[i]);
            return true;
        }
    if (code != 0x2505) /* three dashes */
        return false;
    float y = 0.5F, half = weight_of(box, 2) / 2 / box->height;
    for (int i = 0; i < 3; i++)
        fill(box, (float)i / 3 + 0.05F, y - half, (float)i / 3 + 0.24F, y + half, box->ink);
    return true;
}

/* ---- blocks ---- */

static uint32_t blend(uint32_t ink, uint32_t page, int quarters)
{
    uint32_t mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        uint32_t a = ink >> shift & 255, b = page >> shift & 255;
        mixed |= (a * (uint32_t)quarters + b * (uint32_t)(4 - quarters)) / 4 << shift;
    }
    return mixed;
}

static bool draw_block(const struct box *box, uint32_t code)
{
    if (code >= 0x2581 && code <= 0x2588)
        fill(box, 0, 1 - (float)(code - 0x2580) / 8, 1, 1, box->ink);
    else if (code >= 0x2589 && code <= 0x258f)
        fill(box, 0, 0, (float)(0x2590 - code) / 8, 1, box->ink);
    else if (code >= 0x2591 && code <= 0x2593)
        fill(box, 0, 0, 1, 1, blend(box->ink, box->page, (int)(code - 0x2590)));
    else if (code == 0x2580)
        fill(box, 0, 0, 1, 0.5F, box->ink);
    else if (code == 0x2590 || code == 0x2595)
        fill(box, code == 0x2590 ? 0.5F : 0.875F, 0, 1, 1, box->ink);
    else if (code == 0x2594)
        fill(box, 0, 0, 1, 0.125F, box->ink);
    else
        return false;
    return true;
}

static bool draw_braille(const struct box *box, uint32_t code)
{
    static const uint8_t bits[4][2] = {{0, 3}, {1, 4}, {2, 5}, {6, 7}};
    if (code < 0x2800 || code > 0x28ff)
        return false;
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 2; column++)
            if (code >> bits[row][column] & 1)
                plot_mark(box->image, MARK_CIRCLE, box->x + (0.25F + 0.5F * (float)column) * box->width,
                          box->y + (0.125F + 0.25F * (float)row) * box->height, 0.09F * box->height, 0, box->ink);
    return true;
}

/* ---- symbols ---- */

static bool draw_mark(const struct box *box, uint32_t code)
{
    static const struct {
        uint16_t code;
        uint8_t mark;
    } marks[] = {
        {0x25cf, MARK_CIRCLE},  {0x25cb, MARK_RING},  {0x25a0, MARK_SQUARE}, {0x25a1, MARK_FRAME},
        {0x25c6, MARK_DIAMOND}, {0x25c7, MARK_FRAME}, {0x25b2, MARK_UP},     {0x25bc, MARK_DOWN},
        {0x2605, MARK_STAR},    {0x2606, MARK_STAR},  {0x00d7, MARK_CROSS},  {0x2665, MARK_CIRCLE},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i].code == code) {
            plot_mark(box->image, (enum mark)marks[i].mark, box->x + box->width / 2, box->y + box->height / 2,
                      0.3F * box->width, 0, box->ink);
            return true;
        }
    return false;
}

/* A triangle that points to the right (1) or left (-1). */
static void draw_pointer(const struct box *box, int direction)
{
    float half = 0.22F * box->height, depth = 0.36F * box->height;
    for (float y = -half; y < half; y++) {
        float length = depth * (1 - fabsf(y + 0.5F) / half), middle = box->x + box->width / 2;
        float left = direction > 0 ? middle - depth / 2 : middle + depth / 2 - length;
        plot_rectangle(box->image, left, box->y + box->height / 2 + y, fmaxf(length, 0), 1, box->ink);
    }
}

static bool draw_symbol(const struct box *box, uint32_t code)
{
    switch (code) {
    case 0x25b6:
    case 0x25b8:
        draw_pointer(box, 1);
        return true;
    case 0x25c2:
        draw_pointer(box, -1);
        return true;
    case 0x00b7:
        plot_mark(box->image, MARK_CIRCLE, box->x + box->width / 2, box->y + box->height / 2, 0.1F * box->width, 0,
                  box->ink);
        return true;
    case 0x00b1:
        line(box, 0.1F, 0.45F, 0.9F, 0.45F);
        line(box, 0.5F, 0.3F, 0.5F, 0.6F);
        line(box, 0.1F, 0.68F, 0.9F, 0.68F);
        return true;
    case 0x2713:
        line(box, 0.1F, 0.55F, 0.4F, 0.7F);
        line(box, 0.4F, 0.7F, 0.9F, 0.3F);
        return true;
    case 0x2190:
    case 0x2192:
        line(box, 0.05F, 0.5F, 0.95F, 0.5F);
        line(box, code == 0x2190 ? 0.05F : 0.95F, 0.5F, 0.5F, 0.35F);
        line(box, code == 0x2190 ? 0.05F : 0.95F, 0.5F, 0.5F, 0.65F);
        return true;
    case 0x2191:
    case 0x2193:
        line(box, 0.5F, 0.27F, 0.5F, 0.73F);
        line(box, 0.5F, code == 0x2191 ? 0.27F : 0.73F, 0.15F, code == 0x2191 ? 0.44F : 0.56F);
        line(box, 0.5F, code == 0x2191 ? 0.27F : 0.73F, 0.85F, code == 0x2191 ? 0.44F : 0.56F);
        return true;
    default:
        return false;
    }
}

bool shot_sign(struct image *image, const char *text, float x, float y, float width, float height, uint32_t ink,
               uint32_t page)
{
    const struct box box = {image, x, y, width, height, ink, page};
    uint32_t code = code_of(text);
    return code >= 0x80 && (draw_line_sign(&box, code) || draw_block(&box, code) || draw_braille(&box, code) ||
                            draw_mark(&box, code) || draw_symbol(&box, code));
}
