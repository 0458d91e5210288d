#include "draw/plot.h"

#include <math.h>

void plot_fill(struct image *image, uint32_t colour)
{
    plot_rectangle(image, 0, 0, (float)image->width, (float)image->height, colour);
}

static void blend(struct image *image, int x, int y, uint32_t colour, float coverage)
{
    if (coverage <= 0)
        return;
    if (coverage > 1)
        coverage = 1;
    uint8_t *pixel = image->rgb + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    for (int c = 0; c < 3; c++) {
        float wanted = (float)(colour >> (16 - 8 * c) & 0xff);
        pixel[c] = (uint8_t)lrintf((float)pixel[c] + (wanted - (float)pixel[c]) * coverage);
    }
}

struct box {
    int left, top, right, bottom; /* exclusive of right and bottom */
};

static int clamp(float value, int most)
{
    return value > 0 ? (value < (float)most ? (int)value : most) : 0;
}

static struct box clip(const struct image *image, float left, float top, float right, float bottom)
{
    return (struct box){clamp(floorf(left), image->width), clamp(floorf(top), image->height),
                        clamp(ceilf(right), image->width), clamp(ceilf(bottom), image->height)};
}

void plot_rectangle(struct image *image, float x, float y, float width, float height, uint32_t colour)
{
    struct box box = clip(image, x, y, x + width, y + height);
    for (int row = box.top; row < box.bottom; row++)
        for (int column = box.left; column < box.right; column++) {
            float across = fminf((float)column + 1, x + width) - fmaxf((float)column, x);
            float down = fminf((float)row + 1, y + height) - fmaxf((float)row, y);
            blend(image, column, row, colour, across * down);
        }
}

void plot_line(struct image *image, float x0, float y0, float x1, float y1, float thickness, uint32_t colour)
{
    float reach = thickness / 2 + 1, dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    struct box box =
        clip(image, fminf(x0, x1) - reach, fminf(y0, y1) - reach, fmaxf(x0, x1) + reach, fmaxf(y0, y1) + reach);
    for (int row = box.top; row < box.bottom; row++)
        for (int column = box.left; column < box.right; column++) {
            float px = (float)column + 0.5F - x0, py = (float)row + 0.5F - y0;
            float t = length > 0 ? fminf(fmaxf((px * dx + py * dy) / length, 0), 1) : 0;
            blend(image, column, row, colour, 0.5F + thickness / 2 - hypotf(px - t * dx, py - t * dy));
        }
}

void plot_band(struct image *image, float x0, float low0, float high0, float x1, float low1, float high1, float opacity,
               uint32_t colour)
{
    struct box box = clip(image, x0, fminf(high0, high1), x1, fmaxf(low0, low1));
    for (int column = box.left; column < box.right; column++) {
        float from = fmaxf((float)column, x0), to = fminf((float)column + 1, x1);
        float t = ((from + to) / 2 - x0) / (x1 - x0);
        float high = high0 + (high1 - high0) * t, low = low0 + (low1 - low0) * t;
        for (int row = box.top; row < box.bottom; row++) {
            float down = fminf((float)row + 1, low) - fmaxf((float)row, high);
            blend(image, column, row, colour, opacity * (to - from) * down);
        }
    }
}

void plot_ring(struct image *image, float x, float y, float radius, float thickness, uint32_t colour)
{
    float reach = radius + thickness / 2 + 1;
    struct box box = clip(image, x - reach, y - reach, x + reach, y + reach);
    for (int row = box.top; row < box.bottom; row++)
        for (int column = box.left; column < box.right; column++) {
            float distance = hypotf((float)column + 0.5F - x, (float)row + 0.5F - y);
            blend(image, column, row, colour, 0.5F + thickness / 2 - fabsf(distance - radius));
        }
}

static float triangle(float x, float y, float radius)
{
    float side = 0.8660254F * fabsf(x) - 0.5F * y;
    return fmaxf(y, side) - 0.66F * radius;
}

static float bars(float x, float y, float radius)
{
    float length = 1.12F * radius, half = 0.36F * radius;
    x = fabsf(x);
    y = fabsf(y);
    return fminf(fmaxf(x - length, y - half), fmaxf(y - length, x - half));
}

/* Ten equal sectors, each bounded by the line from an outer point of the star to the next inner one. */
static float star(float x, float y, float radius)
{
    const float sector = 0.62831853F, outer = 1.36F * radius, inner = 0.58F * radius;
    float angle = fmodf(fabsf(atan2f(x, -y)), 2 * sector);
    angle = angle > sector ? 2 * sector - angle : angle;
    float length = hypotf(x, y), px = length * cosf(angle), py = length * sinf(angle);
    float ex = inner * cosf(sector) - outer, ey = inner * sinf(sector);
    return ((px - outer) * ey - py * ex) / hypotf(ex, ey);
}

/* Signed distance from (x, y), y downwards, to the mark around the origin. */
static float distance_to(enum mark mark, float x, float y, float radius)
{
    const float slant = 0.70710678F;
    switch (mark) {
    case MARK_SQUARE:
        return fmaxf(fabsf(x), fabsf(y)) - 0.88F * radius;
    case MARK_UP:
        return triangle(x, y - 0.15F * radius, radius);
    case MARK_DIAMOND:
        return (fabsf(x) + fabsf(y)) * slant - 0.88F * radius;
    case MARK_PLUS:
        return bars(x, y, radius);
    case MARK_DOWN:
        return triangle(x, -y - 0.15F * radius, radius);
    case MARK_STAR:
        return star(x, y, radius);
    case MARK_CROSS:
        return bars((x + y) * slant, (x - y) * slant, radius);
    case MARK_RING:
        return fabsf(hypotf(x, y) - 0.84F * radius) - 0.24F * radius;
    case MARK_FRAME:
        return fabsf(fmaxf(fabsf(x), fabsf(y)) - 0.74F * radius) - 0.22F * radius;
    default:
        return hypotf(x, y) - radius;
    }
}

void plot_mark(struct image *image, enum mark mark, float x, float y, float radius, float margin, uint32_t colour)
{
    float reach = 1.5F * radius + margin + 1;
    struct box box = clip(image, x - reach, y - reach, x + reach, y + reach);
    for (int row = box.top; row < box.bottom; row++)
        for (int column = box.left; column < box.right; column++) {
            float distance = distance_to(mark, (float)column + 0.5F - x, (float)row + 0.5F - y, radius);
            blend(image, column, row, colour, 0.5F + margin - distance);
        }
}
